// The JSON Web Key Set of an issuer: keys are merged by kid, never overwritten.
// https://www.rfc-editor.org/rfc/rfc7517

import ecTemplate from '../../../templates/issuer/jwk-ec.json' with { type: 'json' };
import jwkTemplate from '../../../templates/issuer/jwk.json' with { type: 'json' };
import { BootstrapError, InputError } from '../errors.ts';
import { isJsonObject, parseJson, readJson, type JsonObject } from '../json.ts';
import type { PublicKey } from './public-key.ts';
import { fillTemplate } from '../template.ts';

/** A published key: whatever members it has, kept as they are. */
export type Jwk = JsonObject & { readonly kid: string };

/** The JWK of one of our public keys, as the API server and STS look it up. */
export function jwkOf(key: PublicKey): Jwk {
  const { keyId, jwk, alg = 'RS256' } = key;
  const filled =
    jwk.kty === 'EC'
      ? fillTemplate(ecTemplate, { keyId, algorithm: alg, curve: jwk.crv, x: jwk.x, y: jwk.y })
      : fillTemplate(jwkTemplate, { keyId, algorithm: alg, modulus: jwk.n, exponent: jwk.e });
  return { ...filled, kid: keyId };
}

/** The bytes that are published. */
export function renderJwks(keys: readonly Jwk[]): string {
  return `${JSON.stringify({ keys }, undefined, 2)}\n`;
}

/**
 * The keys of a published document; `shown` is how messages name it. A document with faults is an
 * INPUT_INVALID error with the place of each fault: keys are never merged into an unreadable document,
 * and a published private key is compromised.
 */
export function parseJwks(text: string, shown: string): readonly Jwk[] {
  const document = parseDocument(text, shown);
  const list = isJsonObject(document) ? document['keys'] : undefined;
  if (!Array.isArray(list)) throw flawed(shown, [{ message: 'has no list "keys"' }]);
  const keys: Jwk[] = [];
  const flaws: Flaw[] = [];
  list.forEach((entry: unknown, index) => {
    const field = `keys[${index}]`;
    const flaw = entryFlaw(entry, keys);
    if (flaw !== undefined) flaws.push({ field, ...flaw });
    else if (isJsonObject(entry)) keys.push({ ...entry, kid: String(entry['kid']) });
  });
  if (flaws.length > 0) throw flawed(shown, flaws);
  return keys;
}

type Flaw = {
  readonly message: string;
  readonly field?: string;
  readonly line?: number;
  /** A private key is published. */
  readonly leaks?: boolean;
};

/** Members of a JWK that only its owner may know: RFC 7518, 6.2.2 and 6.3.2. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];

function parseDocument(text: string, shown: string): unknown {
  if (text.trim() === '') throw flawed(shown, [{ message: 'is empty' }]);
  if (text.startsWith('\uFEFF')) {
    const message = 'begins with a byte order mark, which JSON does not allow';
    throw flawed(shown, [{ message, line: 1 }]);
  }
  try {
    return readJson(text);
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1];
    const before = position === undefined ? undefined : text.slice(0, Number(position));
    const line = before?.split('\n').length;
    throw flawed(shown, [{ message: 'is not JSON', ...(line === undefined ? {} : { line }) }]);
  }
}

/** True where the key contains private members. */
export function leaksPrivateKey(key: Jwk): boolean {
  return privateMembers.some((member) => key[member] !== undefined);
}

/** False for what every object has (`constructor`): keys are looked up by their kid. */
export function isKeyId(kid: string): boolean {
  return !(kid in {});
}

/** What is wrong with an entry, compared with the entries before it. */
function entryFlaw(entry: unknown, before: readonly Jwk[]): Flaw | undefined {
  if (!isJsonObject(entry)) return { message: 'is not a JSON object' };
  const { kid } = entry;
  if (kid === undefined) return { message: 'has no "kid"' };
  if (typeof kid !== 'string') return { message: 'has a "kid" that is not a string' };
  if (kid === '') return { message: 'has an empty "kid"' };
  if (!isKeyId(kid)) return { message: `has the kid "${kid}", which is a word of JavaScript` };
  const found = privateMembers.filter((member) => entry[member] !== undefined);
  if (found.length > 0) {
    const message = `key "${kid}" contains its private key (${found.join(', ')}): everyone who read it can sign tokens`;
    return { message, leaks: true };
  }
  const twin = before.find((key) => key.kid === kid);
  return twin === undefined || sameKey(twin, { ...entry, kid })
    ? undefined
    : { message: `has the kid "${kid}" of an earlier entry with a different key` };
}

/**
 * The readable keys of a document that will be replaced. `whole` is false
 * where parseJwks would refuse the document.
 */
export function readableKeys(text: string): {
  readonly keys: readonly Jwk[];
  readonly whole: boolean;
} {
  const document = parseJson(text.replace(/^\uFEFF/, ''));
  const list = isJsonObject(document) ? document['keys'] : undefined;
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const keys = entries.flatMap((key) =>
    isJsonObject(key) && typeof key['kid'] === 'string' && key['kid'] !== '' && isKeyId(key['kid'])
      ? [{ ...key, kid: key['kid'] }]
      : [],
  );
  return {
    keys,
    whole: !text.startsWith('\uFEFF') && Array.isArray(list) && keys.length === entries.length,
  };
}

/**
 * The published keys, in their order, and then the added ones that are new.
 * The same kid with another modulus or exponent is a KEY_NOT_PUBLISHED error.
 */
export function mergeKeys(published: readonly Jwk[], added: readonly Jwk[]): readonly Jwk[] {
  const merged = [...published];
  for (const key of added) {
    const known = merged.find((candidate) => candidate.kid === key.kid);
    if (known === undefined) {
      merged.push(key);
    } else if (!sameKey(known, key)) {
      throw new BootstrapError({
        code: 'KEY_NOT_PUBLISHED',
        message: `key ID "${key.kid}" is published with a different key`,
        hint: 'compare keys.json in the bucket with the public key file: one of them was changed by hand',
        details: { keyId: key.kid },
      });
    }
  }
  return merged;
}

/** True where both are the same key; members about its use are ignored. */
export function sameKey(left: Jwk, right: Jwk): boolean {
  return ['kty', 'n', 'e', 'crv', 'x', 'y', 'k'].every((member) => left[member] === right[member]);
}

/** True where both sets hold the same kids. */
export function sameKeyIds(left: readonly Jwk[], right: readonly Jwk[]): boolean {
  const ids = new Set(left.map((key) => key.kid));
  return (
    ids.size === new Set(right.map((key) => key.kid)).size && right.every((key) => ids.has(key.kid))
  );
}

function flawed(shown: string, flaws: readonly Flaw[]): InputError {
  const leaked = flaws.some(({ leaks }) => leaks === true);
  return new InputError(
    flaws.map(({ message, field, line }) => ({ message, field, line, file: shown })),
    leaked
      ? 'if the cluster signs with that key, replace it now with "oidc-bootstrap rotate-keys emergency"; otherwise remove the entry from the object by hand'
      : 'correct the object by hand, or replace it with a key set of the public keys in use; nothing was changed',
  );
}
