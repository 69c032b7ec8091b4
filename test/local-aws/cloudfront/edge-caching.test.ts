// How long the viewer edge keeps an old answer, and how it is made to forget it.

import { CreateInvalidationCommand, type DistributionConfig } from '@aws-sdk/client-cloudfront';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { secondsToKeep } from './cache-policies.ts';
import { cachingOptimized, controlPolicy, type TestServer } from '../test-clients.ts';
import { denied, deployedEdge, privatePath, putPolicy, reads } from './edge-test-readers.ts';

const Bucket = 'issuer-oidc';

const putKeys = (server: TestServer, Body: string) =>
  server.s3.send(
    new PutObjectCommand({ Bucket, Key: 'keys.json', Body, CacheControl: 'public, max-age=300' }),
  );

function cachedBy(policy: string): (config: DistributionConfig) => DistributionConfig {
  return (config) => ({
    ...config,
    DefaultCacheBehavior: { ...config.DefaultCacheBehavior, CachePolicyId: policy } as never,
  });
}

describe('caching', () => {
  test('CachingDisabled shows every change at once', async () => {
    const server = await deployedEdge();
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    expect(await reads(server)).toEqual([200, 'the first keys.json']);
    await putKeys(server, 'second');
    expect(await reads(server)).toEqual([200, 'second']);
  });

  test('CachingOptimized keeps an answer for its max-age', async () => {
    const server = await deployedEdge(cachedBy(cachingOptimized));
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    await reads(server);
    await putKeys(server, 'second');
    server.advance(299);
    expect(await reads(server)).toEqual([200, 'the first keys.json']);
    const { headers } = await server.read(server.host, '/keys.json');
    expect(headers).toMatchObject({ 'x-cache': 'Hit from cloudfront', age: '299' });
    server.advance(1);
    expect(await reads(server)).toEqual([200, 'second']);
  });

  test('ForwardedValues without Cache-Control keep an answer for a day', async () => {
    const server = await deployedEdge((config) => ({
      ...config,
      DefaultCacheBehavior: {
        TargetOriginId: 'bucket',
        ViewerProtocolPolicy: 'https-only',
        ForwardedValues: { QueryString: false, Cookies: { Forward: 'none' } },
        MinTTL: 0,
      },
    }));
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    const put = (Body: string) =>
      server.s3.send(new PutObjectCommand({ Bucket, Key: 'keys.json', Body }));
    await put('first');
    await reads(server);
    await put('second');
    server.advance(86_399);
    expect(await reads(server)).toEqual([200, 'first']);
    server.advance(1);
    expect(await reads(server)).toEqual([200, 'second']);
  });

  test('an invalidation removes its paths from the cache when it is complete', async () => {
    const server = await deployedEdge(cachedBy(cachingOptimized));
    const { distribution } = server;
    await putPolicy(server, controlPolicy(distribution.ARN, '*'));
    const both = async () =>
      [await reads(server), await reads(server, privatePath)].map(([, text]) => text);
    const first = await both();
    await putKeys(server, 'second');
    await server.cloudfront.send(
      new CreateInvalidationCommand({
        DistributionId: distribution.Id,
        InvalidationBatch: { CallerReference: 'one', Paths: { Quantity: 1, Items: ['/keys*'] } },
      }),
    );
    server.aws.state.s3.buckets.get(Bucket)?.objects.delete(privatePath.slice(1));
    server.advance(14);
    expect(await both()).toEqual(first);
    server.advance(1);
    expect(await both()).toEqual(['second', first[1]]);
    await putKeys(server, 'third');
    expect((await both())[0]).toBe('second');
  });

  test('an error is cached as long as the distribution configures', async () => {
    const server = await deployedEdge((config) => ({
      ...config,
      CustomErrorResponses: { Quantity: 1, Items: [{ ErrorCode: 403, ErrorCachingMinTTL: 60 }] },
    }));
    expect(await reads(server)).toEqual(denied);
    await putPolicy(server, controlPolicy(server.distribution.ARN));
    server.advance(59);
    expect(await reads(server)).toEqual(denied);
    server.advance(1);
    expect(await reads(server)).toEqual([200, 'the first keys.json']);
  });

  test.each([
    [undefined, { min: 0, default: 60, max: 100 }, 60],
    [undefined, { min: 70, default: 60, max: 100 }, 70],
    ['max-age=300', { min: 0, default: 60, max: 100 }, 100],
    ['max-age=1', { min: 5, default: 60, max: 100 }, 5],
    ['max-age=1, s-maxage=30', { min: 0, default: 60, max: 100 }, 30],
    ['no-store', { min: 0, default: 60, max: 100 }, 0],
    ['private', { min: 5, default: 60, max: 100 }, 5],
    ['public', { min: 0, default: 60, max: 100 }, 60],
    ['max-age=300', { min: 0, default: 0, max: 0 }, 0],
  ])('Cache-Control %s within %o lasts %i seconds', (header, ttl, seconds) => {
    expect(secondsToKeep(header, ttl)).toBe(seconds);
  });
});
