// The folder that a web server serves. Every file is written whole or not at all and can be read by a web
// server of another user; other files in it are left alone.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import type { DocumentsFolder } from '../core/issuer/documents-folder.ts';
import { errorCode, unreadable } from './file-errors.ts';
import { flushFolder, makeFolder } from './make-folder.ts';
import type { ReportedFile } from './output-folder.ts';
import { readPlainFile } from './read-file.ts';
import { lockHolders, tryLock } from './folder-lock.ts';
import { removeLeftovers, writeWhole } from './whole-file.ts';

const documentMode = 0o644;
const stateMode = 0o600;

/** The folder, and what of it only the command needs. */
export type OpenDocumentsFolder = DocumentsFolder & {
  /** Where the folder was given as a link. */
  readonly linkedFrom: string | undefined;
  /** Makes the folder where it is missing. */
  readonly make: () => void;
  /** FILE_UNREADABLE where documents or state cannot be written. */
  readonly checkWritable: () => void;
  /** Whether that folder is this one, or lies in it. */
  readonly contains: (other: string) => boolean;
  /** Removes what killed runs left; gives what cannot be removed. */
  readonly removeLeftovers: () => readonly string[];
  /** Folders of documents that nobody but their owner can enter. */
  readonly closedFolders: () => readonly string[];
  /** Those files as they stand, for the report; absent ones are left out. */
  readonly report: (files: readonly string[]) => readonly ReportedFile[];
};

/** Opens it, links followed. FILE_UNREADABLE where it is no folder and cannot be one. */
export function openDocumentsFolder(shown: string, cwd: string): OpenDocumentsFolder {
  const given = path.resolve(cwd, shown);
  const root = resolved(given);
  const stateFile = `../${path.basename(root)}.rotation.json`;
  const at = (file: string): string => path.join(root, file);

  const contains = (other: string): boolean => {
    const way = path.relative(root, fs.existsSync(other) ? fs.realpathSync(other) : other);
    return way === '' || !(way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way));
  };
  /** Whoever may write in the folder could have us read and replace files anywhere. */
  const refuseWayOut = (file: string): void => {
    if (file === stateFile) return;
    for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) {
      if (!contains(at(folder)))
        throw noFolder(at(folder), 'is a link that leads out of the documents folder');
    }
  };
  const makeOpen = (folder: string): void => {
    for (const made of makeFolder(folder, 0o755)) {
      // The umask may have removed these bits.
      fs.chmodSync(made, 0o755);
      flushFolder(path.dirname(made));
    }
  };
  const attempt = (file: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      throw unwritable(at(file), error);
    }
  };

  return {
    root,
    stateFile,
    linkedFrom: isLink(given) ? shown : undefined,
    read: (file) => {
      refuseWayOut(file);
      const text = readPlainFile(at(file), at(file));
      if (text === undefined) return undefined;
      return { text, open: modeOf(at(file)) === documentMode };
    },
    make: () => attempt('', () => makeOpen(root)),
    writeDocument: (file, text) =>
      attempt(file, () => {
        refuseWayOut(file);
        refuseFolder(at(file));
        makeOpen(path.dirname(at(file)));
        writeWhole({ root, file: at(file) }, { text, mode: documentMode }, fs.renameSync);
      }),
    writeState: (text) =>
      attempt(stateFile, () => {
        writeWhole({ root, file: at(stateFile) }, { text, mode: stateMode }, fs.renameSync);
      }),
    tryHold: () => {
      try {
        return tryLock(root);
      } catch (error) {
        throw unwritable(root, error instanceof BootstrapError ? error.cause : error);
      }
    },
    holders: () =>
      lockHolders(root)
        .map(({ pid, host }) => `process ${pid} on "${host}"`)
        .join(', '),
    checkWritable: () => {
      // The state is beside the folder: its parent must be writable too.
      for (const place of ['..', '', '.well-known', 'openid/v1']) {
        if (!fs.existsSync(at(place))) continue;
        attempt(place, () => fs.accessSync(at(place), fs.constants.W_OK | fs.constants.X_OK));
      }
    },
    contains,
    removeLeftovers: () => removeLeftovers(root),
    closedFolders: () =>
      ['', '.well-known', 'openid', 'openid/v1']
        .map(at)
        .filter((folder) => fs.existsSync(folder) && (modeOf(folder) & 0o011) === 0),
    report: (files) =>
      files.flatMap((file) => {
        if (!fs.existsSync(at(file))) return [];
        return [{ path: file, mode: `0${modeOf(at(file)).toString(8)}` }];
      }),
  };
}

/** Where the documents really lie: two names of one folder have one state and one lock. */
function resolved(given: string): string {
  let root: string;
  try {
    root = fs.realpathSync(given);
    if (!fs.statSync(root).isDirectory()) throw noFolder(given, 'is no folder');
  } catch (error) {
    if (error instanceof BootstrapError) throw error;
    if (errorCode(error) !== 'ENOENT') throw unreadable(given, error);
    if (isLink(given)) throw noFolder(given, 'is a symbolic link to a folder that does not exist');
    const parent = path.dirname(given);
    root = path.join(parent === given ? given : resolvedParent(parent), path.basename(given));
  }
  if (path.dirname(root) === root) {
    throw noFolder(given, 'has no folder above it, where the rotation state could lie');
  }
  return root;
}

/** The same for a folder above, which may be missing too. */
function resolvedParent(folder: string): string {
  if (fs.lstatSync(folder, { throwIfNoEntry: false }) !== undefined) {
    return fs.existsSync(folder) ? fs.realpathSync(folder) : folder;
  }
  return path.join(resolvedParent(path.dirname(folder)), path.basename(folder));
}

function isLink(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function modeOf(file: string): number {
  return fs.statSync(file).mode & 0o777;
}

/** Files are renamed into place, which fails where a folder has that name. */
function refuseFolder(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw noFolder(file, 'is a folder, where a document belongs');
  }
}

function noFolder(shown: string, what: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `"${shown}" ${what}`,
    hint: 'give the folder that the web server serves with --documents-dir',
    details: { file: shown },
  });
}

function unwritable(file: string, cause: unknown): BootstrapError {
  if (cause instanceof BootstrapError) return cause;
  const code = errorCode(cause);
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot write "${file}": ${code}`,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'make room on the disk and run again: no file is half written'
        : 'run as a user who may write there, or give another --documents-dir: no file is half written',
    details: { file },
    cause,
  });
}
