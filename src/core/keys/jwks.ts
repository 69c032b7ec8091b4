// The JSON Web Key Set of an issuer: keys are merged by kid, never overwritten.
// https://www.rfc-editor.org/rfc/rfc7517

import ecTemplate from '../../../templates/issuer/jwk-ec.json' with { type: 'json' };
import jwkTemplate from '../../../templates/issuer/jwk.json' with { type: 'json' };
import { BootstrapError, InputError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
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
 * The keys of a published document; `shown` is how messages name it. What is wrong with it is an
 * INPUT_INVALID error with the place of each flaw: nothing may be merged into what cannot be read,
 * and a private key that stands there is known to everybody.
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
    const message = 'begins with a byte order mark, with which it is not JSON';
    throw flawed(shown, [{ message, line: 1 }]);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1];
    const before = position === undefined ? undefined : text.slice(0, Number(position));
    const line = before?.split('\n').length;
    throw flawed(shown, [{ message: 'is not JSON', ...(line === undefined ? {} : { line }) }]);
  }
}

/** True where the key tells what only its owner may know. */
export function leaksPrivateKey(key: Jwk): boolean {
  return privateMembers.some((member) => key[member] !== undefined);
}

/** What is wrong with an entry beside those before it. */
function entryFlaw(entry: unknown, before: readonly Jwk[]): Flaw | undefined {
  if (!isJsonObject(entry)) return { message: 'is no key' };
  const { kid } = entry;
  if (kid === undefined) return { message: 'has no "kid"' };
  if (typeof kid !== 'string') return { message: 'has a "kid" that is no text' };
  if (kid === '') return { message: 'has the empty "kid" ""' };
  const found = privateMembers.filter((member) => entry[member] !== undefined);
  if (found.length > 0) {
    const message = `key "${kid}" holds its private key (${found.join(', ')}): whoever read it can sign tokens`;
    return { message, leaks: true };
  }
  const twin = before.find((key) => key.kid === kid);
  return twin === undefined || sameKey(twin, { ...entry, kid })
    ? undefined
    : { message: `has the kid "${kid}" of an entry before it, and is another key` };
}

/**
 * The keys of a document that is going to be replaced, as far as they can be read. `whole` is false
 * where parseJwks would refuse the document.
 */
export function readableKeys(text: string): {
  readonly keys: readonly Jwk[];
  readonly whole: boolean;
} {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    document = undefined;
  }
  const list = isJsonObject(document) ? document['keys'] : undefined;
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const keys = entries.flatMap((key) =>
    isJsonObject(key) && typeof key['kid'] === 'string' && key['kid'] !== ''
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
        message: `key id "${key.kid}" is published with a different key`,
        hint: 'one of the two documents was changed by hand: compare keys.json in the bucket with the public key file',
        details: { keyId: key.kid },
      });
    }
  }
  return merged;
}

/** True where both are the same key; members that say how it is used do not count. */
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
      ? 'if the cluster signs with that key, replace it at once with "oidc-bootstrap rotate-keys emergency"; else take the entry out of the object by hand'
      : 'correct the object by hand, or put a key set of the public keys in use there; nothing was changed',
  );
}
