// A stolen key: only a new key is published at once and every other key is revoked permanently. The
// emergency is proven only after STS refused the old key.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { denyPolicyName } from '../../../src/core/roles/older-sessions.ts';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { askSts, mintToken } from './api-server.ts';
import { hour, minute, openRotation, type RotationScene } from './rotation-scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

const emergency = ['emergency', '--confirm', 'c'];
const probe = (): readonly string[] => ['--probe-role-arn', scene.probeRoleArn];
const publicOf = (privatePem: string): string =>
  createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString();

/** The answer of STS to a token that a thief signs with that key. */
const thief = (privatePem: string): Promise<string> =>
  askSts(scene.aws.endpoint, {
    roleArn: scene.roleArn,
    token: mintToken(createPrivateKey(privatePem), {
      issuer: scene.issuer,
      subject: 'system:serviceaccount:openshift-ingress-operator:ingress-operator',
      audience: 'openshift',
      now: scene.clock.now(),
    }),
  });

const account = () => iamAccount(scene.aws.state.iam, '111122223333');

const denied = (): readonly string[] =>
  [...account().roles.values()].flatMap((role) =>
    role.inlinePolicies.has(denyPolicyName) ? [role.name] : [],
  );

/** Checks every way in which a revoked key could be published again. */
async function expectGone(privatePem: string, keyId: string): Promise<void> {
  const file = scene.file('stolen.pem', publicOf(privatePem));
  const requests = path.resolve('test/fixtures/credentials-requests/demo');
  for (const words of [
    ['create-identity-provider', '--name', 'c', '--public-key-file', file],
    [
      'create-all',
      '--name',
      'c',
      '--public-key-file',
      file,
      '--credentials-requests-dir',
      requests,
    ],
    ['rotate-keys', 'stage', '--name', 'c', '--next-public-key-file', file],
    ['rotate-keys', ...emergency, '--name', 'c', '--next-public-key-file', file],
  ]) {
    const { code, json } = await scene.run(words);
    expect([words[0], words[1], code, json.error.code]).toEqual([
      words[0],
      words[1],
      5,
      'KEY_REVOKED',
    ]);
  }
  await scene.rotate(['status']);
  await scene.rotate([]);
  expect(scene.publishedKids()).not.toContain(keyId);
}

describe('emergency', () => {
  it.each(['steady', 'staged', 'promoted'] as const)('works in phase %s', async (phase) => {
    scene = await openRotation();
    const old = scene.read('serviceaccount-signer.private');
    let staged: string | undefined;
    if (phase !== 'steady') {
      await scene.rotate(['stage']);
      staged = scene.read('serviceaccount-signer.next.private');
      for (const server of scene.servers) server.takeVerifiers();
    }
    if (phase === 'promoted') {
      scene.clock.advance(24 * hour + minute);
      await scene.rotate(['promote', ...scene.keySetFlags()]);
    }
    const before = scene.publishedKids();
    const run = await scene.rotate(emergency);
    expect(run.code, run.stderr).toBe(0);
    const [fresh = ''] = scene.publishedKids();
    expect(scene.publishedKids()).toHaveLength(1);
    expect(before).not.toContain(fresh);
    expect(run.json.result).toMatchObject({ phase: 'steady' });
    expect(run.json.result.clusterSteps.join('\n')).toContain('not proven');
    expect(run.json.result.clusterSteps.join('\n')).toContain('delete-open-id-connect-provider');
    expect(scene.read('serviceaccount-verifiers.pem').match(/BEGIN PUBLIC KEY/g)).toHaveLength(1);
    for (const stolen of [old, staged]) {
      if (stolen === undefined) continue;
      for (const file of scene.files()) expect(scene.read(file), file).not.toContain(stolen);
    }
    for (const server of scene.servers) server.takeSigner();
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
    await expectGone(old, before[0] ?? '');
    if (staged !== undefined) await expectGone(staged, before[1] ?? '');
  });

  it('works without a rotation state, and a copy of the old files cannot publish the old key again', async () => {
    scene = await openRotation();
    const copy = path.join(scene.root, 'copy');
    fs.cpSync(scene.folder, copy, { recursive: true });
    const old = scene.read('serviceaccount-signer.private');
    const [keyId = ''] = scene.publishedKids();
    expect((await scene.rotate(emergency)).code).toBe(0);
    const elsewhere = await scene.rotate(['status'], { folder: copy });
    expect(elsewhere.json.warnings.join('\n')).toContain(`"${keyId}", which is not published`);
    await scene.rotate(['stage'], { folder: copy });
    expect(scene.publishedKids()).not.toContain(keyId);
    const left = fs
      .readdirSync(copy, { recursive: true, encoding: 'utf8' })
      .filter((file) => fs.statSync(path.join(copy, file)).isFile())
      .filter((file) => fs.readFileSync(path.join(copy, file), 'utf8').includes(old));
    expect(left).toEqual([]);
  });

  it('denies older sessions after the proof that STS refuses the old key, with a later date', async () => {
    scene = await openRotation({ stsJwksCacheMs: 10 * minute });
    const old = scene.read('serviceaccount-signer.private');
    expect(await thief(old)).toBe('accepted');
    const began = scene.clock.now();
    const run = await scene.rotate([...emergency, ...probe(), '--timeout', '1h']);
    expect(run.code, run.stderr).toBe(0);
    expect(scene.clock.now().getTime() - began.getTime()).toBeGreaterThan(9 * minute);
    expect(await thief(old)).toBe('InvalidIdentityTokenException');
    expect(denied().length).toBeGreaterThan(1);
    const policy = [...account().roles.values()][0]?.inlinePolicies.get(denyPolicyName) ?? '';
    const date = /aws:TokenIssueTime[^0-9]*([0-9T:-]+Z)/.exec(policy)?.[1] ?? '';
    expect(Date.parse(date)).toBeGreaterThan(began.getTime() + 9 * minute);
    expect(run.json.result.clusterSteps.join('\n')).not.toContain('not proven');
    for (const file of scene.files()) expect(scene.read(file), file).not.toContain(old);
  });

  it('continues the proof with the same key after a timeout', async () => {
    scene = await openRotation({ stsJwksCacheMs: hour });
    const old = scene.read('serviceaccount-signer.private');
    await thief(old);
    const short = await scene.rotate([...emergency, ...probe(), '--timeout', '5m']);
    expect([short.code, short.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(denied()).toEqual([]);
    const kids = scene.publishedKids();
    const again = await scene.rotate([...emergency, '--timeout', '2h']);
    expect(again.code, again.stderr).toBe(0);
    expect(scene.publishedKids()).toEqual(kids);
    expect(again.json.warnings.join('\n')).toContain('made no other key');
    expect(denied().length).toBeGreaterThan(1);
  });

  it('does not accept a deleted provider as proof', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    // The provider is deleted before the first question to STS.
    account().oidcProviders.clear();
    const gone = await scene.rotate([...emergency, ...probe(), '--timeout', '2m']);
    expect([gone.code, gone.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
  });

  it('refuses an unusable probe role before any change', async () => {
    scene = await openRotation();
    const before = scene.aws.snapshot();
    const none = 'arn:aws:iam::111122223333:role/nobody';
    const run = await scene.rotate([...emergency, '--probe-role-arn', none]);
    expect([run.code, run.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(scene.aws.snapshot()).toEqual(before);
  });

  it('warns once that the probe role has permissions', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    const run = await scene.rotate([...emergency, '--probe-role-arn', scene.roleArn]);
    expect(run.code, run.stderr).toBe(0);
    const said = run.json.warnings.filter((text: string) =>
      text.includes('should have no policies'),
    );
    expect(said).toHaveLength(1);
  });

  it('is not complete while one role of the cluster does not deny older sessions', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    scene.aws.deny('iam:PutRolePolicy', /ingress/);
    const run = await scene.rotate([...emergency, ...probe()]);
    expect([run.code, run.json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
    expect(denied()).toHaveLength(1);
    scene.aws.allow('iam:PutRolePolicy');
    const again = await scene.rotate([...emergency, ...probe()]);
    expect(again.code, again.stderr).toBe(0);
    expect(denied().length).toBeGreaterThan(1);
  });

  it('is followed by a normal rotation', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    await scene.rotate(emergency);
    for (const server of scene.servers) {
      server.takeVerifiers();
      server.takeSigner();
    }
    expect((await scene.rotate(['stage'])).code).toBe(0);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(25 * hour);
    expect((await scene.rotate(['promote', ...scene.keySetFlags()])).code).toBe(0);
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
  });
});
