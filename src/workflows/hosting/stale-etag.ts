// Writes to a distribution that need the ETag of its moment: somebody else may have changed it since it was
// read, and reads of CloudFront may lag behind its writes.

import { isAwsError } from '../../core/errors.ts';
import type { Context } from '../context.ts';

/** What CloudFront says to an ETag that is not the current one. */
export const staleEtag = ['PreconditionFailed', 'InvalidIfMatchVersion'];

/** Milliseconds before each further look; half a minute in all. */
const pauses = [0, 1_000, 3_000, 8_000, 16_000];

/** Runs `attempt`, which reads and writes, again while what it read is not the newest. */
export async function whileEtagIsStale<Result>(
  { clock }: Pick<Context, 'clock'>,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (const pause of pauses) {
    try {
      return await attempt();
    } catch (error) {
      if (!isAwsError(error, ...staleEtag)) throw error;
    }
    await clock.sleep(pause);
  }
  return await attempt();
}
