// The viewer edge: what an outsider may read, and from when on.

import {
  CreateCloudFrontOriginAccessIdentityCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { PutObjectCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import {
  controlPolicy,
  createDistribution,
  createIssuerBucket,
  distributionConfig,
  readerPolicy,
  testServer,
  withOrigin,
} from '../test-clients.ts';
import { deployedEdge, denied, privatePath, putPolicy, reads } from './edge-test-readers.ts';

const Bucket = 'issuer-oidc';
const bucketHost = 'issuer-oidc.s3.eu-west-1.amazonaws.com';

describe('a distribution that is not deployed', () => {
  test('has an unknown host name, also over HTTP', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const { DomainName: host = '' } = await createDistribution(server, distributionConfig());
    await expect(server.read(host, '/keys.json')).rejects.toThrow('ENOTFOUND');
    const url = `${server.aws.edgeUrl.replace('{host}', host)}/keys.json`;
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    server.advance(180);
    expect((await server.read(host, '/keys.json')).status).toBe(403);
    expect((await fetch(url)).status).toBe(403);
    await expect(server.read('dnobody.cloudfront.net', '/')).rejects.toThrow('ENOTFOUND');
  });

  test('serves the old configuration after a change, and nothing after it was disabled', async () => {
    const server = await deployedEdge();
    const { distribution, cloudfront } = server;
    await putPolicy(server, controlPolicy(distribution.ARN));
    const { ETag: etag } = await cloudfront.send(
      new UpdateDistributionCommand({
        Id: distribution.Id,
        IfMatch: distribution.etag,
        DistributionConfig: { ...distribution.DistributionConfig, Enabled: false } as never,
      }),
    );
    server.advance(179);
    expect(await reads(server)).toEqual([200, 'the first keys.json']);
    server.advance(1);
    await expect(reads(server)).rejects.toThrow('ENOTFOUND');
    await cloudfront.send(
      new UpdateDistributionCommand({
        Id: distribution.Id,
        IfMatch: etag,
        DistributionConfig: distribution.DistributionConfig,
      }),
    );
    await expect(reads(server)).rejects.toThrow('ENOTFOUND');
    server.advance(180);
    expect(await reads(server)).toEqual([200, 'the first keys.json']);
  });
});

describe('a distribution with an origin access control', () => {
  test('serves the keys that the bucket policy allows, and a missing key looks like a denied one', async () => {
    const server = await deployedEdge();
    expect(await reads(server)).toEqual(denied);
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    // The refusal from before stays for ten seconds.
    expect(await reads(server)).toEqual(denied);
    server.advance(10);
    expect(await reads(server)).toEqual([200, 'the first keys.json']);
    expect(await reads(server, privatePath)).toEqual(denied);
    expect(await reads(server, '/missing.json')).toEqual(denied);
    const { headers } = await server.read(server.host, '/keys.json');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      'x-cache': 'Miss from cloudfront',
    });
  });

  test('serves nothing with a policy for another distribution or account', async () => {
    const server = await deployedEdge();
    const arn = server.distribution.ARN ?? '';
    for (const other of [`${arn}X`, arn.replace('111122223333', '444455556666')]) {
      await putPolicy(server, controlPolicy(other));
      expect(await reads(server)).toEqual(denied);
      server.advance(10);
    }
  });

  test('is an anonymous reader if the control is removed', async () => {
    const server = await deployedEdge((config) =>
      withOrigin({ OriginAccessControlId: '' }, config),
    );
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    expect(await reads(server)).toEqual(denied);
  });

  test.each<[string, { readonly [member: string]: unknown }, number]>([
    ['the global host of a bucket elsewhere', { DomainName: 'issuer-oidc.s3.amazonaws.com' }, 307],
    ['another region', { DomainName: 'issuer-oidc.s3.eu-central-1.amazonaws.com' }, 301],
    ['a bucket that is gone', { DomainName: 'nobody-oidc.s3.eu-west-1.amazonaws.com' }, 404],
    ['another path', { OriginPath: '/elsewhere' }, 403],
  ])('serves no document from %s as origin', async (_what, origin, status) => {
    const server = await deployedEdge((config) => withOrigin(origin, config));
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    expect((await reads(server))[0]).toBe(status);
  });

  test('does not serve an object encrypted with KMS', async () => {
    const server = await deployedEdge();
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    await server.s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'keys.json',
        Body: 'sealed',
        ServerSideEncryption: 'aws:kms',
      }),
    );
    expect(await reads(server)).toEqual(denied);
  });

  test('answers the allowed methods only', async () => {
    const server = await deployedEdge();
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    const url = `${server.aws.edgeUrl.replace('{host}', server.host)}/keys.json`;
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(403);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([
      200,
      '',
      '19',
    ]);
  });
});

test('an origin access identity reads what its statement allows, by ARN or canonical user', async () => {
  const server = await testServer();
  await createIssuerBucket(server);
  const { CloudFrontOriginAccessIdentity: identity } = await server.cloudfront.send(
    new CreateCloudFrontOriginAccessIdentityCommand({
      CloudFrontOriginAccessIdentityConfig: { CallerReference: 'a', Comment: 'a' },
    }),
  );
  const name = `origin-access-identity/cloudfront/${identity?.Id}`;
  const { DomainName: host = '' } = await createDistribution(
    server,
    withOrigin({ S3OriginConfig: { OriginAccessIdentity: name } }),
  );
  server.advance(180);
  const principals = [
    { AWS: `arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ${identity?.Id}` },
    { CanonicalUser: identity?.S3CanonicalUserId },
  ];
  for (const principal of principals) {
    await putPolicy(server, readerPolicy({ principal, key: '*' }));
    expect(await reads({ ...server, host }, privatePath)).toEqual([
      200,
      'the first .oidc-bootstrap/rotation.json',
    ]);
    await putPolicy(server, readerPolicy({ principal }));
    expect(await reads({ ...server, host }, privatePath)).toEqual(denied);
    expect(await reads({ ...server, host })).toEqual([200, 'the first keys.json']);
    server.advance(10);
  }
});

describe('a public bucket', () => {
  test('can be read by anybody only with a public policy and Block Public Access off', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const anonymous = { ...server, host: bucketHost };
    const status = async (path: string) => (await anonymous.read(bucketHost, path)).status;
    expect(await status('/keys.json')).toBe(403);
    const block = (on: boolean) =>
      server.s3.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: { BlockPublicPolicy: on, RestrictPublicBuckets: on },
        }),
      );
    await block(false);
    expect(await status('/keys.json')).toBe(403);
    await putPolicy(server, readerPolicy({ principal: '*' }));
    expect(await status('/keys.json')).toBe(200);
    expect(await status(privatePath)).toBe(403);
    expect(await status('/missing.json')).toBe(403);
    const url = `${server.aws.edgeUrl.replace('{host}', bucketHost)}/keys.json`;
    expect(await (await fetch(url)).text()).toBe('the first keys.json');
    await block(true);
    expect(await status('/keys.json')).toBe(403);
  });

  test('cannot be read anonymously if the account has no ICP filing', async () => {
    const server = await testServer({ icpFiling: false });
    await createIssuerBucket(server);
    const { status, body } = await server.read(bucketHost, '/keys.json');
    expect(status).toBe(401);
    expect(body.toString()).toContain('<Code>UnauthorizedAccess</Code>');
  });

  test('cannot be written or listed', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const base = server.aws.edgeUrl.replace('{host}', bucketHost);
    expect((await fetch(`${base}/new.json`, { method: 'PUT', body: 'x' })).status).toBe(403);
    expect((await fetch(`${base}/`)).status).toBe(403);
    expect((await fetch(`${server.aws.endpoint}/${Bucket}/keys.json`)).status).toBe(403);
  });
});
