// Reads public keys in all formats that clusters use, and refuses weak or unusable keys.
// Problems name the file and the line; a private key is never printed.

import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { InputError, type InputIssue } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { kubernetesKeyId } from './key-id.ts';
import { findPemBlocks, type PemBlock } from './pem-blocks.ts';

/** The smallest accepted size of RSA keys, in bits. */
export const leastKeyBits = 2048;

/** A public key as documents and verifiers need it. */
export type PublicKey = {
  /** The Kubernetes key ID; for a key from a key set, the key ID given there. */
  readonly keyId: string;
  readonly bits: number;
  /** Members of the JWK that hold the key itself, in base64url. */
  readonly jwk:
    | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
    | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string };
  /** The Kubernetes key ID, where `keyId` is another. */
  readonly ownKeyId?: string | undefined;
  /** The signature algorithm, where it is not the RS256 of an RSA key. */
  readonly alg?: string | undefined;
  /** `PUBLIC KEY` PEM with a final newline. */
  readonly spkiPem: string;
};

const privateGiven = 'is a private key; a public key is required';

/** Curves that STS takes, by Node's names. https://www.rfc-editor.org/rfc/rfc7518#section-3.4 */
const curves: { readonly [name: string]: { readonly alg: string; readonly bits: number } } = {
  prime256v1: { alg: 'ES256', bits: 256 },
  secp384r1: { alg: 'ES384', bits: 384 },
  secp521r1: { alg: 'ES512', bits: 521 },
};

/**
 * The public keys of a file, without duplicates, in the file's order: SPKI, X.509 certificates,
 * PKCS#1, and OpenShift's `RSA PUBLIC KEY` that really holds SPKI. RSA of 2048 bits or more, or EC of
 * a curve that STS takes.
 * Text between the blocks is ignored, but a damaged block or a key of another format is a problem.
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
      `give a PEM file with public keys, RSA of at least ${leastKeyBits} bits or EC of P-256, P-384 or P-521; ` +
        'to get the public key of a private key: openssl pkey -in <private key file> -pubout',
    );
  }
  return [...keys.values()];
}

/** The facts of a key pair without the numbers of the key. */
export type KeyFacts = Pick<PublicKey, 'keyId' | 'bits' | 'spkiPem'>;

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
 * k3s keeps its earlier keys after it. Throws one InputError where one of them is not an unencrypted
 * RSA private key of 2048 bits or more, or a block is damaged; no part of a key is printed.
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
  let hasEc = false;
  for (const block of blocks) {
    if (!block.label.endsWith('PRIVATE KEY')) continue;
    const key = readPrivateBlock(block, () => (hasEc = true)) ?? notPrivate;
    if (typeof key === 'string') issues.push({ file, line: block.line, message: key });
    else keys.set(key.keyId, key);
  }
  const [first, ...behind] = keys.values();
  if (first !== undefined && issues.length === 0) return [first, ...behind];
  throw new InputError(
    issues.length > 0 ? issues : [{ file, message: notPrivate }],
    hasEc ? ecHint : otherFileHint,
  );
}

const otherFileHint = 'move the file away, or give another --output-dir';
const ecHint =
  'only RSA private keys are supported: keep the EC key in the cluster, remove it from this folder, and publish its public key with --public-key-file; ' +
  'to change to an RSA key, create it in an empty --output-dir with "oidc-bootstrap create-key-pair"';

function readPrivateBlock(block: PemBlock, foundEc: () => void): KeyFacts | string | undefined {
  let key: KeyObject;
  try {
    key = createPrivateKey(block.text);
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType === 'ec') foundEc();
  if (key.asymmetricKeyType !== 'rsa') return wrongType(key, 'only RSA keys are');
  const facts = describePublicKey(key);
  return facts.bits < leastKeyBits ? tooSmall(facts.bits) : facts;
}

/** Key ID, size and PEM of the public half of a key, private or public. */
export function describePublicKey(key: KeyObject): KeyFacts {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  const der = open.export({ format: 'der', type: 'spki' });
  const details = open.asymmetricKeyDetails;
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    keyId: kubernetesKeyId(der),
    bits: details?.modulusLength ?? curves[details?.namedCurve ?? '']?.bits ?? 0,
    spkiPem: `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`,
  };
}

function readBlock({ label, der }: PemBlock): PublicKey | string {
  if (label.endsWith('PRIVATE KEY')) return privateGiven;
  const key = der === undefined ? undefined : decode(label, der);
  if (key === undefined) return `the block "${label}" cannot be read as a public key`;
  return describeTrusted(key);
}

/** A public key that a verifier may trust, or why it must not. */
export function describeTrusted(key: KeyObject): PublicKey | string {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const facts = describePublicKey(key);
  const {
    n = '',
    e = '',
    crv = '',
    x = '',
    y = '',
  } = type === 'rsa' || type === 'ec' ? key.export({ format: 'jwk' }) : {};
  if (type === 'ec') {
    const curve = curves[details?.namedCurve ?? ''];
    if (curve === undefined) {
      return `is an EC key of curve "${details?.namedCurve ?? 'unknown'}"; P-256, P-384 and P-521 are accepted`;
    }
    return { ...facts, jwk: { kty: 'EC', crv, x, y }, alg: curve.alg };
  }
  if (type !== 'rsa') return wrongType(key, 'RSA and EC keys are');
  if (facts.bits < leastKeyBits) return tooSmall(facts.bits);
  const exponent = details?.publicExponent ?? 0n;
  if (exponent < 3n || exponent % 2n === 0n) {
    return `is an RSA key with the unsafe exponent ${exponent}: signatures can be forged`;
  }
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
      // Not in this format; try the next one.
    }
  }
  return undefined;
}

function tooSmall(bits: number): string {
  return `is an RSA key of ${bits} bits; at least ${leastKeyBits} are required`;
}

function wrongType(key: KeyObject, taken: string): string {
  return `is a key of type "${key.asymmetricKeyType ?? 'unknown'}"; ${taken} accepted`;
}

/** The key of a JWK (RFC 7517); undefined where its members are not those of a key. */
export function keyOfJwk(jwk: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
