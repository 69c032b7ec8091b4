// Files given to rotate-keys by flag: read, with limits, before AWS is asked anything.

import { BootstrapError, InputError } from '../../core/errors.ts';
import { readGivenKeys } from '../../core/keys/given-keys.ts';
import { readApiServerKeys, type GivenFile } from '../../core/rotation/tokens.ts';
import type { ApiServerKeys, GivenKey } from '../../core/rotation/view.ts';
import { readTextFile } from '../../local/read-file.ts';
import { givenPath } from './keys-at-hand.ts';
import type { RotationOptions } from './rotation-flags.ts';

export type RotationFiles = {
  readonly nextKey: GivenKey | undefined;
  readonly apiServers: readonly ApiServerKeys[];
  /** Not looked into yet: which keys may have signed them, AWS tells. */
  readonly tokens: readonly GivenFile[];
};

const tokenLimit = 64 * 1024;

/** Reads them; FILE_UNREADABLE and INPUT_INVALID from here. */
export function readRotationFiles(
  options: RotationOptions,
  facts: { readonly cwd: string; readonly note: (text: string) => void },
): RotationFiles {
  const read = (file: string, flag: string, limit?: number): GivenFile => {
    const text = readTextFile(givenPath(file, facts.cwd), file, limit);
    if (text !== undefined) return { file, text };
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: `file "${file}" does not exist`,
      hint: `check the path given with ${flag}`,
      details: { file },
    });
  };
  return {
    nextKey:
      options.nextPublicKeyFile === undefined
        ? undefined
        : onlyKey(read(options.nextPublicKeyFile, '--next-public-key-file')),
    apiServers: readApiServerKeys(
      options.apiServerJwks.map((file) => read(file, '--api-server-jwks')),
      facts.note,
    ),
    tokens: options.tokenFiles.map((file) => read(file, '--token-file', tokenLimit)),
  };
}

function onlyKey({ file, text }: GivenFile): GivenKey {
  const [key, ...others] = readGivenKeys(text, file);
  if (key === undefined || others.length > 0) {
    throw new InputError(
      [{ file, message: `holds ${others.length + 1} public keys; exactly one is required` }],
      'give only the public key of the next pair',
    );
  }
  return { keyId: key.keyId, publicKey: key.spkiPem, ownKeyId: key.ownKeyId };
}
