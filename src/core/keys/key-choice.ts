// Decides which keys a create command publishes. A key becomes trusted only by an explicit action, and
// a key that a rotation retired or revoked is never published again.

import { BootstrapError } from '../errors.ts';
import { jwkOf, sameKey, type Jwk } from './jwks.ts';
import type { PublicKey } from './public-key.ts';
import type { RemovedKey } from './removed-keys.ts';

/** The private key in the output folder, if its public key is one of `KeysAtHand`. */
export type SignerAtHand = {
  readonly keyId: string;
  /** The file that holds it, as messages name it. */
  readonly file: string;
  /** Kids of the keys behind the first one in that file: they do not sign. */
  readonly behind: readonly string[];
};

/** The public keys of a run: given by the user, or found under the default file name. */
export type KeysAtHand =
  | {
      readonly from: 'flag';
      readonly keys: readonly PublicKey[];
      readonly signer?: SignerAtHand | undefined;
    }
  | {
      readonly from: 'folder';
      readonly keys: readonly PublicKey[];
      /** The file that holds them, as messages name it. */
      readonly file: string;
      /** What `--public-key-file` takes; undefined where only a private key is there. */
      readonly publicFile: string | undefined;
      readonly signer?: SignerAtHand | undefined;
    }
  | { readonly from: 'nowhere' };

/** For a private key file with several keys: which one signs, and which of the others STS refuses. */
export function signerNotes(atHand: KeysAtHand, published: readonly Jwk[]): readonly string[] {
  const signer = atHand.from === 'nowhere' ? undefined : atHand.signer;
  if (signer === undefined || signer.behind.length === 0) return [];
  const known = new Set(published.map((key) => key.kid));
  const list = (keyIds: readonly string[]): string => keyIds.map((id) => `"${id}"`).join(', ');
  const missing = signer.behind.filter((keyId) => !known.has(keyId));
  const signs = `"${signer.file}" holds ${signer.behind.length + 1} keys: the first, "${signer.keyId}", signs`;
  return [
    missing.length === 0
      ? `${signs}; ${list(signer.behind)} is published too`
      : `${signs}; ${list(missing)} is not published, so STS refuses its tokens: if pods still use them, give its public key with --public-key-file`,
  ];
}

/**
 * The keys to add to those published.
 * KEY_REVOKED: one of them was removed by a rotation. KEY_NOT_PUBLISHED: the issuer does not publish the
 * key found by default, or a trusted issuer publishes no keys. FILE_UNREADABLE: no key was found.
 */
export function chooseKeys(facts: {
  atHand: KeysAtHand;
  published: readonly Jwk[];
  removed: readonly RemovedKey[];
  /** IAM trusts the issuer already: a cluster may be using it. */
  trusted: boolean;
  /** Somebody else publishes the keys: none is added, and those at hand must be among them. */
  publishedElsewhere?: boolean;
}): readonly PublicKey[] {
  const { atHand, published, removed } = facts;
  if (facts.trusted && published.length === 0 && atHand.from !== 'flag') throw keysLost();
  if (atHand.from === 'nowhere') {
    if (published.length > 0) return [];
    throw new BootstrapError({
      code: 'FILE_UNREADABLE',
      message: 'no public key to publish: the issuer publishes none and none was given',
      hint: 'create one with "oidc-bootstrap create-key-pair" and the same --output-dir, or give the cluster’s own public key with --public-key-file',
    });
  }
  const known = new Set(published.map((key) => key.kid));
  for (const key of atHand.keys) {
    const ids = [key.keyId, key.ownKeyId ?? key.keyId];
    const gone = removed.find((candidate) => ids.includes(candidate.keyId));
    if (gone !== undefined) throw revoked(gone, key.keyId);
  }
  if (facts.publishedElsewhere === true) {
    const other = atHand.keys.find((key) => !published.some((one) => sameKey(one, jwkOf(key))));
    if (other !== undefined) throw notPublishedElsewhere(other.keyId, published);
    return [];
  }
  const unpublished = atHand.keys.filter((key) => !known.has(key.keyId));
  if (atHand.from === 'folder' && published.length > 0 && unpublished[0] !== undefined) {
    throw notPublished({ keyId: unpublished[0].keyId, atHand, published });
  }
  return atHand.keys;
}

function keysLost(): BootstrapError {
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: 'IAM trusts the issuer, but the issuer publishes no keys',
    hint: 'give the public key of the cluster’s signing key: --public-key-file <file>',
  });
}

function revoked(key: RemovedKey, given: string): BootstrapError {
  const other = given === key.keyId ? '' : ` (given as "${given}")`;
  return new BootstrapError({
    code: 'KEY_REVOKED',
    message: `key ID "${key.keyId}"${other} was ${key.reason} by a rotation and cannot be published again`,
    hint: 'publish another key: "oidc-bootstrap rotate-keys stage" creates and publishes a new one',
    details: { keyId: key.keyId, reason: key.reason },
  });
}

function notPublishedElsewhere(keyId: string, published: readonly Jwk[]): BootstrapError {
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `key id "${keyId}" is not in the key set that the issuer serves`,
    hint:
      'publish it where the documents are served and run again, or leave out --public-key-file, and keep the key files of ' +
      'another cluster out of --output-dir',
    details: { keyId, publishedKeyIds: published.map((key) => key.kid) },
  });
}

function notPublished(facts: {
  keyId: string;
  atHand: { readonly file: string; readonly publicFile: string | undefined };
  published: readonly Jwk[];
}): BootstrapError {
  const { file, publicFile } = facts.atHand;
  const trust =
    publicFile === undefined
      ? ''
      : `to publish this key in addition, give --public-key-file ${publicFile}; `;
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `the key in "${file}" has key ID "${facts.keyId}", which the issuer does not publish`,
    hint:
      `if this output folder belongs to another cluster, give the right --output-dir; ${trust}` +
      'to change keys, use "oidc-bootstrap rotate-keys stage"',
    details: {
      keyId: facts.keyId,
      file,
      publishedKeyIds: facts.published.map((key) => key.kid),
    },
  });
}
