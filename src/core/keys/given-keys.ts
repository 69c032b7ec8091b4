// Public keys as a flag gives them: PEM, or a key set as STS and API servers serve it. Ids of a key set
// are kept, since tokens name them; what STS cannot use is refused, each entry by name.

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
 * What is wrong with keys of several files together: one id for two keys, or more than STS reads.
 * `PublicKey`s of one id and one key are no problem.
 */
export function problemsTogether(
  given: readonly { readonly file: string; readonly key: PublicKey }[],
): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  const keys = new Map<string, PublicKey>();
  for (const { file, key } of given) {
    const twin = keys.get(key.keyId);
    if (twin !== undefined && twin.spkiPem !== key.spkiPem) {
      issues.push({ file, message: `key id "${key.keyId}" is given with two different keys` });
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
  if (entries.length === 0) issues.push({ file, message: 'is a key set without a key' });
  if (issues.length > 0) throw new InputError(issues, keySetHint);
  return [...keys.values()];
}

const keySetHint =
  'give the key set without that: public keys alone, RSA of at least 2048 bits or EC of P-256, P-384 or P-521, each with a "kid" of its own';

/** The key of an entry that STS can use, or what stands against it. */
function trustedKey(jwk: Jwk): PublicKey | string {
  const { kty, use, alg } = jwk;
  if (kty !== 'RSA' && kty !== 'EC') return `is of type "${shown(kty)}"; STS takes RSA and EC keys`;
  if (use !== undefined && use !== 'sig') return `is for "${shown(use)}", not for signatures`;
  const key = keyOfJwk(jwk);
  const trusted = key === undefined ? 'is no key that can be read' : describeTrusted(key);
  if (typeof trusted === 'string') return trusted;
  const fitting = trusted.jwk.kty === 'RSA' ? rsaAlgorithms : [trusted.alg];
  if (alg !== undefined && !fitting.includes(String(alg))) {
    return `is for "${shown(alg)}"; STS takes ${fitting.join(', ')} of such a key`;
  }
  return typeof alg === 'string' ? { ...trusted, alg } : trusted;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : 'none';
}
