// The folder the program writes to. Every write is a temporary file, flushed, then renamed:
// a crash leaves the old file or the new one, with the mode it should have, never half of it. The
// next run removes the temporary files of a killed run.
// Files that any run can write again from AWS and its input are not flushed: there may be hundreds.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import { decodeText } from './decode-text.ts';
import { isMissing, notAFile, specialKind, unreadable, unwritable } from './file-errors.ts';
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
  /**
   * Content, or undefined where there is no such file. Over 1 MiB, unreadable, or a FIFO, device,
   * socket or folder: FILE_UNREADABLE.
   */
  readonly read: (relative: string) => string | undefined;
  /** Writes only where content or mode differ; reports the file in any case. */
  readonly write: (relative: string, text: string, mode: number) => void;
  /** As `write`, but false, and nothing is written, where the file is there: the first run wins. */
  readonly create: (relative: string, text: string, mode: number) => boolean;
  /** As `write`, without waiting for the disk: for manifests, which the next run would repair. */
  readonly writeDerived: (relative: string, text: string, mode: number) => Promise<void>;
  /**
   * Reports a file that stays as it is, after giving it that mode; true where the mode was another. A file
   * that has another name too (a link) may be anybody's: rights are taken from it, never given to it.
   * The file must be there. Not permitted: FILE_UNREADABLE.
   */
  readonly keep: (relative: string, mode: number) => boolean;
  /** Removes a file if it is there. */
  readonly remove: (relative: string) => void;
  /** Removes what killed runs left half-written, keys among it; gives what cannot be removed. */
  readonly removeLeftovers: () => readonly string[];
  /** Folders for private keys in which others than their owner can write, with their mode. */
  readonly sharedFolders: () => readonly { readonly folder: string; readonly mode: string }[];
  /** Folders for private keys that are links, and where these lead: the keys are written there. */
  readonly linkedFolders: () => readonly { readonly folder: string; readonly target: string }[];
  /** FILE_UNREADABLE if the folder cannot be written or made; called before the first request to AWS. */
  readonly checkWritable: () => void;
  /** Names in a folder below the root, sorted; empty where there is none. */
  readonly list: (relative: string) => readonly string[];
  /** By path: the order of writing depends on which role was made first. */
  readonly reported: () => readonly ReportedFile[];
};

const maxBytes = 1024 * 1024;

/** Where private keys lie, relative to the output folder. */
const privateFolders = ['', 'tls', 'openshift'];

/** Opens a folder; it is made at the first write. */
export function openOutputFolder(root: string): OutputFolder {
  const reported = new Map<string, ReportedFile>();
  const at = (relative: string): string => path.join(root, relative);
  const report = (relative: string, mode: number): void => {
    reported.set(relative, { path: relative, mode: `0${mode.toString(8)}` });
  };

  const read = (relative: string): string | undefined => readPlainFile(at(relative), relative);

  const failed = (relative: string, error: unknown): BootstrapError =>
    error instanceof BootstrapError ? error : unwritable(`"${relative}" in "${root}"`, error);
  /** A link is replaced, never followed. */
  const checkPlace = (relative: string): void => {
    const there = fs.lstatSync(at(relative), { throwIfNoEntry: false });
    if (there === undefined || there.isSymbolicLink()) return;
    const kind = specialKind(there);
    if (kind !== undefined) throw notAFile(`write "${relative}" in "${root}"`, kind);
  };

  const place = (relative: string, whole: WholeFile, move: Move): void => {
    try {
      checkPlace(relative);
      writeWhole({ root, file: at(relative) }, whole, move);
    } catch (error) {
      throw failed(relative, error);
    }
  };

  const write = (relative: string, text: string, mode: number): void => {
    if (!sameFile(at(relative), text, mode)) place(relative, { text, mode }, fs.renameSync);
    report(relative, mode);
  };

  const writeDerived = async (relative: string, text: string, mode: number): Promise<void> => {
    try {
      if (!(await isSameLater(at(relative), { text, mode }))) {
        checkPlace(relative);
        await writeWholeLater({ root, file: at(relative) }, { text, mode });
      }
    } catch (error) {
      throw failed(relative, error);
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
      const found = fs.statSync(at(relative)).mode & 0o777;
      const wanted = hasOtherName(at(relative)) ? found & mode : mode;
      if (found !== wanted) fs.chmodSync(at(relative), wanted);
      report(relative, wanted);
      return found !== wanted;
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
  };

  const remove = (relative: string): void => {
    try {
      fs.rmSync(at(relative), { force: true });
    } catch (error) {
      throw unwritable(`"${relative}" in "${root}"`, error);
    }
    reported.delete(relative);
  };

  const sharedFolders = (): readonly { folder: string; mode: string }[] =>
    privateFolders.flatMap((relative) => {
      const stat = statOf(at(relative));
      if (stat?.isDirectory() !== true || !isOpenToOthers(stat)) return [];
      return [{ folder: at(relative), mode: `0${(stat.mode & 0o777).toString(8)}` }];
    });

  const linkedFolders = (): readonly { folder: string; target: string }[] =>
    privateFolders.flatMap((relative) => {
      const folder = at(relative);
      // The output folder itself is where the user says it is.
      if (relative === '' || statOf(folder)?.isDirectory() !== true) return [];
      const target = fs.realpathSync(folder);
      return fs.lstatSync(folder).isSymbolicLink() ? [{ folder, target }] : [];
    });

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
    removeLeftovers: () => removeLeftovers(root),
    sharedFolders,
    linkedFolders,
    checkWritable,
    list,
    reported: () => [...reported.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/**
 * Content of a file that was given, undefined where it is absent; `shown` is how messages name it. It
 * may be a pipe (`<(kubectl ...)`) or a device, or an open descriptor, such as 0 for standard input.
 */
export function readTextFile(
  file: string | number,
  shown: string,
  limit: number = maxBytes,
): string | undefined {
  return readText(file, shown, { limit, pipes: true });
}

/** The same of a file that others may have put there: a pipe or a device is refused, since it may never end. */
export function readPlainFile(file: string, shown: string): string | undefined {
  return readText(file, shown, { limit: maxBytes, pipes: false });
}

function readText(
  file: string | number,
  shown: string,
  { limit, pipes }: { readonly limit: number; readonly pipes: boolean },
): string | undefined {
  try {
    const stat = typeof file === 'number' ? fs.fstatSync(file) : fs.statSync(file);
    const kind = specialKind(stat);
    const stream = typeof file === 'number' || kind === 'a FIFO' || kind === 'a device';
    if (kind !== undefined && !(pipes && stream)) throw notAFile(`read "${shown}"`, kind);
    if (stat.size > limit) throw tooLarge(shown, { size: stat.size, limit });
    // A pipe or a device does not tell beforehand how much it holds.
    return decodeText(stream ? readStream(file, shown, limit) : fs.readFileSync(file));
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof BootstrapError) throw error;
    throw unreadable(shown, error);
  }
}

function readStream(file: string | number, shown: string, limit: number): Buffer {
  const descriptor = typeof file === 'number' ? file : fs.openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.allocUnsafe(64 * 1024);
      const read = fs.readSync(descriptor, chunk);
      if (read === 0) return Buffer.concat(chunks);
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

/** A symbolic link, or one of several hard links. */
function hasOtherName(file: string): boolean {
  const stat = fs.lstatSync(file);
  return stat.isSymbolicLink() || stat.nlink > 1;
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    return undefined;
  }
}

/** A group with the number of the user is the user's own. Windows has no such modes. */
function isOpenToOthers({ mode, uid, gid }: fs.Stats): boolean {
  if (process.platform === 'win32') return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && uid !== gid);
}

/** The nearest folder above that exists, or what stands in its place. */
function nearestExisting(file: string): string {
  const parent = path.dirname(file);
  const exists = fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  return exists || parent === file ? file : nearestExisting(parent);
}
