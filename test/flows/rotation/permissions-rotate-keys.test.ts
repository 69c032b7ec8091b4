// The IAM policy that `permissions rotate-keys` prints: a whole rotation and an emergency with a probe role, on an
// owned cluster and on one that ccoctl made with a caching distribution.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RecordedCall } from '../../local-aws/server.ts';
import { startApiServer } from './api-server.ts';
import { makeCcoctlCluster } from '../hosting/ccoctl-cluster.ts';
import { expectExactly, optionalActions } from '../command-policy.ts';
import { hour } from './rotation-scene.ts';
import { openScene, type Scene } from '../scene.ts';

const name = 'my-cluster';
const adopted = 'another-of-ccoctl';
const requests = path.resolve('test/fixtures/credentials-requests/demo');
const audience = 'openshift';
const subject = 'system:serviceaccount:openshift-ingress-operator:ingress-operator';
const probeRole = `arn:aws:iam::111122223333:role/${name}-openshift-ingress-operator-cloud-credentials`;
/** CloudFront's managed policy CachingOptimized. */
const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0, stsJwksCacheMs: 60_000 });
});
afterEach(async () => {
  await scene.close();
});

const folderOf = (cluster: string): string => path.join(scene.root, cluster);

/** Runs `rotate-keys`, which must succeed. */
async function rotate(cluster: string, words: readonly string[]): Promise<void> {
  const command = ['rotate-keys', ...words, '--name', cluster];
  const { code, stderr } = await scene.run(command, { folder: folderOf(cluster) });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

function file(text: string): string {
  const at = path.join(scene.root, 'given');
  fs.writeFileSync(at, text);
  return at;
}

/** A complete rotation, a rollback, and an emergency on an owned cluster. */
async function ownCluster(denied: readonly string[] = []): Promise<void> {
  const folder = folderOf(name);
  await scene.run(['create-key-pair', '--key-size', '2048'], { folder });
  const create = ['create-all', '--name', name, '--credentials-requests-dir', requests];
  const created = await scene.run(create, { folder });
  const issuer: string = created.json.result.identityProvider.issuer;
  const server = startApiServer(folder);
  scene.aws.calls.length = 0;
  for (const action of denied) scene.aws.deny(action);

  await rotate(name, ['status']);
  await rotate(name, ['stage', '--key-size', '2048']);
  await rotate(name, ['rollback']);
  await rotate(name, ['stage', '--key-size', '2048']);
  server.takeVerifiers();
  scene.clock.advance(hour);
  const probe = ['--probe-role-arn', probeRole, '--probe-region', 'eu-west-1'];
  await rotate(name, ['promote', '--api-server-jwks', file(server.keySet()), ...probe]);
  server.takeSigner();
  const token = server.token({ issuer, subject, audience, now: scene.clock.now() });
  await rotate(name, ['--token-file', file(token)]);
  scene.clock.advance(25 * hour);
  await rotate(name, ['retire']);
  await rotate(name, ['emergency', '--confirm', name, '--key-size', '2048', ...probe]);
}

/** The first rotation of a ccoctl cluster: read statements restricted, tags kept, edges invalidated. */
async function adoptedCluster(): Promise<void> {
  const { advance } = scene.clock;
  const options = { name: adopted, layout: 'private', cachePolicyId: cachingOptimized } as const;
  const cluster = await makeCcoctlCluster(scene.aws, { ...options, advance });
  fs.mkdirSync(folderOf(adopted), { recursive: true });
  const write = (relative: string, text: string): void =>
    fs.writeFileSync(path.join(folderOf(adopted), relative), text, { mode: 0o600 });
  write('serviceaccount-signer.private', cluster.privateKeyPem);
  write('serviceaccount-signer.public', cluster.publicKeyPem);
  const edge = scene.aws.edgeUrl.replace('{host}', new URL(cluster.issuer).host);
  expect((await fetch(`${edge}/keys.json`)).status).toBe(200);
  scene.aws.calls.length = 0;
  await rotate(adopted, ['stage', '--key-size', '2048']);
}

/** Replaces the name of the adopted cluster by the name in the documented policy. */
const asMyCluster = (call: RecordedCall): RecordedCall => ({
  ...call,
  resources: call.resources.map((resource) => resource.replaceAll(adopted, name)),
});

it('the printed IAM policy for rotate-keys allows exactly the calls of the command', async () => {
  await ownCluster();
  const calls = [...scene.aws.calls];
  await adoptedCluster();
  expectExactly('rotate-keys', [...calls, ...scene.aws.calls].map(asMyCluster));
});

it('the printed IAM policy for rotate-keys is sufficient without the optional permissions', async () => {
  await ownCluster(optionalActions('rotate-keys'));
});
