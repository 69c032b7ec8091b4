// Moving a cluster from a public bucket to CloudFront, whole: the same key under both issuers, roles that
// trust both, the API servers in three moves, then the new issuer alone. No token is refused on the way.

import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askSts, mintToken } from '../rotation/api-server.ts';
import { hour, minute } from '../rotation/rotation-scene.ts';
import { openScene, type Outcome, type Scene } from '../scene.ts';

const requests = [
  '--credentials-requests-dir',
  path.resolve('test/fixtures/credentials-requests/demo'),
];
const subject = 'system:serviceaccount:openshift-ingress-operator:ingress-operator';
const role = (name: string): string =>
  `arn:aws:iam::111122223333:role/${name}-openshift-ingress-operator-cloud-credentials`;
let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
});
afterEach(async () => {
  await scene.close();
});

const inFolder = async (name: string, words: readonly string[]): Promise<Outcome> => {
  const folder = path.join(scene.root, name);
  return await scene.run([...words, '--name', name], { folder });
};

async function done(name: string, words: readonly string[]): Promise<Outcome['json']> {
  const { code, json, stderr } = await inFolder(name, words);
  expect(code, stderr).toBe(0);
  return json;
}

/** A cluster in a public bucket; its key pair is in the folder of its name. */
async function publicCluster(name: string): Promise<Outcome['json']['result']> {
  const all = ['create-all', ...requests, '--public-s3-bucket', '--key-size', '2048'];
  return (await done(name, all)).result.identityProvider;
}

it('refuses no token from the public bucket to CloudFront', async () => {
  const old = await publicCluster('old');
  const signer = createPrivateKey(
    await readFile(path.join(scene.root, 'old/serviceaccount-signer.private')),
  );
  const answer = async (issuer: string, name: string): Promise<string> => {
    const token = mintToken(signer, {
      issuer,
      subject,
      audience: 'openshift',
      now: scene.clock.now(),
    });
    return await askSts(scene.aws.endpoint, { token, roleArn: role(name) });
  };
  const create = ['create-identity-provider', '--public-key-file'];
  const { result: made } = await done('new', [...create, 'old/serviceaccount-signer.public']);
  expect(made.hosting).toBe('cloudfront');
  expect(made.clusterSteps.join('\n')).toContain('move 1');

  const roles = ['create-iam-roles', ...requests];
  const also = ['--also-trust-provider-arn', old.identityProviderArn];
  await done('new', [...roles, ...also]);
  scene.clock.advance(minute);
  expect(await answer(old.issuer, 'old')).toBe('accepted');
  expect(await answer(old.issuer, 'new')).toBe('accepted');
  expect(await answer(made.issuer, 'new')).toBe('accepted');
  expect((await done('new', [...roles, ...also])).changes).toEqual([]);

  scene.clock.advance(24 * hour);
  const stop = ['--stop-trusting-provider-arn', old.identityProviderArn];
  await done('new', [...roles, ...stop]);
  scene.clock.advance(minute);
  expect(await answer(made.issuer, 'new')).toBe('accepted');
  expect(await answer(old.issuer, 'new')).toBe('AccessDenied');
});

it('trusts no issuer of another cluster', async () => {
  const old = await publicCluster('old');
  await publicCluster('new');
  const before = scene.aws.calls.length;
  const { code, json } = await inFolder('new', [
    'create-iam-roles',
    ...requests,
    '--also-trust-provider-arn',
    old.identityProviderArn,
  ]);
  expect([code, json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
  expect(json.error.message).toContain('publishes no key');
  expect(scene.aws.calls.slice(before).filter(({ write }) => write)).toEqual([]);
});
