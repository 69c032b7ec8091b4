// Sends a request again while a part of AWS does not see yet what was done: a new bucket, role or provider,
// a policy that was taken off, a distribution that was disabled. For the gate's `retry`.

import { isAwsError } from '../core/errors.ts';
import type { Context } from './context.ts';
import type { PlannedChange } from './gate.ts';

type Retry = NonNullable<PlannedChange['retry']>;
type Failure = Parameters<Retry>[0];

/** What a failed request waits for, as the user reads it, and for how long at most. */
export type Awaited = {
  readonly text: string;
  readonly limitMs: number;
  /** How long it waits already, where the tries take long themselves; the sum of the pauses where not given. */
  readonly elapsedMs?: number;
};

/** A retry with growing pauses for as long as `awaited` names something to wait for. */
export function retryWhile(
  context: Pick<Context, 'clock' | 'progress'>,
  awaited: (failure: Failure) => Awaited | undefined,
): Retry {
  let waited = 0;
  let pause = 500;
  return async (failure) => {
    const wait = awaited(failure);
    if (wait === undefined) return false;
    const { elapsedMs = waited } = wait;
    if (elapsedMs >= wait.limitMs) return false;
    context.progress({ kind: 'wait', ...wait, elapsedMs });
    await context.clock.sleep(pause);
    waited += pause;
    pause = Math.min(pause * 2, 8_000);
    return true;
  };
}

/** For requests on a bucket that was just made: S3 may say for seconds that there is none. */
export function untilBucketVisible(context: Pick<Context, 'clock' | 'progress'>): Retry {
  return retryWhile(context, ({ request, error }) =>
    isAwsError(error, 'NoSuchBucket')
      ? {
          text: `bucket "${String(request.input['Bucket'])}" to be visible`,
          limitMs: 60_000,
        }
      : undefined,
  );
}

/** For the creation of a bucket: S3 may need up to an hour to free the name of one that was deleted. */
export function untilNameFree(context: Pick<Context, 'clock' | 'progress' | 'timeoutMs'>): Retry {
  const untilVisible = untilBucketVisible(context);
  const began = context.clock.now().getTime();
  const untilFree = retryWhile(context, ({ request, error }) =>
    request.operation === 'create-bucket' && isAwsError(error, 'OperationAborted')
      ? {
          text: `the name of the deleted bucket "${String(request.input['Bucket'])}" to be free`,
          limitMs: context.timeoutMs,
          elapsedMs: context.clock.now().getTime() - began,
        }
      : undefined,
  );
  return async (failure) => (await untilFree(failure)) || (await untilVisible(failure));
}

/** CloudFront needs minutes to know everywhere that a distribution is disabled or gone. */
export const cloudfrontLagMs = 5 * 60_000;

/** A retry for that code alone. */
export function retryWhileUsed(
  context: Pick<Context, 'clock' | 'progress'>,
  use: {
    /** What is deleted, as the user reads it. */
    readonly thing: string;
    /** How AWS says that it is in use. */
    readonly awsCode: string;
    readonly limitMs: number;
  },
): NonNullable<PlannedChange['retry']> {
  const { thing, awsCode, limitMs } = use;
  return retryWhile(context, ({ error }) =>
    isAwsError(error, awsCode) ? { text: `AWS to treat ${thing} as unused`, limitMs } : undefined,
  );
}
