// Whether a process of this machine is still there: what it left behind may be taken over if not.

import { errorCode } from './file-errors.ts';

/** False only where no process has that id. */
export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
