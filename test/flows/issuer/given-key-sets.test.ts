// A key set instead of a public key file: of a signer with its own key ids, or of a live API server.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
});
afterEach(async () => {
  await scene.close();
});

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const [first, next] = [rsa(), rsa()];
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;

function file(name: string, ...keys: readonly object[]): string {
  fs.writeFileSync(path.join(scene.root, name), JSON.stringify({ keys }));
  return name;
}

const published = (): readonly { readonly kid: string; readonly alg: string }[] => {
  const object = bucketOf(scene.aws)?.objects.get('keys.json');
  return JSON.parse(object?.body.toString() ?? '{"keys":[]}').keys;
};

it('a given key set is published with its ids and algorithms, and a second run changes nothing', async () => {
  const set = file(
    'jwks.json',
    { ...first.export({ format: 'jwk' }), kid: 'signer-1' },
    { ...ec.export({ format: 'jwk' }), kid: 'signer-2' },
  );
  const words = [...create, '--public-key-file', set];
  const { code, json, stderr } = await scene.run(words);
  expect(code, stderr).toBe(0);
  expect(json.warnings).toEqual([]);
  expect(json.result.keyIds).toEqual(['signer-1', 'signer-2']);
  expect(published().map(({ alg }) => alg)).toEqual(['RS256', 'ES256']);
  expect((await scene.run(words)).json.changes).toEqual([]);
  const other = file('other.json', { ...next.export({ format: 'jwk' }), kid: 'signer-1' });
  const twice = await scene.run([...words, '--public-key-file', other]);
  expect([twice.code, twice.json.error.code]).toEqual([2, 'INPUT_INVALID']);
  const clash = await scene.run([...create, '--public-key-file', other]);
  expect([clash.code, clash.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
});

it('a given key set is the next key of rotate-keys with its id, and a revoked key is refused under any id', async () => {
  const jwk = first.export({ format: 'jwk' });
  const set = file('jwks.json', { ...jwk, kid: 'signer-1' });
  await scene.run([...create, '--public-key-file', set]);
  const rotate = (...words: readonly string[]) =>
    scene.run(['rotate-keys', ...words, '--name', 'c']);
  const nextSet = file('next.json', { ...next.export({ format: 'jwk' }), kid: 'signer-2' });
  const staged = await rotate('stage', '--next-public-key-file', nextSet);
  expect(staged.code, staged.stderr).toBe(0);
  expect(published().map(({ kid }) => kid)).toEqual(['signer-1', 'signer-2']);
  const same = file('same.json', { ...jwk, kid: 'signer-3' });
  const emergency = await rotate('emergency', '--confirm', 'c', '--next-public-key-file', same);
  expect([emergency.code, emergency.json.error?.code]).toEqual([5, 'KEY_REVOKED']);
  const cut = await rotate('emergency', '--confirm', 'c');
  expect(cut.code, cut.stderr).toBe(0);
  const back = await scene.run([...create, '--public-key-file', same]);
  expect([back.code, back.json.error.code]).toEqual([5, 'KEY_REVOKED']);
  expect(published()).toHaveLength(1);
});

it('whose current key is EC is rotated away from', async () => {
  await scene.run([
    ...create,
    '--public-key-file',
    file('ec.json', { ...ec.export({ format: 'jwk' }), kid: 'ec-1' }),
  ]);
  const rotate = (...words: readonly string[]) =>
    scene.run(['rotate-keys', ...words, '--name', 'c']);
  const nextSet = file('next.json', { ...next.export({ format: 'jwk' }), kid: 'rsa-2' });
  const staged = await rotate('stage', '--next-public-key-file', nextSet);
  expect(staged.code, staged.stderr).toBe(0);
  expect(published().map(({ kid, alg }) => [kid, alg])).toEqual([
    ['ec-1', 'ES256'],
    ['rsa-2', 'RS256'],
  ]);
  const keySet = file('server.json', ...published());
  const promoted = await rotate(
    'promote',
    '--api-server-jwks',
    keySet,
    '--force',
    '--confirm',
    'c',
  );
  expect(promoted.code, promoted.stderr).toBe(0);
  expect(promoted.json.result.keys.map(({ role }: { role: string }) => role)).toContain('retiring');
  const retired = await rotate('retire', '--force', '--confirm', 'c');
  expect(retired.code, retired.stderr).toBe(0);
  expect(published().map(({ kid }) => kid)).toEqual(['rsa-2']);
});
