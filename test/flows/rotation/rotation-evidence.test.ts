// Evidence for a rotation: tokens that start a wait, API servers that lack a key, flags that a step does
// not use, and shortened waits.

import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  hour,
  minute,
  openRotation,
  type RotationScene,
  second,
  toPromotable,
  toSigning,
} from './rotation-scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

/** The key set of the first API server before it got any new verifier. */
const oldKeySet = async (): Promise<string> => {
  scene = await openRotation();
  return scene.file('old-jwks', scene.servers[0]?.keySet() ?? '');
};

describe('retire with a token', () => {
  it('succeeds with a new token while the gate is closed, and shows when it opens', async () => {
    scene = await openRotation();
    await toSigning(scene);
    const tokens = scene.tokenFlags();
    scene.clock.advance(second);
    const shown = await scene.rotate(['retire', ...tokens]);
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.json.changes.map((change) => change.resource)).toEqual(['rotation-state']);
    const { opensAt } = shown.json.result.next;
    expect(Date.parse(opensAt)).toBeGreaterThan(scene.clock.now().getTime());
    expect(shown.json.changes[0]?.detail).toBe(
      `token recorded; retire opens at ${opensAt} (in 24 h 10 m)`,
    );
    expect(shown.stderr).toContain(`token recorded; retire opens at ${opensAt} (in 24 h 10 m)`);
    expect(shown.json.warnings).toEqual([]);
    // The second run has no new token, and the third has none at all.
    for (const words of [['retire', ...tokens], ['retire']]) {
      const closed = await scene.rotate(words);
      expect([closed.code, closed.json.error.code]).toEqual([3, 'GATE_CLOSED']);
      expect(closed.json.error.details.opensAt).toBe(opensAt);
      expect(closed.json.changes).toEqual([]);
    }
    scene.clock.advance(Date.parse(opensAt) - scene.clock.now().getTime());
    expect((await scene.rotate(['retire'])).json.result.phase).toBe('steady');
  });

  it('is refused if a token shows that the old key still signs', async () => {
    scene = await openRotation({ apiServers: 1 });
    await toPromotable(scene);
    await scene.rotate(['promote', ...scene.keySetFlags()]);
    scene.clock.advance(minute);
    const shown = await scene.rotate(['retire', ...scene.tokenFlags()]);
    expect([shown.code, shown.json.error.code]).toEqual([3, 'GATE_CLOSED']);
  });

  it.each([
    ['a slash at the end', (issuer: string) => `${issuer}/`, 'differs'],
    ['the issuer of before', () => 'https://old.example.com', 'before any other'],
  ])('names the setting of the API server for %s', async (_, issuerOf, words) => {
    scene = await openRotation();
    await toSigning(scene);
    const [server] = scene.servers;
    const token = server?.token({
      issuer: issuerOf(scene.issuer),
      subject: 'system:serviceaccount:default:default',
      audience: 'openshift',
      now: scene.clock.now(),
    });
    const run = await scene.rotate(['retire', '--token-file', scene.file('t', token ?? '')]);
    expect([run.code, run.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    const said = run.json.error.message + JSON.stringify(run.json.error.details);
    expect(said).toContain(`--service-account-issuer=${scene.issuer} `);
    expect(said).toContain(words);
  });
});

describe('the key sets of the API servers', () => {
  it('are required for promote, unless it is forced with the typed name', async () => {
    scene = await openRotation();
    await toPromotable(scene);
    const closed = await scene.rotate(['promote']);
    expect([closed.code, closed.json.error.code]).toEqual([3, 'GATE_CLOSED']);
    expect(closed.json.error.details.opensAt).toBeNull();
    expect(closed.json.error.message).toContain('--api-server-jwks');
    expect((await scene.rotate(['status'])).json.result.next.open).toBe(false);
    const forced = await scene.rotate(['promote', '--force', '--confirm', 'c']);
    expect([forced.code, forced.json.result.phase]).toEqual([0, 'promoted']);
  });

  it('are not required on OpenShift', async () => {
    scene = await openRotation();
    await scene.rotate(['stage', '--platform', 'openshift']);
    scene.clock.advance(24 * hour + minute);
    expect((await scene.rotate(['promote'])).code).toBe(0);
  });

  it('are not required if the next key has an external signer', async () => {
    scene = await openRotation();
    const folder = path.join(scene.root, 'signer');
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder });
    const given = path.join(folder, 'serviceaccount-signer.public');
    await scene.rotate(['stage', '--next-public-key-file', given]);
    scene.clock.advance(24 * hour + minute);
    expect((await scene.rotate(['promote'])).code).toBe(0);
  });

  it('are named if they lack the current key, with exit code 3, in every phase', async () => {
    const old = await oldKeySet();
    await toSigning(scene);
    for (const words of [['promote'], ['retire'], []]) {
      const run = await scene.rotate([...words, '--api-server-jwks', old]);
      expect([words, run.code, run.json.error?.code]).toEqual([words, 3, 'GATE_CLOSED']);
      expect(run.json.error.message).toContain('old-jwks');
    }
    // It accepts the key that a rollback makes current again.
    expect((await scene.rotate(['rollback', '--api-server-jwks', old])).code).toBe(0);
    await scene.rotate(['promote', ...scene.keySetFlags()]);
    scene.clock.advance(6 * minute);
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(25 * hour);
    await scene.rotate(['retire']);
    for (const words of [['stage'], [], ['retire']]) {
      const run = await scene.rotate([...words, '--api-server-jwks', old]);
      expect([words, run.code, run.json.error?.code]).toEqual([words, 3, 'GATE_CLOSED']);
      expect(run.json.changes).toEqual([]);
    }
  });
});

describe('a flag of rotate-keys', () => {
  it('is checked in every step: a probe role that does not exist', async () => {
    scene = await openRotation();
    await toPromotable(scene);
    const none = ['--probe-role-arn', 'arn:aws:iam::111122223333:role/nobody'];
    for (const words of [['promote', ...scene.keySetFlags()], ['stage'], ['status'], []]) {
      const run = await scene.rotate([...words, ...none]);
      expect([words[0], run.code, run.json.error?.code]).toEqual([words[0], 2, 'INPUT_INVALID']);
    }
    expect(scene.state().phase).toBe('staged');
  });

  it('is refused if the step does not use it: a token for stage, promote or emergency', async () => {
    scene = await openRotation();
    for (const step of ['stage', 'promote', 'emergency']) {
      const run = await scene.rotate([step, ...scene.tokenFlags()]);
      expect([step, run.code, run.json.error.code]).toEqual([step, 2, 'USAGE']);
      expect(run.json.error.message).toContain('--token-file');
    }
  });
});

describe('shortened waits', () => {
  it.each(['retire', 'rollback', 'emergency'])(
    'end with the rotation in which they were given (%s)',
    async (end) => {
      scene = await openRotation({ apiServers: 1 });
      const short = ['--min-publish-age', '1m', '--max-token-lifetime', '1m', '--confirm', 'c'];
      await scene.rotate(['stage', ...short]);
      for (const server of scene.servers) server.takeVerifiers();
      scene.clock.advance(2 * minute);
      if (end === 'retire') {
        expect((await scene.rotate(['promote', ...scene.keySetFlags()])).code).toBe(0);
        for (const server of scene.servers) server.takeSigner();
        await scene.rotate(scene.tokenFlags());
        scene.clock.advance(2 * minute);
      }
      const ended = await scene.rotate([end, ...(end === 'emergency' ? ['--confirm', 'c'] : [])]);
      expect(ended.json.result.phase, ended.stderr).toBe('steady');
      expect(scene.state().durations).toEqual({ minPublishAge: 86_400, maxTokenLifetime: 87_000 });
      // As a scheduled job runs it.
      scene.clock.advance(hour);
      const staged = await scene.rotate(['--rotate-every', '1s']);
      expect(staged.json.result.phase, staged.stderr).toBe('staged');
      const opens = Date.parse(staged.json.result.next.opensAt) - scene.clock.now().getTime();
      expect(opens).toBeGreaterThan(23 * hour);
    },
  );

  it('need the typed name at stage, and the prompt names each of them', async () => {
    scene = await openRotation();
    const words = ['stage', '--min-publish-age', '2h', '--max-token-lifetime', '3h'];
    const asked = await scene.rotate(words, { answers: ['c'] });
    expect(asked.code, asked.stderr).toBe(0);
    expect(asked.stderr).toContain('--min-publish-age "2h"');
    expect(asked.stderr).toContain('--max-token-lifetime "3h"');
    const forced = await scene.rotate(
      ['promote', '--force', '--min-publish-age', '1h', '--max-token-lifetime', '1h'],
      { answers: ['d'] },
    );
    expect(forced.code).toBe(130);
    expect(forced.stderr).toContain('--min-publish-age "1h"');
    expect(forced.stderr).toContain('--max-token-lifetime "1h"');
  });

  it('an emergency names what it destroys and what must be restarted', async () => {
    scene = await openRotation();
    const asked = await scene.rotate(['emergency', '--probe-role-arn', scene.probeRoleArn], {
      answers: ['no'],
    });
    expect(asked.code).toBe(130);
    for (const words of ['old private keys are destroyed', 'session', 'restarted', 'every pod']) {
      expect(asked.stderr).toContain(words);
    }
  });
});
