// Writes to a distribution that need the ETag of its moment: somebody else may have changed it since it was
// read, and reads of CloudFront may lag behind its writes.

import { isAwsError } from '../../core/errors.ts';
import type { Context } from '../context.ts';

/**
 * Whether CloudFront refused an ETag that is not the current one. It has the same code for a distribution that a
 * pricing plan keeps. https://github.com/ekristen/aws-nuke/issues/1024
 */
export function isStaleEtag(error: unknown): boolean {
  return (
    isAwsError(error, 'PreconditionFailed', 'InvalidIfMatchVersion') &&
    !/pricing plan/i.test(error.message)
  );
}

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
      if (!isStaleEtag(error)) throw error;
    }
    await clock.sleep(pause);
  }
  return await attempt();
}
