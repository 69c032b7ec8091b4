// Who may read the rotation state of a bucket: nobody but the account. ccoctl's reader statement is
// narrowed before every write of it, any other that would expose it is refused before the first.

import {
  bucketArn,
  planBucketPolicy,
  readerOf,
  statementsExposing,
  type PolicyPlan,
  type Reader,
} from '../../core/hosting/bucket-policy.ts';
import { objectKey } from '../../core/hosting/shared-hosting.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { ensureBucketPolicy } from './ensure-bucket-policy.ts';
import type { FoundHosting } from './find-hosting.ts';
import {
  describeForeignWriters,
  findForeignWriters,
  refuseForeignWriters,
} from './refuse-foreign-writers.ts';

/** The bucket that the state is in, as it was found. */
export type StatePlace = { readonly target: Target; readonly found: FoundHosting };

/**
 * Narrows the bucket policy where needed, before every write of the state: ccoctl run again widens
 * it. Another statement that exposes the state is RESOURCE_NOT_OWNED before the first write, and a
 * warning later on: a rotation under way is not held up for what is no secret. True where the policy
 * changes, so that the state has to be shown to be private again.
 */
export async function protectState(
  context: Context,
  place: StatePlace,
  { first }: { readonly first: boolean },
): Promise<boolean> {
  const { target, found } = place;
  const { ref } = found;
  const { policy, reader, plan, exposing } = policyOf(place);
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
  return true;
}

/** Whether a statement of others lets somebody read the state, whatever is narrowed. */
export function isStateExposed(place: StatePlace): boolean {
  return policyOf(place).exposing.length > 0;
}

/** The policy that there is and will be, and its statements that expose the state all the same. */
function policyOf({ target, found }: StatePlace): {
  readonly policy: JsonObject | undefined;
  readonly reader: Reader;
  readonly plan: PolicyPlan;
  readonly exposing: readonly string[];
} {
  const { ref, prefix } = found;
  const policy = found.bucket?.policy;
  const reader = readerOf({
    hosting: found.kind,
    distributionArn: found.distribution?.arn,
    prefix,
  });
  const { partition } = target;
  const plan = planBucketPolicy({
    bucket: ref.bucket,
    partition: partition.id,
    reader,
    found: policy,
  });
  const after = plan.policy ?? policy;
  const arn = `${bucketArn(ref.bucket, partition.id)}/${objectKey(prefix, rotationStateKey)}`;
  return {
    policy,
    reader,
    plan,
    exposing: after === undefined ? [] : statementsExposing(after, arn),
  };
}
