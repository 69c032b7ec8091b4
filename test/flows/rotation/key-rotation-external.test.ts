// Rotations whose next key is made by an external signer or another tool: only its public key is given,
// and no file of the folder may be presented as its private key.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askSts, mintToken } from './api-server.ts';
import {
  createsChangeNothing,
  hour,
  minute,
  openRotation,
  type RotationScene,
} from './rotation-scene.ts';
import { bucketOf } from '../scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

let signer: KeyObject;
let given: readonly string[];
let givenId: string;

async function stageExternal(...flags: readonly string[]): Promise<void> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  signer = pair.privateKey;
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  given = ['--next-public-key-file', scene.file('external.pem', pem)];
  const staged = await scene.rotate(['stage', ...given, ...flags]);
  expect(staged.code, staged.stderr).toBe(0);
  givenId = staged.json.result.keys[1].keyId;
  for (const server of scene.servers) server.takeVerifiers();
}

const token = (): string =>
  mintToken(signer, {
    issuer: scene.issuer,
    subject: 'system:serviceaccount:openshift-ingress-operator:ingress-operator',
    audience: 'openshift',
    now: scene.clock.now(),
  });

const holders = (pem: string): readonly string[] =>
  scene.files().filter((file) => scene.read(file) === pem);

describe('a next key with an external private key', () => {
  it('becomes the current key, and no local file is presented as its private key', async () => {
    scene = await openRotation();
    const oldPem = scene.read('serviceaccount-signer.private');
    await stageExternal();
    expect(scene.files()).not.toContain('serviceaccount-signer.next.private');
    await createsChangeNothing(scene);
    scene.clock.advance(24 * hour + minute);
    const promoted = await scene.rotate(['promote', ...scene.keySetFlags()]);
    expect(promoted.code, promoted.stderr).toBe(0);
    expect(holders(oldPem)).toEqual(['serviceaccount-signer.previous.private']);
    const steps: string = promoted.json.result.clusterSteps.join('\n');
    expect(steps).not.toContain('serviceaccount-signer.private');
    expect(steps).toContain(`the private key of "${givenId}"`);
    await createsChangeNothing(scene);

    const answer = { token: token(), roleArn: scene.roleArn };
    expect(await askSts(scene.aws.endpoint, answer)).toBe('accepted');
    await scene.rotate(['retire', ...tokens()]);
    scene.clock.advance(24 * hour + 10 * minute);
    const retired = await scene.rotate(['retire']);
    expect(retired.code, retired.stderr).toBe(0);
    expect(retired.json.warnings).toEqual([]);
    expect(holders(oldPem)).toEqual([]);
    expect(scene.publishedKids()).toEqual([givenId]);
    await createsChangeNothing(scene);
  });

  it('can be rolled back, and the old private key signs again', async () => {
    scene = await openRotation();
    const oldPem = scene.read('serviceaccount-signer.private');
    await stageExternal();
    scene.clock.advance(24 * hour + minute);
    await scene.rotate(['promote', ...scene.keySetFlags()]);
    const back = await scene.rotate(['rollback']);
    expect(back.code, back.stderr).toBe(0);
    expect(holders(oldPem)).toEqual([
      'serviceaccount-signer.private',
      'tls/bound-service-account-signing-key.key',
    ]);
    await createsChangeNothing(scene);
    const promoted = await scene.rotate(['promote', ...scene.keySetFlags()]);
    expect(promoted.code, promoted.stderr).toBe(0);
  });

  it('is staged again after a rollback only with its flag, and no create command adds it', async () => {
    scene = await openRotation();
    await stageExternal();
    expect((await scene.rotate(['rollback'])).code).toBe(0);
    const added = await scene.run([
      'create-identity-provider',
      '--name',
      'c',
      '--public-key-file',
      given[1] ?? '',
    ]);
    expect([added.code, added.json.error.code]).toEqual([5, 'KEY_REVOKED']);
    expect(added.json.error.message).toContain('withdrawn');
    const again = await scene.rotate(['stage', ...given]);
    expect(again.code, again.stderr).toBe(0);
    expect(scene.publishedKids()).toContain(givenId);
  });

  it('of another machine is promoted with --next-public-key-file', async () => {
    scene = await openRotation();
    await scene.rotate(['stage']);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(24 * hour + minute);
    const elsewhere = path.join(scene.root, 'elsewhere');
    const publicFile = path.join(scene.folder, 'serviceaccount-signer.next.public');
    const promoted = await scene.rotate(
      ['promote', '--next-public-key-file', publicFile, ...scene.keySetFlags()],
      { folder: elsewhere },
    );
    expect(promoted.code, promoted.stderr).toBe(0);
    expect(promoted.json.result.clusterSteps.join('\n')).toContain('from where it was made');
    // The machine that has the key pair completes its files.
    const caught = await scene.rotate(['promote']);
    expect(caught.code, caught.stderr).toBe(0);
    for (const server of scene.servers) server.takeSigner();
    for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
  });

  it('is kept when its emergency is run again', async () => {
    scene = await openRotation();
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const pem = pair.export({ type: 'spki', format: 'pem' }).toString();
    const words = [
      'emergency',
      '--confirm',
      'c',
      '--next-public-key-file',
      scene.file('fresh.pem', pem),
    ];
    const first = await scene.rotate(words);
    expect(first.code, first.stderr).toBe(0);
    expect(first.json.result.clusterSteps.join('\n')).not.toContain(
      'serviceaccount-signer.private',
    );
    const again = await scene.rotate(words);
    expect([again.code, again.json.changes]).toEqual([0, []]);
    expect(scene.files().filter((file) => scene.read(file).includes('PRIVATE'))).toEqual([]);
  });
});

describe('a current key with a key id of its external signer', () => {
  const underOwnId = (): string => {
    const objects = bucketOf(scene.aws)?.objects;
    for (const key of ['keys.json', 'openid/v1/jwks']) {
      const stored = objects?.get(key);
      if (stored === undefined) throw new Error('no key set');
      const { keys } = JSON.parse(Buffer.from(stored.body).toString());
      const body = Buffer.from(JSON.stringify({ keys: [{ ...keys[0], kid: 'signer-1' }] }));
      objects?.set(key, { ...stored, body });
    }
    return scene.file('old.pem', scene.read('serviceaccount-signer.public'));
  };

  const expectGone = async (oldPem: string, publicFile: string): Promise<void> => {
    expect(holders(oldPem)).toEqual([]);
    const add = ['create-identity-provider', '--name', 'c', '--public-key-file', publicFile];
    expect((await scene.run(add)).json.error.code).toBe('KEY_REVOKED');
    const restage = await scene.rotate(['stage', '--next-public-key-file', publicFile]);
    expect(restage.json.error.code).toBe('KEY_REVOKED');
  };

  it('cannot be published again after retire, under either key id', async () => {
    scene = await openRotation({ apiServers: 1 });
    const [oldPem, publicFile] = [scene.read('serviceaccount-signer.private'), underOwnId()];
    const staged = await scene.rotate(['stage']);
    expect(staged.code, staged.stderr).toBe(0);
    expect(scene.publishedKids()[0]).toBe('signer-1');
    scene.clock.advance(25 * hour);
    scene.servers[0]?.takeVerifiers();
    expect((await scene.rotate(['promote', ...scene.keySetFlags()])).code).toBe(0);
    scene.servers[0]?.takeSigner();
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(25 * hour);
    const retired = await scene.rotate(['retire']);
    expect([retired.code, retired.json.warnings]).toEqual([0, []]);
    expect(scene.publishedKids()).not.toContain('signer-1');
    await expectGone(oldPem, publicFile);
  });

  it('cannot be published again after an emergency, under either key id', async () => {
    scene = await openRotation({ apiServers: 1 });
    const [oldPem, publicFile] = [scene.read('serviceaccount-signer.private'), underOwnId()];
    expect((await scene.rotate(['emergency', '--confirm', 'c'])).code).toBe(0);
    await expectGone(oldPem, publicFile);
  });
});

const tokens = (): readonly string[] =>
  scene.servers.flatMap((_, index) => ['--token-file', scene.file(`external-${index}`, token())]);
