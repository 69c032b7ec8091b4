// For the tests of the local AWS: a fresh server per test, real SDK clients over HTTP, a clock that
// the test moves, and a reader at the edge.

import {
  CloudFrontClient,
  CreateDistributionWithTagsCommand,
  CreateOriginAccessControlCommand,
  type Distribution,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import type { EdgeAnswer } from './wire/protocol.ts';
import { homeRegions } from './credentials.ts';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from './server.ts';

export const owner = '111122223333';
export const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
export const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';

/** A local AWS and ways to reach it. */
export type TestServer = {
  readonly aws: LocalAws;
  readonly s3: S3Client;
  /** A client of another region or of another access key. */
  readonly s3Of: (options: { readonly region?: string; readonly accessKeyId?: string }) => S3Client;
  readonly cloudfront: CloudFrontClient;
  readonly cloudfrontOf: (accessKeyId: string) => CloudFrontClient;
  readonly advance: (seconds: number) => void;
  /** What an outsider gets; the world's own way to the edge, without HTTP. */
  readonly read: (host: string, path: string) => Promise<EdgeAnswer>;
};

/** Starts it for one test; the clock stands at 2026-01-01 until it is moved. */
export async function testServer(options: LocalAwsOptions = {}): Promise<TestServer> {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const aws = await startLocalAws({ clock: { now: () => new Date(now) }, ...options });
  onTestFinished(() => aws.close());
  const config = (region: string, accessKeyId: string) => ({
    endpoint: aws.endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  const home = homeRegions[options.partition ?? 'aws'] ?? { region: '', cloudfront: '' };
  const s3Of: TestServer['s3Of'] = ({ region = home.region, accessKeyId = 'AKIAOWNER' }) =>
    new S3Client(config(region, accessKeyId));
  const cloudfrontOf = (accessKeyId: string): CloudFrontClient =>
    new CloudFrontClient(config(home.cloudfront, accessKeyId));
  return {
    aws,
    s3: s3Of({}),
    s3Of,
    cloudfront: cloudfrontOf('AKIAOWNER'),
    cloudfrontOf,
    advance: (seconds) => {
      now += seconds * 1000;
    },
    read: (host, path) => aws.world.fetchFromEdge(host, path),
  };
}

/** Creates `issuer-oidc` in eu-west-1 with `keys.json` and a private object. */
export async function createIssuerBucket({ s3 }: TestServer): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: 'issuer-oidc' }));
  for (const key of ['keys.json', '.oidc-bootstrap/rotation.json']) {
    await s3.send(
      new PutObjectCommand({
        Bucket: 'issuer-oidc',
        Key: key,
        Body: `the first ${key}`,
        ContentType: 'application/json',
        CacheControl: 'public, max-age=300',
      }),
    );
  }
}

/** A configuration that CloudFront takes, in front of `issuer-oidc`; `changes` go on top. */
export function distributionConfig(changes: Partial<DistributionConfig> = {}): DistributionConfig {
  return {
    CallerReference: 'issuer',
    Comment: 'issuer',
    Enabled: true,
    Origins: {
      Quantity: 1,
      Items: [
        {
          Id: 'bucket',
          DomainName: 'issuer-oidc.s3.eu-west-1.amazonaws.com',
          S3OriginConfig: { OriginAccessIdentity: '' },
        },
      ],
    },
    DefaultCacheBehavior: {
      TargetOriginId: 'bucket',
      ViewerProtocolPolicy: 'https-only',
      CachePolicyId: cachingDisabled,
    },
    ...changes,
  };
}

/** Creates an origin access control and gives its id. */
export async function createControl({ cloudfront }: TestServer, name: string): Promise<string> {
  const { OriginAccessControl: control } = await cloudfront.send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: name,
        SigningProtocol: 'sigv4',
        SigningBehavior: 'always',
        OriginAccessControlOriginType: 's3',
      },
    }),
  );
  return control?.Id ?? '';
}

/** The configuration with its one origin changed. */
export function withOrigin(
  changes: { readonly [member: string]: unknown },
  config: DistributionConfig = distributionConfig(),
): DistributionConfig {
  const Items = (config.Origins?.Items ?? []).map((origin) => ({ ...origin, ...changes }));
  return { ...config, Origins: { Quantity: Items.length, Items } };
}

/** Creates a distribution with a Name tag. */
export async function createDistribution(
  { cloudfront }: TestServer,
  config: DistributionConfig,
): Promise<Distribution & { readonly etag: string }> {
  const { Distribution: distribution, ETag: etag } = await cloudfront.send(
    new CreateDistributionWithTagsCommand({
      DistributionConfigWithTags: {
        DistributionConfig: config,
        Tags: { Items: [{ Key: 'Name', Value: 'issuer' }] },
      },
    }),
  );
  if (distribution === undefined || etag === undefined) throw new Error('no distribution');
  return { ...distribution, etag };
}

/** A bucket policy that opens one key to a principal. */
export function readerPolicy(reader: {
  readonly principal: unknown;
  readonly key?: string;
  readonly condition?: unknown;
}): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: reader.principal,
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::issuer-oidc/${reader.key ?? 'keys.json'}`,
        ...(reader.condition === undefined ? {} : { Condition: reader.condition }),
      },
    ],
  });
}

/** A bucket policy that opens one key to one distribution. */
export function controlPolicy(distributionArn: string | undefined, key = 'keys.json'): string {
  return readerPolicy({
    principal: { Service: 'cloudfront.amazonaws.com' },
    key,
    condition: { StringEquals: { 'AWS:SourceArn': distributionArn } },
  });
}
