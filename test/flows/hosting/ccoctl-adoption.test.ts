import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCcoctlCluster, type CcoctlOptions } from './ccoctl-cluster.ts';
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

async function status(issuer: string, key: string): Promise<number> {
  const url = `${scene.aws.edgeUrl.replace('{host}', new URL(issuer).host)}/${key}`;
  return (await fetch(url)).status;
}

describe.each([
  { layout: 'public', hosting: 's3-public' },
  { layout: 'private', hosting: 'cloudfront-oai' },
] as const)('a name that ccoctl made ($layout)', ({ layout, hosting }) => {
  it('keeps its layout, issuer and key, and gets the current settings', async () => {
    const cluster = await make({ layout });
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.result).toMatchObject({
      issuer: cluster.issuer,
      hosting,
      keyIds: [cluster.keyId],
      identityProviderArn: cluster.providerArn,
      audiences: ['openshift', 'sts.amazonaws.com'],
    });
    const details = json.changes.map(({ resource, id, detail }) => `${resource} ${id}: ${detail}`);
    expect(details).toEqual(
      expect.arrayContaining([
        's3-bucket c-oidc: tags: oidc-bootstrap/c',
        expect.stringMatching(/^s3-bucket c-oidc: policy: .* narrowed/),
        's3-object keys.json: key set: type and cache headers',
        expect.stringMatching(/^s3-object openid\/v1\/jwks: /),
        expect.stringMatching(/^iam-oidc-provider .*: tags: oidc-bootstrap\/c/),
      ]),
    );
    for (const change of json.changes) expect(change.action).not.toBe('delete');
    expect(await status(cluster.issuer, 'keys.json')).toBe(200);
    expect(await status(cluster.issuer, 'openid/v1/jwks')).toBe(200);
    expect(await status(cluster.issuer, '.oidc-bootstrap/rotation.json')).toBe(403);
  });

  it('keeps the tags by which ccoctl finds its objects', async () => {
    await make({ layout });
    await scene.run(create);
    const uploads = scene.aws.calls.filter((call) => call.operation === 's3:PutObject').slice(2);
    expect(uploads.length).toBeGreaterThan(0);
    const objects = bucketOf(scene.aws)?.objects;
    for (const key of ['keys.json', 'openid/v1/jwks']) {
      expect(objects?.get(key)?.tags).toMatchObject({
        'openshift.io/cloud-credential-operator/c': 'owned',
      });
    }
  });

  it('is not changed by a second run', async () => {
    await make({ layout });
    await scene.run(create);
    const again = await scene.run(create);
    expect(again.code).toBe(0);
    expect(again.json.changes).toEqual([]);
  });

  it('keeps its layout although a flag asks for another one', async () => {
    await make({ layout });
    const flag = layout === 'public' ? '--create-private-s3-bucket' : '--public-s3-bucket';
    const { code, json } = await scene.run([...create, flag]);
    expect(code).toBe(5);
    expect(json.error.code).toBe('ISSUER_WOULD_CHANGE');
  });
});

describe('an adopted distribution that caches', () => {
  it('is invalidated if the edge and the bucket differ, and the run waits for it', async () => {
    const cluster = await make({ layout: 'private', cachePolicyId: cachingOptimized });
    expect(await status(cluster.issuer, 'keys.json')).toBe(200);
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const { code, json } = await scene.run([
      ...create,
      '--public-key-file',
      'out/serviceaccount-signer.public',
    ]);
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.resource)).toContain('cloudfront-invalidation');
    const url = `${scene.aws.edgeUrl.replace('{host}', new URL(cluster.issuer).host)}/keys.json`;
    const served = (await (await fetch(url)).json()) as { keys: { kid: string }[] };
    expect(served.keys.map((key) => key.kid)).toEqual(json.result.keyIds);
    expect(json.result.keyIds).toHaveLength(2);
  });

  it('is invalidated if an earlier run was killed between upload and invalidation', async () => {
    const cluster = await make({ layout: 'private', cachePolicyId: cachingOptimized });
    expect(await status(cluster.issuer, 'keys.json')).toBe(200);
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const words = [...create, '--public-key-file', 'out/serviceaccount-signer.public'];
    scene.aws.deny('cloudfront:CreateInvalidation');
    expect((await scene.run(words)).code).toBe(4);
    scene.aws.allow('cloudfront:CreateInvalidation');
    const again = await scene.run(words);
    expect(again.code).toBe(0);
    expect(again.json.changes.map((change) => change.resource)).toEqual([
      'cloudfront-invalidation',
      'iam-oidc-provider',
    ]);
  });
});
