// Somebody else can write to the bucket: replaced keys, a forged state, a damaged key set. Every step
// except `emergency` stops, and no foreign key reaches a file that API servers read.

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describePublicKey } from '../../../src/core/keys/public-key.ts';
import { openRotation, type RotationScene } from './rotation-scene.ts';
import { bucketOf } from '../scene.ts';

const stranger = describePublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
const strangerJwk = createPublicKey(stranger.spkiPem).export({ format: 'jwk' });
const stateKey = '.oidc-bootstrap/rotation.json';

let scene: RotationScene;
beforeEach(async () => {
  scene = await openRotation();
});
afterEach(async () => {
  await scene.close();
});

const objects = () => {
  const found = bucketOf(scene.aws)?.objects;
  if (found === undefined) throw new Error('no bucket');
  return found;
};

/** Changes the text of an object of the bucket, as anybody with write permission can. */
function tamper(key: string, change: (text: string) => string): void {
  const stored = objects().get(key);
  if (stored === undefined) throw new Error(`no ${key}`);
  const body = Buffer.from(change(Buffer.from(stored.body).toString('utf8')));
  objects().set(key, { ...stored, body, etag: `"${body.length}-${Math.random()}"` });
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests write what must not be there
const tamperState = (change: (state: any) => void): void =>
  tamper(stateKey, (text) => {
    const state = JSON.parse(text);
    change(state);
    return JSON.stringify(state);
  });

const folderText = (): string =>
  scene
    .files()
    .map((file) => scene.read(file))
    .join('\n');
const bodyOf = (pem: string): string => pem.split('\n')[3] ?? '';

/** Checks that each step ends with that code and changes neither AWS nor a file; returns the messages. */
async function refused(
  steps: readonly (readonly string[])[],
  expected: readonly [number, string],
): Promise<string> {
  let said = '';
  for (const words of steps) {
    const before = [scene.aws.snapshot(), folderText()];
    const run = await scene.rotate(words);
    expect([words, run.code, run.json.error?.code], run.stderr).toEqual([words, ...expected]);
    expect([scene.aws.snapshot(), folderText()], words.join(' ')).toEqual(before);
    said += run.json.error.message;
  }
  return said;
}

async function emergencyMends(): Promise<void> {
  const run = await scene.rotate(['emergency', '--confirm', 'c']);
  expect(run.code, run.stderr).toBe(0);
  expect(scene.publishedKids()).toHaveLength(1);
  expect(Buffer.from(objects().get('openid/v1/jwks')?.body ?? '').toString()).toBe(
    Buffer.from(objects().get('keys.json')?.body ?? '').toString(),
  );
  expect(JSON.stringify(scene.state())).not.toContain(bodyOf(stranger.spkiPem));
  expect(folderText()).not.toContain(bodyOf(stranger.spkiPem));
  expect((await scene.rotate(['status'])).code).toBe(0);
}

describe('another key with the kid of the current or next key', () => {
  const exchange = (text: string): string =>
    JSON.stringify({
      keys: JSON.parse(text).keys.map((key: object) => ({ ...key, n: strangerJwk.n })),
    });
  it.each([
    { where: ['keys.json', 'openid/v1/jwks'], named: '"keys.json"' },
    { where: ['openid/v1/jwks'], named: '"openid/v1/jwks"' },
  ])('in $where is refused by name, and emergency replaces it', async ({ where, named }) => {
    const [kid = ''] = scene.publishedKids();
    for (const key of where) tamper(key, exchange);
    const said = await refused([['status'], ['stage'], []], [5, 'KEY_NOT_PUBLISHED']);
    expect(said).toContain(`"${kid}" in ${named}`);
    await emergencyMends();
  });

  it('in the state is refused, and emergency replaces it', async () => {
    await scene.rotate(['stage']);
    tamperState((state) => (state.keys[1].publicKey = stranger.spkiPem));
    await refused([['status'], ['stage'], ['rollback'], []], [5, 'KEY_NOT_PUBLISHED']);
    await emergencyMends();
  });

  it('after the right key in one entry of the state is refused', async () => {
    await scene.rotate(['stage']);
    tamperState((state) => (state.verifiers[0].publicKey += stranger.spkiPem));
    await refused([['status'], ['stage'], []], [5, 'KEY_NOT_PUBLISHED']);
  });
});

describe('a forged state', () => {
  it('adds a verifier to the file for API servers only with the typed name', async () => {
    await scene.rotate(['stage']);
    const { keyId, spkiPem: publicKey } = stranger;
    tamperState((state) => state.verifiers.push({ keyId, publicKey, retiredAt: null }));
    const said = await refused([['stage'], ['rollback'], []], [2, 'CONFIRMATION_REQUIRED']);
    expect(said).toContain(keyId);
    const status = await scene.rotate(['status']);
    expect(status.json.warnings.join('\n')).toContain(keyId);
    const confirmed = await scene.rotate(['stage', '--confirm', 'c']);
    expect(confirmed.code, confirmed.stderr).toBe(0);
    expect(confirmed.json.warnings.join('\n')).toContain(keyId);
    expect(scene.read('serviceaccount-verifiers.pem')).toContain(bodyOf(publicKey));
  });

  it('cannot publish another next key, and rollback removes it', async () => {
    await scene.rotate(['stage']);
    const { keyId, spkiPem: publicKey } = stranger;
    tamperState((state) => {
      state.keys[1] = { ...state.keys[1], keyId, publicKey };
      state.verifiers[1] = { ...state.verifiers[1], keyId, publicKey };
    });
    await refused([['stage'], []], [2, 'CONFIRMATION_REQUIRED']);
    const back = await scene.rotate(['rollback']);
    expect(back.code, back.stderr).toBe(0);
    expect(scene.publishedKids()).not.toContain(keyId);
    expect(folderText()).not.toContain(bodyOf(publicKey));
  });

  it.each([
    { what: 'issuer', change: { issuer: 'https://other.example.com' } },
    { what: 'name', change: { name: 'other' } },
  ])('of another $what is refused, and emergency replaces it', async ({ change }) => {
    await scene.rotate(['stage']);
    tamperState((state) => Object.assign(state, change));
    await refused([['status'], ['stage'], ['rollback'], []], [5, 'ISSUER_WOULD_CHANGE']);
    await emergencyMends();
  });

  it('whose current key was removed is refused, and emergency replaces it', async () => {
    await scene.rotate(['stage']);
    tamperState((state) => {
      const { keyId } = state.keys[0];
      state.removed.push({ keyId, reason: 'revoked', at: state.phaseSince });
    });
    await refused([['status'], ['stage'], []], [5, 'KEY_REVOKED']);
    await emergencyMends();
  });

  it.each([undefined, {}, [{}], [{ keyId: 7 }]])(
    'whose list of removed keys is %j publishes nothing',
    async (removed) => {
      await scene.rotate(['stage']);
      tamperState((state) => (state.removed = removed));
      const file = scene.file('key.pem', stranger.spkiPem);
      for (const words of [
        ['create-identity-provider', '--name', 'c', '--public-key-file', file],
        ['rotate-keys', 'stage', '--name', 'c'],
        ['rotate-keys', 'rollback', '--name', 'c'],
      ]) {
        const before = scene.aws.snapshot();
        const run = await scene.run(words);
        expect(run.code, words.join(' ')).not.toBe(0);
        expect(run.json.error.message).toContain('removed');
        expect(scene.aws.snapshot()).toEqual(before);
      }
    },
  );
});

describe('emergency replaces a key set that cannot be read', () => {
  it.each([
    ['not JSON', () => 'oops'],
    ['no list', () => '{"keys":{}}'],
    ['a byte-order mark', (text: string) => `\uFEFF${text}`],
    [
      'an entry without a kid',
      (text: string) =>
        JSON.stringify({ keys: [...JSON.parse(text).keys, { kid: '', kty: 'RSA' }] }),
    ],
  ])('%s', async (_what, change) => {
    for (const key of ['keys.json', 'openid/v1/jwks']) tamper(key, change);
    expect((await scene.rotate(['stage'])).code).not.toBe(0);
    await emergencyMends();
  });
});

describe('a published key without a role in the rotation', () => {
  const add = (text: string): string => {
    const { n, e, kty } = strangerJwk;
    return JSON.stringify({ keys: [...JSON.parse(text).keys, { kid: 'stray', kty, n, e }] });
  };

  it('is removed permanently by retire --key with the typed name', async () => {
    const kids = scene.publishedKids();
    for (const key of ['keys.json', 'openid/v1/jwks']) tamper(key, add);
    const retire = ['retire', '--key', 'stray'];
    const status = await scene.rotate(['status']);
    expect(status.json.result.keys[1]).toMatchObject({ keyId: 'stray', role: 'unknown' });
    await refused([retire], [2, 'CONFIRMATION_REQUIRED']);
    await refused([['retire', '--key', kids[0] ?? '', '--confirm', 'c']], [2, 'USAGE']);
    await refused([['retire', '--key', 'nobody', '--confirm', 'c']], [2, 'USAGE']);
    await refused([['stage', '--key', 'stray']], [2, 'USAGE']);
    const run = await scene.rotate([...retire, '--confirm', 'c']);
    expect(run.code, run.stderr).toBe(0);
    expect(scene.publishedKids()).toEqual(kids);
    expect((await scene.rotate(retire)).json.changes).toEqual([]);
    const file = scene.file('key.pem', stranger.spkiPem);
    const back = await scene.run([
      'create-identity-provider',
      '--name',
      'c',
      '--public-key-file',
      file,
    ]);
    expect([back.code, back.json.error.code]).toEqual([5, 'KEY_REVOKED']);
  });
});

describe('stage in a folder without the current private key', () => {
  it('is refused with both kids, and accepted with the typed name', async () => {
    const [kid = ''] = scene.publishedKids();
    const other = path.join(scene.root, 'other');
    for (const keys of [false, true]) {
      if (keys) {
        await scene.run(['create-key-pair', '--key-size', '2048'], { folder: other });
      }
      const run = await scene.rotate(['stage'], { folder: other });
      expect([run.code, run.json.error.code], run.stderr).toEqual([5, 'KEY_NOT_PUBLISHED']);
      expect(run.json.error.message).toContain(kid);
      expect(run.json.error.hint).toContain('--output-dir');
      expect(run.json.error.details.keyId === null).toBe(!keys);
      expect(fs.existsSync(path.join(other, 'serviceaccount-signer.next.private'))).toBe(false);
    }
    fs.rmSync(other, { recursive: true });
    const taken = await scene.rotate(['stage', '--confirm', 'c'], { folder: other });
    expect(taken.code, taken.stderr).toBe(0);
    const here = await scene.rotate(['status']);
    expect(here.json.warnings.join('\n')).toContain('`oidc-bootstrap rotate-keys rollback`');
  });

  it('accepts a next key with an external private key', async () => {
    const file = scene.file('key.pem', stranger.spkiPem);
    const folder = path.join(scene.root, 'other');
    const run = await scene.rotate(['stage', '--next-public-key-file', file], { folder });
    expect(run.code, run.stderr).toBe(0);
  });
});
