// For the tests of the viewer edge: a deployed distribution in front of a bucket, and its readers.

import type { Distribution, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import {
  createControl,
  createDistribution,
  createIssuerBucket,
  testServer,
  withOrigin,
  type TestServer,
} from '../test-clients.ts';

/** Path of the private object. */
export const privatePath = '/.oidc-bootstrap/rotation.json';

/** A test server whose distribution has been deployed. */
export type TestEdge = TestServer & {
  readonly distribution: Distribution & { readonly etag: string };
  readonly host: string;
};

/** A deployed distribution with its control in front of the bucket; no bucket policy yet. */
export async function deployedEdge(
  change: (config: DistributionConfig) => DistributionConfig = (config) => config,
): Promise<TestEdge> {
  const server = await testServer();
  await createIssuerBucket(server);
  const control = await createControl(server, 'issuer');
  const config = change(withOrigin({ OriginAccessControlId: control }));
  const distribution = await createDistribution(server, config);
  server.advance(180);
  return { ...server, distribution, host: distribution.DomainName ?? '' };
}

/** Puts the policy on the bucket. */
export async function putPolicy({ s3 }: TestServer, Policy: string): Promise<void> {
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'issuer-oidc', Policy }));
}

/** Status, and the text of a document or the edge's word on an error. */
export async function reads(
  server: TestServer & { readonly host: string },
  path = '/keys.json',
): Promise<readonly [number, string | undefined]> {
  const { status, headers, body } = await server.read(server.host, path);
  return [status, status === 200 ? body.toString() : headers['x-cache']];
}

/** What `reads` gives for a document that S3 does not give to the edge. */
export const denied = [403, 'Error from cloudfront'];
