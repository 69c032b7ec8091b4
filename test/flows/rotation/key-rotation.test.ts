// A whole rotation on the local AWS with a moved clock: at every moment STS accepts the tokens of the
// key that the API servers use at that time.

import { createPublicKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  expectNoSecrets,
  filesIn,
  hour,
  minute,
  openRotation,
  second,
  type RotationScene,
  createsChangeNothing,
} from './rotation-scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

const green = async (): Promise<void> => {
  for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
};
const pem = (file: string): string => scene.read(file);
const kids = (role: string, result: { keys: { role: string; keyId: string }[] }): string[] =>
  result.keys.filter((key) => key.role === role).map((key) => key.keyId);

describe('the first and last line of rotate-keys', () => {
  it('do not say that nothing had to be changed if the command only reads or waits', async () => {
    scene = await openRotation();
    await scene.rotate(['stage']);
    for (const words of [['status'], []]) {
      const { code, stderr } = await scene.rotate(words);
      expect(code).toBe(0);
      expect(stderr).not.toContain('nothing had to be changed');
    }
  });
});

describe('a rotation, from stage to retire', () => {
  it('keeps every token accepted by STS, opens gates on time and leaves no file behind', async () => {
    scene = await openRotation();
    const [first, second_] = scene.servers;
    const oldKid = first?.signer() ?? '';
    const oldPem = pem('serviceaccount-signer.private');
    await green();

    const staged = await scene.rotate(['stage']);
    expect(staged.code, staged.stderr).toBe(0);
    expect(staged.json.result.phase).toBe('staged');
    const newKid = kids('next', staged.json.result)[0] ?? '';
    expect(scene.publishedKids()).toEqual([oldKid, newKid]);
    expect(staged.json.result.next).toMatchObject({ step: 'promote', open: false });
    expect(
      fs.statSync(path.join(scene.folder, 'serviceaccount-signer.next.private')).mode & 0o777,
    ).toBe(0o600);
    await green();
    const again = await scene.rotate(['stage']);
    expect(again.json.changes).toEqual([]);
    expect(kids('next', again.json.result)).toEqual([newKid]);

    await createsChangeNothing(scene);

    const opens = Date.parse(staged.json.result.next.opensAt);
    expect(opens - Date.parse(staged.json.result.keys[1].since)).toBe(24 * hour);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(opens - scene.clock.now().getTime() - second);
    const early = await scene.rotate(['promote', ...scene.keySetFlags()]);
    expect(early.code).toBe(3);
    expect(early.json.error).toMatchObject({
      code: 'GATE_CLOSED',
      details: { step: 'promote', opensAt: staged.json.result.next.opensAt },
    });
    expect(early.json.result.phase).toBe('staged');
    scene.clock.advance(second);
    const promoted = await scene.rotate(['promote', ...scene.keySetFlags()]);
    expect(promoted.code, promoted.stderr).toBe(0);
    expect(promoted.json.result).toMatchObject({ phase: 'promoted' });
    expect(kids('current', promoted.json.result)).toEqual([newKid]);
    expect(kids('retiring', promoted.json.result)).toEqual([oldKid]);
    expect(pem('serviceaccount-signer.previous.private')).toBe(oldPem);
    expect(pem('tls/bound-service-account-signing-key.key')).toBe(
      pem('serviceaccount-signer.private'),
    );
    expect(filesIn(scene.folder)).not.toContain('serviceaccount-signer.next.private');
    expect((await scene.rotate(['promote'])).json.changes).toEqual([]);
    await green();

    await createsChangeNothing(scene);

    first?.takeSigner();
    await green();
    const half = await scene.rotate(['retire', ...scene.tokenFlags()]);
    expect(half.code).toBe(3);
    expect(half.json.error.details).toMatchObject({ step: 'retire', opensAt: null });
    expect(half.json.error.message).toContain('had not switched');
    second_?.takeSigner();
    await green();

    scene.clock.advance(minute);
    const shown = await scene.rotate([...scene.tokenFlags()]);
    expect(shown.code, shown.stderr).toBe(0);
    const retireAt = Date.parse(shown.json.result.next.opensAt);
    expect(retireAt).toBe(
      Math.floor(scene.clock.now().getTime() / 1000) * 1000 + 24 * hour + 10 * minute,
    );
    scene.clock.advance(retireAt - scene.clock.now().getTime() - second);
    const tooSoon = await scene.rotate(['retire']);
    expect(tooSoon.code).toBe(3);
    expect(tooSoon.json.error.details.opensAt).toBe(shown.json.result.next.opensAt);
    scene.clock.advance(second);
    const retired = await scene.rotate(['retire']);
    expect(retired.code, retired.stderr).toBe(0);
    expect(retired.json.result).toMatchObject({ phase: 'steady' });
    expect(scene.publishedKids()).toEqual([newKid]);
    await green();
    await createsChangeNothing(scene);
    expect((await scene.rotate(['retire'])).json.changes).toEqual([]);

    for (const file of filesIn(scene.folder)) expect(pem(file), file).not.toContain(oldPem);
    expect(pem('serviceaccount-verifiers.pem').match(/BEGIN PUBLIC KEY/g)).toHaveLength(2);
    expect(retired.json.result.history.map((entry: { step: string }) => entry.step)).toEqual([
      'begin',
      'stage',
      'published',
      'promote',
      'evidence',
      'retire',
    ]);
    const readded = await scene.run([
      'create-identity-provider',
      '--name',
      'c',
      '--public-key-file',
      scene.file('old.pem', oldPublic(oldPem)),
    ]);
    expect(readded).toMatchObject({ code: 5 });
    expect(readded.json.error.code).toBe('KEY_REVOKED');

    const soon = await scene.rotate(['retire', '--verifier', oldKid]);
    expect(soon.json.error.code).toBe('CONFIRMATION_REQUIRED');
    const dropAt = Date.parse(soon.json.error.details.opensAt);
    scene.clock.advance(dropAt - scene.clock.now().getTime() - second);
    expect((await scene.rotate(['retire', '--verifier', oldKid])).code).toBe(2);
    scene.clock.advance(second);
    const dropped = await scene.rotate(['retire', '--verifier', oldKid]);
    expect(dropped.code, dropped.stderr).toBe(0);
    expect(pem('serviceaccount-verifiers.pem').match(/BEGIN PUBLIC KEY/g)).toHaveLength(1);
    expect((await scene.rotate(['retire', '--verifier', oldKid])).json.changes).toEqual([]);
    for (const outcome of [staged, promoted, retired]) expectNoSecrets(outcome, scene);
  });

  it('prints no key and no token, even with --verbose', async () => {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    const probe = ['--probe-role-arn', scene.probeRoleArn];
    const say = async (...words: readonly string[]): Promise<void> => {
      // `rotate` searches every outcome for keys and tokens.
      const run = await scene.rotate([...words, '--verbose']);
      expect(run.code, run.stderr).toBe(0);
    };
    const wrong = scene.file('wrong', scene.read('serviceaccount-signer.private'));
    for (const flag of ['--token-file', '--api-server-jwks', '--next-public-key-file']) {
      const run = await scene.rotate(['stage', flag, wrong, '--verbose']);
      expect([flag, run.code]).toEqual([flag, 2]);
    }
    await say('stage');
    for (const server of scene.servers) server.takeVerifiers();
    await say('promote', ...scene.keySetFlags(), ...probe);
    for (const server of scene.servers) server.takeSigner();
    await say(...scene.tokenFlags());
    await say('rollback');
    await say('emergency', '--confirm', 'c', ...probe);
  });

  it('stages with --rotate-every exactly when the current key is old enough', async () => {
    scene = await openRotation();
    const every = ['--rotate-every', '72h'];
    const first = await scene.rotate(every);
    const due = Date.parse(first.json.result.next.opensAt);
    scene.clock.advance(due - scene.clock.now().getTime() - second);
    expect((await scene.rotate(every)).json.result.phase).toBe('steady');
    scene.clock.advance(second);
    expect((await scene.rotate(every)).json.result.phase).toBe('staged');
  });

  it('is completed by a daily job, which exits with 0 while it waits', async () => {
    scene = await openRotation({ apiServers: 1 });
    const seen: string[] = [];
    for (let day = 0; day < 40; day += 1) {
      const flags = ['--rotate-every', '168h', ...scene.keySetFlags(), ...scene.tokenFlags()];
      const run = await scene.rotate(flags);
      expect(run.code, run.stderr).toBe(0);
      const phase: string = run.json.result.phase;
      if (seen.at(-1) !== phase) seen.push(phase);
      // The operator does the steps a day after they were printed.
      if (phase === 'staged') scene.servers[0]?.takeVerifiers();
      if (phase === 'promoted') scene.servers[0]?.takeSigner();
      await green();
      scene.clock.advance(24 * hour);
    }
    expect(seen.slice(0, 4)).toEqual(['steady', 'staged', 'promoted', 'steady']);
    expect(seen.length).toBeGreaterThan(6);
  });

  it('promotes at once after STS accepted the next key', async () => {
    scene = await openRotation({ stsJwksCacheMs: hour });
    await green();
    await scene.rotate(['stage']);
    for (const server of scene.servers) server.takeVerifiers();
    const probe = ['--probe-role-arn', scene.probeRoleArn, '--probe-region', 'eu-west-1,us-east-1'];
    const cached = await scene.rotate(['promote', ...scene.keySetFlags(), ...probe]);
    expect(cached.code).toBe(3);
    expect(cached.json.error.message).toContain('STS in eu-west-1 answered InvalidIdentityToken');
    scene.clock.advance(hour);
    const promoted = await scene.rotate(['promote', ...scene.keySetFlags(), ...probe]);
    expect(promoted.code, promoted.stderr).toBe(0);
    for (const server of scene.servers) server.takeSigner();
    await green();
  });

  it('does not promote while one API server lacks the verifier, whatever the age', async () => {
    scene = await openRotation();
    await scene.rotate(['stage']);
    scene.servers[0]?.takeVerifiers();
    scene.clock.advance(48 * hour);
    const closed = await scene.rotate(['promote', ...scene.keySetFlags()]);
    expect(closed.code).toBe(3);
    expect(closed.json.error.message).toContain('jwks-1');
    expect(closed.json.error.details.opensAt).toBeNull();
    const waiting = await scene.rotate([...scene.keySetFlags()]);
    expect(waiting).toMatchObject({ code: 0 });
    expect(waiting.json.result.phase).toBe('staged');
  });

  it('plans each step without any write and shows the requests', async () => {
    scene = await openRotation();
    const plan = async (...words: readonly string[]): Promise<void> => {
      const before = scene.aws.snapshot();
      const keys = (): readonly string[] => scene.files().filter((file) => !/^\d\d-/.test(file));
      const files = keys();
      const planned = await scene.rotate([...words, '--dry-run']);
      expect(planned.code, planned.stderr).toBe(0);
      expect(planned.json.changes.map((change) => change.resource)).toContain('rotation-state');
      expect(scene.aws.snapshot()).toEqual(before);
      expect(keys()).toEqual(files);
    };
    await plan('stage');
    await plan('emergency', '--probe-role-arn', scene.probeRoleArn);
    await scene.rotate(['stage']);
    for (const server of scene.servers) server.takeVerifiers();
    await plan('rollback');
    await plan('emergency');
    scene.clock.advance(25 * hour);
    await plan('promote', ...scene.keySetFlags());
    await scene.rotate(['promote', ...scene.keySetFlags()]);
    await plan('rollback');
    for (const server of scene.servers) server.takeSigner();
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(25 * hour);
    await plan('retire');
  });
});

function oldPublic(privatePem: string): string {
  return createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString();
}
