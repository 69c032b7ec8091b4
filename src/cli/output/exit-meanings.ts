// What the exit codes mean, in a line each; the codes behind them are in errors.ts.

import { exitCodes } from '../../core/errors.ts';

/** In the order in which help shows them. */
export const exitMeanings: readonly (readonly [number, string])[] = [
  [0, 'done, or nothing to do'],
  [exitCodes.INTERNAL, 'failed'],
  [exitCodes.USAGE, 'wrong flags or input'],
  [exitCodes.GATE_CLOSED, 'a check failed or a rotation gate is closed'],
  [exitCodes.AWS_ACCESS_DENIED, 'credentials or permission'],
  [exitCodes.NAME_TAKEN, 'existing resources forbid it'],
  [exitCodes.WAIT_TIMED_OUT, 'a wait timed out; run again to go on'],
  [exitCodes.INTERRUPTED, 'interrupted, or a prompt was declined'],
];
