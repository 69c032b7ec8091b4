// Before a rotation state is first written: nobody but the account may read it. ccoctl's reader
// statement is narrowed, any other that would expose it is refused, and afterwards an anonymous read
// is shown to be refused.

import {
  bucketArn,
  planBucketPolicy,
  readerOf,
  statementsExposing,
} from '../../core/hosting/bucket-policy.ts';
import { BootstrapError } from '../../core/errors.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import type { Context } from '../context.ts';
import { ensureBucketPolicy } from '../hosting/ensure-bucket-policy.ts';
import {
  describeForeignWriters,
  findForeignWriters,
  refuseForeignWriters,
} from '../hosting/refuse-foreign-writers.ts';
import type { RotationPlace } from './observe-rotation.ts';
import { poll } from '../poll.ts';

/**
 * Narrows the bucket policy where needed, before every write of the state: ccoctl run again widens
 * it. Another statement that exposes the state is RESOURCE_NOT_OWNED before the first write, and a
 * warning later on: a rotation under way is not held up for what is no secret. True where the state
 * has to be shown to be private.
 */
export async function protectRotationState(
  context: Context,
  place: RotationPlace,
  { first }: { readonly first: boolean },
): Promise<boolean> {
  const { target, ref, found } = place;
  const policy = found.bucket?.policy;
  const reader = readerOf(found.kind, found.distribution?.arn);
  const plan = planBucketPolicy({
    bucket: ref.bucket,
    partition: target.partition.id,
    reader,
    found: policy,
  });
  const after = plan.policy ?? policy;
  const arn = `${bucketArn(ref.bucket, target.partition.id)}/${rotationStateKey}`;
  const exposing = after === undefined ? [] : statementsExposing(after, arn);
  const statements = exposing.map((sid) => `"${sid}"`).join(', ');
  if (first) refuseForeignWriters(target, found);
  const writers = first ? [] : findForeignWriters(target, found);
  if (writers.length > 0) context.warn(describeForeignWriters(ref, writers));
  if (exposing.length > 0 && !first) {
    context.warn(
      `bucket policy of "${ref.bucket}" exposes the rotation state: statement ${statements}`,
    );
  }
  if (exposing.length > 0 && first) {
    throw new BootstrapError({
      code: 'RESOURCE_NOT_OWNED',
      message: `bucket policy of "${ref.bucket}" would expose the rotation state: statement ${statements}`,
      hint: 'narrow those statements to the published documents (keys.json, openid/v1/jwks, .well-known/openid-configuration) by hand; nothing was changed',
      details: { bucket: ref.bucket, statements: exposing },
    });
  }
  if (!first && plan.policy === undefined) return false;
  await ensureBucketPolicy(context, { target, ref, found: policy, reader });
  return exposing.length === 0;
}

/** Reads the state as anybody could, until that is refused: bucket policies take a moment. */
export async function showStateIsPrivate(context: Context, place: RotationPlace): Promise<void> {
  if (context.gate.dryRun) return;
  const url = `${place.issuer}/${rotationStateKey}`;
  await poll(
    context,
    {
      text: 'an anonymous read of the rotation state to be refused',
      limitMs: 60_000,
      onTimeout: () =>
        new BootstrapError({
          code: 'RESOURCE_NOT_OWNED',
          message: `the rotation state can be read by anybody at "${url}"`,
          hint: 'it holds nothing secret, but find out who opened the bucket: its policy, object ACLs, or another distribution in front of it',
          details: { url },
        }),
    },
    async () => {
      const answer = await context.fetchDocument(url);
      return answer.ok && answer.status === 200 ? undefined : true;
    },
  );
}
