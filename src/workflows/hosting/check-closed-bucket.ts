// A layout is what can be served, not what a document says alone: where the bucket of a public layout
// is closed, its owner closed it. It is opened only with the flag given in that run, and approval.

import type { BucketRef, PublicAccessBlock } from '../../aws/ports.ts';
import { isClosed } from '../../core/hosting/public-access.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { publicIssuer } from '../../core/partition.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import type { FoundHosting } from './find-hosting.ts';
import { refuseContradiction } from './refuse-other-issuer.ts';

/** False also where a caller that only rotates keys may not look. */
export async function isKnownClosed(context: Context, ref: BucketRef): Promise<boolean> {
  try {
    return isClosed(await context.aws.s3.getPublicAccessBlock(ref));
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return false;
  }
}

/**
 * ISSUER_WOULD_CHANGE where a published issuer at the bucket's URL is closed, and `asked` does not
 * say that it is to be opened; where it contradicts what else stands for the name, in any case.
 */
export async function refuseClosedBucket(
  context: Context,
  target: Target,
  facts: { readonly found: FoundHosting; readonly asked: boolean },
): Promise<void> {
  const { found, asked } = facts;
  const issuer = found.issuer ?? publicIssuer(found.ref.bucket, target);
  const { account, partition } = target;
  const readers = await refuseContradiction(context, target, {
    issuer,
    providerArn: providerArn({ issuer, account, partition: partition.id }),
  });
  if (asked) return;
  const { bucket } = found.ref;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message:
      `bucket "${bucket}" is closed by Block Public Access, so nobody can read the documents of its issuer "${issuer}"` +
      (readers.length === 0 ? '' : `; a distribution of others reads it (${readers.join(', ')})`),
    hint:
      'if the cluster now has another issuer, put that URL into .well-known/openid-configuration in the bucket by hand; ' +
      'to open the bucket to everyone again, run create-identity-provider with --public-s3-bucket and confirm it',
    details: { issuer, wantedIssuer: null, bucket, readers },
  });
}

/** What opening a bucket of a name that exists does, for the approval; undefined where nothing is opened. */
export function openingConsequence(
  found: FoundHosting,
  access: PublicAccessBlock | undefined,
): string | undefined {
  const { bucket, ref, removedKeys } = found;
  if (bucket === undefined || !isClosed(access)) return undefined;
  // A first run that was interrupted leaves a bucket in which there is nothing yet.
  const { discovery, jwks, jwksMirror, policy } = bucket;
  const begun = [discovery, jwks, jwksMirror, policy].every((part) => part === undefined);
  if (begun && removedKeys.length === 0) return undefined;
  return (
    `bucket "${ref.bucket}" is closed by Block Public Access; --public-s3-bucket turns that off, ` +
    'and its published documents can be read by everyone'
  );
}
