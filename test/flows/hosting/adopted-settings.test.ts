// Settings that were added to the resources of ccoctl: an adoption keeps them, and no published document
// becomes unreachable or outdated.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCcoctlCluster, type CcoctlOptions } from './ccoctl-cluster.ts';
import { dropAnswerOf } from '../meanwhile.ts';
import { bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

const make = (options: Pick<CcoctlOptions, 'layout' | 'cachePolicyId'>) =>
  makeCcoctlCluster(scene.aws, { name: 'c', advance: scene.clock.advance, ...options });

const bucket = () => {
  const found = bucketOf(scene.aws);
  if (found === undefined) throw new Error('there is no bucket');
  return found;
};

const operations = (): readonly string[] => scene.aws.calls.map((call) => call.operation);

describe('a public bucket whose Block Public Access configuration was deleted', () => {
  it('keeps access through ACLs, because readers may depend on it', async () => {
    await make({ layout: 'public' });
    bucket().publicAccessBlock = undefined;
    const before = operations().length;
    const { code } = await scene.run(create);
    expect(code).toBe(0);
    expect(operations().slice(before)).not.toContain('s3:PutPublicAccessBlock');
    expect(bucket().publicAccessBlock).toBeUndefined();
  });
});

describe('an adopted distribution that caches', () => {
  it('is invalidated after every upload, even if the nearest edge already serves the new content', async () => {
    await make({ layout: 'private', cachePolicyId: cachingOptimized });
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.resource)).toContain('cloudfront-invalidation');
    expect((await scene.run(create)).json.changes).toEqual([]);
  });
});

describe('an owned distribution on which somebody enabled caching', () => {
  it('is changed back to no caching and then invalidated', async () => {
    await scene.run(['create-key-pair', '--key-size', '2048']);
    await scene.run(create);
    const [distribution] = scene.aws.state.cloudfront.distributions.values();
    if (distribution === undefined) throw new Error('nothing was made');
    const { DefaultCacheBehavior: behavior, ...config } = distribution.config;
    const caching = { ...(behavior as object), CachePolicyId: cachingOptimized };
    distribution.config = {
      ...config,
      DefaultCacheBehavior: caching,
    } as typeof distribution.config;
    const object = bucket().objects.get('keys.json');
    if (object !== undefined) object.cacheControl = undefined;
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.resource)).toEqual([
      'cloudfront-distribution',
      's3-object',
      'cloudfront-invalidation',
    ]);
  });
});

describe('a Name tag that somebody set', () => {
  it('is kept, because it does not mark ownership', async () => {
    await make({ layout: 'public' });
    bucket().tags['Name'] = 'issuer of the test cluster';
    const { code } = await scene.run(create);
    expect(code).toBe(0);
    expect(bucket().tags).toMatchObject({
      Name: 'issuer of the test cluster',
      'oidc-bootstrap/c': 'owned',
    });
    expect((await scene.run(create)).json.changes).toEqual([]);
  });
});

describe('a provider that was created although the connection dropped', () => {
  it('is found after waiting until IAM lists it', async () => {
    await scene.close();
    scene = await openScene({ iamVisibilityMs: 10_000 });
    await scene.run(['create-key-pair', '--key-size', '2048']);
    dropAnswerOf(scene.aws, 'iam:CreateOpenIDConnectProvider');
    const { code, json } = await scene.run(create);
    expect(json.error).toBeUndefined();
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.resource)).toContain('iam-oidc-provider');
  });
});
