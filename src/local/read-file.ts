// Reads files that were given or that others may have put there: of limited size, in any usual encoding.

import * as fs from 'node:fs';
import { BootstrapError } from '../core/errors.ts';
import { decodeText } from './decode-text.ts';
import { isMissing, notAFile, specialKind, unreadable } from './file-errors.ts';

const maxBytes = 1024 * 1024;

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
