// Sends a deletion again while AWS is busy with the same resource, or still knows of a use that has
// ended. The SDK repeats none of these. For the gate's `retry`.

import { isAwsError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import type { PlannedChange } from '../gate.ts';
import { retryWhile } from '../retry-while.ts';

/** Another call changes the same resource: over within seconds. */
const conflicts = ['ConcurrentModification', 'OperationAborted', 'ConditionalRequestConflict'];

/** A retry for conflicts, and for the codes of uses that CloudFront forgets within minutes. */
export function retryConflicts(
  context: Pick<Context, 'clock' | 'progress'>,
  thing: string,
  uses: readonly string[] = [],
): NonNullable<PlannedChange['retry']> {
  return retryWhile(context, ({ error }) => {
    if (isAwsError(error, ...conflicts)) {
      return { text: `another change of ${thing} to end`, limitMs: 60_000 };
    }
    return isAwsError(error, ...uses)
      ? { text: `CloudFront to let go of ${thing}`, limitMs: 5 * 60_000 }
      : undefined;
  });
}
