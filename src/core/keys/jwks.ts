// The JSON Web Key Set of an issuer: keys are merged by kid, never overwritten.
// https://www.rfc-editor.org/rfc/rfc7517

import jwkTemplate from '../../../templates/issuer/jwk.json' with { type: 'json' };
import { BootstrapError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { PublicKey } from './public-key.ts';
import { fillTemplate } from '../template.ts';

/** A published key: whatever members it has, kept as they are. */
export type Jwk = JsonObject & { readonly kid: string };

/** The JWK of one of our public keys, as the API server and STS look it up. */
export function jwkOf(key: PublicKey): Jwk {
  const jwk = fillTemplate(jwkTemplate, {
    keyId: key.keyId,
    modulus: key.jwk.n,
    exponent: key.jwk.e,
  });
  return { ...jwk, kid: key.keyId };
}

/** The bytes that are published. */
export function renderJwks(keys: readonly Jwk[]): string {
  return `${JSON.stringify({ keys }, undefined, 2)}\n`;
}

/**
 * The keys of a published document; `shown` is how messages name it.
 * A document that is no key set, or a key without kid, is an ISSUER_UNREACHABLE error: nothing
 * may be merged into what we cannot read.
 */
export function parseJwks(text: string, shown: string): readonly Jwk[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw unreadable(shown, 'it is not JSON');
  }
  if (!isJsonObject(document) || !Array.isArray(document['keys'])) {
    throw unreadable(shown, 'it has no list "keys"');
  }
  return document['keys'].map((key: unknown, index) => {
    if (!isJsonObject(key) || typeof key['kid'] !== 'string' || key['kid'] === '') {
      throw unreadable(shown, `keys[${index}] has no "kid"`);
    }
    return { ...key, kid: key['kid'] };
  });
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

/** True where both are the same RSA key; other members do not count. */
function sameKey(left: Jwk, right: Jwk): boolean {
  return left['kty'] === right['kty'] && left['n'] === right['n'] && left['e'] === right['e'];
}

/** True where both sets hold the same kids. */
export function sameKeyIds(left: readonly Jwk[], right: readonly Jwk[]): boolean {
  const ids = new Set(left.map((key) => key.kid));
  return (
    ids.size === new Set(right.map((key) => key.kid)).size && right.every((key) => ids.has(key.kid))
  );
}

function unreadable(shown: string, why: string): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `the key set "${shown}" cannot be read: ${why}`,
    hint: 'restore the object from a backup or put a key set of the public keys in use there by hand; nothing was changed',
    details: { document: shown },
  });
}
