// The public keys a create command was given, or finds in the output folder. Whatever is wrong with
// the files is told here, all at once, before AWS is asked for anything.

import * as path from 'node:path';
import { BootstrapError, InputError, type InputIssue } from '../../core/errors.ts';
import { problemsTogether, readGivenKeys } from '../../core/keys/given-keys.ts';
import type { KeysAtHand, SignerAtHand } from '../../core/keys/key-choice.ts';
import {
  leastKeyBits,
  readPrivateKey,
  readPrivateKeys,
  readPublicKeys,
  type PublicKey,
} from '../../core/keys/public-key.ts';
import { privateFiles, publicFiles } from '../../core/rotation/view.ts';
import { ensureKeyPair } from '../../local/key-pair.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import { readTextFile } from '../../local/read-file.ts';

/**
 * Keys of `--public-key-file`, else the folder's own: of a private key that lies there alone, its
 * public half. INPUT_INVALID (not a key, or the files do not belong together) and FILE_UNREADABLE
 * come from here.
 */
export function readKeysAtHand(
  input: { readonly files: readonly string[]; readonly cwd: string },
  folder: OutputFolder,
): KeysAtHand {
  const [publicKey, privateKey] = [publicFiles.signer, privateFiles.signer];
  // As a flag would have to name it, from where the user is.
  const shown = (file: string): string => path.relative(input.cwd, path.join(folder.root, file));
  if (input.files.length > 0) {
    const keys = readGivenFiles(input.files, input.cwd);
    return { from: 'flag', keys, signer: signerOf(keys, folder, shown(privateKey)) };
  }
  const [publicText, privateText] = [folder.read(publicKey), folder.read(privateKey)];
  const keys = publicText === undefined ? undefined : readPublicKeys(publicText, publicKey);
  // A public key whose private one is another would be trusted, and every token refused.
  if (privateText !== undefined) ensureKeyPair(folder, { keySize: leastKeyBits, dryRun: true });
  if (keys !== undefined) {
    const file = shown(publicKey);
    const signer = signerOf(keys, folder, shown(privateKey));
    return { from: 'folder', keys, file, publicFile: file, signer };
  }
  if (privateText === undefined) return { from: 'nowhere' };
  const half = readPublicKeys(readPrivateKey(privateText, privateKey).spkiPem, privateKey);
  const file = shown(privateKey);
  return {
    from: 'folder',
    keys: half,
    file,
    publicFile: undefined,
    signer: signerOf(half, folder, file),
  };
}

/** The folder's private key, if its public half is among those keys; any other private key is ignored. */
function signerOf(
  keys: readonly PublicKey[],
  folder: OutputFolder,
  file: string,
): SignerAtHand | undefined {
  const text = folder.read(privateFiles.signer);
  if (text === undefined) return undefined;
  const [first, ...behind] = readPrivateKeys(text, privateFiles.signer);
  if (!keys.some((key) => key.keyId === first.keyId)) return undefined;
  return { keyId: first.keyId, file, behind: behind.map((key) => key.keyId) };
}

/**
 * The keys of `--public-key-file`. Every file is read before any problem is told: INPUT_INVALID, or
 * FILE_UNREADABLE of a single file.
 */
export function readGivenFiles(files: readonly string[], cwd: string): readonly PublicKey[] {
  const issues: InputIssue[] = [];
  const unreadable: BootstrapError[] = [];
  let hint: string | undefined;
  const given = files.flatMap((name) => {
    const file = name === '-' ? 'standard input' : name;
    try {
      const text = readTextFile(givenPath(name, cwd), file);
      if (text === undefined) throw absent(file);
      return readGivenKeys(text, file).map((key) => ({ file, key }));
    } catch (error) {
      if (error instanceof InputError) {
        issues.push(...error.issues);
        hint = error.hint;
      } else if (error instanceof BootstrapError) unreadable.push(error);
      else throw error;
      return [];
    }
  });
  const [first] = unreadable;
  if (first !== undefined && unreadable.length === 1 && issues.length === 0) throw first;
  issues.push(...unreadable.map(({ message }) => ({ message })));
  if (issues.length > 0) throw new InputError(issues, hint ?? first?.hint);
  const together = problemsTogether(given);
  if (together.length > 0) {
    throw new InputError(together, 'give each key once, and only keys whose tokens are in use');
  }
  return given.map(({ key }) => key);
}

/** What a flag names, to be read: a path, or the descriptor of standard input for `-`. */
export function givenPath(file: string, cwd: string): string | number {
  return file === '-' ? 0 : path.resolve(cwd, file);
}

function absent(file: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `public key file "${file}" does not exist`,
    hint: 'check the path given with --public-key-file',
    details: { file },
  });
}
