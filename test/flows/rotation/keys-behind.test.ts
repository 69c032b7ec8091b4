// A signing key file with several keys: k3s keeps its earlier keys after the first one in service.key,
// and API servers accept tokens of all of them. The first one signs.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readPublicKeys } from '../../../src/core/keys/public-key.ts';
import { openRotation, type RotationScene } from './rotation-scene.ts';

const privateName = 'serviceaccount-signer.private';
const publicName = 'serviceaccount-signer.public';
let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

const earlier = generateKeyPairSync('rsa', { modulusLength: 2048 });
const earlierPrivate = earlier.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const earlierPublic = earlier.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const idOf = (pem: string): string => readPublicKeys(pem, 'key.pem')[0]?.keyId ?? '';

function append(name: string, text: string): void {
  fs.appendFileSync(path.join(scene.folder, name), text);
}

const verifiers = (): readonly string[] =>
  readPublicKeys(scene.read('serviceaccount-verifiers.pem'), 'v.pem').map((key) => key.keyId);

it.each([
  { what: 'private file', name: privateName, text: earlierPrivate },
  { what: 'public file', name: publicName, text: earlierPublic },
])('stage keeps every key of the $what as a verifier and names the signing one', async (given) => {
  scene = await openRotation({ apiServers: 1 });
  const current = idOf(scene.read(publicName));
  append(given.name, given.text);
  if (given.name === publicName) fs.rmSync(path.join(scene.folder, privateName));
  const staged = await scene.rotate(['stage', '--confirm', 'c']);
  expect(staged.code, staged.stderr).toBe(0);
  expect(verifiers()).toContain(idOf(earlierPublic));
  expect(verifiers()[0]).toBe(current);
  expect(staged.json.warnings.join('\n')).toContain(`"${current}", signs`);
  expect(staged.json.warnings.join('\n')).toContain(idOf(earlierPublic));
  expect(scene.publishedKids()).not.toContain(idOf(earlierPublic));
  const again = await scene.rotate(['stage', '--confirm', 'c']);
  expect([again.code, again.json.changes]).toEqual([0, []]);
});

it('a damaged key after the first one is named by its line, and nothing is changed', async () => {
  scene = await openRotation({ apiServers: 1 });
  append(privateName, earlierPrivate.replace('-----END', '----END'));
  const staged = await scene.rotate(['stage']);
  expect([staged.code, staged.json.error.code]).toEqual([2, 'INPUT_INVALID']);
  expect(staged.json.error.message).toMatch(new RegExp(`^${privateName}:\\d+: `));
  expect(scene.publishedKids()).toHaveLength(1);
});

it('with two published keys and no file, the hint says how to name the current key, and it works', async () => {
  scene = await openRotation({ apiServers: 1 });
  const signer = scene.read(publicName);
  const both = scene.file('both.pem', `${signer}${earlierPublic}`);
  const create = ['create-identity-provider', '--name', 'c', '--public-key-file', both];
  expect((await scene.run(create)).code).toBe(0);
  const folder = path.join(scene.root, 'empty');
  const refused = await scene.rotate(['stage'], { folder });
  expect(refused.json.error.code).toBe('FILE_UNREADABLE');
  expect(refused.json.error.hint).toContain(`to ${publicName} there`);
  fs.writeFileSync(path.join(folder, publicName), signer);
  const staged = await scene.rotate(['stage', '--confirm', 'c'], { folder });
  expect(staged.code, staged.stderr).toBe(0);
  expect(scene.publishedKids()).toEqual([
    idOf(signer),
    idOf(earlierPublic),
    staged.json.result.keys.find((key: { role: string }) => key.role === 'next').keyId,
  ]);
});
