// Checks a published key set for signs of a takeover: unknown keys, and keys that no verifier should
// trust. The owner of such a private key can sign tokens for every role.

import { isJsonObject, parseJson } from '../json.ts';
import { hasPlaceholder } from '../placeholder.ts';
import type { KeysAtHand } from './key-choice.ts';
import type { Jwk } from './jwks.ts';
import { rsaThumbprint } from './key-id.ts';
import { describePublicKey, keyOfJwk, leastKeyBits } from './public-key.ts';

/** One warning for each published key that is weak, of an unusual type, or unknown. */
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
    const remove = 'if you do not know this key, remove it from that object by hand';
    if (weakness !== undefined) return [`${name} ${weakness}; ${remove}`];
    // Without a given key and without a rotation, the owner of a strong RSA key cannot be determined.
    const untold = known.size === 0 && jwk['kty'] === 'RSA';
    if (untold && isHashOfAnotherKey(jwk, keyId)) {
      return [
        `${name} has a key ID that is the hash of another key: it was replaced, or made by a tool of its own; ${remove}`,
      ];
    }
    if (untold || known.has(jwk.kid) || (keyId !== undefined && known.has(keyId))) return [];
    return [
      `${name} is not in the output folder, not given, and not in the rotation state, and STS accepts its tokens; ${remove}`,
    ];
  });
}

/** The length of a SHA-256 hash in base64url: the form of computed key IDs. */
const hashForm = /^[\w-]{43}$/;

/** True where the kid has the form of a hash, and is not that of this RSA key. */
function isHashOfAnotherKey(jwk: Jwk, keyId: string | undefined): boolean {
  const { kid, n, e } = jwk;
  if (!hashForm.test(kid) || kid === keyId) return false;
  return kid !== rsaThumbprint({ n: String(n), e: String(e) });
}

/** What a published key is, why it must not be trusted, and the ID it should have in place of the hash of another key. */
export function keyFlaw(jwk: Jwk): {
  readonly what: string;
  readonly flaw: string | undefined;
  readonly wrongId: string | undefined;
} {
  const { what, weakness, keyId } = examine(jwk);
  const misnamed = jwk['kty'] === 'RSA' && isHashOfAnotherKey(jwk, keyId);
  return { what, flaw: weakness, wrongId: misnamed ? keyId : undefined };
}

/** True where STS accepts signatures of the key and the key is strong. */
export function isUsableKey(jwk: Jwk): boolean {
  const usable =
    jwk['kty'] === 'EC' ? ['P-256', 'P-384', 'P-521'].includes(String(jwk['crv'])) : true;
  return usable && jwk['use'] !== 'enc' && examine(jwk).weakness === undefined;
}

/** The kids that a rotation state names, as keys or verifiers; the state may have any schema. */
export function parseManagedKeyIds(text: string): readonly string[] {
  const state = parseJson(text);
  if (!isJsonObject(state)) return [];
  return [state['keys'], state['verifiers']]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .filter(isJsonObject)
    .map((key) => String(key['keyId']));
}

type Examined = {
  /** Kind and size, as in `RSA, 2048 bits`. */
  readonly what: string;
  /** Why it must not be trusted. */
  readonly weakness?: string;
  /** Its Kubernetes key ID. */
  readonly keyId?: string;
};

function examine(jwk: Jwk): Examined {
  const kind = typeof jwk['kty'] === 'string' ? jwk['kty'] : 'of no type';
  if (kind === 'oct') {
    return { what: kind, weakness: 'is a symmetric secret that is published' };
  }
  const key = keyOfJwk(jwk);
  if (key === undefined) return { what: kind, weakness: 'cannot be read as a public key' };
  const { keyId, bits } = describePublicKey(key);
  if (key.asymmetricKeyType === 'ec') return { what: `EC, ${String(jwk['crv'])}`, keyId };
  if (key.asymmetricKeyType !== 'rsa') {
    return { what: kind, keyId, weakness: 'has a type that STS does not accept' };
  }
  const what = `RSA, ${bits} bits`;
  if (bits < leastKeyBits) {
    return {
      what,
      keyId,
      weakness: `is too short to be safe; ${leastKeyBits} bits are required`,
    };
  }
  const exponent = key.asymmetricKeyDetails?.publicExponent ?? 0n;
  if (exponent < 3n || exponent % 2n === 0n) {
    return {
      what,
      keyId,
      weakness: `has the unsafe exponent ${exponent}: signatures can be forged`,
    };
  }
  return { what, keyId };
}
