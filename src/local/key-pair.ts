// Makes or finds the service-account signing key pair of an output folder.
// A private key that is there is kept, whatever else happens: clusters may be signing with it.

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { BootstrapError, InputError } from '../core/errors.ts';
import {
  describePublicKey,
  readPrivateKey,
  readPrivateKeys,
  readPublicKeys,
  type KeyFacts,
  type PrivateKeys,
} from '../core/keys/public-key.ts';
import type { KeyPairResult } from '../core/result.ts';
import { privateFiles, publicFiles } from '../core/rotation/view.ts';
import type { OutputFolder } from './output-folder.ts';

const privateKeyFile = privateFiles.signer;
const publicKeyFile = publicFiles.signer;
/** A second copy of the private key under the name installers take. */
const boundKeyFile = privateFiles.tls;

/** Makes an RSA private key of that many bits. */
export type NewRsaKey = (bits: number) => KeyObject;

/** How a key pair is made. */
export type KeyPairOptions = {
  /** 2048, 3072 or 4096 bits, for a key that must be made. */
  readonly keySize: number;
  /** `newRsaKey` without it. */
  readonly newKey?: NewRsaKey | undefined;
  /** Nothing is written; the result of a key that would be made has no `keyId`. */
  readonly dryRun?: boolean;
  /** Called with what was repaired. */
  readonly note?: (text: string) => void;
};

/**
 * The key pair of the folder, made where there is none. The private key is written first, so that
 * a run cut short goes on with the same key. Throws INPUT_INVALID where the files do not belong
 * together, FILE_EXISTS where a public key lies there without its private key.
 */
export function ensureKeyPair(folder: OutputFolder, options: KeyPairOptions): KeyPairResult {
  // The private key is written first, so it is looked for last: another run may be at work.
  const publicText = folder.read(publicKeyFile);
  const boundText = folder.read(boundKeyFile);
  const found = folder.read(privateKeyFile);

  if (found === undefined) refuseOrphans({ publicText, boundText });
  const keys = found === undefined ? undefined : readPrivateKeys(found, privateKeyFile);
  const key = keys?.[0];
  if (keys !== undefined) checkCompanions({ keys, found, publicText, boundText });

  if (options.dryRun === true) return result({ key, keySize: options.keySize });
  if (key === undefined || found === undefined) {
    const made = generateKeyPair(options.keySize, options.newKey);
    // Another run has created the key meanwhile: use that one.
    if (!folder.create(privateKeyFile, made.privatePem, 0o600)) {
      if (folder.read(privateKeyFile) === undefined) throw linkToNothing();
      return ensureKeyPair(folder, options);
    }
    folder.write(boundKeyFile, made.privatePem, 0o600);
    folder.write(publicKeyFile, made.facts.spkiPem, 0o644);
    return { ...result({ key: made.facts, keySize: made.facts.bits }), created: true };
  }

  if (folder.keep(privateKeyFile, 0o600)) {
    options.note?.(`"${privateKeyFile}" was readable by others; its mode is 0600 now`);
  }
  folder.write(boundKeyFile, found, 0o600);
  if (publicText === undefined) folder.write(publicKeyFile, key.spkiPem, 0o644);
  else folder.keep(publicKeyFile, 0o644);
  return result({ key, keySize: key.bits });
}

/** A new key, made by OpenSSL. */
export const newRsaKey: NewRsaKey = (bits) =>
  generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: 0x10001 }).privateKey;

/** A new pair in memory: the private key as PKCS#1, because k3s takes no other form. */
export function generateKeyPair(
  keySize: number,
  newKey: NewRsaKey = newRsaKey,
): {
  readonly privatePem: string;
  readonly facts: KeyFacts;
} {
  const privateKey = newKey(keySize);
  const privatePem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  return { privatePem, facts: describePublicKey(createPublicKey(privateKey)) };
}

/** A link whose target is missing (a volume that is not mounted): the key is probably there. */
function linkToNothing(): BootstrapError {
  return new BootstrapError({
    code: 'FILE_EXISTS',
    message: `"${privateKeyFile}" is a link to a file that does not exist`,
    hint: 'restore the file it points to, or remove the link to create a new key',
    details: { file: privateKeyFile },
  });
}

type Companions = {
  readonly publicText: string | undefined;
  readonly boundText: string | undefined;
};

function refuseOrphans({ publicText, boundText }: Companions): void {
  const orphan = publicText === undefined ? boundKeyFile : publicKeyFile;
  if (publicText === undefined && boundText === undefined) return;
  throw new BootstrapError({
    code: 'FILE_EXISTS',
    message: `"${orphan}" exists without "${privateKeyFile}"`,
    hint:
      'restore the private key, or choose an empty folder with --output-dir; if it is kept elsewhere ' +
      'on purpose, publish the public key with create-identity-provider --public-key-file',
    details: { file: orphan },
  });
}

function checkCompanions(
  pair: Companions & { readonly keys: PrivateKeys; readonly found: string | undefined },
): void {
  const { keys: own, found, publicText, boundText } = pair;
  const [key] = own;
  const strangers: string[] = [];
  if (publicText !== undefined && publicText !== key.spkiPem) {
    // The public file may hold the public halves of keys behind the first one, and no others.
    const keys = readPublicKeys(publicText, publicKeyFile);
    const known = keys.every(({ keyId }) => own.some((one) => one.keyId === keyId));
    if (!known || keys[0]?.keyId !== key.keyId) strangers.push(publicKeyFile);
  }
  if (boundText !== undefined && boundText !== found) {
    const { keyId } = readPrivateKey(boundText, boundKeyFile);
    if (keyId !== key.keyId) strangers.push(boundKeyFile);
  }
  if (strangers.length === 0) return;
  throw new InputError(
    strangers.map((file) => ({
      file,
      message: `does not belong to "${privateKeyFile}"`,
    })),
    'find out which key the cluster signs with, and move the other file away',
  );
}

function result({
  key,
  keySize,
}: {
  readonly key: KeyFacts | undefined;
  readonly keySize: number;
}): KeyPairResult {
  return {
    keyId: key?.keyId ?? null,
    keySize: key?.bits ?? keySize,
    created: key === undefined,
    privateKeyFile,
    publicKeyFile,
  };
}
