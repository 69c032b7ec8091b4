// OpenShift: the operator distributes the keys itself, so promote writes a checked key pair for it.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { afterEach, describe, expect, it } from 'vitest';
import { hour, minute, openRotation, type RotationScene } from './rotation-scene.ts';

const secretFile = 'openshift/next-bound-service-account-signing-key.yaml';
let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

async function toPromoted(): Promise<void> {
  const staged = await scene.rotate(['stage', '--platform', 'openshift']);
  expect(staged.code, staged.stderr).toBe(0);
  expect(scene.files()).not.toContain(secretFile);
  scene.clock.advance(24 * hour);
  // OpenShift needs no evidence, so promote has no further flags.
  const promoted = await scene.rotate([]);
  expect(promoted.code, promoted.stderr).toBe(0);
  expect(promoted.json.result.phase).toBe('promoted');
  const steps: readonly string[] = promoted.json.result.clusterSteps;
  expect(steps[0]).toContain(`oc replace -f ${secretFile}`);
  expect(steps[1]).toContain('oc adm wait-for-stable-cluster');
  expect(steps[2]).toContain('oc adm reboot-machine-config-pool');
  expect(steps[3]).toContain('rotate-keys retire --token-file');
}

describe('a rotation on OpenShift', () => {
  it('writes the new key pair for the operator at promote and removes it at retire', async () => {
    scene = await openRotation({ apiServers: 1 });
    await toPromoted();
    expect(fs.statSync(path.join(scene.folder, secretFile)).mode & 0o777).toBe(0o600);
    const secret = parse(scene.read(secretFile));
    expect(secret.metadata).toMatchObject({
      name: 'next-bound-service-account-signing-key',
      namespace: 'openshift-kube-apiserver-operator',
    });
    const half = (name: string) => Buffer.from(secret.data[name], 'base64').toString();
    expect(half('service-account.key')).toBe(scene.read('serviceaccount-signer.private'));
    const spki = (pem: string) =>
      createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
    expect(spki(half('service-account.pub'))).toBe(
      createPublicKey(createPrivateKey(half('service-account.key')))
        .export({ type: 'spki', format: 'pem' })
        .toString(),
    );
    expect(scene.files().filter((file) => file.startsWith('manifests/next'))).toEqual([]);

    scene.servers[0]?.takeVerifiers();
    scene.servers[0]?.takeSigner();
    scene.clock.advance(minute);
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(24 * hour + 10 * minute);
    const retired = await scene.rotate([]);
    expect(retired.json.result.phase).toBe('steady');
    expect(scene.files()).not.toContain(secretFile);
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
  });

  it('removes the key pair at rollback, and writes a new one in an emergency', async () => {
    scene = await openRotation({ apiServers: 1 });
    await toPromoted();
    expect((await scene.rotate(['rollback'])).code).toBe(0);
    expect(scene.files()).not.toContain(secretFile);
    const emergency = await scene.rotate(['emergency', '--confirm', 'c']);
    expect(emergency.code, emergency.stderr).toBe(0);
    const secret = parse(scene.read(secretFile));
    expect(Buffer.from(secret.data['service-account.key'], 'base64').toString()).toBe(
      scene.read('serviceaccount-signer.private'),
    );
    expect(emergency.json.result.clusterSteps[0]).toContain(`oc replace -f ${secretFile}`);
  });
});
