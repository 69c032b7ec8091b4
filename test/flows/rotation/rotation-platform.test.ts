// A rotation on a platform that is named: its steps, the file of each phase under `cluster/`, what a second
// run does with it, and another platform in the middle.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { hour, minute, openRotation, type RotationScene } from './rotation-scene.ts';

let scene: RotationScene;

beforeEach(async () => {
  scene = await openRotation({ apiServers: 1 });
});
afterEach(async () => {
  await scene.close();
});

const clusterFiles = (): readonly string[] =>
  scene.files().filter((file) => file.startsWith('cluster/rotation-'));
const acceptedIn = (file: string): readonly string[] =>
  parseAllDocuments(scene.read(file)).at(-1)?.toJS().accepted.publicKeys;

it('follows the platform of the folder from stage to retire, with one file at a time', async () => {
  const words = ['create-identity-provider', '--name', 'c', '--platform', 'talos'];
  expect((await scene.run(words)).code).toBe(0);
  const old = scene.read('serviceaccount-signer.public');

  const staged = await scene.rotate(['stage']);
  expect(staged.code, staged.stderr).toBe(0);
  expect(scene.state().platform).toBe('talos');
  expect(clusterFiles()).toEqual(['cluster/rotation-1-stage.yaml']);
  expect(staged.json.files).toContainEqual({ path: 'cluster/rotation-1-stage.yaml', mode: '0644' });
  const next = scene.read('serviceaccount-signer.next.public');
  expect(acceptedIn('cluster/rotation-1-stage.yaml')).toEqual([old, next]);
  const steps: string = staged.json.result.clusterSteps.join('\n');
  expect(steps).toContain('--patch @cluster/rotation-1-stage.yaml');
  expect(steps).not.toMatch(/kubeadm|k3s|kops|\boc /);
  expect((await scene.rotate(['stage'])).json.changes).toEqual([]);

  // The file replaces what API servers accept: a key that only they know of goes into it.
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const listed = JSON.parse(scene.servers[0]?.keySet() ?? '');
  listed.keys.push(foreign.export({ format: 'jwk' }));
  const accepted = scene.file('accepted.json', JSON.stringify(listed));
  await scene.rotate(['stage', '--api-server-jwks', accepted]);
  const others = [foreign.export({ type: 'spki', format: 'pem' })];
  expect(acceptedIn('cluster/rotation-1-stage.yaml')).toEqual([old, next, ...others]);

  scene.servers[0]?.takeVerifiers();
  scene.clock.advance(24 * hour + minute);
  const promoted = await scene.rotate(['promote', ...scene.keySetFlags()]);
  expect(promoted.code, promoted.stderr).toBe(0);
  expect(clusterFiles()).toEqual(['cluster/rotation-2-promote.yaml']);
  expect(acceptedIn('cluster/rotation-2-promote.yaml')).toEqual([next, old, ...others]);

  scene.servers[0]?.takeSigner();
  scene.clock.advance(minute);
  await scene.rotate(['retire', ...scene.tokenFlags()]);
  expect(clusterFiles()).toEqual(['cluster/rotation-2-promote.yaml']);
  scene.clock.advance(24 * hour + 10 * minute);
  expect((await scene.rotate(['retire'])).json.result.phase).toBe('steady');
  expect(clusterFiles()).toEqual(['cluster/rotation-3-retire.yaml']);
  expect(acceptedIn('cluster/rotation-3-retire.yaml')).toEqual([next, old, ...others]);
  const retired: string = scene
    .state()
    .verifiers.find((key: { retiredAt: string | null }) => key.retiredAt !== null).keyId;
  const dropped = await scene.rotate(['retire', '--verifier', retired, '--confirm', 'c']);
  expect(dropped.code, dropped.stderr).toBe(0);
  expect(acceptedIn('cluster/rotation-3-retire.yaml')).toEqual([next, ...others]);
});

it('says when the platform changes, and replaces the files of the one before', async () => {
  const words = ['create-identity-provider', '--name', 'c', '--platform', 'kubeadm'];
  expect((await scene.run(words)).code).toBe(0);
  const other = await scene.rotate(['stage', '--platform', 'k3s']);
  const note = '--platform was "kubeadm" in this folder and is "k3s" now';
  expect(other.json.warnings).toEqual([expect.stringContaining(note)]);
  expect(JSON.parse(scene.read('oidc-bootstrap.json'))).toMatchObject({ platform: 'k3s' });
  expect(fs.readdirSync(path.join(scene.folder, 'cluster'))).toEqual(['rotation-1-stage.yaml']);
  expect(scene.read('cluster/rotation-1-stage.yaml')).toContain('--platform k3s\n');

  const again = await scene.rotate(['stage', '--platform', 'rke2']);
  expect(again.json.warnings).toEqual([
    expect.stringContaining('--platform was "k3s" in this rotation and is "rke2" now'),
  ]);
  expect(scene.read('cluster/rotation-1-stage.yaml')).toContain('/etc/rancher/rke2/');
  const promote = await scene.rotate(['promote', '--platform', 'k3s', ...scene.keySetFlags()]);
  expect([promote.code, promote.json.error.code]).toEqual([2, 'USAGE']);

  const plain = await scene.rotate(['stage', '--platform', 'kubernetes']);
  expect(plain.json.result.clusterSteps.join('\n')).toContain('--service-account-key-file');
  expect(clusterFiles()).toEqual([]);
});

it('overwrites no file of somebody else, and on kops says how kops stages its own key', async () => {
  const strange = path.join(scene.folder, 'cluster/rotation-1-stage.yaml');
  fs.mkdirSync(path.dirname(strange));
  fs.writeFileSync(strange, 'mine: true\n');
  const foreign = await scene.rotate(['stage', '--platform', 'k3s']);
  expect([foreign.code, foreign.json.error.code]).toEqual([2, 'FILE_EXISTS']);
  expect(foreign.json.error.details.files).toEqual(['cluster/rotation-1-stage.yaml']);
  expect(fs.readFileSync(strange, 'utf8')).toBe('mine: true\n');
  expect(scene.state()).toBeNull();
  fs.rmSync(strange);

  for (const file of [
    'serviceaccount-signer.private',
    'tls/bound-service-account-signing-key.key',
  ]) {
    fs.rmSync(path.join(scene.folder, file));
  }
  const kops = await scene.rotate(['stage', '--platform', 'kops']);
  expect([kops.code, kops.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
  expect(kops.json.error.hint).toContain('kops create keypair service-account');
  expect(kops.json.error.hint).toContain('--next-public-key-file next-key.json');
});
