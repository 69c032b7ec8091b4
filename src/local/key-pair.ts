// Makes or finds the service-account signing key pair of an output folder.
// A private key that is there is kept, whatever else happens: clusters may be signing with it.

import { generateKeyPairSync } from 'node:crypto';
import { BootstrapError, InputError } from '../core/errors.ts';
import {
  describePublicKey,
  readPrivateKey,
  readPublicKeys,
  type KeyFacts,
} from '../core/public-key.ts';
import type { KeyPairResult } from '../core/result.ts';
import type { OutputFolder } from './output-folder.ts';

/** Where a key pair lies, relative to the output folder. */
export type KeyFiles = {
  readonly privateKey: string;
  readonly publicKey: string;
  /** A second copy of the private key under the name installers take; undefined for none. */
  readonly boundKey: string | undefined;
};

/** The files of the current key pair, named as ccoctl names them. */
export const defaultKeyFiles: KeyFiles = {
  privateKey: 'serviceaccount-signer.private',
  publicKey: 'serviceaccount-signer.public',
  boundKey: 'tls/bound-service-account-signing-key.key',
};

export type KeyPairOptions = {
  /** 2048, 3072 or 4096 bits, for a key that must be made. */
  readonly keySize: number;
  readonly files?: KeyFiles;
  /** Nothing is written; the result of a key that would be made has no `keyId`. */
  readonly dryRun?: boolean;
  /** Told of what was repaired. */
  readonly note?: (text: string) => void;
};

/**
 * The key pair of the folder, made where there is none. The private key is written first, so that
 * a run cut short goes on with the same key. Throws INPUT_INVALID where the files do not belong
 * together, FILE_EXISTS where a public key lies there without its private key.
 */
export function ensureKeyPair(folder: OutputFolder, options: KeyPairOptions): KeyPairResult {
  const files = options.files ?? defaultKeyFiles;
  // The private key is written first, so it is looked for last: another run may be at work.
  const publicText = folder.read(files.publicKey);
  const boundText = files.boundKey === undefined ? undefined : folder.read(files.boundKey);
  const found = folder.read(files.privateKey);

  if (found === undefined) refuseOrphans(files, { publicText, boundText });
  const key = found === undefined ? undefined : readPrivateKey(found, files.privateKey);
  if (key !== undefined) checkCompanions(files, { key, found, publicText, boundText });

  if (options.dryRun === true) return result(files, { key, keySize: options.keySize });
  if (key === undefined || found === undefined) {
    const made = generateKeyPair(options.keySize);
    // Another run was faster: its key is the one.
    if (!folder.create(files.privateKey, made.privatePem, 0o600)) {
      if (folder.read(files.privateKey) === undefined) throw linkToNothing(files.privateKey);
      return ensureKeyPair(folder, options);
    }
    if (files.boundKey !== undefined) folder.write(files.boundKey, made.privatePem, 0o600);
    folder.write(files.publicKey, made.facts.spkiPem, 0o644);
    return { ...result(files, { key: made.facts, keySize: made.facts.bits }), created: true };
  }

  if (folder.keep(files.privateKey, 0o600)) {
    options.note?.(`"${files.privateKey}" was readable by others; its mode is 0600 now`);
  }
  if (files.boundKey !== undefined) folder.write(files.boundKey, found, 0o600);
  if (publicText === undefined) folder.write(files.publicKey, key.spkiPem, 0o644);
  else folder.keep(files.publicKey, 0o644);
  return result(files, { key, keySize: key.bits });
}

/** A new pair in memory: the private key as PKCS#1, because k3s takes no other form. */
export function generateKeyPair(keySize: number): {
  readonly privatePem: string;
  readonly facts: KeyFacts;
} {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: keySize,
    publicExponent: 0x10001,
  });
  const privatePem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  return { privatePem, facts: describePublicKey(publicKey) };
}

/** A link whose target is away (a volume that is not mounted): the key is likely there. */
function linkToNothing(file: string): BootstrapError {
  return new BootstrapError({
    code: 'FILE_EXISTS',
    message: `"${file}" is a link to a file that is not there`,
    hint: 'bring back what it points to, or remove the link for a new key',
    details: { file },
  });
}

type Companions = {
  readonly publicText: string | undefined;
  readonly boundText: string | undefined;
};

function refuseOrphans(files: KeyFiles, { publicText, boundText }: Companions): void {
  const orphan = publicText === undefined ? files.boundKey : files.publicKey;
  if (publicText === undefined && boundText === undefined) return;
  throw new BootstrapError({
    code: 'FILE_EXISTS',
    message: `"${orphan}" is there without "${files.privateKey}"`,
    hint:
      'bring the private key back, or choose an empty folder with --output-dir; where it is kept elsewhere ' +
      'on purpose, publish the public one with create-identity-provider --public-key-file',
    details: { file: orphan },
  });
}

function checkCompanions(
  files: KeyFiles,
  pair: Companions & { readonly key: KeyFacts; readonly found: string | undefined },
): void {
  const { key, found, publicText, boundText } = pair;
  const strangers: string[] = [];
  if (publicText !== undefined && publicText !== key.spkiPem) {
    const keys = readPublicKeys(publicText, files.publicKey);
    if (keys.length !== 1 || keys[0]?.keyId !== key.keyId) strangers.push(files.publicKey);
  }
  if (boundText !== undefined && boundText !== found && files.boundKey !== undefined) {
    if (readPrivateKey(boundText, files.boundKey).keyId !== key.keyId) {
      strangers.push(files.boundKey);
    }
  }
  if (strangers.length === 0) return;
  throw new InputError(
    strangers.map((file) => ({ file, message: `does not belong to "${files.privateKey}"` })),
    'find out which key the cluster signs with, and move the other file away',
  );
}

function result(
  files: KeyFiles,
  { key, keySize }: { readonly key: KeyFacts | undefined; readonly keySize: number },
): KeyPairResult {
  return {
    keyId: key?.keyId ?? null,
    keySize: key?.bits ?? keySize,
    created: key === undefined,
    privateKeyFile: files.privateKey,
    publicKeyFile: files.publicKey,
  };
}
