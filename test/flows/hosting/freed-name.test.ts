// S3 frees the name of a deleted bucket only after a while: a new issuer of the same name waits for it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucketName, openScene, type Outcome, type Scene } from '../scene.ts';

const minute = 60_000;
const words = ['create-identity-provider', '--name', 'c', '--hosting-only'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await run();
  scene.aws.state.s3.nameLagMs = 20 * minute;
  await scene.run(['delete', '--name', 'c', '--yes']);
});
afterEach(async () => {
  await scene.close();
});

// The tries of the SDK take real time.
const run = (...flags: readonly string[]): Promise<Outcome> =>
  scene.run([...words, ...flags], { env: { AWS_MAX_ATTEMPTS: '1' } });

describe('a name whose bucket was just deleted', () => {
  it('is waited for', async () => {
    const { code, stderr } = await run();
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`the name of the deleted bucket "${bucketName()}" to be free`);
  });

  it('is an error that says so after --timeout', async () => {
    const began = scene.clock.now().getTime();
    const { code, json } = await run('--timeout', '5m');
    expect(scene.clock.now().getTime() - began).toBeLessThan(6 * minute);
    expect([code, json.error.code]).toEqual([1, 'AWS_REQUEST_FAILED']);
    expect(json.error.message).toContain('OperationAborted');
    expect(json.error.hint).toMatch(/deleted within the hour.*--timeout/);
  });
});
