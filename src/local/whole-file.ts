// Writes a file whole or not at all: a temporary file, which then takes its name. Temporary files lie
// in a hidden folder of the output folder, where no installer takes them for a result, and carry the
// mark of their process, so that those of a killed run are told.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import { errorCode } from './file-errors.ts';
import { flushFolder, makeFolder } from './make-folder.ts';
import { makerOf, makerState, newFileName } from './process-runs.ts';

export type WholeFile = { readonly text: string; readonly mode: number };
/** Both absolute: the output folder, and the file in it. */
export type Place = { readonly root: string; readonly file: string };
/** Gives the temporary file its name. */
export type Move = (temporary: string, file: string) => void;

/** Only there while files are written. */
export const temporaryFolder = '.oidc-bootstrap.tmp';

/** Writing takes seconds at most: what cannot be seen to be in use is not, after a minute. */
const abandonedMs = 60_000;

/** Writes the file and its name to the disk; folders that it makes are private. */
export function writeWhole(place: Place, whole: WholeFile, move: Move): void {
  const made = makeFolder(path.dirname(place.file), 0o700);
  for (const folder of made) flushFolder(path.dirname(folder));
  try {
    writeIn(place.root, { file: place.file, ...whole, move });
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    // The file's folder is a volume of its own.
    writeIn(path.dirname(place.file), { file: place.file, ...whole, move });
  }
}

/** The same without waiting for the disk, and beside other work: making a file may take a while. */
export async function writeWholeLater(place: Place, whole: WholeFile): Promise<void> {
  makeFolder(path.dirname(place.file), 0o700);
  try {
    await writeInLater(place.root, { file: place.file, ...whole });
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await writeInLater(path.dirname(place.file), { file: place.file, ...whole });
  }
}

/** Gives the file its name unless there is one of that name; whether it did. */
export function linkNew(temporary: string, file: string): boolean {
  try {
    fs.linkSync(temporary, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    // File systems without hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error))) throw error;
  }
  try {
    fs.copyFileSync(temporary, file, fs.constants.COPYFILE_EXCL);
    const descriptor = fs.openSync(file, 'r+');
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes temporary files of runs that are no more: one of them may hold a key that is gone
 * otherwise. Gives those that cannot be removed.
 */
export function removeLeftovers(root: string): readonly string[] {
  const left: string[] = [];
  for (const folder of [root, ...foldersIn(root)]) {
    const temporary = path.join(folder, temporaryFolder);
    // Behind a link lie files of somebody else.
    if (!isRealFolder(temporary)) continue;
    // Only what this program named: whoever exchanges the folder meanwhile has no such files elsewhere.
    for (const { name } of entriesOf(temporary).filter((entry) => makerOf(entry.name))) {
      const file = path.join(temporary, name);
      try {
        if (!isInUse(file)) fs.rmSync(file, { force: true });
      } catch {
        left.push(file);
      }
    }
    removeEmpty(temporary);
  }
  return left;
}

type Writing = WholeFile & { readonly file: string };

function writeIn(
  base: string,
  { file, text, mode, move }: Writing & { readonly move: Move },
): void {
  const temporary = path.join(base, temporaryFolder, newFileName());
  try {
    const descriptor = withFolder(temporary, () => fs.openSync(temporary, 'wx', mode));
    try {
      fs.fchmodSync(descriptor, mode);
      fs.writeFileSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    move(temporary, file);
    flushFolder(path.dirname(file));
  } finally {
    discard(temporary);
  }
}

async function writeInLater(base: string, { file, text, mode }: Writing): Promise<void> {
  const temporary = path.join(base, temporaryFolder, newFileName());
  try {
    const opened = withFolder(temporary, () => fs.openSync(temporary, 'wx', mode));
    fs.closeSync(opened);
    await fs.promises.writeFile(temporary, text);
    if ((process.umask() & mode) !== 0) await fs.promises.chmod(temporary, mode);
    await fs.promises.rename(temporary, file);
  } finally {
    discard(temporary);
  }
}

/** Opens a file in the hidden folder, which another write may remove at any time while it is empty. */
function withFolder(temporary: string, open: () => number): number {
  const folder = path.dirname(temporary);
  for (let attempt = 1; ; attempt += 1) {
    try {
      makeFolder(folder, 0o700);
      // Not through a link, to where others may read.
      if (!fs.lstatSync(folder).isDirectory()) throw notAFolder(folder);
      return open();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || attempt === 20) throw error;
    }
  }
}

/** Removes the temporary file, if it is still there, and the hidden folder, unless others use it. */
function discard(temporary: string): void {
  fs.rmSync(temporary, { force: true });
  removeEmpty(path.dirname(temporary));
}

/** False for a link to a folder. */
function isRealFolder(folder: string): boolean {
  try {
    return fs.lstatSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function notAFolder(folder: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot write "${folder}": it is a link or a file, where temporary files are kept in a folder`,
    hint: 'find out who put it there, remove it, then run again',
    details: { file: folder },
  });
}

function removeEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // In use, or not there.
  }
}

function isInUse(file: string): boolean {
  const state = makerState(path.basename(file));
  if (state !== 'unknown') return state === 'runs';
  const changed = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - changed < abandonedMs;
}

function foldersIn(root: string): readonly string[] {
  return entriesOf(root)
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => path.join(root, entry.name));
}

function entriesOf(folder: string): readonly fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
