// Writes a file whole or not at all: a temporary file is written, then renamed. Temporary files are in a hidden
// folder of the output folder, where no installer reads them, and have the mark of their process in their
// names, so that those of a killed run are recognized.

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

/** A write takes seconds: a file whose process is unknown is taken for unused after a minute. */
const abandonedMs = 60_000;

/** Writes the file and its name to the disk; folders that it makes are private. */
export function writeWhole(place: Place, whole: WholeFile, move: Move): void {
  const made = makeFolder(path.dirname(place.file), 0o700);
  for (const folder of made) flushFolder(path.dirname(folder));
  onSameVolume(place, (base) => {
    try {
      writeFlushed(base, { file: place.file, ...whole, move });
    } finally {
      removeTemporaryFolder(base);
    }
  });
}

/**
 * The same without waiting for the disk, for many files: the hidden folder stays, until the caller removes
 * it by `removeTemporaryFolder`.
 */
export function writeUnflushed(place: Place, whole: WholeFile): void {
  makeFolder(path.dirname(place.file), 0o700);
  onSameVolume(place, (base) => {
    const temporary = path.join(base, temporaryFolder, newFileName());
    try {
      fill(temporary, whole, () => undefined);
      fs.renameSync(temporary, place.file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    } finally {
      if (base !== place.root) removeTemporaryFolder(base);
    }
  });
}

/** Removes the hidden folder of that folder, unless others use it. */
export function removeTemporaryFolder(base: string): void {
  try {
    fs.rmdirSync(path.join(base, temporaryFolder));
  } catch {
    // In use, or not there.
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
    removeTemporaryFolder(folder);
  }
  return left;
}

/** Runs it in the output folder, or in the file's own folder where that is a volume of its own. */
function onSameVolume({ root, file }: Place, writeIn: (base: string) => void): void {
  try {
    writeIn(root);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    writeIn(path.dirname(file));
  }
}

function writeFlushed(
  base: string,
  { file, move, ...whole }: WholeFile & { readonly file: string; readonly move: Move },
): void {
  const temporary = path.join(base, temporaryFolder, newFileName());
  try {
    fill(temporary, whole, fs.fsyncSync);
    move(temporary, file);
    flushFolder(path.dirname(file));
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function fill(
  temporary: string,
  { text, mode }: WholeFile,
  flush: (descriptor: number) => void,
): void {
  const descriptor = withFolder(temporary, () => fs.openSync(temporary, 'wx', mode));
  try {
    // The umask may have taken rights.
    fs.fchmodSync(descriptor, mode);
    fs.writeFileSync(descriptor, text);
    flush(descriptor);
  } finally {
    fs.closeSync(descriptor);
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
