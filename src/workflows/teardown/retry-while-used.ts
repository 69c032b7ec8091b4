// Sends a deletion again while AWS still knows of a use that has ended: a policy that was taken off, a
// distribution that was disabled or deleted. For the gate's `retry`.

import { isAwsError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import type { PlannedChange } from '../gate.ts';
import { retryWhile } from '../retry-while.ts';

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
    isAwsError(error, awsCode) ? { text: `AWS to take ${thing} for unused`, limitMs } : undefined,
  );
}
