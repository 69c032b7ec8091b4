// --platform: the files under cluster/, what a second run does with them, and other platforms.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openScene, type Outcome, type Scene } from '../scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

const create = (...flags: readonly string[]): Promise<Outcome> =>
  scene.run(['create-identity-provider', '--name', 'c', '--public-s3-bucket', ...flags]);
const clusterFolder = (): string => path.join(scene.folder, 'cluster');

it('writes the files of the platform, and a second run keeps platform and files', async () => {
  const first = await create('--platform', 'k3s');
  expect(first.code, first.stderr).toBe(0);
  const made = first.json.result.issuer;
  expect(scene.read('cluster/move-2.yaml')).toContain(`service-account-issuer=${made}`);
  expect(JSON.parse(scene.read('oidc-bootstrap.json'))).toMatchObject({ platform: 'k3s' });
  expect(first.json.result.clusterSteps.join('\n')).not.toMatch(/kubeadm|talos|kops|OpenShift/);
  // The cluster's present issuer is another one, as its steps say.
  const own = scene
    .read('cluster/move-1.yaml')
    .replaceAll(/https:\/\/kubernetes[a-z.]+/g, 'https://own');
  fs.writeFileSync(path.join(clusterFolder(), 'move-1.yaml'), own);

  const second = await create();
  expect(second.json).toMatchObject({ ok: true, changes: [], warnings: [] });
  expect(second.json.result.clusterSteps).toEqual(first.json.result.clusterSteps);
  expect(scene.read('cluster/move-1.yaml')).toBe(own);
  const listed = second.json.files.map((file) => file.path);
  expect(listed).toEqual(expect.arrayContaining(['cluster/move-1.yaml', 'cluster/new.yaml']));
});

it('replaces the files of another platform, and says so', async () => {
  await create('--platform', 'kubeadm');
  const other = await create('--platform=openshift');
  expect(other.json.changes).toEqual([]);
  expect(other.json.warnings).toEqual([
    expect.stringContaining('--platform was "kubeadm" in this folder and is "openshift" now'),
  ]);
  expect(fs.readdirSync(clusterFolder()).toSorted()).toEqual(['move-1.yaml', 'new.yaml']);
  expect(scene.read('cluster/new.yaml')).toContain('kind: Authentication');
  const plain = await create('--platform', 'kubernetes');
  expect(plain.code).toBe(0);
  expect(fs.readdirSync(clusterFolder())).toEqual([]);
});

it('shows the steps of a platform that is named later, though nothing changes', async () => {
  await create();
  const words = ['create-identity-provider', '--name', 'c'];
  const named = await scene.run([...words, '--platform', 'rke2'], { text: true });
  expect(named.stdout).toContain('Nothing changed');
  expect(named.stdout).toContain('systemctl restart rke2-server');
  const again = await scene.run([...words, '--platform', 'rke2'], { text: true });
  expect(again.stdout).toContain('The steps on the cluster are as before');
});

it('plans with placeholders, which never replace what a real run wrote', async () => {
  const dry = await scene.run([
    'create-identity-provider',
    '--name',
    'c',
    '--dry-run',
    '--platform',
    'kops',
  ]);
  expect(dry.code, dry.stderr).toBe(0);
  expect(scene.read('cluster/new.yaml')).toContain('"https://<distribution-domain-name>"');
  const real = await scene.run(['create-identity-provider', '--name', 'c', '--platform', 'kops']);
  const text = scene.read('cluster/new.yaml');
  expect(text).toContain(`serviceAccountIssuer: ${real.json.result.issuer}`);
  const none = { AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: 'true' };
  const env = { ...none, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  const blind = await scene.run(['create-identity-provider', '--name', 'c', '--dry-run'], { env });
  expect(blind.code, blind.stderr).toBe(0);
  expect(scene.read('cluster/new.yaml')).toBe(text);
});

it('refuses an unknown platform and a file of somebody else before any call', async () => {
  const unknown = await create('--platform', 'k8s');
  expect([unknown.code, unknown.json.error.message]).toEqual([
    2,
    expect.stringContaining(
      '--platform: "k8s" is not one of kubernetes, kubeadm, k3s, rke2, talos,',
    ),
  ]);
  fs.mkdirSync(clusterFolder());
  fs.writeFileSync(path.join(clusterFolder(), 'new.yaml'), 'mine: true\n');
  const strange = await create('--platform', 'talos');
  expect([strange.code, strange.json.error.code]).toEqual([2, 'FILE_EXISTS']);
  expect(scene.read('cluster/new.yaml')).toBe('mine: true\n');
  expect(scene.aws.calls.filter(({ write }) => write)).toEqual([]);
});
