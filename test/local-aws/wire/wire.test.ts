// What no SDK would send: bodies and documents as they stand on the wire.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createDistribution,
  createIssuerBucket,
  distributionConfig,
  testServer,
} from '../test-clients.ts';

type Sent = {
  readonly method: string;
  readonly service: 's3' | 'cloudfront';
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
};

/** Status and code of the answer to a hand-made request of the owner. */
async function send(endpoint: string, sent: Sent): Promise<readonly [number, string | undefined]> {
  const region = sent.service === 's3' ? 'eu-west-1' : 'us-east-1';
  const response = await fetch(`${endpoint}${sent.path}`, {
    method: sent.method,
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=AKIAOWNER/20260101/${region}/${sent.service}/aws4_request, Signature=0`,
      ...sent.headers,
    },
    ...(sent.body === undefined ? {} : { body: sent.body }),
  });
  return [response.status, /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1]];
}

const object = (headers: { readonly [name: string]: string }, body: string): Sent => ({
  method: 'PUT',
  service: 's3',
  path: '/issuer-oidc/key',
  headers,
  body,
});

const chunked = (length: string) => ({
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-decoded-content-length': length,
});

test.each<[string, Sent, number, string | undefined]>([
  [
    'a payload hash that fits',
    object({ 'x-amz-content-sha256': createHash('sha256').update('body').digest('hex') }, 'body'),
    200,
    undefined,
  ],
  [
    'a payload hash that does not',
    object({ 'x-amz-content-sha256': '0'.repeat(64) }, 'body'),
    400,
    'XAmzContentSHA256Mismatch',
  ],
  [
    'an MD5 that does not fit',
    object({ 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'body'),
    400,
    'BadDigest',
  ],
  [
    'a trailing checksum that does not fit',
    object(chunked('4'), '4\r\nbody\r\n0\r\nx-amz-checksum-crc32:1hSmsA==\r\n\r\n'),
    400,
    'BadDigest',
  ],
  [
    'chunks of another length than announced',
    object(chunked('5'), '4\r\nbody\r\n0\r\n\r\n'),
    400,
    'IncompleteBody',
  ],
  ['half a chunk', object(chunked('4'), '4\r\nbo'), 400, 'IncompleteBody'],
  [
    'a delete by size',
    {
      method: 'DELETE',
      service: 's3',
      path: '/issuer-oidc/key',
      headers: { 'x-amz-if-match-size': '4' },
    },
    501,
    'NotImplemented',
  ],
  [
    'tags without a checksum',
    {
      method: 'PUT',
      service: 's3',
      path: '/issuer-oidc?tagging',
      body: '<Tagging><TagSet/></Tagging>',
    },
    400,
    'InvalidRequest',
  ],
  [
    'an operation nobody plays',
    { method: 'PUT', service: 's3', path: '/issuer-oidc?acl' },
    501,
    'NotImplemented',
  ],
  [
    'no XML',
    { method: 'PUT', service: 's3', path: '/new-oidc', body: 'no XML' },
    400,
    'MalformedXML',
  ],
])('S3 answers %s', async (_what, sent, status, code) => {
  const server = await testServer();
  await createIssuerBucket(server);
  expect(await send(server.aws.endpoint, sent)).toEqual([status, code]);
});

test.each([
  [
    'an unknown element',
    '<OriginAccessControlConfig><Colour>red</Colour></OriginAccessControlConfig>',
  ],
  [
    'an element twice',
    '<OriginAccessControlConfig><Name>a</Name><Name>b</Name></OriginAccessControlConfig>',
  ],
  ['a missing element', '<OriginAccessControlConfig><Name>a</Name></OriginAccessControlConfig>'],
  ['another document', '<DistributionConfig/>'],
  ['a broken document', '<OriginAccessControlConfig>'],
])('CloudFront refuses %s', async (_what, body) => {
  const { aws } = await testServer();
  const path = '/2020-05-31/origin-access-control';
  const sent: Sent = { method: 'POST', service: 'cloudfront', path, body };
  expect(await send(aws.endpoint, sent)).toEqual([400, 'MalformedXML']);
});

test('the sixteenth active wildcard invalidation is refused', async () => {
  const server = await testServer();
  const { Id } = await createDistribution(server, distributionConfig());
  const invalidate = (reference: number) =>
    send(server.aws.endpoint, {
      method: 'POST',
      service: 'cloudfront',
      path: `/2020-05-31/distribution/${Id}/invalidation`,
      body: `<InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths><CallerReference>${reference}</CallerReference></InvalidationBatch>`,
    });
  for (let reference = 0; reference < 15; reference += 1) {
    expect(await invalidate(reference)).toEqual([201, undefined]);
  }
  expect(await invalidate(15)).toEqual([400, 'TooManyInvalidationsInProgress']);
  server.advance(15);
  expect(await invalidate(16)).toEqual([201, undefined]);
});
