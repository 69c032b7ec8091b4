// Evidence files for a rotation in the encodings that different shells write.

import * as fs from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { hour, minute, openRotation, toPromotable, type RotationScene } from './rotation-scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

/** Rewrites the file after each flag as PowerShell's `>` would have written it. */
function asUtf16(flags: readonly string[]): readonly string[] {
  for (const file of flags.filter((word) => !word.startsWith('--'))) {
    fs.writeFileSync(file, `\uFEFF${fs.readFileSync(file, 'utf8')}\r\n`, 'utf16le');
  }
  return flags;
}

it('key sets and tokens may be UTF-16 files with a byte order mark', async () => {
  scene = await openRotation();
  await toPromotable(scene);
  const promoted = await scene.rotate(['promote', ...asUtf16(scene.keySetFlags())]);
  expect(promoted.code, promoted.stderr).toBe(0);
  for (const server of scene.servers) server.takeSigner();
  await scene.rotate(asUtf16(scene.tokenFlags()));
  scene.clock.advance(24 * hour + 10 * minute);
  const retired = await scene.rotate(['retire', ...asUtf16(scene.tokenFlags())]);
  expect(retired.code, retired.stderr).toBe(0);
  expect(scene.publishedKids()).toHaveLength(1);
});
