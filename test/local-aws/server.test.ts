// The server itself: accounts, denials, failures of chosen calls, throttling, dates, records.

import { request, type IncomingMessage } from 'node:http';
import { ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import { GetRoleCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { refusal } from './iam/iam-test-clients.ts';
import {
  controlPolicy,
  createControl,
  createDistribution,
  createIssuerBucket,
  testServer,
  withOrigin,
  type TestServer,
} from './test-clients.ts';

const Bucket = 'issuer-oidc';
const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIAOWNER/20260101/eu-west-1/s3/aws4_request, Signature=0';

function clientsOf(
  { aws }: TestServer,
  { accessKeyId = 'AKIAOWNER', maxAttempts = 1, region = 'us-east-1' } = {},
) {
  const config = {
    endpoint: aws.endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts,
  };
  return { iam: new IAMClient(config), sts: new STSClient(config) };
}

describe('credentials', () => {
  test.each([
    ['AKIAOWNER', '111122223333'],
    ['AKIAOTHER', '444455556666'],
  ])('%s belongs to %s', async (accessKeyId, account) => {
    const server = await testServer();
    const caller = await clientsOf(server, { accessKeyId }).sts.send(
      new GetCallerIdentityCommand({}),
    );
    expect(caller.Account).toBe(account);
    expect(server.aws.calls.map((call) => call.account)).toEqual([account]);
  });

  test('expired and unknown ones are refused with the error codes of each service', async () => {
    const server = await testServer();
    const codes = async (accessKeyId: string) => {
      const { iam, sts } = clientsOf(server, { accessKeyId });
      const refusals = await Promise.all([
        refusal(server.s3Of({ accessKeyId }).send(new ListBucketsCommand({}))),
        refusal(server.cloudfrontOf(accessKeyId).send(new ListDistributionsCommand({}))),
        refusal(iam.send(new ListRolesCommand({}))),
        refusal(sts.send(new GetCallerIdentityCommand({}))),
      ]);
      return refusals.map(([status, code]) => `${status} ${code}`);
    };
    expect(await codes('AKIAEXPIRED')).toEqual([
      '400 ExpiredToken',
      '403 ExpiredToken',
      '403 ExpiredToken',
      '403 ExpiredToken',
    ]);
    expect(await codes('AKIANOBODY')).toEqual([
      '403 InvalidAccessKeyId',
      '403 InvalidClientTokenId',
      '403 InvalidClientTokenId',
      '403 InvalidClientTokenId',
    ]);
  });

  test('the partition is in the ARNs', async () => {
    const server = await testServer({ partition: 'aws-cn' });
    const { sts } = clientsOf(server, { region: 'cn-north-1' });
    const caller = await sts.send(new GetCallerIdentityCommand({}));
    expect(caller.Arn).toMatch(/^arn:aws-cn:/);
    const made = await createDistribution(
      server,
      withOrigin({ DomainName: 'b.s3.cn-north-1.amazonaws.com.cn' }),
    );
    expect([made.ARN, made.DomainName]).toEqual([
      expect.stringMatching(/^arn:aws-cn:cloudfront::111122223333:distribution\//),
      expect.stringMatching(/\.cloudfront\.cn$/),
    ]);
  });

  test('are not known in a Region of another partition, nor to a CloudFront that is none', async () => {
    const government = await testServer({ partition: 'aws-us-gov' });
    const caller = (region: string) =>
      clientsOf(government, { region }).sts.send(new GetCallerIdentityCommand({}));
    await caller('us-gov-west-1');
    const unknown = [403, 'InvalidClientTokenId'];
    expect((await refusal(caller('us-east-1'))).slice(0, 2)).toEqual(unknown);
    const list = government.cloudfront.send(new ListDistributionsCommand({}));
    expect((await refusal(list)).slice(0, 2)).toEqual(unknown);
  });
});

describe('denials', () => {
  test('name the action and the resource, and can be removed', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    server.aws.deny('s3:PutObject', /keys\.json$/);
    const put = (Key: string) => server.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    await put('other');
    const [status, code, message] = await refusal(put('keys.json'));
    expect([status, code]).toEqual([403, 'AccessDenied']);
    expect(message).toBe(
      'User: arn:aws:iam::111122223333:user/operator is not authorized to perform: s3:PutObject on ' +
        'resource: "arn:aws:s3:::issuer-oidc/keys.json" because no identity-based policy allows ' +
        'the s3:PutObject action',
    );
    server.aws.allow('s3:PutObject');
    await put('keys.json');
  });

  test('of an action apply to every operation that needs it', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    server.aws.deny('s3:ListBucket');
    expect((await refusal(server.s3.send(new HeadBucketCommand({ Bucket }))))[0]).toBe(403);
    server.aws.deny('s3:TagResource');
    const tagged = server.s3.send(
      new CreateBucketCommand({
        Bucket: 'new-oidc',
        CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] },
      }),
    );
    expect((await refusal(tagged))[1]).toBe('AccessDenied');
    await server.s3.send(new CreateBucketCommand({ Bucket: 'new-oidc' }));
    server.aws.deny('cloudfront:TagResource');
    expect((await refusal(createDistribution(server, withOrigin({}))))[1]).toBe('AccessDenied');
  });

  test('do not apply to GetCallerIdentity', async () => {
    const server = await testServer();
    server.aws.deny('sts:GetCallerIdentity');
    await clientsOf(server).sts.send(new GetCallerIdentityCommand({}));
  });
});

describe('a failure of a chosen call', () => {
  const bucketsOf = (server: TestServer) => [...server.aws.state.s3.buckets.keys()];
  const create = (server: TestServer, name: string, client = server.s3) =>
    client.send(new CreateBucketCommand({ Bucket: name }));

  test('before the call was applied changes nothing, and after it keeps the change', async () => {
    const server = await testServer();
    server.aws.failCall(2, 'before', 'error');
    server.aws.failCall(3, 'after', 'error');
    await create(server, 'one-oidc');
    expect((await refusal(create(server, 'two-oidc'))).slice(0, 2)).toEqual([400, 'InjectedFault']);
    expect((await refusal(create(server, 'three-oidc'))).slice(0, 2)).toEqual([
      400,
      'InjectedFault',
    ]);
    await create(server, 'four-oidc');
    expect(bucketsOf(server)).toEqual(['one-oidc', 'three-oidc', 'four-oidc']);
    expect(server.aws.calls.map(({ status, awsCode }) => [status, awsCode])).toEqual([
      [200, undefined],
      [400, 'InjectedFault'],
      [400, 'InjectedFault'],
      [200, undefined],
    ]);
  });

  test('with a dropped connection makes the SDK repeat the call', async () => {
    // The SDK also repeats a failed call when the server's clock turns out not to be its own.
    const server = await testServer({ clock: { now: () => new Date() } });
    const retrying = new S3Client({
      endpoint: server.aws.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAOWNER', secretAccessKey: 'secret' },
    });
    server.aws.failCall(1, 'before', 'drop');
    await create(server, 'one-oidc', retrying);
    server.aws.failCall(1, 'after', 'drop');
    const [, code] = await refusal(create(server, 'two-oidc', retrying));
    expect(code).toBe('BucketAlreadyOwnedByYou');
    expect(server.aws.calls.map((call) => call.status)).toEqual([0, 200, 0, 409]);
    expect(bucketsOf(server)).toEqual(['one-oidc', 'two-oidc']);
  });
});

describe('traffic', () => {
  test('IAM calls above the rate are throttled, and calls of other services are not', async () => {
    const server = await testServer({ throttle: { iam: { perSecond: 0.001, burst: 2 } } });
    const { iam } = clientsOf(server);
    await iam.send(new ListRolesCommand({}));
    await iam.send(new ListRolesCommand({}));
    expect(await refusal(iam.send(new ListRolesCommand({})))).toEqual([
      400,
      'Throttling',
      'Rate exceeded',
    ]);
    await server.s3.send(new ListBucketsCommand({}));
  });

  test('every service throttles in its own words', async () => {
    const server = await testServer({ bursts: { every: 2, refused: 1 } });
    const { iam } = clientsOf(server);
    const rate = [400, 'Throttling', 'Rate exceeded'];
    expect(await refusal(iam.send(new ListRolesCommand({})))).toEqual(rate);
    await iam.send(new ListRolesCommand({}));
    expect(await refusal(server.s3.send(new ListBucketsCommand({})))).toEqual([
      503,
      'SlowDown',
      'Please reduce your request rate.',
    ]);
  });

  test('reads that lag show the state of before, and objects do not lag', async () => {
    let time = Date.now();
    const clock = { now: () => new Date(time) };
    const server = await testServer({ clock, readLagMs: { s3: 20_000 } });
    await server.s3.send(new CreateBucketCommand({ Bucket }));
    await server.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    const head = () => server.s3.send(new HeadBucketCommand({ Bucket }));
    expect((await refusal(head()))[0]).toBe(404);
    time += 20_000;
    await head();
    await server.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await server.s3.send(new DeleteBucketCommand({ Bucket }));
    await head();
    const read = server.s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect((await refusal(read))[1]).toBe('NoSuchBucket');
  });

  test('an answer that is held never comes, and the call was applied or not', async () => {
    const server = await testServer();
    for (const when of ['before', 'after'] as const) {
      const held = server.aws.holdCall(1, when);
      const name = `${when}-oidc`;
      server.s3.send(new CreateBucketCommand({ Bucket: name })).catch(() => {});
      await held;
      expect(server.aws.state.s3.buckets.has(name)).toBe(when === 'after');
    }
  });

  test('a call takes the latency, and parallel calls take it once', async () => {
    const server = await testServer({ latencyMs: 40 });
    const start = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => server.s3.send(new ListBucketsCommand({}))));
    const took = performance.now() - start;
    expect(took).toBeGreaterThanOrEqual(39);
    expect(took).toBeLessThan(5 * 40);
  });

  test('every answer carries the date of the clock', async () => {
    const server = await testServer();
    const dates = async () => {
      const [unsigned, edge] = await Promise.all([
        fetch(`${server.aws.endpoint}/`),
        fetch(`${server.aws.edgeUrl.replace('{host}', 'b.s3.eu-west-1.amazonaws.com')}/k`),
      ]);
      return [unsigned.headers.get('date'), edge.headers.get('date')];
    };
    expect(await dates()).toEqual(Array(2).fill('Thu, 01 Jan 2026 00:00:00 GMT'));
    server.advance(3600);
    expect(await dates()).toEqual(Array(2).fill('Thu, 01 Jan 2026 01:00:00 GMT'));
  });

  test('calls are recorded in order with their contents', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    await refusal(server.s3.send(new GetObjectCommand({ Bucket, Key: 'none' })));
    const { iam } = clientsOf(server);
    await refusal(iam.send(new GetRoleCommand({ RoleName: 'nobody' })));
    expect(
      server.aws.calls.map(({ operation, write, status, awsCode }) => [
        operation,
        write,
        status,
        awsCode,
      ]),
    ).toEqual([
      ['s3:CreateBucket', true, 200, undefined],
      ['s3:PutObject', true, 200, undefined],
      ['s3:PutObject', true, 200, undefined],
      ['s3:GetObject', false, 404, 'NoSuchKey'],
      ['iam:GetRole', false, 404, 'NoSuchEntity'],
    ]);
    expect(server.aws.calls[1]?.params).toMatchObject({
      Bucket,
      Key: 'keys.json',
      Body: 'the first keys.json',
      'cache-control': 'public, max-age=300',
    });
    expect(server.aws.calls[4]?.params).toMatchObject({ RoleName: 'nobody' });
  });

  test('a bucket in the host name is the same bucket', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const { port } = new URL(server.aws.endpoint);
    // Not every machine resolves `<bucket>.localhost`; what counts is the Host header.
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { host: `${Bucket}.localhost:${port}`, authorization };
      request({ host: '127.0.0.1', port, path: '/keys.json', headers }, resolve)
        .on('error', reject)
        .end();
    });
    const parts = await answer.toArray();
    expect(Buffer.concat(parts).toString()).toBe('the first keys.json');
    expect(server.aws.calls.at(-1)?.params['Key']).toBe('keys.json');
  });
});

test('snapshots of two runs ignore generated ids and show other differences', async () => {
  const run = async (detours: number) => {
    const server = await testServer();
    for (let index = 0; index < detours; index += 1) server.aws.world.newId('E');
    await createIssuerBucket(server);
    const control = await createControl(server, 'issuer');
    const made = await createDistribution(server, withOrigin({ OriginAccessControlId: control }));
    const bucket = server.aws.state.s3.buckets.get(Bucket);
    if (bucket !== undefined) bucket.policy = controlPolicy(made.ARN);
    server.advance(detours);
    return { server, made };
  };
  const [one, two] = [await run(0), await run(3)];
  expect(one.made.Id).not.toBe(two.made.Id);
  expect(one.server.aws.snapshot()).toEqual(two.server.aws.snapshot());
  const object = two.server.aws.state.s3.buckets.get(Bucket)?.objects.get('keys.json');
  if (object !== undefined) object.cacheControl = undefined;
  expect(one.server.aws.snapshot()).not.toEqual(two.server.aws.snapshot());
});
