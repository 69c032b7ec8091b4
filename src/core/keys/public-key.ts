// Reads public keys in every form in which clusters keep them, and refuses what no verifier
// should trust. Problems name the file and the line; a private key is never echoed.

import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { InputError, type InputIssue } from '../errors.ts';
import { kubernetesKeyId } from './key-id.ts';

/** The least size of RSA keys that is taken, in bits. */
export const leastKeyBits = 2048;

/** A public key as documents and verifiers need it. */
export type PublicKey = {
  /** The Kubernetes key id. */
  readonly keyId: string;
  readonly bits: number;
  /** Members of the JWK that hold the key itself; `n` and `e` are base64url. */
  readonly jwk: { readonly kty: 'RSA'; readonly n: string; readonly e: string };
  /** `PUBLIC KEY` PEM with a final newline. */
  readonly spkiPem: string;
};

const privateGiven = 'is a private key; its public key is needed here';
const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

/**
 * The public keys of a file, without duplicates, in the file's order: SPKI, X.509 certificates,
 * PKCS#1, and OpenShift's `RSA PUBLIC KEY` that really holds SPKI. RSA of 2048 bits or more only.
 * `file` is how messages name it. Throws one InputError with every problem.
 */
export function readPublicKeys(text: string, file: string): readonly PublicKey[] {
  const issues: InputIssue[] = [];
  const keys = new Map<string, PublicKey>();
  let blocks = 0;

  for (const match of text.matchAll(blockPattern)) {
    blocks += 1;
    const [, label = '', base64 = ''] = match;
    const key = readBlock(label, base64);
    if (typeof key === 'string') {
      const line = text.slice(0, match.index).split('\n').length;
      issues.push({ file, line, message: key });
    } else {
      keys.set(key.keyId, key);
    }
  }

  if (blocks === 0) issues.push({ file, message: withoutBlocks(text) });
  if (issues.length > 0) {
    throw new InputError(
      issues,
      `give a PEM file with RSA public keys of at least ${leastKeyBits} bits; ` +
        'of a private key: openssl rsa -in <private key file> -pubout',
    );
  }
  return [...keys.values()];
}

/** What is known of a private key without its public numbers. */
export type KeyFacts = Omit<PublicKey, 'jwk'>;

/**
 * The public half of a private key in PEM (PKCS#1 or PKCS#8).
 * Throws InputError where it is no unencrypted RSA private key of 2048 bits or more.
 */
export function readPrivateKey(pem: string, file: string): KeyFacts {
  const problem = (message: string): InputError =>
    new InputError([{ file, message }], 'move the file away, or give another --output-dir');
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw problem('is not an unencrypted private key in PEM');
  }
  if (key.asymmetricKeyType !== 'rsa') throw problem(wrongType(key));
  const facts = describePublicKey(key);
  if (facts.bits < leastKeyBits) throw problem(tooSmall(facts.bits));
  return facts;
}

/** Key id, size and PEM of the public half of an RSA key, private or public. */
export function describePublicKey(key: KeyObject): KeyFacts {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  const der = open.export({ format: 'der', type: 'spki' });
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    keyId: kubernetesKeyId(der),
    bits: open.asymmetricKeyDetails?.modulusLength ?? 0,
    spkiPem: `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`,
  };
}

function readBlock(label: string, base64: string): PublicKey | string {
  if (label.endsWith('PRIVATE KEY')) return privateGiven;
  const der = Buffer.from(base64, 'base64');
  const key = decode(label, der);
  if (key === undefined) return `the block "${label}" cannot be read as a public key`;
  if (key.asymmetricKeyType !== 'rsa') return wrongType(key);
  const facts = describePublicKey(key);
  if (facts.bits < leastKeyBits) return tooSmall(facts.bits);
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  return { ...facts, jwk: { kty: 'RSA', n, e } };
}

function decode(label: string, der: Buffer): KeyObject | undefined {
  const readers: { readonly [label: string]: readonly (() => KeyObject)[] } = {
    'PUBLIC KEY': [() => createPublicKey({ key: der, format: 'der', type: 'spki' })],
    'RSA PUBLIC KEY': [
      () => createPublicKey({ key: der, format: 'der', type: 'spki' }),
      () => createPublicKey({ key: der, format: 'der', type: 'pkcs1' }),
    ],
    CERTIFICATE: [() => new X509Certificate(der).publicKey],
  };
  for (const read of readers[label] ?? []) {
    try {
      return read();
    } catch {
      // Not of this form; the next one may fit.
    }
  }
  return undefined;
}

function withoutBlocks(text: string): string {
  if (text.trim() === '') return 'is empty';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return privateGiven;
  if (/^ssh-|^ecdsa-/.test(text)) return 'is an OpenSSH public key, not PEM';
  return 'holds no PEM block with a public key';
}

function tooSmall(bits: number): string {
  return `is an RSA key of ${bits} bits; at least ${leastKeyBits} are needed`;
}

function wrongType(key: KeyObject): string {
  return `is a key of type "${key.asymmetricKeyType ?? 'unknown'}"; only RSA keys are taken`;
}
