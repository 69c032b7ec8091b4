import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import {
  assume,
  awsWithRole,
  first,
  issuer,
  mint,
  noKey,
  publicJwk,
  publish,
  second,
  start,
} from './sts-test-tokens.ts';

describe('the issuer documents', () => {
  test.each([
    ['no discovery document', '/.well-known/openid-configuration', undefined],
    [
      'another issuer in it',
      '/.well-known/openid-configuration',
      { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys.json` },
    ],
    ['no key document', '/keys.json', undefined],
    ['no JSON in it', '/keys.json', '{'],
    ['no keys in it', '/keys.json', { keys: [] }],
    [
      'more than a hundred RSA keys',
      '/keys.json',
      { keys: Array.from({ length: 101 }, (_, i) => publicJwk(i ? `k${i}` : 'first', first)) },
    ],
    ['an encryption key', '/keys.json', { keys: [publicJwk('first', first, { use: 'enc' })] }],
    ['a padded modulus', '/keys.json', { keys: [publicJwk('first', first, { e: 'AQAB==' })] }],
    ['a leading zero octet', '/keys.json', { keys: [publicJwk('first', first, { e: 'AAEAAQ' })] }],
    ['another alg', '/keys.json', { keys: [publicJwk('first', first, { alg: 'RS512' })] }],
  ])('give no key with %s', async (_, path, json) => {
    const aws = await awsWithRole();
    aws.serve(`${issuer}${path}`, json);
    expect(await refusal(assume(aws.sts, await mint()))).toEqual([
      400,
      'InvalidIdentityToken',
      noKey,
    ]);
  });

  test('that cannot be reached are a different error', async () => {
    const aws = await awsWithRole();
    for (const path of ['/.well-known/openid-configuration', '/keys.json']) {
      aws.serve(`${issuer}${path}`, undefined);
    }
    expect((await refusal(assume(aws.sts, await mint())))[1]).toBe('IDPCommunicationError');
  });

  test('are cached for an hour in each region, so a new key is refused for an hour', async () => {
    const aws = await awsWithRole();
    await assume(aws.sts, await mint());
    publish(aws, publicJwk('first', first), publicJwk('second', second));
    const token = await mint({
      key: second,
      header: { kid: 'second' },
      claims: { exp: start + 9000 },
    });
    expect((await refusal(assume(aws.sts, token)))[2]).toBe(noKey);
    await assume(aws.stsOf('eu-west-1'), token);
    aws.advance(3599);
    expect((await refusal(assume(aws.sts, token)))[2]).toBe(noKey);
    aws.advance(1);
    await assume(aws.sts, token);
  });

  test('without a removed key still verify it until the cache is cleared', async () => {
    const aws = await awsWithRole();
    const token = await mint();
    await assume(aws.sts, token);
    publish(aws, publicJwk('second', second));
    await assume(aws.sts, token);
    aws.world.sts.jwksCache.clear();
    expect((await refusal(assume(aws.sts, token)))[2]).toBe(noKey);
  });
});
