// The key files of a rotation in the output folder. Every write is whole or not at all, everything
// with a private key is 0600, and a move copies before anything is removed.

import { BootstrapError } from '../core/errors.ts';
import {
  readPrivateKey,
  readPrivateKeys,
  readPublicKeys,
  type KeyFacts,
} from '../core/keys/public-key.ts';
import type { KeyFolder } from '../core/rotation/key-folder.ts';
import { keyIdOfSecret, renderSigningKeySecret } from '../core/rotation/signing-key-secret.ts';
import {
  openshiftSecretFile,
  privateFiles,
  publicFiles,
  verifiersFile,
  type KeyFiles,
  type PrivateSlot,
  type PublicSlot,
} from '../core/rotation/view.ts';
import { generateKeyPair, type NewRsaKey } from './key-pair.ts';
import type { OutputFolder } from './output-folder.ts';

const privateSlots = Object.keys(privateFiles) as readonly PrivateSlot[];
const publicSlots = Object.keys(publicFiles) as readonly PublicSlot[];

/** The rotation's view of an output folder. `keySize`: bits of a pair that is made. */
export function openKeyFolder(
  folder: OutputFolder,
  pair: { readonly keySize: number | undefined; readonly newKey?: NewRsaKey | undefined },
): KeyFolder {
  const privateKey = (keyId: string): string | undefined => {
    for (const slot of privateSlots) {
      const pem = folder.read(privateFiles[slot]);
      if (pem !== undefined && readPrivateKey(pem, privateFiles[slot]).keyId === keyId) return pem;
    }
    return undefined;
  };

  return {
    read: () => readFolder(folder),
    make: () => {
      const { privatePem, facts } = generateKeyPair(
        pair.keySize ?? currentSize(folder),
        pair.newKey,
      );
      return { keyId: facts.keyId, privatePem, publicKey: facts.spkiPem };
    },
    privateKey,
    apply: (effect, { made, publicKeys }) => {
      const secretPem = (keyId: string): string => {
        const pem = made?.keyId === keyId ? made.privatePem : privateKey(keyId);
        if (pem === undefined) throw vanished(keyId);
        return pem;
      };
      const publicPem = (keyId: string): string => {
        const pem = publicKeys[keyId];
        if (pem === undefined) throw vanished(keyId);
        return pem;
      };
      switch (effect.kind) {
        case 'write-private':
          if (effect.exclusive) {
            return folder.create(privateFiles[effect.slot], secretPem(effect.keyId), 0o600);
          }
          folder.write(privateFiles[effect.slot], secretPem(effect.keyId), 0o600);
          return true;
        case 'remove-private': {
          const file = privateFiles[effect.slot];
          const pem = folder.read(file);
          // Only the key that was decided on goes, whatever happened to the file since.
          if (pem !== undefined && readPrivateKey(pem, file).keyId === effect.keyId) {
            folder.remove(file);
          }
          return true;
        }
        case 'write-public':
          folder.write(publicFiles[effect.slot], publicPem(effect.keyId), 0o644);
          return true;
        case 'remove-public':
          folder.remove(publicFiles[effect.slot]);
          return true;
        case 'write-verifiers':
          folder.write(verifiersFile, effect.keys.map((key) => key.publicKey).join(''), 0o644);
          return true;
        case 'write-secret':
          folder.write(
            openshiftSecretFile,
            renderSigningKeySecret(secretPem(effect.keyId), openshiftSecretFile),
            0o600,
          );
          return true;
        case 'remove-secret':
          folder.remove(openshiftSecretFile);
          return true;
        default:
          return true;
      }
    },
  };
}

/**
 * Makes every file with a private key 0600, whoever made it, and removes what a killed run left of
 * one: after `retire` no file may hold the old key, under any name. Only for the run that holds the
 * folder's lock.
 */
export function securePrivateFiles(folder: OutputFolder): void {
  for (const file of [...Object.values(privateFiles), openshiftSecretFile]) {
    if (folder.read(file) !== undefined) folder.keep(file, 0o600);
  }
  const [left] = folder.removeLeftovers();
  if (left !== undefined) throw unremovable(left);
}

function readFolder(folder: OutputFolder): ReturnType<KeyFolder['read']> {
  const publicKeys: { [keyId: string]: string } = {};
  const privates: { [slot in PrivateSlot]?: string } = {};
  const publics: { [slot in PublicSlot]?: string } = {};
  const behind = new Set<string>();
  const note = (keys: readonly KeyFacts[], slot: string): void => {
    for (const key of keys) publicKeys[key.keyId] = key.spkiPem;
    if (slot === 'signer') for (const key of keys.slice(1)) behind.add(key.keyId);
  };
  for (const slot of privateSlots) {
    const file = privateFiles[slot];
    const pem = folder.read(file);
    if (pem === undefined) continue;
    const keys = readPrivateKeys(pem, file);
    privates[slot] = keys[0].keyId;
    note(keys, slot);
  }
  for (const slot of publicSlots) {
    const file = publicFiles[slot];
    const text = folder.read(file);
    const keys = text === undefined ? [] : readPublicKeys(text, file);
    if (keys[0] === undefined) continue;
    publics[slot] = keys[0].keyId;
    note(keys, slot);
  }
  const verifiers = folder.read(verifiersFile);
  const listed = verifiers === undefined ? undefined : readPublicKeys(verifiers, verifiersFile);
  for (const key of listed ?? []) publicKeys[key.keyId] = key.spkiPem;
  const secret = folder.read(openshiftSecretFile);
  const files: KeyFiles = {
    privates,
    publics,
    behind: [...behind].filter((keyId) => keyId !== (privates.signer ?? publics.signer)),
    verifiers: listed?.map((key) => key.keyId),
    secret: secret === undefined ? undefined : (keyIdOfSecret(secret) ?? 'unreadable'),
  };
  return { files, publicKeys };
}

/** A new key is as large as the one it replaces; 4096 bits where that is not at hand. */
function currentSize(folder: OutputFolder): number {
  const text = folder.read(publicFiles.signer);
  const key = text === undefined ? undefined : readPublicKeys(text, publicFiles.signer)[0];
  return key?.jwk.kty === 'RSA' ? key.bits : 4096;
}

function unremovable(file: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `cannot remove "${file}", left by a killed run`,
    hint: 'remove it by hand (it may hold a private key), then run the same command again',
    details: { file },
  });
}

function vanished(keyId: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_UNREADABLE',
    message: `no file of the output folder holds key "${keyId}" any more`,
    hint: 'another program changed the folder: restore the key files, then run the same command again',
    details: { keyId },
  });
}
