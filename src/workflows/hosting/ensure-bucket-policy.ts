// The bucket policy: who may read the documents. S3 replaces it as a whole and has no condition for
// that, so it is read again right before it is put.

import template from '../../../templates/s3/put-bucket-policy.json' with { type: 'json' };
import type { BucketRef } from '../../aws/ports.ts';
import {
  bucketArn,
  planBucketPolicy,
  type PolicyPlan,
  type Reader,
} from '../../core/hosting/bucket-policy.ts';
import { foreignWriters } from '../../core/hosting/foreign-writers.ts';
import { BootstrapError, isAwsError, type AwsError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import type { Target } from '../../core/target.ts';
import { poll } from '../poll.ts';
import { untilBucketVisible } from '../retry-while.ts';

/** Puts the bucket policy where it differs; statements of others stay and are told. */
export async function ensureBucketPolicy(
  context: Context,
  input: {
    target: Target;
    ref: BucketRef;
    found: JsonObject | undefined;
    /** This run made the bucket: what S3 shows may be the policy of one that was deleted. */
    isNew?: boolean;
    reader: Reader;
  },
): Promise<void> {
  const planFor = (found: JsonObject | undefined): PolicyPlan =>
    planBucketPolicy({
      bucket: input.ref.bucket,
      partition: input.target.partition.id,
      reader: input.reader,
      found,
    });
  let plan = planFor(input.found);
  // PutBucketPolicy replaces everything: what somebody added since the first look is kept too.
  if (plan.policy !== undefined && !context.gate.dryRun) {
    const current = await currentPolicy(context, input.ref);
    plan = input.isNew === true ? planNew(input, planFor, current) : planFor(current);
  }
  if (plan.kept.length > 0) {
    context.warn(
      `bucket "${input.ref.bucket}": kept statements of its policy that are not ours: ${plan.kept.join(', ')}`,
    );
  }
  if (plan.policy === undefined) return;
  if (plan.dropped.length > 0) {
    context.warn(
      `bucket "${input.ref.bucket}": what others added to statements of ours goes: ${plan.dropped.join(', ')}; ` +
        'it stays where it has a statement of its own',
    );
  }
  const planned = {
    change: {
      resource: 's3-bucket',
      id: input.ref.bucket,
      action: 'update',
      detail: plan.detail,
    },
    requests: [
      {
        service: 's3api',
        operation: 'put-bucket-policy',
        input: fillTemplate(template, {
          bucket: input.ref.bucket,
          account: input.ref.account,
          policy: JSON.stringify(plan.policy),
        }),
      },
    ],
    retry: untilBucketVisible(context),
  } as const;
  if (input.reader.kind !== 's3-public') {
    await context.gate.perform(planned);
    return;
  }
  // Block Public Access, just opened, takes a moment to let a public policy through.
  let refusal: AwsError | undefined;
  await poll(
    context,
    {
      text: `bucket "${input.ref.bucket}" to accept its policy`,
      limitMs: 30_000,
      onTimeout: () => blockedPolicy(input.ref, refusal),
    },
    async () => {
      try {
        await context.gate.perform(planned);
        return true;
      } catch (error) {
        if (!isAwsError(error, 'AccessDenied') || lacksPermission(error)) throw error;
        refusal = error;
        return undefined;
      }
    },
  );
}

/**
 * For a new bucket: always puts a policy. A shown one that lets others write is not taken over, since
 * nobody was asked about it.
 */
function planNew(
  { target, ref }: { readonly target: Target; readonly ref: BucketRef },
  planFor: (found: JsonObject | undefined) => PolicyPlan,
  shown: JsonObject | undefined,
): PolicyPlan {
  const place = {
    arn: bucketArn(ref.bucket, target.partition.id),
    account: ref.account,
    prefix: undefined,
  };
  const plan = planFor(shown);
  const policy = plan.policy ?? shown;
  const isUnsafe = policy !== undefined && foreignWriters(policy, place).length > 0;
  return isUnsafe ? planFor(undefined) : { ...plan, policy };
}

/** Undefined also while S3 does not see a bucket that was just made. */
async function currentPolicy(context: Context, ref: BucketRef): Promise<JsonObject | undefined> {
  try {
    return await context.aws.s3.getBucketPolicy(ref);
  } catch (error) {
    if (!isAwsError(error, 'NoSuchBucket')) throw error;
    return undefined;
  }
}

/** AWS says which permission is missing, or denied by whom; Block Public Access has words of its own. */
function lacksPermission(error: AwsError): boolean {
  return /not authorized to perform/i.test(error.message) && !namesBlock(error);
}

function namesBlock(error: AwsError): boolean {
  return /block ?public ?(?:policy|access)/i.test(error.message);
}

/** Where AWS gives no reason, a block of the account looks like a missing permission. */
function blockedPolicy(ref: BucketRef, refusal: AwsError | undefined): BootstrapError {
  if (refusal !== undefined && namesBlock(refusal)) return refusal;
  return new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: refusal?.message ?? `access denied: s3:PutBucketPolicy on bucket "${ref.bucket}"`,
    hint:
      'either s3:PutBucketPolicy is missing, or Block Public Access is on for the whole account or organization; ' +
      'leave out --public-s3-bucket to keep the bucket private behind CloudFront',
    details: { permission: 's3:PutBucketPolicy', bucket: ref.bucket },
    cause: refusal,
  });
}
