// Why a published key set is refused, with the place of each fault, and which of its keys are named.

import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.ts';
import type { KeysAtHand } from '../../../src/core/keys/key-choice.ts';
import { jwkOf, parseJwks, type Jwk } from '../../../src/core/keys/jwks.ts';
import { readPublicKeys, type PublicKey } from '../../../src/core/keys/public-key.ts';
import { parseManagedKeyIds, publishedKeyWarnings } from '../../../src/core/keys/published-keys.ts';

const shown = 's3://c-oidc/keys.json';
const pair = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits });

function newKey(): PublicKey {
  const pem = pair().publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const [key] = readPublicKeys(pem, 'k.pub');
  if (key === undefined) throw new Error('no key');
  return key;
}

const [own, other] = [newKey(), newKey()];
const secret = { ...pair().privateKey.export({ format: 'jwk' }), kid: 'leaked' };
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

function errorOf(text: string): InputError {
  try {
    parseJwks(text, shown);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const set = (...keys: readonly unknown[]): string => JSON.stringify({ keys });

describe('a published key set that cannot be used', () => {
  it.each([
    ['nothing', '', `${shown}: is empty`],
    ['a byte order mark', `\uFEFF${set(jwkOf(own))}`, `${shown}:1: begins with a byte order mark`],
    ['no JSON', '{"keys":\n[1 2]}', `${shown}:2: is not JSON`],
    ['no list', '{"keys":{}}', `${shown}: has no list "keys"`],
    ['no object', 'null', `${shown}: has no list "keys"`],
    ['an empty kid', set(jwkOf(own), { ...jwkOf(other), kid: '' }), 'keys[1]: has an empty "kid"'],
    ['no kid', set({ kty: 'RSA' }), 'keys[0]: has no "kid"'],
    ['a number as kid', set({ kid: 7 }), 'keys[0]: has a "kid" that is not a string'],
    ['a text as key', set('key'), 'keys[0]: is not a JSON object'],
    [
      'one kid with two keys',
      set(jwkOf(own), { ...jwkOf(other), kid: own.keyId }),
      `keys[1]: has the kid "${own.keyId}" of an earlier entry with a different key`,
    ],
    ['a private key', set(secret), 'keys[0]: key "leaked" contains its private key (d, p,'],
  ])('for %s is INPUT_INVALID and names the entry', (_, text, message) => {
    const error = errorOf(text);
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(String(secret.d).slice(0, 8));
  });

  it('gives one error with every fault', () => {
    const error = errorOf(set({ kty: 'RSA' }, jwkOf(own), { ...jwkOf(other), kid: '' }));
    expect(error.issues.map((issue) => issue.field)).toEqual(['keys[0]', 'keys[2]']);
  });

  it('gives a hint for a published private key', () => {
    expect(errorOf(set(secret)).hint).toContain('rotate-keys emergency');
  });
});

describe('the keys of a published key set', () => {
  const atHand: KeysAtHand = { from: 'flag', keys: [own] };
  const warningsOf = (
    published: readonly Jwk[],
    change: Partial<Parameters<typeof publishedKeyWarnings>[0]> = {},
  ): readonly string[] =>
    publishedKeyWarnings({ published, atHand, managed: [], shown, ...change });
  const weak = (bits: number, change: object = {}): Jwk => {
    const { n = '', e = '' } = pair(bits).publicKey.export({ format: 'jwk' });
    return { kid: 'stray', kty: 'RSA', n, e, ...change };
  };

  it.each<[string, Jwk, RegExp]>([
    ['an extra RSA key', jwkOf(other), /\(RSA, 2048 bits\).* is not in the output folder/],
    ['an extra EC key', { ...ec, kid: 'stray' }, /\(EC, P-256\).* is not in the output folder/],
    ['a symmetric key', { kid: 'stray', kty: 'oct', k: 'c2VjcmV0' }, /\(oct\).* symmetric secret/],
    ['a key of 512 bits', weak(512), /\(RSA, 512 bits\).* 2048 bits are required/],
    ['an exponent of 1', weak(2048, { e: 'AQ' }), /exponent 1: signatures can be forged/],
    ['an even exponent', weak(2048, { e: 'Ag' }), /exponent 2: signatures can be forged/],
    ['no key at all', { kid: 'stray', kty: 'RSA' }, /cannot be read as a public key/],
    ['a key of no type', { kid: 'stray' }, /cannot be read as a public key/],
    [
      'an Edwards key',
      {
        ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
        kid: 'stray',
      },
      /has a type that STS does not accept/,
    ],
  ])('give one warning for %s besides the known key', (_, jwk, says) => {
    const warnings = warningsOf([jwkOf(own), jwk]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(says);
    expect(warnings[0]).toContain(`key "${jwk.kid}"`);
  });

  it('are known by their kid, by the key itself, or from the rotation', () => {
    expect(warningsOf([jwkOf(own)])).toEqual([]);
    expect(warningsOf([{ ...jwkOf(own), kid: 'signer-1' }])).toEqual([]);
    expect(warningsOf([jwkOf(own), jwkOf(other)], { managed: [other.keyId] })).toEqual([]);
  });

  it('give no warning if nothing shows whose they are, except weak keys', () => {
    const nowhere: KeysAtHand = { from: 'nowhere' };
    expect(warningsOf([jwkOf(own), jwkOf(other)], { atHand: nowhere })).toEqual([]);
    expect(warningsOf([weak(512)], { atHand: nowhere })).toHaveLength(1);
    expect(warningsOf([{ ...ec, kid: 'stray' }], { atHand: nowhere })).toHaveLength(1);
  });

  it('give a warning where the kid is the hash of another key, with nothing else to compare', async () => {
    const nowhere: KeysAtHand = { from: 'nowhere' };
    const thumbprint = await calculateJwkThumbprint(jwkOf(own));
    expect(warningsOf([{ ...jwkOf(own), kid: thumbprint }], { atHand: nowhere })).toEqual([]);
    const [warning] = warningsOf([{ ...jwkOf(other), kid: own.keyId }], { atHand: nowhere });
    expect(warning).toContain('the hash of another key');
  });
});

it('the kids of a rotation state are read whatever its form', () => {
  const state = { keys: [{ keyId: 'a' }], verifiers: [{ keyId: 'b' }, 7] };
  expect(parseManagedKeyIds(JSON.stringify(state))).toEqual(['a', 'b']);
  for (const text of ['', 'null', '[]', '{"keys":{}}'])
    expect(parseManagedKeyIds(text)).toEqual([]);
});
