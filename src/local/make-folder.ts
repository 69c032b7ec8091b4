// Folders that the program makes, with the mode they should have under any umask.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorCode } from './file-errors.ts';

/**
 * As mkdir -p: what is missing is made with that mode, and given back; what is there keeps its own.
 * Node's own recursive mkdir never returns in the kernel's file systems (/proc, /sys).
 */
export function makeFolder(folder: string, mode: number): readonly string[] {
  if (isFolder(folder)) return [];
  const parent = path.dirname(folder);
  const made = parent === folder ? [] : makeFolder(parent, mode);
  try {
    fs.mkdirSync(folder, mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const there = fs.lstatSync(folder, { throwIfNoEntry: false });
    if (isFolder(folder)) return made;
    // Another process made it in the meantime and removed it again.
    if (there === undefined || there.isDirectory()) return [...made, ...makeFolder(folder, mode)];
    throw error;
  }
  return [...made, folder];
}

function isFolder(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Flushes the names in a folder: until then a power cut can lose a file that was just renamed. */
export function flushFolder(folder: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(folder, 'r');
    fs.fsyncSync(descriptor);
  } catch (error) {
    // Windows and some network file systems cannot, and a folder may be closed to readers.
    const cannot = ['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM'];
    if (!cannot.includes(errorCode(error))) throw error;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}
