// Writes a file whole or not at all: a temporary file beside it, which then takes its name.
// Temporary files carry the number of their process, so that those of a killed run are told.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorCode } from './file-errors.ts';
import { processRuns } from './process-runs.ts';

export type WholeFile = { readonly text: string; readonly mode: number };
/** Gives the temporary file its name. */
export type Move = (temporary: string, file: string) => void;

/** Writes a temporary file beside it, flushed to the disk, and moves that; makes the folder. */
export function writeWhole(file: string, { text, mode }: WholeFile, move: Move): void {
  makeFolder(path.dirname(file));
  removeLeftovers(file);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const descriptor = openNew(temporary, mode);
    try {
      fs.fchmodSync(descriptor, mode);
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    move(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** The same without waiting for the disk, and beside other work: making a file may take a while. */
export async function writeWholeLater(file: string, { text, mode }: WholeFile): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  const write = (): Promise<void> => fs.promises.writeFile(temporary, text, { mode, flag: 'wx' });
  try {
    try {
      await write();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') makeFolder(path.dirname(file));
      else if (errorCode(error) === 'EEXIST') fs.rmSync(temporary);
      else throw error;
      await write();
    }
    if ((process.umask() & mode) !== 0) await fs.promises.chmod(temporary, mode);
    await fs.promises.rename(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Opens a file of its own making: an earlier process may have had the same number. */
function openNew(file: string, mode: number): number {
  try {
    return fs.openSync(file, 'wx', mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    fs.rmSync(file);
    return fs.openSync(file, 'wx', mode);
  }
}

/** Gives the file its name unless there is one of that name; whether it did. */
export function linkNew(temporary: string, file: string): boolean {
  try {
    try {
      fs.linkSync(temporary, file);
    } catch (error) {
      // File systems without hard links.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error))) throw error;
      fs.copyFileSync(temporary, file, fs.constants.COPYFILE_EXCL);
    }
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** Temporary files of runs that are no more: one of them may hold a key that is gone otherwise. */
export function removeLeftovers(file: string): void {
  const folder = path.dirname(file);
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    const pid = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
    if (name !== `${path.basename(file)}.${pid}.tmp`) continue;
    if (pid === process.pid || !processRuns(pid)) fs.rmSync(path.join(folder, name));
  }
}

/** As mkdir -p. Node's own recursive mkdir never returns in the kernel's file systems (/proc, /sys). */
export function makeFolder(folder: string): void {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = path.dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    // Somebody else made it meanwhile.
    const there = fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!there) throw error;
  }
}
