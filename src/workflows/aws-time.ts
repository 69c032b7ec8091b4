// The time by the clock of AWS, which judges tokens and certificates: that of this machine may be wrong.

import type { Context } from './context.ts';

/** As AWS told it last; this machine's before its first answer. */
export function awsTime({ aws, clock }: Pick<Context, 'aws' | 'clock'>): Date {
  return aws.serverTime() ?? clock.now();
}
