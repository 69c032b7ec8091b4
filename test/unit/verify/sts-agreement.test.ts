// The program's own STS decision against the STS of the local AWS, which shares no code with it: random
// tokens, documents and trust policies go through both. Where the program says that it cannot judge, it
// claims nothing; otherwise both allow, or both refuse with the same error code.

import { UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FetchedDocument } from '../../../src/core/issuer/fetched-document.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { discoveryUrl, jwksUriOf, stsKeysOf } from '../../../src/core/verify/sts/issuer-keys.ts';
import type { SeenKeys } from '../../../src/core/verify/sts/judge-key.ts';
import { readToken } from '../../../src/core/verify/sts/read-token.ts';
import { verdictOf, walkToken } from '../../../src/core/verify/sts/walk-token.ts';
import { refusal, type TestAws } from '../../local-aws/iam/iam-test-clients.ts';
import {
  assume,
  awsWithRole,
  curve,
  first,
  issuer,
  mint,
  providerArn,
  publicJwk,
  second,
  start,
  subject,
} from '../../local-aws/sts/sts-test-tokens.ts';

const host = issuer.slice('https://'.length);
const clientIds = ['openshift', 'sts.amazonaws.com'];

/** The usual value most of the time, so that the later steps are reached. */
const usually = <Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof(
    { weight: 14, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );

const audiences = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>('openshift', ['openshift'], ['sts.amazonaws.com']),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(['other'], [], ['other', 'openshift'], [...clientIds], 7),
  },
);

const claims = fc.record({
  iss: usually<unknown>(issuer, `${issuer}/`, issuer.toUpperCase(), 'https://other.example.com', 3),
  sub: usually<unknown>(subject, 'system:serviceaccount:ns:other', '', undefined),
  aud: audiences,
  azp: usually<unknown>(undefined, 'openshift', 'client', 5),
  amr: usually<unknown>(undefined, 'authenticated', ['authenticated', 'x']),
  extra: usually<unknown>(undefined, 'x'),
  iat: usually<unknown>(start, start + 300, start + 301, start + 0.5, undefined),
  nbf: usually<unknown>(undefined, start, start + 300, start + 301, 'x'),
  exp: usually<unknown>(start + 60, start - 300, start - 301, start - 1, '9', undefined),
});

const signer = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ key: first, header: { alg: 'RS256', kid: 'first' } }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { key: first, header: { alg: 'RS512', kid: 'first' } },
      { key: curve, header: { alg: 'ES256', kid: 'curve' } },
      { key: second, header: { alg: 'RS256', kid: 'first' } },
      { key: second, header: { alg: 'RS256', kid: 'second' } },
      { key: first, header: { alg: 'PS256', kid: 'first' } },
      { key: first, header: { alg: 'RS256', kid: undefined as unknown as string } },
    ),
  },
);

/** What happens to the text of the token. */
const damage = usually<(token: string) => string>(
  (token) => token,
  () => 'hello',
  (token) => token.replace(/\.[^.]*$/, ''),
  (token) => token.replace(/\.[^.]*$/, '.AAAA'),
  (token) => `${token}.x`,
  (token) => `${token}${'x'.repeat(20_000)}`,
  (token) => token.replace(/^[^.]*/, Buffer.from('{"alg":"none"}').toString('base64url')),
);

const documents = fc.record({
  issuer: usually<unknown>(issuer, `${issuer}/`, undefined),
  jwksUri: usually<unknown>(`${issuer}/keys.json`, `${issuer}/none`, 'http://x.example', undefined),
  jwks: usually<unknown>(
    { keys: [publicJwk('first', first), publicJwk('curve', curve)] },
    { keys: [publicJwk('first', first, { use: 'enc' })] },
    { keys: [publicJwk('first', first, { alg: 'RS512' })] },
    { keys: [publicJwk('first', second), publicJwk('first', first)] },
    { keys: [{ kty: 'RSA', kid: 'first', n: 'AAAA', e: 'AQAB' }] },
    { keys: [{ kty: 'RSA', kid: 'first', n: 'xx', e: 'AQAB' }] },
    { keys: [] },
    { keys: Array.from({ length: 101 }, (_, at) => publicJwk(`k${at}`, first)) },
    'no JSON',
    [],
  ),
  reachable: usually(true, false),
});

const operators = fc.constantFrom(
  'StringEqualsIgnoreCase',
  'ArnLike',
  'ArnEquals',
  'StringEquals',
  'StringLike',
  'StringNotEquals',
  'StringNotLike',
  'ArnNotLike',
  'StringEqualsIfExists',
  'StringNotEqualsIfExists',
  'ForAnyValue:StringEquals',
  'ForAnyValue:StringLike',
  'ForAnyValue:StringNotEquals',
  'ForAllValues:StringEquals',
  'ForAllValues:StringLike',
  'Null',
  'Bool',
  'DateLessThan',
  'DateGreaterThanEqualsIfExists',
  'NumericLessThan',
  'IpAddress',
);
const keys = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(`${host}:sub`, `${host}:aud`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `${host}:oaud`,
      `${host}:amr`,
      `${host}:extra`,
      `${host.toUpperCase()}:sub`,
      'other.example.com:sub',
      'aws:FederatedProvider',
      'aws:CurrentTime',
      'aws:EpochTime',
      'aws:SecureTransport',
      'aws:SourceIp',
      'sts:RoleSessionName',
    ),
  },
);
const value = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(subject, 'openshift', 'system:serviceaccount:ns:*', '*'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '?penshift',
      'OPENSHIFT',
      'other',
      'true',
      'false',
      'authenticated',
      '${aws:username}',
      providerArn,
      'arn:*',
      'arn:aws:iam::*:oidc-provider/*',
      '2026-01-01T00:00:00Z',
      String(start + 1),
      '',
    ),
  },
);
const values = fc.array(value, { minLength: 1, maxLength: 3 });
const conditions = fc.array(fc.tuple(operators, keys, values), { maxLength: 3 }).map((list) => {
  const condition: { [operator: string]: { [key: string]: readonly string[] | string } } = {};
  for (const [operator, key, [one = '', ...more]] of list) {
    condition[operator] = {
      ...condition[operator],
      [key]: more.length === 0 ? one : [one, ...more],
    };
  }
  return condition;
});
const pinned = { StringEquals: { [`${host}:sub`]: subject, [`${host}:aud`]: 'openshift' } };
const otherProvider = `${providerArn}/more`;

const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  Principal: usually<JsonObject>(
    { Federated: providerArn },
    { Federated: otherProvider },
    { Federated: [otherProvider, providerArn] },
    { AWS: '*' },
    { AWS: 'arn:aws:iam::111122223333:root' },
  ),
  Action: usually<unknown>('sts:AssumeRoleWithWebIdentity', 'sts:AssumeRole', [
    'sts:TagSession',
    'STS:assumeRoleWithWebIdentity',
  ]),
  Condition: fc.oneof(
    { weight: 1, arbitrary: fc.constant(pinned) },
    { weight: 4, arbitrary: conditions },
  ),
});
const policies = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((Statement) => ({ Version: '2012-10-17', Statement }));

async function fetched(aws: TestAws, url: string): Promise<FetchedDocument> {
  const { host: at, pathname } = new URL(url);
  try {
    const { status, body, headers } = await aws.world.fetchFromEdge(at, pathname);
    return { ok: true, status, body: body.toString('utf8'), headers };
  } catch (error) {
    return { ok: false, reason: String(error) };
  }
}

async function seenKeys(aws: TestAws, token: string): Promise<SeenKeys> {
  const read = readToken(token);
  if ('detail' in read || !URL.canParse(read.issuer)) return { seen: false, why: 'no issuer' };
  const url = discoveryUrl(read.issuer);
  const uri = jwksUriOf(read.issuer, { url, answer: await fetched(aws, url) });
  if (typeof uri !== 'string') return { seen: true, value: uri };
  return { seen: true, value: stsKeysOf({ url: uri, answer: await fetched(aws, uri) }) };
}

test('the program and the local AWS agree on every token that the program can judge', async () => {
  const aws = await awsWithRole();
  const seen = { allowed: 0, refused: new Map<string, number>(), unjudged: 0 };
  const provider = { arn: providerArn, url: issuer, clientIds };
  await fc.assert(
    fc.asyncProperty(
      fc.record({ claims, signer, damage, documents, policy: policies }),
      async (world) => {
        const { documents: served, policy } = world;
        aws.world.sts.jwksCache.clear();
        const up = served.reachable;
        aws.serve(`${issuer}/keys.json`, up ? served.jwks : undefined);
        aws.serve(
          discoveryUrl(issuer),
          up ? { issuer: served.issuer, jwks_uri: served.jwksUri } : undefined,
        );
        await aws.iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: 'app',
            PolicyDocument: JSON.stringify(policy),
          }),
        );
        const token = world.damage(await mint({ claims: world.claims, ...world.signer }));
        const read = readToken(token);
        const known = !('detail' in read) && read.issuer === issuer;
        const verdict = verdictOf(
          walkToken({
            token,
            now: aws.world.now(),
            provider: { seen: true, value: known ? provider : undefined },
            keys: await seenKeys(aws, token),
            role: { seen: true, value: { trustPolicy: policy as unknown as JsonObject } },
          }),
        );
        const answer = await assume(aws.sts, token).then(
          () => 'accepted',
          async (error: unknown) => (await refusal(Promise.reject(error as Error)))[1],
        );
        if (verdict.allowed === undefined) {
          seen.unjudged += 1;
          return;
        }
        const own = verdict.allowed ? 'accepted' : verdict.step?.answer?.code;
        expect(own, JSON.stringify(verdict.step)).toBe(answer);
        if (verdict.allowed) seen.allowed += 1;
        else seen.refused.set(answer, (seen.refused.get(answer) ?? 0) + 1);
      },
    ),
    { numRuns: 300 },
  );
  // All outcomes were reached: the tokens are not all refused by the first step.
  expect(seen.allowed).toBeGreaterThan(20);
  expect(seen.unjudged).toBeLessThan(100);
  expect(seen.refused.get('AccessDenied')).toBeGreaterThan(20);
  expect(seen.refused.get('InvalidIdentityToken')).toBeGreaterThan(20);
});
