// One run at a time moves key files about in a folder: the lock is a file made exclusively, with the
// process that holds it. The lock of a process that is gone is taken over.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { errorCode, unwritable } from './file-errors.ts';
import { processRuns } from './process-runs.ts';
import { makeFolder } from './whole-file.ts';

/** Relative to the output folder. */
export const lockFile = '.rotate-keys.lock';

/**
 * Takes the lock and gives back how to release it; undefined while another run holds it.
 * FILE_UNREADABLE where the folder cannot be written.
 */
export function tryLock(root: string): (() => void) | undefined {
  const file = path.join(root, lockFile);
  const mine = `${process.pid}@${os.hostname()} ${process.hrtime.bigint()}\n`;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      makeFolder(root);
      fs.writeFileSync(file, mine, { flag: 'wx', mode: 0o644 });
      return () => {
        if (readLock(file) === mine) fs.rmSync(file, { force: true });
      };
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw unwritable(`"${lockFile}" in "${root}"`, error);
    }
    if (!isLeftBehind(readLock(file))) return undefined;
    fs.rmSync(file, { force: true });
  }
  return undefined;
}

function readLock(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** True where the holder ran on this machine and is gone. */
function isLeftBehind(lock: string | undefined): boolean {
  const [, pid, host] = /^(\d+)@(\S+) /.exec(lock ?? '') ?? [];
  return pid !== undefined && host === os.hostname() && !processRuns(Number(pid));
}
