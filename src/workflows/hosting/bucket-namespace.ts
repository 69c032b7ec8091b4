// The namespace that a new bucket gets, held against what the flag asks for and what the name already has.
// A bucket cannot move between namespaces, and its name is part of a public issuer.

import {
  bucketNames,
  namespaceOf,
  regionalNameProblem,
  type BucketNamespace,
} from '../../core/bucket-names.ts';
import { BootstrapError } from '../../core/errors.ts';
import { publicIssuer } from '../../core/partition.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import type { NameProvider } from '../provider/find-name-providers.ts';
import type { FoundHosting } from './find-hosting.ts';

/**
 * What was found, with the bucket that a provider of this name still trusts where the bucket is gone:
 * a public layout that is made again keeps its issuer.
 */
export function withTrustedBucket(
  target: Target,
  found: FoundHosting,
  providers: readonly NameProvider[],
): FoundHosting {
  const trusted = bucketNames(target).find((bucket) =>
    providers.some(({ issuer }) => issuer === publicIssuer(bucket, target)),
  );
  return trusted === undefined ? found : { ...found, ref: { ...found.ref, bucket: trusted } };
}

/** ISSUER_WOULD_CHANGE where the bucket that is kept is of another namespace than the one asked for. */
export function refuseOtherNamespace(
  target: Target,
  found: FoundHosting,
  namespace: BucketNamespace | undefined,
): void {
  const { bucket } = found.ref;
  const kept = namespaceOf(bucket);
  if (namespace === undefined || namespace === kept) return;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the bucket of "${target.name}" is "${bucket}", which is in the ${kept} namespace, not the ${namespace} one`,
    hint: 'the bucket that is there is kept, since S3 cannot move it: leave out --bucket-namespace, as flag and as OIDC_BOOTSTRAP_ variable',
    details: { issuer: found.issuer ?? null, wantedIssuer: null, bucket, namespace: kept },
  });
}

/** Says why a new bucket is in the global namespace although nobody asked for it. */
export function noteGlobalNamespace(
  context: Context,
  target: Target,
  found: FoundHosting,
  namespace: BucketNamespace | undefined,
): void {
  const { bucket } = found.ref;
  const problem = regionalNameProblem(target);
  const isNew = found.bucket === undefined && namespaceOf(bucket) === 'global';
  if (!isNew || namespace !== undefined || problem === undefined) return;
  context.warn(
    `bucket "${bucket}" is made in the global namespace, where anybody can take its name once it is deleted: ${problem}`,
  );
}
