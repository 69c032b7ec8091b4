// What a rotation refuses: steps that the phase does not allow, and wrong input, each with its exit code
// and without a change to AWS or the folder.

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mintToken, type TokenFor } from './api-server.ts';
import {
  hour,
  minute,
  openRotation,
  type RotationScene,
  toSigning,
  toStaged,
} from './rotation-scene.ts';
import type { Outcome, RunChange } from '../scene.ts';
import { bucketOf } from '../scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

/** Runs the words and checks that neither AWS nor a file changed. */
async function unchanged(words: readonly string[], change?: RunChange): Promise<Outcome> {
  const before = { aws: scene.aws.snapshot(), files: contents() };
  const outcome = await scene.rotate(words, change);
  expect({ aws: scene.aws.snapshot(), files: contents() }, words.join(' ')).toEqual(before);
  return outcome;
}

function contents(): readonly string[] {
  return scene.files().map((file) => `${file} ${scene.read(file)}`);
}

const claims = (change: Partial<TokenFor> = {}): TokenFor => ({
  issuer: scene.issuer,
  subject: 'system:serviceaccount:default:default',
  audience: 'openshift',
  now: scene.clock.now(),
  ...change,
});

const key = (file: string) => createPrivateKey(scene.read(file));

describe('the steps allowed in each phase', () => {
  it('in phase steady, promote, retire and rollback are usage errors', async () => {
    scene = await openRotation();
    for (const step of ['promote', 'retire', 'rollback']) {
      const { code, json } = await unchanged([step]);
      expect([step, code, json.error.code]).toEqual([step, 2, 'USAGE']);
    }
    const waiting = await unchanged([]);
    expect([waiting.code, waiting.json.result.next.step]).toEqual([0, 'stage']);
  });

  it('in phase staged, stage changes nothing, promote waits and retire is a usage error', async () => {
    scene = await openRotation();
    await toStaged(scene);
    expect((await unchanged(['stage'])).code).toBe(0);
    const closed = (await unchanged(['promote'])).json.error;
    expect(closed.code).toBe('GATE_CLOSED');
    expect(closed.hint).toContain('run it again with --from-cluster or --api-server-jwks, after ');
    expect((await unchanged(['retire'])).json.error.code).toBe('USAGE');
    const waiting = await unchanged([]);
    expect([waiting.code, waiting.json.result.next.open]).toEqual([0, false]);
  });

  it('in phase promoted, promote changes nothing, retire waits and stage is a usage error', async () => {
    scene = await openRotation();
    await toSigning(scene);
    expect((await unchanged(['stage'])).json.error.code).toBe('USAGE');
    expect((await unchanged(['promote'])).code).toBe(0);
    const closed = await unchanged(['retire']);
    expect([closed.code, closed.json.error.details.opensAt]).toEqual([3, null]);
    const waiting = await unchanged([]);
    expect([waiting.code, waiting.json.result.next.opensAt]).toEqual([0, null]);
  });

  it('rollback works in each phase, and a second rotation can follow it', async () => {
    scene = await openRotation();
    await toStaged(scene);
    const [old] = scene.publishedKids();
    const back = await scene.rotate(['rollback']);
    expect([back.code, back.json.result.phase, scene.publishedKids()]).toEqual([
      0,
      'steady',
      [old],
    ]);
    expect(scene.files().filter((file) => file.includes('next'))).toEqual([]);
    expect((await unchanged(['rollback'])).code).toBe(0);

    await toSigning(scene);
    const [, next] = scene.publishedKids();
    expect((await scene.rotate(['rollback'])).json.result.phase).toBe('staged');
    expect(scene.publishedKids()).toEqual([old, next]);
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
    // Tokens of the current signing key are required, because the next key has already signed.
    const early = await scene.rotate(['rollback', ...scene.tokenFlags()]);
    expect([early.code, early.json.error.code]).toEqual([3, 'GATE_CLOSED']);
    expect(scene.publishedKids()).toEqual([old, next]);
    for (const server of scene.servers) server.takeSigner();
    scene.clock.advance(6 * minute);
    const shown = await scene.rotate(['rollback', ...scene.tokenFlags()]);
    const opens = Date.parse(shown.json.error.details.opensAt);
    scene.clock.advance(opens - scene.clock.now().getTime() - 1000);
    expect((await scene.rotate(['rollback'])).code).toBe(3);
    scene.clock.advance(1000);
    expect((await scene.rotate(['rollback'])).json.result.phase).toBe('steady');
    expect(scene.publishedKids()).toEqual([old]);
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
  });
});

describe('rotate-keys', () => {
  it('refuses a next key that is the current key, and a file with several keys', async () => {
    scene = await openRotation();
    const current = scene.read('serviceaccount-signer.public');
    const same = ['--next-public-key-file', scene.file('same.pem', current)];
    const equal = await unchanged(['stage', ...same]);
    expect([equal.code, equal.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    const two = ['--next-public-key-file', scene.file('two.pem', current + publicPem())];
    expect((await unchanged(['stage', ...two])).json.error.code).toBe('INPUT_INVALID');
  });

  it('refuses at stage and promote a next key other than the staged one', async () => {
    scene = await openRotation();
    await toStaged(scene);
    scene.clock.advance(25 * hour);
    const other = ['--next-public-key-file', scene.file('other.pem', publicPem())];
    for (const step of ['stage', 'promote']) {
      const { code, json } = await unchanged([step, ...other, ...scene.keySetFlags()]);
      expect([step, code, json.error.code]).toEqual([step, 2, 'USAGE']);
    }
  });

  it('refuses at promote a platform other than the staged one, which stage can change', async () => {
    scene = await openRotation();
    await toStaged(scene);
    scene.clock.advance(25 * hour);
    const { code, json } = await unchanged(['promote', '--platform', 'openshift']);
    expect([code, json.error.code]).toEqual([2, 'USAGE']);
    expect((await scene.rotate(['stage', '--platform', 'openshift'])).code).toBe(0);
    expect(scene.state().platform).toBe('openshift');
  });

  it('refuses tokens that are of another cluster, expired, forged, of an unknown key, or missing', async () => {
    scene = await openRotation();
    await toSigning(scene);
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const own = key('serviceaccount-signer.private');
    const [head = '', body = ''] = mintToken(own, claims()).split('.');
    const wrong = {
      'of issuer': mintToken(own, claims({ issuer: 'https://example.com' })),
      expired: mintToken(own, claims({ now: new Date(scene.clock.now().getTime() - 25 * hour) })),
      future: mintToken(own, claims({ now: new Date(scene.clock.now().getTime() + hour) })),
      'not the current, next or retiring key': mintToken(stranger, claims()),
      'does not match key': `${head}.${body}.${mintToken(stranger, claims()).split('.')[2] ?? ''}`,
      'not a JSON Web Token': 'apiVersion: v1',
    };
    for (const [message, token] of Object.entries(wrong)) {
      const { code, json } = await unchanged(['retire', '--token-file', scene.file('t', token)]);
      expect([message, code, json.error.code]).toEqual([message, 2, 'INPUT_INVALID']);
      expect(json.error.message + JSON.stringify(json.error.details ?? {})).toContain(message);
    }
    const absent = await unchanged(['retire', '--token-file', 'nowhere']);
    expect(absent.json.error.code).toBe('FILE_UNREADABLE');
  });

  it('restarts the wait of retire after a new token of the old key', async () => {
    scene = await openRotation({ apiServers: 1 });
    await toSigning(scene);
    const started = await scene.rotate(['retire', ...scene.tokenFlags()]);
    expect(started.json.result.next.opensAt).not.toBeNull();
    scene.clock.advance(hour);
    const old = mintToken(key('serviceaccount-signer.previous.private'), claims());
    const cleared = await scene.rotate(['retire', '--token-file', scene.file('old', old)]);
    expect([cleared.code, cleared.json.error.details.opensAt]).toEqual([3, null]);
    scene.clock.advance(48 * hour);
    expect((await scene.rotate(['retire'])).code).toBe(3);
  });

  it('writes a readable state after a forced retire with many tokens', async () => {
    scene = await openRotation();
    await toSigning(scene);
    const old = key('serviceaccount-signer.previous.private');
    const flags = Array.from({ length: 12 }, (_, index) => [
      '--token-file',
      scene.file(`old-${index}`, mintToken(old, claims())),
    ]).flat();
    const forced = await scene.rotate(['retire', '--force', '--confirm', 'c', ...flags]);
    expect(forced.code, forced.stderr).toBe(0);
    expect(forced.json.result.phase).toBe('steady');
    expect((await scene.rotate(['status'])).code).toBe(0);
  });

  it('ignores a token that was issued before the promotion', async () => {
    scene = await openRotation({ apiServers: 1 });
    await toStaged(scene);
    scene.clock.advance(24 * hour + minute);
    const early = scene.file(
      'early',
      mintToken(key('serviceaccount-signer.next.private'), claims()),
    );
    scene.clock.advance(minute);
    await scene.rotate(['promote', ...scene.keySetFlags()]);
    const { code, json } = await unchanged(['retire', '--token-file', early]);
    expect([code, json.error.details.opensAt]).toEqual([3, null]);
  });

  it('does not accept tokens of one API server for all, even over several days', async () => {
    scene = await openRotation();
    await toSigning(scene);
    const one = scene.servers[0];
    if (one === undefined) throw new Error('no API server');
    for (let day = 0; day < 4; day += 1) {
      const token = ['--token-file', scene.file('one', scene.token(one))];
      const closed = await unchanged(['retire', ...token, ...token]);
      expect([closed.code, closed.json.error.details.opensAt]).toEqual([3, null]);
      expect(closed.json.error.message).toContain('1 fresh token(s) for 2 API servers');
      scene.clock.advance(24 * hour);
    }
    const all = await scene.rotate(['retire', ...scene.tokenFlags()]);
    expect(all.json.result.next.opensAt).not.toBeNull();
  });

  it('keeps an unknown third key of the key set and names it', async () => {
    scene = await openRotation();
    await scene.run([
      'create-identity-provider',
      '--name',
      'c',
      '--public-key-file',
      scene.file('third.pem', publicPem()),
    ]);
    const third = scene.publishedKids()[1] ?? '';
    await toSigning(scene);
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(25 * hour);
    const retired = await scene.rotate(['retire']);
    expect(retired.code, retired.stderr).toBe(0);
    expect(scene.publishedKids()).toContain(third);
    expect(retired.json.warnings.join('\n')).toContain(`"${third}"`);
    expect(retired.json.result.keys).toContainEqual(
      expect.objectContaining({ keyId: third, role: 'unknown', published: true }),
    );
  });

  it('refuses a state of a newer schema, a damaged one, and one without read permission', async () => {
    scene = await openRotation();
    await toStaged(scene);
    const objects = bucketOf(scene.aws)?.objects;
    const stored = objects?.get('.oidc-bootstrap/rotation.json');
    if (objects === undefined || stored === undefined) throw new Error('no state');
    for (const [text, message] of [
      ['{"schemaVersion":2}', 'schema version "2"'],
      ['{"schemaVersion":1}', 'cannot be read'],
    ] as const) {
      objects.set('.oidc-bootstrap/rotation.json', { ...stored, body: Buffer.from(text) });
      for (const words of [['status'], ['stage'], [], ['emergency', '--confirm', 'c']]) {
        const { code, json } = await unchanged(words);
        expect([words, code, json.error.code]).toEqual([words, 2, 'INPUT_INVALID']);
        expect(json.error.message).toContain(message);
        // The public registry has no package of this program.
        expect(json.error.hint).not.toContain('npm');
      }
    }
    objects.set('.oidc-bootstrap/rotation.json', stored);
    scene.aws.deny('s3:GetObject', /rotation/);
    for (const words of [['status'], ['stage'], []]) {
      const { code, json } = await unchanged(words);
      expect([words, code, json.error.code]).toEqual([words, 4, 'AWS_ACCESS_DENIED']);
    }
  });

  it('refuses promote if the clock went back', async () => {
    scene = await openRotation();
    await toStaged(scene);
    scene.clock.advance(-hour);
    const { code, json } = await unchanged(['promote']);
    expect([code, json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(json.error.message).toContain('clock');
    expect((await unchanged(['status'])).code).toBe(0);
  });

  it('needs the typed name for shorter waits than the stored ones and for very short ones', async () => {
    scene = await openRotation();
    const low = await unchanged([
      'stage',
      '--min-publish-age',
      '30m',
      '--max-token-lifetime',
      '1h',
    ]);
    for (const flag of ['--min-publish-age "30m"', '--max-token-lifetime "1h"']) {
      expect(low.json.error.message).toContain(flag);
    }
    expect([low.code, low.json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    await toStaged(scene);
    scene.clock.advance(3 * hour);
    const short = await unchanged(['promote', '--min-publish-age', '2h']);
    expect([short.code, short.json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    const long = await scene.rotate(['promote', '--min-publish-age', '30h']);
    expect(long.json.error.details.opensAt).not.toBeNull();
    expect(scene.state().durations.minPublishAge).toBe(30 * 3600);
    const words = ['promote', '--min-publish-age', '2h', '--confirm', 'c'];
    const typed = await scene.rotate([...words, ...scene.keySetFlags()]);
    expect(typed.code, typed.stderr).toBe(0);
  });

  it('needs the typed name for emergency and --force, and ignores approvals in the environment', async () => {
    scene = await openRotation();
    const emergency = await unchanged(['emergency']);
    expect([emergency.code, emergency.json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    expect((await unchanged(['emergency', '--confirm', 'd'])).code).not.toBe(0);
    await toStaged(scene);
    const forced = await unchanged(['promote', '--force']);
    expect([forced.code, forced.json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    const env = { OIDC_BOOTSTRAP_FORCE: '1', OIDC_BOOTSTRAP_CONFIRM: 'c' };
    const ambient = await unchanged(['promote'], { env });
    expect([ambient.code, ambient.json.error.code]).toEqual([3, 'GATE_CLOSED']);
    expect(ambient.json.warnings.join('\n')).toContain('OIDC_BOOTSTRAP_FORCE is ignored');
  });

  it('refuses promote without the staged private key', async () => {
    scene = await openRotation();
    await toStaged(scene);
    scene.clock.advance(25 * hour);
    const next = scene.state().keys[1].keyId;
    const elsewhere = path.join(scene.root, 'elsewhere');
    for (const file of ['serviceaccount-signer.private', 'serviceaccount-signer.public']) {
      fs.mkdirSync(elsewhere, { recursive: true });
      fs.copyFileSync(path.join(scene.folder, file), path.join(elsewhere, file));
    }
    const { code, json } = await scene.rotate(['promote'], { folder: elsewhere });
    expect([code, json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
    expect(json.error.message).toContain(next);
    expect(json.error.message).toContain('serviceaccount-signer.next.private');
    expect((await scene.rotate(['stage'], { folder: elsewhere })).json.result.keys[1].keyId).toBe(
      next,
    );
  });
});

function publicPem(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
    .export({ type: 'spki', format: 'pem' })
    .toString();
}
