// render-documents that is killed at any moment, or runs twice at once: what is served is always whole.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { filesIn } from '../rotation/rotation-scene.ts';
import {
  documentFiles,
  newKey,
  openDocumentsScene,
  type DocumentsScene,
} from './documents-scene.ts';

const [first, second] = [newKey(), newKey()];
let scene: DocumentsScene;

beforeEach(() => {
  scene = openDocumentsScene();
  scene.keySet('one.json', [first]);
  scene.keySet('two.json', [first, second]);
});
afterEach(() => scene.close());

function start(mode: string, ...inputs: readonly string[]): ChildProcess {
  const script = 'test/flows/issuer/rendering-process.ts';
  const words = ['--import', 'tsx', script, scene.root, mode, ...inputs];
  return spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
}

it('leaves whole documents when it is killed, and the next run completes them', async () => {
  for (let round = 0; round < 5; round += 1) {
    const child = start('forever', 'one.json', 'two.json');
    await once(child.stdout!, 'data');
    await sleep(Math.random() * 60);
    child.kill('SIGKILL');
    await once(child, 'close');

    const sites = fs.readdirSync(scene.root).filter((name) => name.startsWith('site-'));
    expect(sites.length).toBeGreaterThan(0);
    for (const site of sites) {
      const at = (file: string): string => path.join(scene.root, site, file);
      const [discovery, keySet, mirror] = documentFiles.map((file) => fs.existsSync(at(file)));
      // No document names another that is not there yet.
      if (discovery === true) expect([keySet, mirror]).toEqual([true, true]);
      for (const file of documentFiles.filter((name) => fs.existsSync(at(name)))) {
        expect(() => JSON.parse(fs.readFileSync(at(file), 'utf8'))).not.toThrow();
      }
    }
    const last = sites.toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5))).at(-1)!;
    const { code, err } = await scene.render(['two.json'], [], last);
    expect(code, err).toBe(0);
    expect(filesIn(path.join(scene.root, last))).toEqual(documentFiles);
    const text = (file: string): string =>
      fs.readFileSync(path.join(scene.root, last, file), 'utf8');
    expect(text('openid/v1/jwks')).toBe(text('keys.json'));
    for (const site of sites) fs.rmSync(path.join(scene.root, site), { recursive: true });
  }
}, 120_000);

it('never leaves a mix of two key sets when two run at once', async () => {
  scene.keySet('other.json', [second]);
  const runs = [start('', 'one.json'), start('', 'other.json'), start('', 'two.json')];
  let ended = 0;
  for (const run of runs) run.once('close', () => (ended += 1));
  const seen = new Set<string>();
  while (ended < runs.length) {
    const text = scene.read('keys.json');
    if (text !== undefined) seen.add(text);
    await sleep(1);
  }
  for (const text of seen) expect(JSON.parse(text).keys.length).toBeGreaterThan(0);
  // Served keys only grow without --remove-key: the set with both wins in the end.
  expect(scene.kids().toSorted()).toEqual([first.kid, second.kid].toSorted());
  expect(scene.read('openid/v1/jwks')).toBe(scene.read('keys.json'));
  expect(filesIn(scene.site)).toEqual(documentFiles);
}, 60_000);
