// Sends a deletion again while AWS is busy with the same resource, or still knows of a use that has
// ended. The SDK repeats none of these. For the gate's `retry`.

import { isAwsError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import type { PlannedChange } from '../gate.ts';
import { retryWhile } from '../retry-while.ts';

/** Another call changes the same resource: over within seconds. */
const conflicts = ['ConcurrentModification', 'OperationAborted', 'ConditionalRequestConflict'];

/** A use that AWS takes a while to forget: its code, and for how long at most. */
export type FadingUse = { readonly awsCode: string; readonly limitMs: number };

/** A retry for conflicts, and for a use of the thing that AWS forgets by itself. */
export function retryConflicts(
  context: Pick<Context, 'clock' | 'progress'>,
  thing: string,
  use?: FadingUse,
): NonNullable<PlannedChange['retry']> {
  return retryWhile(context, ({ error }) => {
    if (isAwsError(error, ...conflicts)) {
      return { text: `another change of ${thing} to end`, limitMs: 60_000 };
    }
    return use !== undefined && isAwsError(error, use.awsCode)
      ? { text: `AWS to let go of ${thing}`, limitMs: use.limitMs }
      : undefined;
  });
}

/** CloudFront needs minutes to see everywhere that a distribution is disabled or gone. */
export const cloudfrontLagMs = 5 * 60_000;
