// Whether a process of this machine is still there: what it left behind may be taken over if not.

/** False only where no process has that id. */
export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
