// What the file system says, as errors of ours: what could not be read or written, and what to do.

import type { Stats } from 'node:fs';
import { BootstrapError } from '../core/errors.ts';

/** The code of an error of Node.js (`ENOENT`); `unknown error` for any other. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/** True where there is no such file, or no such folder on the way to it. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}

/** FILE_UNREADABLE (exit 2) of a file that cannot be read; `shown` is how the message names it. */
export function unreadable(shown: string, cause: unknown): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot read "${shown}": ${errorCode(cause)}`,
    hint: 'check the path and its permissions',
    cause,
  });
}

const notFolder =
  'a file, or a link that leads nowhere, stands in place of a folder on the way there: move it away, or choose another folder with --output-dir';

/** What to do, by the code of Node.js. */
const unwritableHints: { readonly [code: string]: string | undefined } = {
  ENOSPC: 'free space on the disk, or choose another folder with --output-dir, and run again',
  EDQUOT: 'free space within your quota, or choose another folder with --output-dir, and run again',
  ENOTDIR: notFolder,
  EEXIST: notFolder,
};

/** FILE_UNREADABLE (exit 2) of a file or folder that cannot be written; `shown` with its quotes. */
export function unwritable(shown: string, cause: unknown): BootstrapError {
  const code = errorCode(cause);
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot write ${shown}: ${code}`,
    hint: unwritableHints[code] ?? 'choose a folder you may write to with --output-dir',
    cause,
  });
}

/** What stands where a file should be; undefined for a file. */
export function specialKind(stat: Stats): string | undefined {
  if (stat.isFile()) return undefined;
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

/** FILE_UNREADABLE (exit 2) of something else than a file; `what` begins with the verb. */
export function notAFile(what: string, kind: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot ${what}: it is ${kind}, not a file`,
    hint: 'move it away, or give another path; in the output folder: another --output-dir',
  });
}

/** FILE_UNREADABLE (exit 2) of a file in the place of a folder of ours. */
export function notAFolder(folder: string, root: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot write in "${folder}" of "${root}": it is a file, not a folder`,
    hint: 'move it away, or give another --output-dir',
  });
}
