import { generateKeyPairSync, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signJwt } from '../../../src/core/keys/jwt.ts';
import { jwksUriOf, stsKeysOf } from '../../../src/core/verify/sts/issuer-keys.ts';
import { verdictOf, walkToken, type StsFacts } from '../../../src/core/verify/sts/walk-token.ts';

const issuer = 'https://issuer.example.com/one';
const now = new Date('2026-01-01T00:00:00Z');
const seconds = now.getTime() / 1000;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privatePem = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'key' };
const arn = 'arn:aws:iam::111122223333:oidc-provider/issuer.example.com/one';

const claims = {
  iss: issuer,
  sub: 'system:serviceaccount:ns:app',
  aud: ['openshift'],
  iat: seconds,
  exp: seconds + 3600,
};

const trustPolicy = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { 'issuer.example.com/one:sub': claims.sub } },
  },
};

const minted = (changes: object = {}, keyId = 'key'): string =>
  signJwt({ keyId, privatePem }, { ...claims, ...changes });

const forged = (header: object, signature: (signed: string) => string): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${signature(signed)}`;
};

function walk(token: string, facts: Partial<StsFacts> = {}) {
  return walkToken({
    token,
    now,
    provider: { seen: true, value: { arn, url: issuer, clientIds: ['openshift'] } },
    keys: { seen: true, value: [jwk] },
    role: { seen: true, value: { trustPolicy } },
    ...facts,
  });
}

test('a good token passes every step', () => {
  const steps = walk(minted());
  expect(steps.map(({ step, outcome }) => `${step} ${outcome}`)).toMatchInlineSnapshot(`
    [
      "format pass",
      "algorithm pass",
      "issuer pass",
      "audience pass",
      "documents pass",
      "key pass",
      "signature pass",
      "times pass",
      "trust pass",
    ]
  `);
  expect(verdictOf(steps)).toEqual({ allowed: true, step: undefined });
});

describe('a token is refused at the step of its fault', () => {
  const noKey = /^Couldn't retrieve verification key/;
  const hmac = (signed: string): string =>
    createHmac('sha256', publicPem).update(signed).digest('base64url');

  test.each<[string, string, Partial<StsFacts>, string, string, RegExp | string | null]>([
    ['is text', 'hello', {}, 'format', 'InvalidIdentityToken', /not a valid JWT/],
    ['is too long', 'x'.repeat(20_001), {}, 'format', 'ValidationError', null],
    [
      'has no sub',
      minted({ sub: undefined }),
      {},
      'format',
      'InvalidIdentityToken',
      'Missing a required claim: sub',
    ],
    [
      'has a fraction',
      minted({ exp: 1.5 }),
      {},
      'format',
      'InvalidIdentityToken',
      /not a valid JWT/,
    ],
    [
      'is unsigned',
      forged({ alg: 'none', kid: 'key' }, () => ''),
      {},
      'algorithm',
      'InvalidIdentityToken',
      noKey,
    ],
    [
      'uses the public key as a secret',
      forged({ alg: 'HS256', kid: 'key' }, hmac),
      {},
      'algorithm',
      'InvalidIdentityToken',
      noKey,
    ],
    [
      'has no provider',
      minted(),
      { provider: { seen: true, value: undefined } },
      'issuer',
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for ${issuer}`,
    ],
    [
      'has a slash more',
      minted({ iss: `${issuer}/` }),
      {},
      'issuer',
      'InvalidIdentityToken',
      /found in your account/,
    ],
    [
      'is for another audience',
      minted({ aud: 'other' }),
      {},
      'audience',
      'InvalidIdentityToken',
      'Incorrect token audience',
    ],
    [
      'has an azp',
      minted({ azp: 'client' }),
      {},
      'audience',
      'InvalidIdentityToken',
      'Incorrect token audience',
    ],
    [
      'has no kid',
      forged({ alg: 'RS256' }, () => 'AAAA'),
      {},
      'key',
      'InvalidIdentityToken',
      noKey,
    ],
    ['has an unknown kid', minted({}, 'other'), {}, 'key', 'InvalidIdentityToken', noKey],
    [
      'has a kid of another algorithm',
      minted(),
      { keys: { seen: true, value: [{ ...jwk, alg: 'RS512' }] } },
      'key',
      'InvalidIdentityToken',
      noKey,
    ],
    [
      'is forged',
      forged({ alg: 'RS256', kid: 'key' }, () => 'AAAA'),
      {},
      'signature',
      'InvalidIdentityToken',
      null,
    ],
    [
      'is from the future',
      minted({ iat: seconds + 301 }),
      {},
      'times',
      'InvalidIdentityToken',
      null,
    ],
    ['is expired', minted({ exp: seconds - 301 }), {}, 'times', 'ExpiredTokenException', null],
    [
      'asks for no role',
      minted(),
      { role: { seen: true, value: undefined } },
      'trust',
      'AccessDenied',
      /^Not authorized/,
    ],
    [
      'is of another service account',
      minted({ sub: 'other' }),
      {},
      'trust',
      'AccessDenied',
      /^Not authorized/,
    ],
  ])('that %s', (_, token, facts, step, code, message) => {
    const { allowed, step: decided } = verdictOf(walk(token, facts));
    expect(allowed).toBe(false);
    expect(decided).toMatchObject({ step, answer: { code } });
    if (message === null) expect(decided?.answer?.message).toBeNull();
    else expect(decided?.answer?.message).toMatch(message);
  });
});

test('a token is taken until five minutes after its expiry', () => {
  expect(verdictOf(walk(minted({ exp: seconds - 300 }))).allowed).toBe(true);
});

test('a token with facts missing is neither allowed nor refused, and every other step is judged', () => {
  const steps = walk(minted({ exp: seconds - 301 }), {
    provider: { seen: false, why: 'no AWS credentials were found' },
  });
  expect(steps[2]).toMatchObject({ outcome: 'unknown', detail: 'no AWS credentials were found' });
  expect(verdictOf(steps)).toMatchObject({ allowed: false, step: { step: 'times' } });
  const open = walk(minted(), { role: { seen: false, why: 'no role' } });
  expect(verdictOf(open)).toMatchObject({ allowed: undefined, step: { step: 'trust' } });
});

describe('documents lead to no key where', () => {
  const url = `${issuer}/.well-known/openid-configuration`;
  const ok = (document: unknown, status = 200) =>
    ({ ok: true, status, headers: {}, body: JSON.stringify(document) }) as const;

  test.each([
    [
      'the host does not answer',
      { ok: false, reason: 'ENOTFOUND' } as const,
      'ENOTFOUND',
      'IDPCommunicationError',
    ],
    [
      'they redirect',
      { ...ok({}, 302), headers: { location: 'https://10.0.0.1/' } },
      'follows no redirect',
      'InvalidIdentityToken',
    ],
    ['they are forbidden', ok({}, 403), 'answers HTTP 403', 'InvalidIdentityToken'],
    [
      'they are no JSON',
      { ...ok({}), body: '<html>' },
      'is not a JSON object',
      'InvalidIdentityToken',
    ],
    [
      'the issuer has a slash more',
      ok({ issuer: `${issuer}/` }),
      'names the issuer',
      'InvalidIdentityToken',
    ],
    [
      'the key set has no https URL',
      ok({ issuer, jwks_uri: 'http://x.example/k' }),
      'no https URL',
      'InvalidIdentityToken',
    ],
  ])('%s', (_, answer, problem, code) => {
    const fault = jwksUriOf(issuer, { url, answer });
    expect(fault).toMatchObject({ problem: expect.stringContaining(problem), answer: { code } });
  });

  test.each([
    ['it has no list', {}, 'has no list'],
    ['it has keys for encryption only', { keys: [{ ...jwk, use: 'enc' }] }, 'has no RSA or EC key'],
    ['it has too many', { keys: Array.from({ length: 101 }, () => jwk) }, '101 RSA keys'],
  ])('the key set is read and %s', (_, document, problem) => {
    const fault = stsKeysOf({ url, answer: ok(document) });
    expect(fault).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  test('and to its keys where all is well', () => {
    expect(jwksUriOf(issuer, { url, answer: ok({ issuer, jwks_uri: `${issuer}/k` }) })).toBe(
      `${issuer}/k`,
    );
    expect(stsKeysOf({ url, answer: ok({ keys: [jwk, {}] }) })).toEqual([jwk]);
  });
});
