// Two operators run steps of one cluster at the same time from different folders. Whichever is first,
// one key is current and published, one folder has its private key, and no run reports anything else.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRotation, type RotationScene } from './rotation-scene.ts';
import { meanwhile } from '../meanwhile.ts';
import type { Outcome } from '../scene.ts';
import { bucketOf } from '../scene.ts';

let scene: RotationScene;
let other: string;
beforeEach(async () => {
  scene = await openRotation();
  other = path.join(scene.root, 'other');
  fs.cpSync(scene.folder, other, { recursive: true });
  // Both runs use the same environment; a run that ends must not remove it for the other.
  Object.assign(process.env, scene.aws.credentials);
});
afterEach(async () => {
  for (const name of Object.keys(scene.aws.credentials)) delete process.env[name];
  await scene.close();
});

const emergency = ['emergency', '--confirm', 'c'];

function both(
  mine: readonly string[],
  theirs: readonly string[],
): Promise<readonly [Outcome, Outcome]> {
  return Promise.all([
    scene.run(['rotate-keys', ...mine, '--name', 'c']),
    scene.run(['rotate-keys', ...theirs, '--name', 'c'], { folder: other }),
  ]);
}

/** Checks that the current key is published and not removed, and that no outcome says otherwise. */
function expectSound(outcomes: readonly Outcome[]): void {
  const { keys, removed } = scene.state();
  const current = keys.find((key: { role: string }) => key.role === 'current').keyId;
  const said = outcomes.map((run) => `${run.code} ${run.stderr}`).join('\n');
  expect(scene.publishedKids(), said).toContain(current);
  const gone = removed.map((key: { keyId: string }) => key.keyId);
  expect(gone, said).not.toContain(current);
  for (const keyId of scene.publishedKids()) expect(gone, said).not.toContain(keyId);
  expect(
    outcomes.some((run) => run.code === 0),
    said,
  ).toBe(true);
  for (const run of outcomes) {
    if (run.code === 0) {
      const mine = run.json.result.keys.find((key: { role: string }) => key.role === 'current');
      expect([mine.keyId, mine.published], said).toEqual([current, true]);
    } else {
      expect([run.code, run.json.error.code], said).toEqual([5, 'KEY_REVOKED']);
    }
  }
}

describe('two runs from different folders at the same time', () => {
  it.each([1, 2, 3])('emergency and emergency: one succeeds (%i)', async () => {
    const outcomes = await both(emergency, emergency);
    expectSound(outcomes);
    expect(scene.publishedKids()).toHaveLength(1);
    const [first, second] = outcomes.map((run) => run.code);
    expect([first, second].toSorted()).toEqual([0, 5]);
    // The key pair of the run that failed is removed.
    for (const folder of [scene.folder, other]) {
      expect(fs.existsSync(path.join(folder, 'serviceaccount-signer.emergency.private'))).toBe(
        false,
      );
    }
  });

  it.each([1, 2, 3])('emergency and stage: the emergency succeeds (%i)', async () => {
    const outcomes = await both(emergency, ['stage', '--confirm', 'c']);
    expectSound(outcomes);
    expect(outcomes[0].code, outcomes[0].stderr).toBe(0);
  });

  it('emergency and a stage that ends before its first write: the emergency succeeds', async () => {
    const objects = bucketOf(scene.aws)?.objects;
    const before = new Map(objects);
    expect((await scene.rotate(['stage'], { folder: other })).code).toBe(0);
    const after = new Map(objects);
    const put = (all: typeof before): void => {
      objects?.clear();
      for (const [name, object] of all) objects?.set(name, object);
    };
    put(before);
    meanwhile(scene.aws, 'PutObject', () => put(after));
    const run = await scene.rotate(emergency);
    expect(run.code, run.stderr).toBe(0);
    expectSound([run]);
    expect(scene.publishedKids()).toHaveLength(1);
  });

  it('emergency and emergency with a rotation state: one key stays published', async () => {
    await scene.rotate(['stage']);
    fs.rmSync(other, { recursive: true });
    fs.cpSync(scene.folder, other, { recursive: true });
    const outcomes = await both(emergency, emergency);
    expectSound(outcomes);
    expect(scene.publishedKids()).toHaveLength(1);
  });
});
