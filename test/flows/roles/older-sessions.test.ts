// The Deny policy that an emergency writes to the roles is ours: no create command reports it as somebody
// else's, and it is removed when every session that it denies has expired.

import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { denyPolicyName } from '../../../src/core/roles/older-sessions.ts';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { hour, minute, openRotation, type RotationScene } from '../rotation/rotation-scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

const requests = path.resolve('test/fixtures/credentials-requests/demo');
const flags = ['--name', 'c', '--credentials-requests-dir', requests];
const commands = [
  ['create-all', ...flags],
  ['create-iam-roles', ...flags],
];
const roles = () => [...iamAccount(scene.aws.state.iam, '111122223333').roles.values()];
const denied = (): readonly string[] =>
  roles().flatMap((role) => (role.inlinePolicies.has(denyPolicyName) ? [role.name] : []));

async function afterEmergency(): Promise<void> {
  scene = await openRotation({ stsJwksCacheMs: 0 });
  const words = ['emergency', '--confirm', 'c', '--probe-role-arn', scene.probeRoleArn];
  const run = await scene.rotate(words);
  expect(run.code, run.stderr).toBe(0);
}

describe('the denial of older sessions', () => {
  it('is recognized as ours, and removed after the longest session has ended', async () => {
    await afterEmergency();
    scene.clock.advance(11 * hour);
    for (const words of commands) {
      const run = await scene.run(words);
      expect(run.code, run.stderr).toBe(0);
      expect(run.json.changes).toEqual([]);
      expect(run.json.warnings.join('\n')).not.toContain('what others added');
    }
    expect(denied()).toHaveLength(roles().length);
    scene.clock.advance(hour + minute);
    const planned = await scene.run(['create-iam-roles', ...flags, '--dry-run']);
    const run = await scene.run(['create-iam-roles', ...flags]);
    expect(run.json.changes).toEqual(planned.json.changes);
    expect(run.json.changes).toHaveLength(roles().length);
    expect(run.json.changes[0]?.detail).toContain(denyPolicyName);
    expect(denied()).toEqual([]);
    expect((await scene.run(['create-iam-roles', ...flags])).json.changes).toEqual([]);
  });

  it('is kept for 12 hours, although the longest session was lowered since', async () => {
    await afterEmergency();
    for (const role of roles()) role.maxSessionDuration = 3600;
    scene.clock.advance(11 * hour);
    expect((await scene.run(['create-iam-roles', ...flags])).json.changes).toEqual([]);
    scene.clock.advance(hour + minute);
    await scene.run(['create-iam-roles', ...flags]);
    expect(denied()).toEqual([]);
  });

  it('is kept if somebody removed its date by hand', async () => {
    await afterEmergency();
    for (const role of roles()) {
      role.inlinePolicies.set(
        denyPolicyName,
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
      );
    }
    scene.clock.advance(48 * hour);
    expect((await scene.run(['create-iam-roles', ...flags])).json.changes).toEqual([]);
  });
});
