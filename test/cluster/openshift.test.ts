// OpenShift: the program hands the promoted key to the kube-apiserver operator, watches the rollout, and
// records the tokens that prove it. The operator here rolls out as the real one: the public key to every node
// first, then the signer.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hour, minute } from '../flows/rotation/rotation-scene.ts';
import { kubectlFolder, openClusterScene, type ClusterScene } from './cluster-scene.ts';
import type { OpenShiftObjects } from './kube-api.ts';

const secretId = 'openshift-kube-apiserver-operator/next-bound-service-account-signing-key';
let scene: ClusterScene;
afterEach(async () => {
  await scene.close();
});

/** A cluster whose next key may be promoted; its operator takes six looks for a rollout. */
async function openOpenShift(): Promise<OpenShiftObjects> {
  scene = await openClusterScene({ apiServers: 2 });
  const operator = (progressing: boolean, degraded = false): object => ({
    conditions: [
      { type: 'Available', status: 'True' },
      { type: 'Progressing', status: progressing ? 'True' : 'False' },
      { type: 'Degraded', status: degraded ? 'True' : 'False', message: 'a node is not ready' },
    ],
  });
  const nodes = (latest: number, ...current: readonly number[]): object => ({
    latestAvailableRevision: latest,
    nodeStatuses: current.map((revision, index) => ({
      nodeName: `master-${index}`,
      currentRevision: revision,
    })),
  });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const publicPem = scene.read('serviceaccount-signer.public');
  let looks = 0;
  const openshift: OpenShiftObjects = {
    secret: {
      metadata: {
        name: 'next-bound-service-account-signing-key',
        namespace: 'openshift-kube-apiserver-operator',
        resourceVersion: '41',
      },
      data: {
        'service-account.key': base64('never read'),
        // As the operator writes it.
        'service-account.pub': base64(publicPem.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY')),
      },
    },
    operator: operator(false),
    nodes: nodes(7, 7, 7),
    onLook: () => {
      if (openshift.secret.data['service-account.key'] === base64('never read')) return;
      looks += 1;
      if (looks === 2)
        Object.assign(openshift, { operator: operator(true), nodes: nodes(8, 7, 7) });
      if (looks === 3) Object.assign(openshift, { operator: operator(true, true) });
      if (looks === 4)
        Object.assign(openshift, { operator: operator(true), nodes: nodes(8, 8, 7) });
      if (looks === 5) {
        Object.assign(openshift, { operator: operator(false), nodes: nodes(8, 8, 8) });
        for (const server of scene.servers) server.takeVerifiers();
        scene.servers[0]?.takeSigner();
      }
      if (looks === 6) scene.servers[1]?.takeSigner();
    },
  };
  scene.cluster.openshift = openshift;
  const staged = await scene.rotate(['stage', '--platform', 'openshift']);
  expect(staged.code, staged.stderr).toBe(0);
  scene.clock.advance(24 * hour + minute);
  return openshift;
}

/** A kubectl before the real one, which writes down the words that it is given. */
function recordingPath(): { readonly path: string; readonly words: () => string } {
  const folder = path.join(scene.root, 'bin');
  const log = path.join(scene.root, 'words');
  fs.mkdirSync(folder);
  fs.writeFileSync(
    path.join(folder, 'kubectl'),
    `#!/bin/sh\necho "$@" >> ${log}\nexec ${kubectlFolder()}/kubectl "$@"\n`,
    { mode: 0o755 },
  );
  return { path: `${folder}:/usr/bin:/bin`, words: () => fs.readFileSync(log, 'utf8') };
}

describe('a rotation of OpenShift from the cluster', () => {
  it('hands the key over, watches the rollout, and retires on the tokens of every API server', async () => {
    const openshift = await openOpenShift();
    const { path: PATH, words } = recordingPath();
    const daily = [...scene.fromCluster, '--yes'];
    const promoted = await scene.ask(daily, { env: { PATH } });
    expect(promoted.code, promoted.stderr).toBe(0);
    expect(promoted.json.result.phase).toBe('promoted');
    const told = promoted.json.changes.find(({ resource }) => resource === 'kubernetes-secret');
    expect(told).toMatchObject({ id: secretId, action: 'update' });
    expect(promoted.stderr).toContain('0 of 2 nodes have revision 8');
    expect(promoted.stderr).toContain('its operator is degraded: a node is not ready');
    expect(promoted.stderr).toContain('1 of 2 API servers sign with another key');
    expect(scene.state().evidence).toHaveLength(2);

    const key = openshift.secret.data['service-account.key'] ?? '';
    const pem = Buffer.from(key, 'base64').toString();
    expect(pem).toBe(scene.read('serviceaccount-signer.private'));
    for (const said of [words(), promoted.stdout, promoted.stderr]) {
      expect(said).not.toContain(key.slice(100, 150));
      expect(said).not.toMatch(/eyJ[\w-]{10,}/);
    }

    const again = await scene.ask(daily);
    expect([again.code, again.json.changes]).toEqual([0, []]);
    scene.clock.advance(24 * hour + 11 * minute);
    const retired = await scene.ask(daily);
    expect(retired.json.result.phase, retired.stderr).toBe('steady');
    expect(scene.publishedKids()).toHaveLength(1);
  });

  it('replaces only a key that it knows, when asked to, and goes on after a conflict and a wait that was too short', async () => {
    const openshift = await openOpenShift();
    const before = openshift.secret.data['service-account.pub'];
    const promote = ['promote', ...scene.fromCluster];
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const foreignPem = foreign.export({ type: 'spki', format: 'pem' });
    openshift.secret.data['service-account.pub'] = Buffer.from(foreignPem).toString('base64');
    const refused = await scene.ask([...promote, '--yes']);
    expect([refused.code, refused.json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
    expect(refused.json.error.message).toContain(secretId);
    expect(scene.writes()).toEqual([]);

    openshift.secret.data['service-account.pub'] = before ?? '';
    const unasked = await scene.ask(promote);
    expect([unasked.code, unasked.json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    expect(unasked.json.error.hint).toContain('--yes');
    expect(scene.state().phase).toBe('promoted');
    const planned = await scene.ask(['--dry-run', ...scene.fromCluster]);
    expect(planned.json.changes.map(({ resource }) => resource)).toContain('kubernetes-secret');
    expect((await scene.ask(promote, { answers: ['n'] })).code).toBe(130);

    scene.cluster.fault = (_, method) => {
      if (method === 'PUT') openshift.secret.metadata.resourceVersion = '99';
      return undefined;
    };
    const raced = await scene.ask(promote, { answers: ['y'] });
    expect([raced.code, raced.json.error.code]).toEqual([1, 'CLUSTER_REQUEST_FAILED']);
    expect(raced.json.error.message).toContain('somebody else changed it');
    expect(openshift.secret.data['service-account.pub']).toBe(before);
    scene.cluster.fault = undefined;

    const late = await scene.ask([...promote, '--timeout', '15s'], { answers: ['y'] });
    expect([late.code, late.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(openshift.secret.data['service-account.pub']).not.toBe(before);
    scene.writes();
    const done = await scene.ask(promote);
    expect(done.code, done.stderr).toBe(0);
    expect(done.json.changes.map(({ resource }) => resource)).toEqual(['rotation-state']);
    expect(scene.state().evidence).toHaveLength(2);
    expect((await scene.ask(promote)).json.changes).toEqual([]);
    expect(scene.writes().filter((write) => write.includes('PUT'))).toEqual([]);
  });
});
