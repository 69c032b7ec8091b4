// A kubectl that ends well and lies, or talks of secrets: no gate opens, and nothing secret is shown.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hour, openRotation, toStaged, type RotationScene } from './rotation-scene.ts';

let scene: RotationScene;
beforeAll(async () => {
  scene = await openRotation({ apiServers: 1 });
  await toStaged(scene);
  scene.clock.advance(25 * hour);
});
afterAll(async () => {
  await scene.close();
});

/** Runs promote with that shell script as kubectl; `$*` holds its words. */
async function promote(script: string, flags: readonly string[] = []) {
  const folder = fs.mkdtempSync(path.join(scene.root, 'bin-'));
  fs.writeFileSync(path.join(folder, 'kubectl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: scene.root };
  return await scene.rotate(['promote', '--from-cluster', ...flags], { env });
}

const failure = '{"kind":"Status","apiVersion":"v1","status":"Failure","code":403}';
const noSlices = '{"kind":"EndpointSliceList","items":[]}';
const server = ['--api-server', 'https://10.0.0.1:6443'];
/** Answers the list, and then `rest`. */
const after = (list: string, rest: string): string =>
  `case "$*" in *endpointslices*) echo '${list}';; *) ${rest};; esac`;
/** A private key that is in no folder of the scene. */
const stolenKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();

describe('a kubectl', () => {
  it.each<readonly [string, string]>([
    ['gives an error object with exit 0', `echo '${failure}'`],
    ['gives a page', 'echo "<html><body>Sign in</body></html>"'],
    ['gives nothing', 'exit 0'],
    ['writes to stderr alone, with exit 0', 'echo "Unable to connect" >&2'],
    ['gives another list', `echo '{"kind":"PodList","items":[]}'`],
    ['gives a list and an error object', after(noSlices, `echo '${failure}'`)],
    ['gives a list and no keys', after(noSlices, `echo '{"keys":[]}'`)],
    ['gives a list and nothing', after(noSlices, 'exit 0')],
    ['gives more than a mebibyte', 'head -c 2000000 /dev/zero | tr "\\0" x'],
    ['ends by a signal', 'kill -9 $$'],
  ])('that %s opens no gate', async (_, script) => {
    const run = await promote(script, server);
    expect([1, 2, 3], run.stderr).toContain(run.code);
    expect(run.json.changes).toEqual([]);
    expect(run.stderr.length).toBeLessThan(2500);
    expect(run.stderr).not.toMatch(/\n {4}at /);
    expect(scene.state().phase).toBe('staged');
  });

  it('that talks of a private key or a token does not make it shown', async () => {
    const file = path.join(scene.root, 'stolen.pem');
    fs.writeFileSync(file, stolenKey());
    const secret = fs.readFileSync(file, 'utf8').split('\n')[3] ?? '';
    for (const script of [
      `cat ${file} >&2; exit 1`,
      `cat ${file}`,
      `base64 -w0 ${file} >&2; exit 1`,
      `printf 'token eyJhbGciOiJSUzI1NiJ9.' >&2; echo 'eyJzdWIiOiJ4In0.c2ln' >&2; exit 1`,
      after(noSlices, `cat ${file}`),
    ]) {
      const run = await promote(script, server);
      expect(run.code, script).not.toBe(0);
      expect(run.stdout + run.stderr, script).not.toContain(secret.slice(8, 40));
      expect(run.stdout + run.stderr, script).not.toContain('LS0tLS1CRUdJTi');
      expect(run.stdout + run.stderr, script).not.toContain('eyJzdWIiOiJ4In0');
    }
  });
});
