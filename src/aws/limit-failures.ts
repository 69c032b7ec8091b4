// Calls that fail for what else goes on in the account: a reached quota, too many calls at once, or a
// change of the same resource by others.

import { code, on, says, type FailureRow } from './failure-row.ts';
import { quotaHint } from './quota.ts';
import { isQuotaCode } from './wire-code.ts';

/** Quotas before throttling: repeating a call helps only the latter. */
export const limitFailures: readonly FailureRow[] = [
  // Limits.
  {
    when: (facts) => isQuotaCode(facts.awsCode),
    code: 'AWS_QUOTA',
    what: (facts) => `a quota of the account is reached by ${facts.operation}${on(facts)}`,
    hint: (facts) => quotaHint(facts.text),
  },
  {
    when: (facts) =>
      facts.status === 429 ||
      code(
        'Throttling',
        'Throttled',
        'RequestThrottled',
        'RequestLimitExceeded',
        'BandwidthLimitExceeded',
        'SlowDown',
        'TooManyRequests',
        'PriorRequestNotComplete',
      )(facts),
    code: 'AWS_THROTTLED',
    what: (facts) => `AWS throttles ${facts.operation}, after every retry`,
    hint: () =>
      'the limit is shared by the whole account: run again in a minute, it goes on from here',
  },
  // Conflicts.
  {
    when: (facts) => facts.operation === 's3:CreateBucket' && code('OperationAborted')(facts),
    code: 'AWS_REQUEST_FAILED',
    hint: () =>
      'a bucket of this name was deleted within the hour, or another process makes it now: run again later, or wait longer with --timeout',
  },
  {
    when: code('OperationAborted', 'ConcurrentModification', 'ConditionalRequestConflict'),
    code: 'AWS_REQUEST_FAILED',
    hint: () => 'another process changes the same resource: run again in a few minutes',
  },
  {
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html
    when: says(/pricing plan/i, 'PreconditionFailed'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `${facts.operation}${on(facts)}: the distribution has a pricing plan`,
    hint: () =>
      'cancel the plan in the console of CloudFront, wait until it ends with the billing cycle, then run again',
  },
  {
    when: code('PreconditionFailed', 'InvalidIfMatchVersion'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) =>
      `${facts.operation}${on(facts)}: it was changed by another process in the meantime`,
    hint: () => 'run again: it reads the current settings',
  },
  {
    // A run that only looks leaves out what is gone: here something went while it was made or repaired.
    when: code('NoSuchDistribution', 'NoSuchResource', 'NoSuchBucket'),
    code: 'AWS_REQUEST_FAILED',
    hint: () =>
      'it was deleted a moment ago, by another run at the same time most likely (`delete`): wait until that has ended, then run again',
  },
];
