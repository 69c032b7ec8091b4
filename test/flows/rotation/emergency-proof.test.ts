// When an emergency is proven: STS refuses the old key while it accepts the new one, and every role
// denies older sessions. What is missing is recorded, and each run warns until it is done.

import * as fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { denyPolicyName } from '../../../src/core/roles/older-sessions.ts';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { hour, minute, openRotation, type RotationScene } from './rotation-scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

const emergency = (...words: readonly string[]) =>
  scene.rotate([
    'emergency',
    '--confirm',
    'c',
    '--probe-role-arn',
    scene.probeRoleArn,
    '--timeout',
    '2h',
    ...words,
  ]);

const roles = () => [...iamAccount(scene.aws.state.iam, '111122223333').roles.values()];
const denied = (): readonly string[] =>
  roles().flatMap((role) => (role.inlinePolicies.has(denyPolicyName) ? [role.name] : []));
const disturb = (milliseconds: number): void => {
  const until = new Date(scene.clock.now().getTime() + milliseconds);
  scene.aws.state.sts.disturbances.push({ kind: 'no-key', until });
};

describe('the proof that STS refuses the old key', () => {
  it('is not given while STS has a fault, whatever it answers for the old key', async () => {
    scene = await openRotation({ stsJwksCacheMs: 30 * minute });
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
    const began = scene.clock.now().getTime();
    disturb(10 * minute);
    const run = await emergency();
    expect(run.code, run.stderr).toBe(0);
    // STS had the old key in its cache for so long.
    expect(Date.parse(scene.state().emergency.refusedAt)).toBeGreaterThan(began + 29 * minute);
    expect(denied()).toEqual(roles().map((role) => role.name));
  });

  it('needs an accepted token of the new key before and after the refusal', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    disturb(3000);
    const run = await emergency();
    expect(run.code, run.stderr).toBe(0);
    const accepted = scene.aws.state.sts.sessions.map((session) => session.keyId);
    const [fresh] = scene.publishedKids();
    expect(accepted).toEqual([fresh, fresh]);
  });

  it('shows the last answer of STS after a timeout', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    disturb(hour);
    const run = await emergency('--timeout', '2m');
    expect([run.code, run.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(run.json.error.message).toContain(
      'a token of the fresh key was answered with InvalidIdentityToken',
    );
    expect(denied()).toEqual([]);
    const status = await scene.rotate(['status']);
    expect(status.json.warnings.join('\n')).toContain('STS was not seen to refuse the old key');
  });

  it('needs the private key of the new pair', async () => {
    scene = await openRotation();
    const before = scene.aws.snapshot();
    const other = fs.mkdtempSync(`${scene.root}/other-`);
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder: other });
    const given = `${other}/serviceaccount-signer.public`;
    const run = await emergency('--next-public-key-file', given);
    expect([run.code, run.json.error.code]).toEqual([2, 'USAGE']);
    expect(run.json.error.hint).toContain('--probe-role-arn');
    expect(scene.aws.snapshot()).toEqual(before);
  });
});

describe('missing denials of older sessions', () => {
  it('leave the emergency unproven if roles cannot be listed, with a warning until they are written', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    scene.aws.deny('iam:ListRoles');
    const run = await emergency();
    expect([run.code, run.json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
    expect(scene.state().emergency.cutProvenAt).toBeNull();
    expect(run.json.result.clusterSteps.join('\n')).toContain('not proven');
    for (const words of [['status'], [], ['stage'], ['rollback']]) {
      const later = await scene.rotate(words);
      expect(later.code, later.stderr).toBe(0);
      expect(later.json.warnings.join('\n'), words[0]).toContain('could not be listed');
    }
    const { refusedAt } = scene.state().emergency;
    scene.aws.allow('iam:ListRoles');
    scene.clock.advance(hour);
    const done = await scene.rotate([]);
    expect(done.code, done.stderr).toBe(0);
    expect(denied()).toEqual(roles().map((role) => role.name));
    // Sessions that pods got since then are not denied.
    const policy = roles()[0]?.inlinePolicies.get(denyPolicyName) ?? '';
    expect(policy).toContain(new Date(Date.parse(refusedAt) + 1000).toISOString().slice(0, 19));
    expect(scene.state().emergency.cutProvenAt).not.toBeNull();
    const quiet = await scene.rotate(['status']);
    expect(quiet.json.warnings.join('\n')).not.toContain('not proven');
  });

  it.each(['iam:GetRole', 'iam:PutRolePolicy'])(
    'on one role (%s) do not stop the other roles, and the role is named',
    async (action) => {
      scene = await openRotation({ stsJwksCacheMs: 0 });
      const names = roles().map((role) => role.name);
      const [out = ''] = names.filter(
        (name) => `arn:aws:iam::111122223333:role/${name}` !== scene.probeRoleArn,
      );
      scene.aws.deny(action, new RegExp(out));
      const run = await emergency();
      expect([run.code, run.json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
      expect(denied()).toEqual(names.filter((name) => name !== out));
      const status = await scene.rotate(['status']);
      expect(status.json.warnings.join('\n')).toContain(`not denied on role "${out}"`);
      scene.aws.allow(action);
      const kids = scene.publishedKids();
      const again = await emergency();
      expect(again.code, again.stderr).toBe(0);
      expect(scene.publishedKids()).toEqual(kids);
      expect(denied()).toEqual(names);
    },
  );
});
