// Before a rotation state is first written: nobody but the account may read it. ccoctl's reader
// statement is narrowed, any other that would expose it is refused, and afterwards an anonymous read
// is shown to be refused.

import {
  bucketArn,
  planBucketPolicy,
  readerOf,
  statementsExposing,
  type PolicyPlan,
  type Reader,
} from '../../core/hosting/bucket-policy.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import type { FetchedDocument } from '../../core/issuer/fetched-document.ts';
import { timestamp, type RotationState } from '../../core/rotation/state.ts';
import type { Context } from '../context.ts';
import { ensureBucketPolicy } from '../hosting/ensure-bucket-policy.ts';
import {
  describeForeignWriters,
  findForeignWriters,
  refuseForeignWriters,
} from '../hosting/refuse-foreign-writers.ts';
import { awsTime, type RotationPlace } from './observe-rotation.ts';
import { writeRotationState } from './rotation-state.ts';
import { poll } from '../poll.ts';

/**
 * Narrows the bucket policy where needed, before every write of the state: ccoctl run again widens
 * it. Another statement that exposes the state is RESOURCE_NOT_OWNED before the first write, and a
 * warning later on: a rotation under way is not held up for what is no secret. True where the policy
 * changes, so that the state has to be shown to be private again.
 */
export async function protectRotationState(
  context: Context,
  place: RotationPlace,
  { first }: { readonly first: boolean },
): Promise<boolean> {
  const { target, ref, found } = place;
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

/** The policy that there is and will be, and its statements that expose the state all the same. */
function policyOf({ target, ref, found }: RotationPlace): {
  readonly policy: JsonObject | undefined;
  readonly reader: Reader;
  readonly plan: PolicyPlan;
  readonly exposing: readonly string[];
} {
  const policy = found.bucket?.policy;
  const reader = readerOf(found.kind, found.distribution?.arn);
  const { partition } = target;
  const plan = planBucketPolicy({
    bucket: ref.bucket,
    partition: partition.id,
    reader,
    found: policy,
  });
  const after = plan.policy ?? policy;
  const arn = `${bucketArn(ref.bucket, partition.id)}/${rotationStateKey}`;
  return {
    policy,
    reader,
    plan,
    exposing: after === undefined ? [] : statementsExposing(after, arn),
  };
}

/**
 * At the end of a run, once: shows that the state is private and notes it there, so that a check
 * that failed, or was cut off, is done by the next run. Not where a statement is known to expose it,
 * which every write says.
 */
export async function noteStateIsPrivate(
  context: Context,
  place: RotationPlace,
  seen: { readonly state: RotationState; readonly etag: string },
): Promise<void> {
  const { state, etag } = seen;
  if (state.shownPrivateAt !== null || policyOf(place).exposing.length > 0) return;
  if (!context.gate.dryRun) await showStateIsPrivate(context, place);
  const noted = { ...state, shownPrivateAt: timestamp(awsTime(context)) };
  await writeRotationState(context, {
    ref: place.ref,
    state: noted,
    replaces: etag,
    detail: 'records that it is private',
  });
}

/**
 * Reads the state as anybody could, until that is refused: bucket policies take a moment. Only 403
 * and 404 refuse; a connection that breaks or an error of the server says nothing.
 */
async function showStateIsPrivate(context: Context, place: RotationPlace): Promise<void> {
  const url = `${place.issuer}/${rotationStateKey}`;
  let last: FetchedDocument | undefined;
  await poll(
    context,
    {
      text: 'an anonymous read of the rotation state to be refused',
      limitMs: 60_000,
      onTimeout: () =>
        last?.ok === true && last.status === 200 ? isOpen(url) : unknown(url, last),
    },
    async () => {
      last = await context.fetchDocument(url);
      return last.ok && (last.status === 403 || last.status === 404) ? true : undefined;
    },
  );
}

function isOpen(url: string): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `the rotation state is public at "${url}"`,
    hint: 'it contains no secret; find out what makes it public: the bucket policy, object ACLs, or another distribution',
    details: { url },
  });
}

function unknown(url: string, last: FetchedDocument | undefined): BootstrapError {
  const answer = last === undefined ? 'no answer' : last.ok ? `HTTP ${last.status}` : last.reason;
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `cannot check whether the rotation state at "${url}" is private: ${answer}`,
    hint: 'everything else is done; run again to check it (HTTP 403 or 404 is expected)',
    details: { url, answer },
  });
}
