// The folder the program writes to. Every write is a temporary file, flushed, then renamed:
// a crash leaves the old file or the new one, with the mode it should have, never half of it. The
// next run removes the temporary files of a killed run.
// Files that any run can write again from AWS and its input are not flushed: there may be hundreds.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import { manifestFolders } from '../core/manifests/manifest-folders.ts';
import type { Manifest } from '../core/manifests/manifests.ts';
import {
  isMissing,
  notAFile,
  notAFolder,
  specialKind,
  unreadable,
  unwritable,
} from './file-errors.ts';
import { readPlainFile } from './read-file.ts';
import {
  linkNew,
  removeLeftovers,
  removeTemporaryFolder,
  temporaryFolder,
  writeUnflushed,
  writeWhole,
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
  readonly writeDerived: (manifests: readonly Manifest[]) => void;
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

/** Where private keys lie, relative to the output folder. */
const privateFolders = ['', 'tls', 'openshift'];

/** Folders that a run may make. */
const ownFolders = [...privateFolders, ...manifestFolders, 'cluster', temporaryFolder];

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

  const writeDerived = (manifests: readonly Manifest[]): void => {
    try {
      for (const { path: relative, text, mode } of manifests) {
        try {
          if (!sameFile(at(relative), text, mode)) {
            checkPlace(relative);
            writeUnflushed({ root, file: at(relative) }, { text, mode });
          }
        } catch (error) {
          throw failed(relative, error);
        }
        report(relative, mode);
      }
    } finally {
      removeTemporaryFolder(root);
    }
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
      // The user chooses the path of the output folder itself.
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
    const standsIn = (folder: string): boolean =>
      fs.statSync(at(folder), { throwIfNoEntry: false })?.isDirectory() === false;
    const file = ownFolders.find(standsIn);
    if (file !== undefined) throw notAFolder(file, root);
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

function sameFile(file: string, text: string, mode: number): boolean {
  try {
    const stat = fs.lstatSync(file);
    return stat.isFile() && (stat.mode & 0o777) === mode && fs.readFileSync(file, 'utf8') === text;
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

/** The nearest parent folder that exists, or the file in its place. */
function nearestExisting(file: string): string {
  const parent = path.dirname(file);
  const exists = fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  return exists || parent === file ? file : nearestExisting(parent);
}
