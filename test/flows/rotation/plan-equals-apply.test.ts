// The plan of each rotation step contains every change that the step makes, in the same order.

import { afterEach, expect, it } from 'vitest';
import { hour, openRotation, type RotationScene } from './rotation-scene.ts';
import type { Outcome } from '../scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

/** The changes without the values that only the real run has: kids and times. */
const shapes = (outcome: Outcome): readonly string[] =>
  outcome.json.changes.map(
    ({ resource, id, action, detail }) =>
      `${resource} ${id} ${action} ${detail.replaceAll(/"[^"]*"/g, '"kid"').replaceAll(/\d{4}-[\dT:-]+Z/g, 'time')}`,
  );

/** Plans the step, runs it, and returns the number of changes that both have. */
async function both(words: readonly string[]): Promise<number> {
  const planned = await scene.rotate([...words, '--dry-run']);
  expect(planned.code, planned.stderr).toBe(0);
  const applied = await scene.rotate(words);
  expect(applied.code, applied.stderr).toBe(0);
  expect(shapes(planned), words.join(' ')).toEqual(shapes(applied));
  return applied.json.changes.length;
}

it('stage, promote, retire and rollback make exactly the planned changes', async () => {
  scene = await openRotation();
  expect(await both(['stage'])).toBeGreaterThan(4);
  await both(['rollback']);
  await both(['stage']);
  for (const server of scene.servers) server.takeVerifiers();
  scene.clock.advance(25 * hour);
  await both(['promote', ...scene.keySetFlags()]);
  await both(['rollback']);
  await both(['promote', ...scene.keySetFlags()]);
  for (const server of scene.servers) server.takeSigner();
  scene.clock.advance(hour);
  await both(scene.tokenFlags());
  scene.clock.advance(25 * hour);
  await both(['retire']);
});

it('emergency makes exactly the planned changes, with a denial on every role after a probe', async () => {
  scene = await openRotation({ stsJwksCacheMs: 0 });
  const emergency = ['emergency', '--confirm', 'c'];
  await both(emergency);
  await scene.rotate(['stage']);
  await both([...emergency, '--probe-role-arn', scene.probeRoleArn]);
  const planned = await scene.rotate([
    ...emergency,
    '--probe-role-arn',
    scene.probeRoleArn,
    '--dry-run',
  ]);
  const denials = planned.json.changes.filter((change) => change.resource === 'iam-role');
  expect(denials.length).toBeGreaterThan(1);
  // The plan has a file for each content of the state.
  const bodies = scene.files().filter((file) => file.startsWith('04-rotation'));
  expect(new Set(bodies.map((file) => scene.read(file))).size).toBe(bodies.length);
  expect(bodies.length).toBeGreaterThan(2);
});
