// An output folder belongs to one issuer and must be writable: both are checked before anything is
// written to AWS.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../../src/local/folder-lock.ts';
import { openScene, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const withRequests = ['--credentials-requests-dir', requests];
const all = ['create-all', '--name', 'c', ...withRequests, '--public-s3-bucket'];
const small = ['--key-size', '2048'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

const writes = (): number => scene.aws.calls.filter((call) => call.write).length;

describe('an output folder of another cluster', () => {
  it.each([
    ['create-all', ...withRequests],
    ['create-identity-provider'],
    ['create-iam-roles', ...withRequests],
    ['rotate-keys', 'stage'],
    ['rotate-keys', 'status'],
  ])('is refused by %s under another name before AWS is called', async (...command) => {
    await scene.run([...all, ...small]);
    const before = scene.aws.calls.length;
    const key = scene.read('serviceaccount-signer.private');
    const { code, json } = await scene.run([...command, '--name', 'other']);
    expect(code).toBe(2);
    expect(json.error.code).toBe('FILE_EXISTS');
    expect(json.error.message).toContain('belongs to name "c", not "other"');
    expect(scene.aws.calls.slice(before)).toEqual([]);
    expect(scene.read('serviceaccount-signer.private')).toBe(key);
  });

  it('is refused under another account before any write', async () => {
    await scene.run([...all, ...small]);
    const before = writes();
    const { code, json } = await scene.run(all, { env: { AWS_ACCESS_KEY_ID: 'AKIAOTHER' } });
    expect(code).toBe(2);
    expect(json.error.message).toContain('belongs to account "111122223333"');
    expect(writes()).toBe(before);
  });

  it('is refused if its issuer does not exist', async () => {
    await scene.run([...all, ...small]);
    scene.aws.state.s3.buckets.clear();
    scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.clear();
    const { code, json } = await scene.run(all.filter((word) => word !== '--public-s3-bucket'));
    expect(code).toBe(2);
    expect(json.error.code).toBe('FILE_EXISTS');
    expect(json.error.message).toContain('but AWS has no resources of it');
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });

  it('is refused if its owner cannot be determined', async () => {
    fs.mkdirSync(scene.folder);
    fs.writeFileSync(path.join(scene.folder, 'oidc-bootstrap.json'), '{');
    const { code, json } = await scene.run(all);
    expect(code).toBe(2);
    expect(json.error.code).toBe('FILE_UNREADABLE');
    expect(scene.aws.calls).toEqual([]);
  });
});

describe('an output folder that cannot be written', () => {
  it.each([
    ['create-all', '--name', 'c', ...withRequests],
    ['create-identity-provider', '--name', 'c'],
    ['create-iam-roles', '--name', 'c', ...withRequests],
    ['rotate-keys', 'stage', '--name', 'c'],
    ['rotate-keys', '--dry-run', '--name', 'c'],
  ])('stops %s before AWS is called', async (...command) => {
    const file = path.join(scene.root, 'file');
    fs.writeFileSync(file, 'a file');
    for (const folder of [file, path.join(file, 'below')]) {
      const { code, json } = await scene.run(command, { folder });
      expect(code).toBe(2);
      expect(json.error.code).toBe('FILE_UNREADABLE');
      expect(json.error.hint).toContain('--output-dir');
    }
    expect(scene.aws.calls).toEqual([]);
    expect(fs.readFileSync(file, 'utf8')).toBe('a file');
  });

  // The recursive mkdir of Node never returns in /proc.
  it.runIf(process.platform === 'linux')('is reported if it is in /proc', async () => {
    const { code, json } = await scene.run(['create-key-pair', ...small], {
      folder: '/proc/oidc-bootstrap/deep',
    });
    expect(code).toBe(2);
    expect(json.error.code).toBe('FILE_UNREADABLE');
  });

  it.runIf(process.platform === 'linux')('gives an error for the lock in /proc', () => {
    const lock = (): unknown => tryLock('/proc/oidc-bootstrap/deep');
    expect(lock).toThrow('cannot write ".rotate-keys.lock"');
  });
});
