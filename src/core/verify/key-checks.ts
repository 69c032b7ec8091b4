// The keys of a key set, one by one: whether STS can use each, whether its key ID is its own, and whether
// it is listed twice.

import { sameKey, type Jwk } from '../keys/jwks.ts';
import { isUsableKey, keyFlaw } from '../keys/published-keys.ts';
import { failed, passed, warned, type Check } from './check.ts';

/** Signature algorithms that STS takes. */
export const stsAlgorithms: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
];

/** One check for each entry of the key set at `url`. */
export function keyChecks(keys: readonly Jwk[], url: string): readonly Check[] {
  return keys.map((key, index) => keyCheck(key, { before: keys.slice(0, index), url }));
}

function keyCheck(
  key: Jwk,
  { before, url }: { readonly before: readonly Jwk[]; readonly url: string },
): Check {
  const { kid } = key;
  const keySet = `the key set "${url}"`;
  const twin = before.find((one) => one.kid === kid);
  if (twin !== undefined) {
    return failed('documents-key', kid, {
      detail: sameKey(twin, key)
        ? `key "${kid}" is listed twice in ${keySet}`
        : `two different keys have the key ID "${kid}" in ${keySet}`,
      hint: sameKey(twin, key)
        ? `remove one of the two entries from ${keySet}`
        : `remove the entry that is not the cluster's key from ${keySet}`,
    });
  }
  const { what, flaw, wrongId } = keyFlaw(key);
  if (flaw !== undefined) {
    return warned('documents-key', kid, {
      detail: `key "${kid}" (${what}) ${flaw}`,
      hint:
        key.kty === 'oct'
          ? `remove it from ${keySet}, and replace that secret where it is in use`
          : `remove it from ${keySet} once no token that it signed is in use`,
    });
  }
  if (!isUsableKey(key)) {
    return warned('documents-key', kid, {
      detail: `key "${kid}" (${what}) is not for signatures that STS takes`,
      hint: `give it "use": "sig" and an algorithm of STS, or remove it from ${keySet}`,
    });
  }
  const { alg } = key;
  if (alg !== undefined && !stsAlgorithms.includes(String(alg))) {
    return warned('documents-key', kid, {
      detail: `key "${kid}" (${what}) has the algorithm "${String(alg)}"; STS takes ${stsAlgorithms.join(', ')}`,
      hint: `configure the cluster to sign with one of those, or correct "alg" in ${keySet}`,
    });
  }
  const other = before.find((one) => sameKey(one, key));
  if (other !== undefined) {
    return warned('documents-key', kid, {
      detail: `key "${kid}" is the same key as "${other.kid}"`,
      hint: `remove the entry whose key ID no token has from ${keySet}`,
    });
  }
  if (wrongId !== undefined) {
    return failed('documents-key', kid, {
      detail: `key "${kid}" (${what}) has a key ID that is the hash of another key: Kubernetes names it "${wrongId}" in its tokens, and STS finds no key for them`,
      hint: `write "${wrongId}" as its "kid" in ${keySet}; if you do not know this key, remove it`,
    });
  }
  return passed('documents-key', kid, what);
}
