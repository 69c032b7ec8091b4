// One run at a time moves key files in a folder. To take the lock, a run puts a claim into the lock's
// folder, an empty file whose name identifies the process, and then looks for other claims: of two runs, the
// later one sees the claim of the earlier one. A file name is created atomically, so a claim is never half
// written; no name is used twice, so a claim of a dead process is removed without harm to another.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorCode, unwritable } from './file-errors.ts';
import { makeFolder } from './make-folder.ts';
import { makerOf, makerState, newFileName } from './process-runs.ts';

/** The lock's folder, in the output folder. */
export const lockName = '.rotate-keys.lock';

/** How often a holder touches its claim, for runs that cannot see its process. */
const beatMs = 5000;
/** After this time without a touch, a holder whose process cannot be seen counts as gone. */
const silenceMs = 60_000;

export type FolderLock = {
  readonly release: () => void;
  /** False once another run has taken the lock: this one stood still for too long. */
  readonly isHeld: () => boolean;
};

/**
 * Takes the lock; undefined while another run holds it. A process of this machine holds it while it
 * runs; of another machine or container, while its claim is touched. FILE_UNREADABLE where the
 * folder cannot be written.
 */
export function tryLock(root: string): FolderLock | undefined {
  try {
    const claim = placeClaim(root);
    if (claim === undefined) return undefined;
    if (claimsIn(root).some((other) => other !== claim && isHeld(other, claim))) {
      drop(claim);
      return undefined;
    }
    const beat = setInterval(() => touch(claim), beatMs);
    beat.unref();
    return {
      release: () => {
        clearInterval(beat);
        drop(claim);
      },
      isHeld: () => fs.existsSync(claim),
    };
  } catch (error) {
    throw unwritable(`"${lockName}" in "${root}"`, error);
  }
}

/** Who holds the lock or asks for it, for messages. */
export function lockHolders(
  root: string,
): readonly { readonly pid: number; readonly host: string }[] {
  return claimsIn(root).flatMap((claim) => makerOf(path.basename(claim)) ?? []);
}

/** The file of a new claim; undefined where others release the lock each time it is made. */
function placeClaim(root: string): string | undefined {
  const folder = path.join(root, lockName);
  makeFolder(root, 0o700);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    // A file is no lock that could be read.
    const there = fs.lstatSync(folder, { throwIfNoEntry: false });
    if (there?.isDirectory() === false) fs.rmSync(folder, { force: true });
    const claim = path.join(folder, newFileName());
    try {
      makeFolder(folder, 0o700);
      fs.writeFileSync(claim, '.', { flag: 'wx', mode: 0o600 });
      return claim;
    } catch (error) {
      fs.rmSync(claim, { force: true });
      // Another run removed the folder of the lock, or made it again, in the meantime.
      if (!['ENOENT', 'EEXIST'].includes(errorCode(error))) throw error;
    }
  }
  return undefined;
}

function claimsIn(root: string): readonly string[] {
  const folder = path.join(root, lockName);
  try {
    return fs.readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

/** Whether somebody holds that claim; one of a process that is gone, or without a mark, is removed. */
function isHeld(claim: string, mine: string): boolean {
  const state = makerState(path.basename(claim));
  if (state === 'runs') return true;
  if (state === 'unknown') {
    const beat = fs.statSync(claim, { throwIfNoEntry: false })?.mtimeMs;
    // Both times are of the file system's clock.
    if (beat !== undefined && fs.statSync(mine).mtimeMs - beat < silenceMs) return true;
  }
  fs.rmSync(claim, { recursive: true, force: true });
  return false;
}

/** Writes what is there: the file system then sets the time by its own clock. */
function touch(claim: string): void {
  try {
    fs.writeFileSync(claim, '.', { flag: 'r+' });
  } catch {
    // Another run has taken the lock; `isHeld` returns false.
  }
}

function drop(claim: string): void {
  fs.rmSync(claim, { force: true });
  try {
    fs.rmdirSync(path.dirname(claim));
  } catch {
    // Others ask for the lock.
  }
}
