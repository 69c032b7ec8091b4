// Looks at the keys of a published key set for signs of a takeover: keys that nobody here published, and
// keys that no verifier should trust. Whoever holds the private half of one can sign tokens for every role.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../json.ts';
import { hasPlaceholder } from '../placeholder.ts';
import type { KeysAtHand } from './key-choice.ts';
import type { Jwk } from './jwks.ts';
import { describePublicKey, leastKeyBits } from './public-key.ts';

/** One warning for each published key that is weak, of a kind not published here, or nobody's. */
export function publishedKeyWarnings(facts: {
  readonly published: readonly Jwk[];
  readonly atHand: KeysAtHand;
  /** Kids that the rotation state names. */
  readonly managed: readonly string[];
  /** The document, as messages name it. */
  readonly shown: string;
}): readonly string[] {
  const { atHand, managed, shown } = facts;
  const given = atHand.from === 'nowhere' ? [] : atHand.keys.map((key) => key.keyId);
  const known = new Set([...given, ...managed]);
  return facts.published.flatMap((jwk) => {
    if (hasPlaceholder(jwk.kid)) return [];
    const { what, weakness, keyId } = examine(jwk);
    const name = `key "${jwk.kid}" (${what}) in "${shown}"`;
    const remove = 'if you do not know it, take it out of that object by hand';
    if (weakness !== undefined) return [`${name} ${weakness}; ${remove}`];
    // Without a key at hand and without a rotation nothing tells whose a sound RSA key is.
    const untold = known.size === 0 && jwk['kty'] === 'RSA';
    if (untold || known.has(jwk.kid) || (keyId !== undefined && known.has(keyId))) return [];
    return [
      `${name} is neither a key at hand nor one of the rotation, and STS accepts its tokens; ${remove}`,
    ];
  });
}

/** True where STS takes signatures of the key and nobody can forge them. */
export function isUsableKey(jwk: Jwk): boolean {
  const usable =
    jwk['kty'] === 'EC' ? ['P-256', 'P-384', 'P-521'].includes(String(jwk['crv'])) : true;
  return usable && jwk['use'] !== 'enc' && examine(jwk).weakness === undefined;
}

/** The kids that a rotation state names, as keys or verifiers; of a state of any schema. */
export function parseManagedKeyIds(text: string): readonly string[] {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isJsonObject(state)) return [];
  return [state['keys'], state['verifiers']]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .filter(isJsonObject)
    .map((key) => String(key['keyId']));
}

type Examined = {
  /** Kind and size, as in `RSA, 2048 bits`. */
  readonly what: string;
  /** Why nobody should trust it. */
  readonly weakness?: string;
  /** Its Kubernetes key id. */
  readonly keyId?: string;
};

function examine(jwk: Jwk): Examined {
  const kind = typeof jwk['kty'] === 'string' ? jwk['kty'] : 'of no type';
  if (kind === 'oct') {
    return { what: kind, weakness: 'is a symmetric secret, which everybody can read now' };
  }
  const key = publicKeyOf(jwk);
  if (key === undefined) return { what: kind, weakness: 'is no key that can be read' };
  const { keyId, bits } = describePublicKey(key);
  if (key.asymmetricKeyType === 'ec') return { what: `EC, ${String(jwk['crv'])}`, keyId };
  if (key.asymmetricKeyType !== 'rsa') {
    return { what: kind, keyId, weakness: 'is of a kind that STS does not take' };
  }
  const what = `RSA, ${bits} bits`;
  if (bits < leastKeyBits) {
    return {
      what,
      keyId,
      weakness: `is short enough to be broken; ${leastKeyBits} bits are needed`,
    };
  }
  const exponent = key.asymmetricKeyDetails?.publicExponent ?? 0n;
  if (exponent < 3n || exponent % 2n === 0n) {
    return {
      what,
      keyId,
      weakness: `has the exponent ${exponent}, with which anybody can forge signatures`,
    };
  }
  return { what, keyId };
}

function publicKeyOf(jwk: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
