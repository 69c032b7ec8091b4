// Key sets given instead of PEM files: key ids are kept, and every entry that STS cannot use is named.

import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InputError, type InputIssue } from '../../../src/core/errors.ts';
import { problemsTogether, readGivenKeys } from '../../../src/core/keys/given-keys.ts';
import { chooseKeys } from '../../../src/core/keys/key-choice.ts';
import { jwkOf } from '../../../src/core/keys/jwks.ts';
import { readPrivateKey, readPublicKeys } from '../../../src/core/keys/public-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' });
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const set = (...keys: readonly object[]): string => JSON.stringify({ keys });

function issuesOf(text: string): readonly InputIssue[] {
  try {
    readGivenKeys(text, 'jwks.json');
  } catch (error) {
    if (error instanceof InputError) return error.issues;
    throw error;
  }
  return [];
}

describe('a key set', () => {
  it.each(['RS256', 'RS384', 'RS512'])('keeps kid and algorithm %s of an RSA key', (alg) => {
    const text = set({ ...jwk(rsa.publicKey), kid: 'signer-1', alg, use: 'sig' });
    const [key] = readGivenKeys(text, 'jwks.json');
    const [own] = readPublicKeys(pem(rsa.publicKey), 'k.pub');
    expect(key).toMatchObject({ keyId: 'signer-1', ownKeyId: own?.keyId, jwk: own?.jwk });
    if (key === undefined) throw new Error('no key');
    expect(jwkOf(key)).toEqual({ ...jwk(rsa.publicKey), kid: 'signer-1', use: 'sig', alg });
  });

  it.each([
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
  ])('with an EC key of %s is published for %s, like the same key in PEM', (namedCurve, alg) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    const [given] = readGivenKeys(set({ ...jwk(publicKey), kid: 'e' }), 'jwks.json');
    const [read] = readGivenKeys(pem(publicKey), 'ec.pub');
    if (given === undefined || read === undefined) throw new Error('no key');
    expect(jwkOf(given)).toEqual({ ...jwk(publicKey), kid: 'e', use: 'sig', alg });
    expect(jwkOf({ ...read, keyId: 'e' })).toEqual(jwkOf(given));
  });

  it('may begin with a byte order mark', () => {
    expect(readGivenKeys(`\uFEFF${set({ ...jwk(rsa.publicKey), kid: 'a' })}`, 'f')).toHaveLength(1);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each<[string, object, RegExp]>([
    ['a private key', { ...jwk(rsa.privateKey), kid: 'k' }, /key "k" contains its private key/],
    [
      'a private EC key',
      { ...jwk(ec.privateKey), kid: 'k' },
      /key "k" contains its private key \(d\)/,
    ],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0', kid: 'k' }, /"k" is of type "oct"/],
    ['a key for encryption', { ...jwk(rsa.publicKey), kid: 'k', use: 'enc' }, /is for "enc"/],
    [
      'PS256',
      { ...jwk(rsa.publicKey), kid: 'k', alg: 'PS256' },
      /is for "PS256"; STS accepts RS256/,
    ],
    ['the wrong curve', { ...jwk(ec.publicKey), kid: 'k', alg: 'ES384' }, /STS accepts ES256 for/],
    ['an exponent of 1', { ...jwk(rsa.publicKey), kid: 'k', e: 'AQ' }, /exponent 1/],
    ['no modulus', { kty: 'RSA', e: 'AQAB', kid: 'k' }, /cannot be read as a public key/],
    ['no kid', jwk(rsa.publicKey), /has no "kid"/],
    ['ML-DSA', { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AA', kid: 'k' }, /is of type "AKP"/],
  ])('with %s is refused with its key named', (_, entry, says) => {
    const issues = issuesOf(set({ ...jwk(other.publicKey), kid: 'good' }, entry));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ file: 'jwks.json', field: 'keys[1]' });
    expect(issues[0]?.message).toMatch(says);
  });

  it.each(['{"keys":[]}', '{"kty":"RSA"}', '{', '[]'])('is not read from %s', (text) => {
    expect(issuesOf(text)).toHaveLength(1);
  });
});

describe('keys of several files', () => {
  const keyOf = (key: KeyObject, kid: string) => {
    const [read] = readGivenKeys(set({ ...jwk(key), kid }), 'f');
    if (read === undefined) throw new Error('no key');
    return read;
  };

  it('are refused if two keys have the same id', () => {
    const twice = [rsa, other].map(({ publicKey }, index) => ({
      file: `${index}.json`,
      key: keyOf(publicKey, 'a'),
    }));
    expect(problemsTogether(twice)).toEqual([
      { file: '1.json', message: 'key ID "a" is given with two different keys' },
    ]);
    expect(problemsTogether(twice.slice(0, 1))).toEqual([]);
  });

  it('are at most a hundred of a type, because STS reads no more', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        file: 'f',
        key: { ...keyOf(rsa.publicKey, 'a'), keyId: `k${index}` },
      }));
    expect(problemsTogether(many(100))).toEqual([]);
    expect(problemsTogether(many(101))[0]?.message).toBe(
      '101 RSA keys are given; STS reads 100 of a type',
    );
  });

  it('never publish a removed key again under another id', () => {
    const key = keyOf(rsa.publicKey, 'new-name');
    const removed = [{ keyId: key.ownKeyId ?? '', reason: 'revoked' as const }];
    const facts = { published: [], removed, trusted: false };
    expect(() => chooseKeys({ atHand: { from: 'flag', keys: [key] }, ...facts })).toThrowError(
      expect.objectContaining({
        code: 'KEY_REVOKED',
        message: expect.stringContaining('given as "new-name"'),
      }),
    );
  });
});

it('the hint for a private EC key says where it must stay and how to publish its public key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const text = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  expect(() => readPrivateKey(text, 'serviceaccount-signer.private')).toThrowError(
    expect.objectContaining({
      message: expect.stringContaining('is a key of type "ec"'),
      hint: expect.stringContaining('--public-key-file'),
    }),
  );
});
