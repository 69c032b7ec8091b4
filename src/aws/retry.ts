// How the SDK repeats requests: adaptive and up to ten tries, because the default loses calls under
// throttling. Not repeated: quotas, which the SDK takes for throttling. Repeated, against the SDK's
// habit: conflicts that AWS asks to send again. Loaded with the SDK only.

import { AdaptiveRetryStrategy, isTransientError, StandardRetryStrategy } from '@smithy/core/retry';
import { UsageError } from '../core/errors.ts';
import { isQuotaCode } from './wire-code.ts';

/** What a user may set in the environment, as for every AWS tool. */
export type RetrySettings = {
  readonly mode: 'adaptive' | 'standard';
  readonly maxAttempts: number;
};

type Strategy = Pick<
  AdaptiveRetryStrategy,
  'acquireInitialRetryToken' | 'refreshRetryTokenForRetry' | 'recordSuccess'
>;

/** AWS_RETRY_MODE and AWS_MAX_ATTEMPTS where they are set; else adaptive, ten tries. */
export function readRetrySettings(env: {
  readonly [name: string]: string | undefined;
}): RetrySettings {
  const mode = env['AWS_RETRY_MODE'] || 'adaptive';
  const attempts = env['AWS_MAX_ATTEMPTS'] || '10';
  if (!/^[1-9]\d{0,3}$/.test(attempts)) {
    throw new UsageError([
      { field: 'AWS_MAX_ATTEMPTS', message: `"${attempts}" is not a whole number of 1 or more` },
    ]);
  }
  return { mode: mode === 'adaptive' ? 'adaptive' : 'standard', maxAttempts: Number(attempts) };
}

/** Nothing changed, and AWS asks to send the same request again. */
const sendAgain = new Set([
  'OperationAborted',
  'ConditionalRequestConflict',
  'ConcurrentModification',
  'ConcurrentModificationException',
]);

/** A wrong endpoint or no network: a third try tells as much as a tenth. */
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

/** A retry strategy for one client; it holds that client's rate limiter. */
export function retryStrategy(settings: RetrySettings): Strategy {
  const inner: Strategy =
    settings.mode === 'adaptive'
      ? new AdaptiveRetryStrategy(settings.maxAttempts)
      : new StandardRetryStrategy(settings.maxAttempts);
  return {
    acquireInitialRetryToken: (scope) => inner.acquireInitialRetryToken(scope),
    recordSuccess: (token) => inner.recordSuccess(token),
    refreshRetryTokenForRetry: async (token, info) => {
      const error: { name?: unknown; code?: unknown } = info.error ?? {};
      const name = String(error.name);
      // The SDK drops what is thrown here and reports the failure of the request itself.
      if (isQuotaCode(name)) throw new Error('a quota error is not retried');
      if (unreachable.has(String(error.code)) && token.getRetryCount() >= 2) {
        throw new Error('the endpoint cannot be reached');
      }
      if (name === 'TimeoutError' && token.getRetryCount() >= 2) {
        throw new Error('three tries were not answered in time');
      }
      if (wrongTime.has(name) && token.getRetryCount() >= 1) {
        throw new Error('the clock was already corrected once');
      }
      return inner.refreshRetryTokenForRetry(token, { ...info, errorType: soberType(info, name) });
    },
  };
}
