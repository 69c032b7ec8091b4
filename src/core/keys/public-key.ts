// Reads public keys in every form in which clusters keep them, and refuses what no verifier
// should trust. Problems name the file and the line; a private key is never echoed.

import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { InputError, type InputIssue } from '../errors.ts';
import { kubernetesKeyId } from './key-id.ts';
import { findPemBlocks, type PemBlock } from './pem-blocks.ts';

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

/**
 * The public keys of a file, without duplicates, in the file's order: SPKI, X.509 certificates,
 * PKCS#1, and OpenShift's `RSA PUBLIC KEY` that really holds SPKI. RSA of 2048 bits or more only.
 * Text around the blocks is ignored, but a damaged block or a key of another form is a problem.
 * `file` is how messages name it. Throws one InputError with every problem.
 */
export function readPublicKeys(text: string, file: string): readonly PublicKey[] {
  const { blocks, problems } = findPemBlocks(text);
  const issues: InputIssue[] = problems.map(({ line, message, isPrivate }) => ({
    file,
    line,
    message: isPrivate ? privateGiven : message,
  }));
  const keys = new Map<string, PublicKey>();
  for (const block of blocks) {
    const key = readBlock(block);
    if (typeof key === 'string') issues.push({ file, line: block.line, message: key });
    else keys.set(key.keyId, key);
  }
  if (blocks.length === 0 && issues.length === 0) {
    const message = text.trim() === '' ? 'is empty' : 'holds no PEM block with a public key';
    issues.push({ file, message });
  }
  if (issues.length > 0) {
    throw new InputError(
      issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
      `give a PEM file with RSA public keys of at least ${leastKeyBits} bits; ` +
        'of a private key: openssl rsa -in <private key file> -pubout',
    );
  }
  return [...keys.values()];
}

/** What is known of a private key without its public numbers. */
export type KeyFacts = Omit<PublicKey, 'jwk'>;

/** The keys of a private key file: the first one signs. */
export type PrivateKeys = readonly [KeyFacts, ...(readonly KeyFacts[])];

/**
 * The public half of the first private key of a PEM file (PKCS#1 or PKCS#8): the one that signs.
 * Throws InputError as `readPrivateKeys` does.
 */
export function readPrivateKey(pem: string, file: string): KeyFacts {
  return readPrivateKeys(pem, file)[0];
}

/**
 * The public halves of all private keys of a file, in its order. Kubernetes signs with the first one;
 * k3s keeps its earlier keys behind it. Throws one InputError where one of them is no unencrypted
 * RSA private key of 2048 bits or more, or a block is damaged; no part of a key is repeated.
 */
export function readPrivateKeys(pem: string, file: string): PrivateKeys {
  const { blocks, problems } = findPemBlocks(pem);
  const notPrivate = 'is not an unencrypted private key in PEM';
  const issues: InputIssue[] = problems.map(({ line, message, isPrivate }) => ({
    file,
    line,
    message: isPrivate ? notPrivate : message,
  }));
  const keys = new Map<string, KeyFacts>();
  for (const block of blocks) {
    if (!block.label.endsWith('PRIVATE KEY')) continue;
    const key = readPrivateBlock(block) ?? notPrivate;
    if (typeof key === 'string') issues.push({ file, line: block.line, message: key });
    else keys.set(key.keyId, key);
  }
  const [first, ...behind] = keys.values();
  if (first !== undefined && issues.length === 0) return [first, ...behind];
  throw new InputError(
    issues.length > 0 ? issues : [{ file, message: notPrivate }],
    issues.some(({ message }) => message.includes('"ec"')) ? ecHint : otherFileHint,
  );
}

const otherFileHint = 'move the file away, or give another --output-dir';
const ecHint =
  'the pairs that are made here are RSA: leave the EC key where the cluster has it, out of this folder; ' +
  'to change to an RSA key, make it in an empty --output-dir with "oidc-bootstrap create-key-pair"';

function readPrivateBlock(block: PemBlock): KeyFacts | string | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(block.text);
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType !== 'rsa') return wrongType(key);
  const facts = describePublicKey(key);
  return facts.bits < leastKeyBits ? tooSmall(facts.bits) : facts;
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

function readBlock({ label, der }: PemBlock): PublicKey | string {
  if (label.endsWith('PRIVATE KEY')) return privateGiven;
  const key = der === undefined ? undefined : decode(label, der);
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

function tooSmall(bits: number): string {
  return `is an RSA key of ${bits} bits; at least ${leastKeyBits} are needed`;
}

function wrongType(key: KeyObject): string {
  return `is a key of type "${key.asymmetricKeyType ?? 'unknown'}"; only RSA keys are taken`;
}
