// The crash sweep: every call of a fresh create-all fails once, before and after it was applied;
// the next run must reach the very end state of a run that nothing disturbed.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openScene, type Scene } from './scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');

async function withKey(scene: Scene, keyFiles: ReadonlyMap<string, string>): Promise<void> {
  fs.mkdirSync(scene.folder, { recursive: true });
  for (const [name, text] of keyFiles) {
    fs.writeFileSync(path.join(scene.folder, name), text, { mode: 0o600 });
  }
}

describe.each([
  { layout: 'private', flags: [] },
  { layout: 'public', flags: ['--public-s3-bucket'] },
])('create-all, $layout layout', ({ flags }) => {
  const words = ['create-all', '--name', 'c', '--credentials-requests-dir', requests, ...flags];

  it('converges from a failure at any call, before or after it was applied', async () => {
    const undisturbed = await openScene();
    await undisturbed.run(['create-key-pair', '--key-size', '2048']);
    const keyFiles = new Map(
      ['serviceaccount-signer.private', 'serviceaccount-signer.public'].map((name) => [
        name,
        undisturbed.read(name),
      ]),
    );
    expect((await undisturbed.run(words)).code).toBe(0);
    const calls = undisturbed.aws.calls.map(({ operation, write }) => ({ operation, write }));
    const wanted = undisturbed.aws.snapshot();
    await undisturbed.close();

    const bad: string[] = [];
    for (const when of ['before', 'after'] as const) {
      for (const [index, { operation, write }] of calls.entries()) {
        const scene = await openScene();
        await withKey(scene, keyFiles);
        const cut = `${when} call ${index + 1} (${operation})`;
        scene.aws.failCall(index + 1, when, 'error');
        const crashed = await scene.run(words);
        const rerun = await scene.run(words);
        const third = await scene.run(words);
        if (write && crashed.code === 0) bad.push(`${cut}: the failure went unnoticed`);
        if (rerun.code !== 0) bad.push(`${cut}: rerun exits ${rerun.code}: ${rerun.stderr}`);
        try {
          expect(scene.aws.snapshot()).toEqual(wanted);
          expect(third.json.changes).toEqual([]);
        } catch (error) {
          bad.push(`${cut}: ${String(error)}`);
        }
        await scene.close();
      }
    }
    expect(bad).toEqual([]);
    expect(calls.length).toBeGreaterThan(15);
  }, 300_000);

  it('does not notice a connection that drops once, at any call', async () => {
    const scene = await openScene();
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const keyFiles = new Map(
      ['serviceaccount-signer.private', 'serviceaccount-signer.public'].map((name) => [
        name,
        scene.read(name),
      ]),
    );
    await scene.run(words);
    const calls = scene.aws.calls.map((call) => call.operation);
    const wanted = scene.aws.snapshot();
    await scene.close();

    const bad: string[] = [];
    for (const [index, operation] of calls.entries()) {
      const other = await openScene();
      await withKey(other, keyFiles);
      other.aws.failCall(index + 1, 'after', 'drop');
      const { code, stderr } = await other.run(words);
      if (code !== 0) bad.push(`${operation}: exits ${code}: ${stderr}`);
      try {
        expect(other.aws.snapshot()).toEqual(wanted);
      } catch (error) {
        bad.push(`${operation}: ${String(error)}`);
      }
      await other.close();
    }
    expect(bad).toEqual([]);
  }, 300_000);
});
