import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chooseKeys } from '../../../src/core/keys/key-choice.ts';
import { jwkOf, mergeKeys, parseJwks, renderJwks } from '../../../src/core/keys/jwks.ts';
import { readPublicKeys, type PublicKey } from '../../../src/core/keys/public-key.ts';

function newKey(): PublicKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [key] = readPublicKeys(
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'k.pub',
  );
  if (key === undefined) throw new Error('no key');
  return key;
}

const [one, two] = [newKey(), newKey()];

describe('a key set', () => {
  it('has use, kty, kid, alg, n and e of a key', () => {
    expect(Object.keys(jwkOf(one)).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(jwkOf(one)).toMatchObject({ use: 'sig', kty: 'RSA', alg: 'RS256', kid: one.keyId });
  });

  it('keeps published keys in their order and adds new ones', () => {
    const foreign = { kid: 'ec', kty: 'EC', crv: 'P-256', x: 'a', y: 'b', note: 'kept' };
    const merged = mergeKeys([foreign, jwkOf(one)], [jwkOf(two), jwkOf(one)]);
    expect(merged).toEqual([foreign, jwkOf(one), jwkOf(two)]);
  });

  it('refuses a kid that is published with a different key', () => {
    const changed = { ...jwkOf(one), n: jwkOf(two)['n'] };
    expect(() => mergeKeys([changed], [jwkOf(one)])).toThrowError(/published with a different key/);
  });

  it('can be read again after it was rendered', () => {
    expect(parseJwks(renderJwks([jwkOf(one)]), 'keys.json')).toEqual([jwkOf(one)]);
  });

  it.each(['', 'null', '[]', '{"keys":{}}', '{"keys":[{"kty":"RSA"}]}', '{"keys":[1]}'])(
    'is not read from %j: nothing may be merged into what is not understood',
    (text) => {
      expect(() => parseJwks(text, 's3://b/keys.json')).toThrowError(/s3:\/\/b\/keys.json/);
    },
  );
});

describe('the choice of keys to publish', () => {
  const file = 'serviceaccount-signer.public';
  const none = { published: [], removed: [], trusted: false };

  it('uses the folder’s key for an issuer that publishes none', () => {
    expect(
      chooseKeys({ atHand: { from: 'folder', keys: [one], file, publicFile: file }, ...none }),
    ).toEqual([one]);
  });

  it('keeps the published keys if the folder has no key', () => {
    expect(
      chooseKeys({
        atHand: { from: 'nowhere' },
        published: [jwkOf(one)],
        removed: [],
        trusted: false,
      }),
    ).toEqual([]);
  });

  it('is an error with a hint if there is no key at all', () => {
    expect(() => chooseKeys({ atHand: { from: 'nowhere' }, ...none })).toThrowError(
      expect.objectContaining({
        code: 'FILE_UNREADABLE',
        hint: expect.stringMatching(/create-key-pair/),
      }),
    );
  });

  it('refuses a folder’s key that is not published', () => {
    expect(() =>
      chooseKeys({
        atHand: { from: 'folder', keys: [two], file, publicFile: file },
        published: [jwkOf(one)],
        removed: [],
        trusted: false,
      }),
    ).toThrowError(expect.objectContaining({ code: 'KEY_NOT_PUBLISHED' }));
  });

  it('adds a key that a flag names', () => {
    const chosen = chooseKeys({
      atHand: { from: 'flag', keys: [two] },
      published: [jwkOf(one)],
      removed: [],
      trusted: false,
    });
    expect(chosen).toEqual([two]);
  });

  it('does not guess the key of a trusted issuer without documents', () => {
    const lost = { published: [], removed: [], trusted: true };
    expect(() =>
      chooseKeys({ atHand: { from: 'folder', keys: [one], file, publicFile: file }, ...lost }),
    ).toThrowError(expect.objectContaining({ code: 'KEY_NOT_PUBLISHED' }));
    expect(chooseKeys({ atHand: { from: 'flag', keys: [one] }, ...lost })).toEqual([one]);
  });

  it.each(['retired', 'revoked'] as const)('never publishes a %s key', (reason) => {
    expect(() =>
      chooseKeys({
        atHand: { from: 'flag', keys: [two] },
        published: [jwkOf(one)],
        removed: [{ keyId: two.keyId, reason }],
        trusted: false,
      }),
    ).toThrowError(expect.objectContaining({ code: 'KEY_REVOKED' }));
  });
});
