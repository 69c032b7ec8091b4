// Reads public keys given by a flag: PEM, or a key set as STS and API servers serve it. The key IDs of a
// key set are kept, because tokens name them. Each key that STS cannot use is refused by name.

import { InputError, type InputIssue } from '../errors.ts';
import { parseJwks, type Jwk } from './jwks.ts';
import { describeTrusted, keyOfJwk, readPublicKeys, type PublicKey } from './public-key.ts';

/** The most keys of one type that STS reads. */
const maxKeys = 100;
const rsaAlgorithms = ['RS256', 'RS384', 'RS512'];

/** The public keys of a PEM file or a key set. Throws one InputError with every problem. */
export function readGivenKeys(text: string, file: string): readonly PublicKey[] {
  const plain = text.replace(/^\uFEFF/, '');
  return /^\s*[{[]/.test(plain) ? readKeySet(plain, file) : readPublicKeys(text, file);
}

/**
 * Problems of the keys of several files together: one key ID for two keys, or more keys than STS reads.
 * The same key given twice with the same key ID is allowed.
 */
export function problemsTogether(
  given: readonly { readonly file: string; readonly key: PublicKey }[],
): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  const keys = new Map<string, PublicKey>();
  for (const { file, key } of given) {
    const twin = keys.get(key.keyId);
    if (twin !== undefined && twin.spkiPem !== key.spkiPem) {
      issues.push({ file, message: `key ID "${key.keyId}" is given with two different keys` });
    }
    keys.set(key.keyId, key);
  }
  for (const type of ['RSA', 'EC'] as const) {
    const count = [...keys.values()].filter(({ jwk }) => jwk.kty === type).length;
    if (count <= maxKeys) continue;
    issues.push({ message: `${count} ${type} keys are given; STS reads ${maxKeys} of a type` });
  }
  return issues;
}

function readKeySet(text: string, file: string): readonly PublicKey[] {
  const issues: InputIssue[] = [];
  const keys = new Map<string, PublicKey>();
  let entries: readonly Jwk[];
  try {
    entries = parseJwks(text, file);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.issues, keySetHint);
    throw error;
  }
  entries.forEach((jwk, index) => {
    const key = trustedKey(jwk);
    if (typeof key !== 'string') keys.set(jwk.kid, { ...key, keyId: jwk.kid, ownKeyId: key.keyId });
    else issues.push({ file, field: `keys[${index}]`, message: `key "${jwk.kid}" ${key}` });
  });
  if (entries.length === 0) issues.push({ file, message: 'is a key set without keys' });
  if (issues.length > 0) throw new InputError(issues, keySetHint);
  return [...keys.values()];
}

const keySetHint =
  'give a key set of public keys only: RSA of at least 2048 bits or EC P-256, P-384 or P-521, each with its own "kid"';

/** The key of an entry, or why STS cannot use it. */
function trustedKey(jwk: Jwk): PublicKey | string {
  const { kty, use, alg } = jwk;
  if (kty !== 'RSA' && kty !== 'EC')
    return `is of type "${shown(kty)}"; STS accepts RSA and EC keys`;
  if (use !== undefined && use !== 'sig') return `is for "${shown(use)}", not for signatures`;
  const key = keyOfJwk(jwk);
  const trusted = key === undefined ? 'cannot be read as a public key' : describeTrusted(key);
  if (typeof trusted === 'string') return trusted;
  const fitting = trusted.jwk.kty === 'RSA' ? rsaAlgorithms : [trusted.alg];
  if (alg !== undefined && !fitting.includes(String(alg))) {
    return `is for "${shown(alg)}"; STS accepts ${fitting.join(', ')} for this key`;
  }
  return typeof alg === 'string' ? { ...trusted, alg } : trusted;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : 'none';
}
