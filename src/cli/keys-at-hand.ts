// The public keys a create command was given, or finds in the output folder.

import * as path from 'node:path';
import { BootstrapError } from '../core/errors.ts';
import type { KeysAtHand } from '../core/key-choice.ts';
import { readPublicKeys } from '../core/public-key.ts';
import { defaultKeyFiles } from '../local/key-pair.ts';
import { readTextFile, type OutputFolder } from '../local/output-folder.ts';

/** Keys of `--public-key-file`, else the folder's own; INPUT_INVALID and FILE_UNREADABLE from here. */
export function readKeysAtHand(
  input: { readonly files: readonly string[]; readonly cwd: string },
  folder: OutputFolder,
): KeysAtHand {
  if (input.files.length > 0) {
    const keys = input.files.flatMap((file) => readPublicKeys(readGiven(file, input.cwd), file));
    return { from: 'flag', keys };
  }
  const file = defaultKeyFiles.publicKey;
  const text = folder.read(file);
  return text === undefined
    ? { from: 'nowhere' }
    : { from: 'folder', keys: readPublicKeys(text, file), file };
}

function readGiven(file: string, cwd: string): string {
  const text = readTextFile(path.resolve(cwd, file), file);
  if (text !== undefined) return text;
  throw new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `public key file "${file}" does not exist`,
    hint: 'check the path given with --public-key-file',
    details: { file },
  });
}
