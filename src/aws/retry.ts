// How the SDK repeats requests: adaptive, ten tries, forty of a throttled request, because the default
// loses calls under throttling. Not repeated: quotas, which the SDK takes for throttling. Repeated,
// against the SDK's habit: conflicts that AWS asks to send again. Loaded with the SDK only.

import {
  AdaptiveRetryStrategy,
  DefaultRateLimiter,
  isTransientError,
  MAXIMUM_RETRY_DELAY,
  StandardRetryStrategy,
  THROTTLING_RETRY_DELAY_BASE,
} from '@smithy/core/retry';
import { UsageError } from '../core/errors.ts';
import { isQuotaCode } from './wire-code.ts';

/** What a user may set in the environment, as for every AWS tool. */
export type RetrySettings = {
  readonly mode: 'adaptive' | 'standard';
  readonly maxAttempts: number;
  /** Of a request that is throttled: sixteen at once share a rate of few calls a second. */
  readonly throttledAttempts: number;
};

type Strategy = Pick<
  AdaptiveRetryStrategy,
  'acquireInitialRetryToken' | 'refreshRetryTokenForRetry' | 'recordSuccess'
>;

/**
 * AWS_RETRY_MODE and AWS_MAX_ATTEMPTS where they are set; else adaptive, ten and forty tries. The pauses of
 * the standard mode are longer, so twenty are as long there.
 */
export function readRetrySettings(env: {
  readonly [name: string]: string | undefined;
}): RetrySettings {
  const mode = (env['AWS_RETRY_MODE'] || 'adaptive') === 'adaptive' ? 'adaptive' : 'standard';
  const given = env['AWS_MAX_ATTEMPTS'];
  const attempts = given || '10';
  if (!/^[1-9]\d{0,3}$/.test(attempts)) {
    throw new UsageError([
      { field: 'AWS_MAX_ATTEMPTS', message: `"${attempts}" is not a whole number of 1 or more` },
    ]);
  }
  return {
    mode,
    maxAttempts: Number(attempts),
    throttledAttempts: given ? Number(given) : mode === 'adaptive' ? 40 : 20,
  };
}

/** Nothing changed, and AWS asks to send the same request again. */
const sendAgain = new Set([
  'OperationAborted',
  'ConditionalRequestConflict',
  'ConcurrentModification',
  'ConcurrentModificationException',
]);

/** A wrong endpoint or no network: more than three tries bring no other answer. */
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND']);

/** Codes by which AWS refuses a signature for its time; the SDK has set its clock right by then. */
const wrongTime = new Set([
  'RequestTimeTooSkewed',
  'RequestExpired',
  'RequestInTheFuture',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
]);

type ErrorInfo = Parameters<Strategy['refreshRetryTokenForRetry']>[1];

/**
 * The error type, corrected: where this machine's clock is minutes off, the SDK
 * calls every refusal, also a "not found", a clock problem, and repeats it nine times.
 */
function soberType(info: ErrorInfo, name: string): ErrorInfo['errorType'] {
  if (sendAgain.has(name)) return 'TRANSIENT';
  const error: { $metadata?: { clockSkewCorrected?: unknown } } = info.error ?? {};
  if (error.$metadata?.clockSkewCorrected !== true || info.errorType !== 'TRANSIENT') {
    return info.errorType;
  }
  delete error.$metadata.clockSkewCorrected;
  const transient = info.error !== undefined && isTransientError(info.error);
  return wrongTime.has(name) || transient ? 'TRANSIENT' : 'CLIENT_ERROR';
}

/**
 * The SDK's limiter falls to one call in two seconds at the first refusal, and to 0.7 of its rate at each
 * further one: a service that takes one call a second is then used at half of its rate. The slowest pace
 * here is three calls a second, so that the rate of the service is what counts: a call waits a third of
 * a second too long at most, and two of three calls are refused, so a call needs more tries.
 */
const rateLimits = { minFillRate: 3, beta: 0.9 };

/**
 * The SDK's pauses, but for what is throttled: the limiter spaces that, and the pause only spreads it.
 * The SDK tells the two apart by the base of the pause.
 */
function newBackoff(): {
  readonly setDelayBase: (base: number) => void;
  readonly computeNextBackoffDelay: (tries: number) => number;
} {
  let [first, longest] = [0, 0];
  return {
    setDelayBase: (base) => {
      const isThrottled = base >= THROTTLING_RETRY_DELAY_BASE;
      [first, longest] = isThrottled ? [100, 200] : [base, MAXIMUM_RETRY_DELAY];
    },
    computeNextBackoffDelay: (tries) =>
      Math.floor(Math.random() * Math.min(first * 2 ** tries, longest)),
  };
}

function adaptiveStrategy(maxAttempts: number): AdaptiveRetryStrategy {
  const rateLimiter = new DefaultRateLimiter(rateLimits);
  return new AdaptiveRetryStrategy(maxAttempts, {
    rateLimiter,
    maxAttempts,
    backoff: newBackoff(),
  });
}

/** A retry strategy for one client; it holds that client's rate limiter. */
export function retryStrategy(settings: RetrySettings): Strategy {
  const most = Math.max(settings.maxAttempts, settings.throttledAttempts);
  const inner: Strategy =
    settings.mode === 'adaptive' ? adaptiveStrategy(most) : new StandardRetryStrategy(most);
  return {
    acquireInitialRetryToken: (scope) => inner.acquireInitialRetryToken(scope),
    recordSuccess: (token) => inner.recordSuccess(token),
    refreshRetryTokenForRetry: async (token, info) => {
      const error: { name?: unknown; code?: unknown } = info.error ?? {};
      const name = String(error.name);
      // The SDK drops what is thrown here and reports the failure of the request itself.
      if (isQuotaCode(name)) throw new Error('a quota error is not retried');
      const errorType = soberType(info, name);
      if (errorType !== 'THROTTLING' && token.getRetryCount() + 1 >= settings.maxAttempts) {
        throw new Error('all tries failed');
      }
      if (unreachable.has(String(error.code)) && token.getRetryCount() >= 2) {
        throw new Error('the endpoint cannot be reached');
      }
      if (name === 'TimeoutError' && token.getRetryCount() >= 2) {
        throw new Error('three tries were not answered in time');
      }
      if (wrongTime.has(name) && token.getRetryCount() >= 1) {
        throw new Error('the clock was already corrected once');
      }
      return inner.refreshRetryTokenForRetry(token, { ...info, errorType });
    },
  };
}
