// The folder the program writes to. Every write is a temporary file, flushed, then renamed:
// a crash leaves the old file or the new one, with the mode it should have, never half of it. What a
// run that was killed left of a temporary file, the next run that touches the file takes away.
// Only what any run can write again from AWS and its input goes unflushed: there may be hundreds.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import { isMissing, unreadable, unwritable } from './file-errors.ts';
import {
  linkNew,
  removeLeftovers,
  writeWhole,
  writeWholeLater,
  type Move,
  type WholeFile,
} from './whole-file.ts';

/** A file the command wrote or found as it should be. Paths are relative to the folder. */
export type ReportedFile = { readonly path: string; readonly mode: string };

export type OutputFolder = {
  /** Absolute. */
  readonly root: string;
  /** Content, or undefined where there is no such file. Over 1 MiB, or unreadable: FILE_UNREADABLE. */
  readonly read: (relative: string) => string | undefined;
  /** Writes only where content or mode differ; reports the file in any case. */
  readonly write: (relative: string, text: string, mode: number) => void;
  /** As `write`, but false, and nothing is written, where the file is there: the first run wins. */
  readonly create: (relative: string, text: string, mode: number) => boolean;
  /** As `write`, without waiting for the disk: for manifests, which the next run would repair. */
  readonly writeDerived: (relative: string, text: string, mode: number) => Promise<void>;
  /**
   * Reports a file that stays as it is, after giving it that mode; true where the mode was another.
   * The file must be there. Not permitted: FILE_UNREADABLE.
   */
  readonly keep: (relative: string, mode: number) => boolean;
  /** Removes a file if it is there. */
  readonly remove: (relative: string) => void;
  /** Removes what killed runs left of writing that file, so that no key outlives it there. */
  readonly removeLeftovers: (relative: string) => void;
  /** FILE_UNREADABLE where the folder cannot be written, or made: to be told before AWS is asked. */
  readonly checkWritable: () => void;
  /** Names in a folder below the root, sorted; empty where there is none. */
  readonly list: (relative: string) => readonly string[];
  /** By path: the order of writing depends on which role was made first. */
  readonly reported: () => readonly ReportedFile[];
};

const maxBytes = 1024 * 1024;

/** Opens a folder; it is made at the first write. */
export function openOutputFolder(root: string): OutputFolder {
  const reported = new Map<string, ReportedFile>();
  const at = (relative: string): string => path.join(root, relative);
  const report = (relative: string, mode: number): void => {
    reported.set(relative, { path: relative, mode: `0${mode.toString(8)}` });
  };

  const read = (relative: string): string | undefined => readTextFile(at(relative), relative);

  const place = (relative: string, whole: WholeFile, move: Move): void => {
    try {
      writeWhole(at(relative), whole, move);
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
  };

  const write = (relative: string, text: string, mode: number): void => {
    if (!sameFile(at(relative), text, mode)) place(relative, { text, mode }, fs.renameSync);
    report(relative, mode);
  };

  const writeDerived = async (relative: string, text: string, mode: number): Promise<void> => {
    try {
      if (!(await isSameLater(at(relative), { text, mode }))) {
        await writeWholeLater(at(relative), { text, mode });
      }
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
    report(relative, mode);
  };

  const create = (relative: string, text: string, mode: number): boolean => {
    let made = true;
    place(relative, { text, mode }, (temporary, file) => {
      made = linkNew(temporary, file);
    });
    if (made) report(relative, mode);
    return made;
  };

  const keep = (relative: string, mode: number): boolean => {
    try {
      const repair = (fs.statSync(at(relative)).mode & 0o777) !== mode;
      if (repair) fs.chmodSync(at(relative), mode);
      report(relative, mode);
      return repair;
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
  };

  const remove = (relative: string): void => {
    try {
      fs.rmSync(at(relative), { force: true });
      removeLeftovers(at(relative));
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
    reported.delete(relative);
  };

  const tidy = (relative: string): void => {
    try {
      removeLeftovers(at(relative));
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
  };

  const checkWritable = (): void => {
    try {
      // With the dot, a file in its place is refused too.
      fs.accessSync(`${nearestExisting(root)}${path.sep}.`, fs.constants.W_OK | fs.constants.X_OK);
    } catch (error) {
      throw unwritable(`"${root}"`, error);
    }
  };

  const list = (relative: string): readonly string[] => {
    try {
      return fs.readdirSync(at(relative)).toSorted();
    } catch (error) {
      if (isMissing(error)) return [];
      throw unreadable(relative, error);
    }
  };

  return {
    root,
    read,
    write,
    create,
    writeDerived,
    keep,
    remove,
    removeLeftovers: tidy,
    checkWritable,
    list,
    reported: () => [...reported.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/**
 * A text file's content, undefined where it is absent; `shown` is how messages name it. `file` is a path
 * or an open descriptor, such as 0 for standard input.
 */
export function readTextFile(
  file: string | number,
  shown: string,
  limit: number = maxBytes,
): string | undefined {
  try {
    const stat = typeof file === 'number' ? fs.fstatSync(file) : fs.statSync(file);
    if (stat.size > limit) throw tooLarge(shown, { size: stat.size, limit });
    // A pipe (`<(kubectl ...)`) or a device does not tell beforehand how much it holds.
    if (!stat.isFile() && !stat.isDirectory()) return readStream(file, shown, limit);
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof BootstrapError) throw error;
    throw unreadable(shown, error);
  }
}

function readStream(file: string | number, shown: string, limit: number): string {
  const descriptor = typeof file === 'number' ? file : fs.openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const read = fs.readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks).toString('utf8');
      size += read;
      if (size > limit) throw tooLarge(shown, { size, limit });
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    if (descriptor !== file) fs.closeSync(descriptor);
  }
}

function tooLarge(shown: string, bytes: { size: number; limit: number }): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `file "${shown}" is too large: ${bytes.size} bytes, at most ${bytes.limit} are read`,
    hint: 'check that this is the right file',
  });
}

function sameFile(file: string, text: string, mode: number): boolean {
  try {
    const stat = fs.lstatSync(file);
    return stat.isFile() && (stat.mode & 0o777) === mode && fs.readFileSync(file, 'utf8') === text;
  } catch {
    return false;
  }
}

async function isSameLater(file: string, { text, mode }: WholeFile): Promise<boolean> {
  try {
    const stat = await fs.promises.lstat(file);
    const alike = stat.isFile() && (stat.mode & 0o777) === mode;
    return alike && (await fs.promises.readFile(file, 'utf8')) === text;
  } catch {
    return false;
  }
}

/** The nearest folder above that exists, or what stands in its place. */
function nearestExisting(file: string): string {
  const parent = path.dirname(file);
  const exists = fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  return exists || parent === file ? file : nearestExisting(parent);
}
