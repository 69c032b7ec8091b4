// Bucket policies: what PutBucketPolicy refuses, what counts as public, whom a policy lets in.

import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { evaluatePolicy, type Principal } from './s3-policy.ts';
import { isPublicPolicy } from './s3-public.ts';
import { publicAccessBlock } from './s3-state.ts';
import {
  controlPolicy,
  createIssuerBucket,
  owner,
  readerPolicy,
  testServer,
  type TestServer,
} from '../test-clients.ts';

const Bucket = 'issuer-oidc';
const arn = `arn:aws:s3:::${Bucket}`;
const distributionArn = 'arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE';
const statement = {
  Effect: 'Allow',
  Principal: { AWS: '444455556666' },
  Action: 's3:GetObject',
  Resource: `${arn}/keys.json`,
};

const put = (server: TestServer, policy: string) =>
  server.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));

async function openBucket(server: TestServer): Promise<void> {
  await server.s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: { BlockPublicPolicy: false, RestrictPublicBuckets: false },
    }),
  );
}

describe('PutBucketPolicy', () => {
  const policyOf = (...statements: unknown[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements });

  test.each<[string, string, string]>([
    ['no JSON', '{', "first byte must be '{'"],
    ['an array', '[]', "first byte must be '{'"],
    ['an empty object', '{}', 'Missing required field Statement'],
    ['no statements', policyOf(), 'Statement is empty'],
    ['another version', '{"Version":"2020-01-01","Statement":[]}', 'valid version'],
    ['an unknown field', policyOf({ ...statement, Actions: 's3:*' }), 'Unknown field Actions'],
    ['no principal', policyOf({ ...statement, Principal: undefined }), 'field Principal'],
    ['no effect', policyOf({ ...statement, Effect: undefined }), 'field Effect'],
    ['an odd effect', policyOf({ ...statement, Effect: 'Permit' }), 'Invalid effect'],
    ['an odd principal', policyOf({ ...statement, Principal: 'me' }), 'Invalid policy syntax'],
    [
      'an identity that does not exist',
      policyOf({
        ...statement,
        Principal: { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' },
      }),
      'Invalid principal',
    ],
    [
      'a principal of another partition',
      policyOf({
        ...statement,
        Principal: { AWS: 'arn:aws-cn:iam::444455556666:root' },
      }),
      'Invalid principal',
    ],
    ['another service', policyOf({ ...statement, Action: 'iam:GetRole' }), 'invalid action'],
    ['an action that is none', policyOf({ ...statement, Action: 's3:Read' }), 'invalid action'],
    [
      'another bucket',
      policyOf({ ...statement, Resource: 'arn:aws:s3:::other-oidc/*' }),
      'invalid resource',
    ],
    [
      'an object action on the bucket',
      policyOf({ ...statement, Resource: arn }),
      'Action does not apply',
    ],
    [
      'a bucket action on objects',
      policyOf({ ...statement, Action: 's3:ListBucket' }),
      'Action does not apply',
    ],
    [
      'an unknown operator',
      policyOf({ ...statement, Condition: { StringIs: { 'aws:SourceArn': 'x' } } }),
      'Invalid Condition type',
    ],
    [
      'an unknown condition key',
      policyOf({ ...statement, Condition: { StringEquals: { SourceArn: 'x' } } }),
      'invalid condition key',
    ],
    [
      'the same Sid twice',
      policyOf({ Sid: 'a', ...statement }, { Sid: 'a', ...statement }),
      'Duplicate Sid',
    ],
  ])('refuses %s', async (_what, policy, text) => {
    const server = await testServer();
    await server.s3.send(new CreateBucketCommand({ Bucket }));
    const [status, code, message] = await refusal(put(server, policy));
    expect([status, code]).toEqual([400, 'MalformedPolicy']);
    expect(message).toContain(text);
  });

  test('accepts at most 20 KB', async () => {
    const server = await testServer();
    await server.s3.send(new CreateBucketCommand({ Bucket }));
    const sized = (bytes: number): string => {
      const text = policyOf({ Sid: '', ...statement });
      return text.replace('"Sid":""', `"Sid":"${'a'.repeat(bytes - text.length)}"`);
    };
    await put(server, sized(20_480));
    expect((await refusal(put(server, sized(20_481)))).slice(0, 2)).toEqual([
      400,
      'PolicyTooLarge',
    ]);
  });

  test('returns the text as it was written, until it is deleted', async () => {
    const server = await testServer();
    await server.s3.send(new CreateBucketCommand({ Bucket }));
    const text = ` ${policyOf(statement)} `.trim();
    await put(server, text);
    const get = () => server.s3.send(new GetBucketPolicyCommand({ Bucket }));
    expect((await get()).Policy).toBe(text);
    await server.s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect((await refusal(get())).slice(0, 2)).toEqual([404, 'NoSuchBucketPolicy']);
  });

  test('is refused for a public policy while Block Public Access is on', async () => {
    const server = await testServer();
    await server.s3.send(new CreateBucketCommand({ Bucket }));
    const open = readerPolicy({ principal: '*' });
    expect((await refusal(put(server, open))).slice(0, 2)).toEqual([403, 'AccessDenied']);
    await openBucket(server);
    await put(server, open);
    const status = await server.s3.send(new GetBucketPolicyStatusCommand({ Bucket }));
    expect(status.PolicyStatus?.IsPublic).toBe(true);
  });

  test('is refused while the account blocks public policies, and until a changed setting is in force', async () => {
    const server = await testServer({ s3SettingsMs: 5_000 });
    await createIssuerBucket(server);
    const policy = readerPolicy({ principal: '*' });
    await openBucket(server);
    expect((await refusal(put(server, policy))).slice(0, 2)).toEqual([403, 'AccessDenied']);
    server.advance(5);
    const { accountBlocks } = server.aws.state.s3;
    accountBlocks.set(owner, publicAccessBlock(true));
    expect((await refusal(put(server, policy))).slice(0, 2)).toEqual([403, 'AccessDenied']);
    accountBlocks.clear();
    await put(server, policy);
  });

  test('is not allowed for another account, whatever the policy says', async () => {
    const server = await testServer();
    await server.s3.send(new CreateBucketCommand({ Bucket }));
    const trusting = policyOf({ ...statement, Action: 's3:*', Resource: [arn, `${arn}/*`] });
    await put(server, trusting);
    const stranger = server.s3Of({ accessKeyId: 'AKIAOTHER' });
    await stranger.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'b' }));
    const call = stranger.send(new PutBucketPolicyCommand({ Bucket, Policy: trusting }));
    expect((await refusal(call)).slice(0, 2)).toEqual([405, 'MethodNotAllowed']);
  });
});

describe('a policy is public', () => {
  const cloudfront = { Service: 'cloudfront.amazonaws.com' };
  const sourceArn = (operator: string, value: string) => ({
    [operator]: { 'AWS:SourceArn': value },
  });
  test.each<[string, boolean, string]>([
    ['for everybody', true, readerPolicy({ principal: '*' })],
    ['for every AWS principal', true, readerPolicy({ principal: { AWS: '*' } })],
    ['for one account', false, readerPolicy({ principal: { AWS: '444455556666' } })],
    ['for one distribution', false, controlPolicy(distributionArn)],
    [
      'for any distribution',
      true,
      readerPolicy({
        principal: cloudfront,
        condition: sourceArn('StringLike', 'arn:aws:cloudfront::111122223333:distribution/*'),
      }),
    ],
    ['for CloudFront as such', true, readerPolicy({ principal: cloudfront })],
    [
      'for everybody behind one distribution',
      false,
      readerPolicy({ principal: '*', condition: sourceArn('ArnEquals', distributionArn) }),
    ],
    [
      'for everybody over TLS',
      true,
      readerPolicy({ principal: '*', condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    ],
    ['that denies everybody', false, readerPolicy({ principal: '*' }).replace('Allow', 'Deny')],
  ])('or not: %s -> %s', (_what, isPublic, policy) => {
    expect(isPublicPolicy(policy)).toBe(isPublic);
  });
});

describe('a policy allows access to', () => {
  const reads = (policy: string, principal: Principal, context = {}) =>
    evaluatePolicy(policy, {
      principal,
      action: 's3:GetObject',
      resource: `${arn}/keys.json`,
      context: { 'aws:securetransport': 'true', ...context },
    });
  const service: Principal = { kind: 'service', name: 'cloudfront.amazonaws.com' };
  const stranger: Principal = {
    kind: 'aws',
    account: '444455556666',
    arn: 'arn:aws:iam::444455556666:user/a',
  };

  test('exactly one distribution', () => {
    const policy = controlPolicy(distributionArn);
    expect(reads(policy, service, { 'aws:sourcearn': distributionArn })).toBe('allow');
    expect(reads(policy, service, { 'aws:sourcearn': `${distributionArn}2` })).toBe('silent');
    expect(reads(policy, service)).toBe('silent');
    expect(reads(policy, { kind: 'anonymous' }, { 'aws:sourcearn': distributionArn })).toBe(
      'silent',
    );
  });

  test('an account by number, root or name, and nobody else', () => {
    for (const AWS of ['444455556666', 'arn:aws:iam::444455556666:root', stranger.arn]) {
      expect(reads(readerPolicy({ principal: { AWS } }), stranger)).toBe('allow');
    }
    const others = readerPolicy({ principal: { AWS: 'arn:aws:iam::444455556666:user/b' } });
    expect(reads(others, stranger)).toBe('silent');
    expect(reads(readerPolicy({ principal: '*' }), stranger)).toBe('allow');
  });

  test('nobody if a statement denies', () => {
    const denies = (Condition: unknown) =>
      JSON.stringify({
        Statement: [
          { ...statement, Principal: '*' },
          { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `${arn}/*`, Condition },
        ],
      });
    const insecure = denies({ Bool: { 'aws:SecureTransport': 'false' } });
    expect(reads(insecure, stranger)).toBe('allow');
    expect(reads(insecure, stranger, { 'aws:securetransport': 'false' })).toBe('deny');
    const elsewhere = denies({ StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } });
    expect(reads(elsewhere, stranger)).toBe('deny');
    expect(reads(elsewhere, stranger, { 'aws:sourcevpc': 'vpc-1' })).toBe('allow');
    const optional = denies({ StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } });
    expect(reads(optional, stranger)).toBe('deny');
    const absent = denies({ Null: { 'aws:SourceVpc': 'true' } });
    expect(reads(absent, stranger)).toBe('deny');
    expect(reads(absent, stranger, { 'aws:sourcevpc': 'vpc-1' })).toBe('allow');
  });

  test('the owner only without a Deny', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const get = () => server.s3.send(new GetObjectCommand({ Bucket, Key: 'keys.json' }));
    await get();
    await put(server, readerPolicy({ principal: '*' }).replace('Allow', 'Deny'));
    expect((await refusal(get())).slice(0, 2)).toEqual([403, 'AccessDenied']);
  });

  test('strangers and readers of a public policy only without RestrictPublicBuckets', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    await openBucket(server);
    await put(server, readerPolicy({ principal: '*' }));
    const stranger = server.s3Of({ accessKeyId: 'AKIAOTHER' });
    const get = () => stranger.send(new GetObjectCommand({ Bucket, Key: 'keys.json' }));
    await get();
    await server.s3.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { RestrictPublicBuckets: true },
      }),
    );
    expect((await refusal(get())).slice(0, 2)).toEqual([403, 'AccessDenied']);
  });
});
