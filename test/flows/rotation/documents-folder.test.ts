// A rotation whose keys are published into the folder of a web server: STS accepts every token at every
// moment, however the rotation is cut off, and render-documents never works against it.

import * as fs from 'node:fs';
import fsModule from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKey } from '../issuer/documents-scene.ts';
import { issuer, openFolderScene, type FolderScene } from './folder-scene.ts';
import { hour, minute } from './rotation-scene.ts';

let scene: FolderScene;
beforeEach(async () => {
  scene = await openFolderScene();
});
afterEach(async () => {
  await scene.close();
});

const green = async (): Promise<void> => {
  for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
};
const steady = async (words: readonly string[]): Promise<void> => {
  const before = tree();
  const again = await scene.rotate(words);
  expect([again.code, again.json.changes], again.stderr).toEqual([0, []]);
  expect(tree()).toEqual(before);
};
/** Documents and state, with modes. */
function tree(): readonly string[] {
  const files = fs.readdirSync(scene.site, { recursive: true, withFileTypes: true });
  const all = files
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return [...all, scene.stateFile]
    .filter((file) => fs.existsSync(file))
    .map((file) => {
      const mode = (fs.statSync(file).mode & 0o777).toString(8);
      return `${path.relative(scene.root, file)} ${mode} ${fs.readFileSync(file, 'utf8')}`;
    });
}

async function toStaged(): Promise<void> {
  const { code, stderr } = await scene.rotate(['stage']);
  expect(code, stderr).toBe(0);
  for (const server of scene.servers) server.takeVerifiers();
}

async function toPromoted(): Promise<void> {
  await toStaged();
  scene.clock.advance(24 * hour + minute);
  const { code, stderr } = await scene.rotate(['promote', ...scene.keySetFlags()]);
  expect(code, stderr).toBe(0);
}

async function toRetirable(): Promise<void> {
  await toPromoted();
  for (const server of scene.servers) server.takeSigner();
  scene.clock.advance(minute);
  const { code, stderr } = await scene.rotate(scene.tokenFlags());
  expect(code, stderr).toBe(0);
  scene.clock.advance(24 * hour + 10 * minute);
}

describe('a rotation on a documents folder, from stage to retire', () => {
  it('keeps every token accepted, and a second run of each step changes nothing', async () => {
    const [oldKid] = scene.publishedKids();
    await green();
    const staged = await scene.rotate(['stage']);
    expect(staged.code, staged.stderr).toBe(0);
    expect(staged.json.changes.map(({ resource, id }) => [resource, id])).toEqual(
      expect.arrayContaining([
        ['rotation-state', '../site.rotation.json'],
        ['document', 'keys.json'],
        ['document', 'openid/v1/jwks'],
      ]),
    );
    const [, newKid] = scene.publishedKids();
    expect(fs.statSync(scene.stateFile).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(scene.site, 'keys.json')).mode & 0o777).toBe(0o644);
    await green();
    await steady(['stage']);
    for (const server of scene.servers) server.takeVerifiers();

    expect((await scene.rotate(['promote', ...scene.keySetFlags()])).code).toBe(3);
    scene.clock.advance(24 * hour + minute);
    const promoted = await scene.rotate(['promote', ...scene.keySetFlags()]);
    expect(promoted.code, promoted.stderr).toBe(0);
    await green();
    await steady(['promote']);
    scene.servers[0]?.takeSigner();
    await green();
    scene.servers[1]?.takeSigner();
    await green();

    scene.clock.advance(minute);
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(24 * hour + 10 * minute);
    const retired = await scene.rotate(['retire']);
    expect(retired.code, retired.stderr).toBe(0);
    expect(scene.publishedKids()).toEqual([newKid]);
    expect(scene.state().removed).toMatchObject([{ keyId: oldKid, reason: 'retired' }]);
    scene.clock.advance(2 * hour);
    await green();
    await steady(['retire']);
    await steady(['status']);
    expect(scene.aws.calls.filter(({ service }) => service === 's3')).toEqual([]);
  });

  it('goes back with rollback, and an emergency cuts the old key off', async () => {
    await toPromoted();
    const back = await scene.rotate(['rollback']);
    expect([back.code, back.json.result?.phase], back.stderr).toEqual([0, 'staged']);
    await green();
    const cut = await scene.rotate(['emergency', '--confirm', 'c']);
    expect(cut.code, cut.stderr).toBe(0);
    expect(scene.publishedKids()).toHaveLength(1);
    scene.clock.advance(2 * hour);
    for (const answer of await scene.stsAnswers()) expect(answer).not.toBe('accepted');
    for (const server of scene.servers) server.takeSigner();
    await green();
  });

  it('works on OpenShift too', async () => {
    expect((await scene.rotate(['stage', '--platform', 'openshift'])).code).toBe(0);
    scene.clock.advance(24 * hour + minute);
    const promoted = await scene.rotate([]);
    expect(promoted.json.result.phase, promoted.stderr).toBe('promoted');
    expect(scene.files()).toContain('openshift/next-bound-service-account-signing-key.yaml');
    await green();
  });
});

describe('a step that is cut off at a write', () => {
  /** Runs with the k-th rename into site or state refused; whether there was one. */
  async function cutAt(k: number, words: readonly string[]): Promise<boolean> {
    const { renameSync } = fsModule;
    let count = 0;
    const failing: typeof fs.renameSync = (from, to) => {
      const target = String(to);
      if (target.startsWith(scene.site)) {
        count += 1;
        if (count === k) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      }
      renameSync(from, to);
    };
    Object.assign(fsModule, { renameSync: failing });
    syncBuiltinESMExports();
    try {
      const { code, json } = await scene.rotate(words);
      if (count < k) return false;
      expect([code, json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
      expect(json.error.hint).toContain('make room on the disk');
      return true;
    } finally {
      Object.assign(fsModule, { renameSync });
      syncBuiltinESMExports();
    }
  }

  it.each([
    ['stage', async () => {}],
    ['retire', toRetirable],
  ])('is finished by the next run: %s', async (step, prepare) => {
    await prepare();
    const restore = scene.savedAll();
    let cuts = 0;
    while (await cutAt(cuts + 1, [step])) {
      cuts += 1;
      await green();
      const again = await scene.rotate([step]);
      expect(again.code, `cut ${cuts}: ${again.stderr}`).toBe(0);
      expect(again.json.result.phase).toBe(step === 'stage' ? 'staged' : 'steady');
      expect(scene.publishedKids()).toHaveLength(step === 'stage' ? 2 : 1);
      const text = (file: string): string => fs.readFileSync(path.join(scene.site, file), 'utf8');
      expect(text('openid/v1/jwks')).toBe(text('keys.json'));
      await green();
      restore();
    }
    expect(cuts).toBeGreaterThan(2);
  });
});

describe('two operators on one documents folder', () => {
  it('stage one key between them', async () => {
    const other = path.join(scene.root, 'other');
    fs.cpSync(scene.folder, other, { recursive: true });
    Object.assign(process.env, scene.aws.credentials);
    const runs = await Promise.all([
      scene.rotate(['stage', '--confirm', 'c']),
      scene.rotate(['stage', '--confirm', 'c'], { folder: other }),
    ]);
    for (const name of Object.keys(scene.aws.credentials)) delete process.env[name];
    expect(runs.filter(({ code }) => code === 0)).not.toEqual([]);
    const next = scene.state().keys.find((key: { role: string }) => key.role === 'next').keyId;
    expect(scene.publishedKids()).toHaveLength(2);
    expect(scene.publishedKids()).toContain(next);
    for (const { code, json } of runs) {
      if (code !== 0) expect(json.error.code).toBe('FILE_UNREADABLE');
    }
    await green();
  });
});

describe('render-documents beside a rotation', () => {
  const keyFile = (name: string): readonly string[] => ['--public-key-file', name];

  it('keeps the staged key with an input that does not know it, adds none, and revives no retired key', async () => {
    const old = scene.file('old.pem', scene.read('serviceaccount-signer.public'));
    const signer = path.join(scene.folder, 'serviceaccount-signer.public');
    await toStaged();
    const timer = await scene.render(keyFile(signer));
    expect([timer.code, timer.json.changes]).toEqual([0, []]);
    const added = [...keyFile(signer), ...keyFile(scene.file('alien.pem', newKey().pem))];
    const refused = await scene.render(added);
    expect([refused.code, refused.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    const [, next = ''] = scene.publishedKids();
    const dropped = await scene.render([...keyFile(signer), '--remove-key', next]);
    expect([dropped.code, dropped.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    expect(dropped.json.error.hint).toContain('rotate-keys rollback');

    await toRetirable();
    expect((await scene.rotate(['retire'])).code).toBe(0);
    const { code, json } = await scene.render([...keyFile(signer), ...keyFile(old)]);
    expect([code, json.error.code]).toEqual([5, 'KEY_REVOKED']);
    expect((await scene.render(keyFile(signer))).json.changes).toEqual([]);
  });

  it('leaves what it removed to a rotation that begins later', async () => {
    const signer = path.join(scene.folder, 'serviceaccount-signer.public');
    const gone = newKey();
    const alien = scene.file('gone.pem', gone.pem);
    await scene.render([...keyFile(signer), ...keyFile(alien)]);
    await scene.render([...keyFile(signer), '--remove-key', gone.kid]);
    const revived = await scene.rotate(['stage', '--next-public-key-file', alien]);
    expect([revived.code, revived.json.error.code]).toEqual([5, 'KEY_REVOKED']);
    expect((await scene.rotate(['status'])).json.result.phase).toBe('steady');
    await toStaged();
    expect(scene.state().removed).toMatchObject([{ keyId: gone.kid, reason: 'revoked' }]);
  });
});

describe('a documents folder', () => {
  it('that the issuer URL does not serve is named with the URL after the wait', async () => {
    const copy = path.join(scene.root, 'copy');
    fs.cpSync(scene.site, copy, { recursive: true });
    scene.server.folder = copy;
    const late = await scene.rotate(['stage', '--timeout', '10m']);
    expect([late.code, late.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(late.json.error.message).toContain(issuer);
    expect(late.json.error.message).toContain(fs.realpathSync(scene.site));
    await green();
    fs.cpSync(scene.site, copy, { recursive: true });
    const again = await scene.rotate(['stage']);
    expect([again.code, again.json.result.phase], again.stderr).toEqual([0, 'staged']);
  });

  it('may be a link, and is refused where it is of another issuer, empty, or around the keys', async () => {
    fs.renameSync(scene.site, path.join(scene.root, 'release'));
    fs.symlinkSync('release', scene.site);
    const { code, stderr } = await scene.rotate(['stage']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('is a symbolic link');
    expect(fs.existsSync(path.join(scene.root, 'release.rotation.json'))).toBe(true);

    const refusedAs = async (words: readonly string[]): Promise<readonly unknown[]> => {
      const before = scene.aws.calls.filter((call) => call.write).length;
      const run = await scene.run(['rotate-keys', 'stage', '--name', 'c', ...words]);
      expect(scene.aws.calls.filter((call) => call.write)).toHaveLength(before);
      return [run.code, run.json.error.code];
    };
    const at = (url: string, folder: string): readonly string[] =>
      ['--issuer-url', url].concat('--documents-dir', folder);
    expect(await refusedAs(at('https://other.example.com', 'site'))).toEqual([
      5,
      'ISSUER_WOULD_CHANGE',
    ]);
    fs.mkdirSync(path.join(scene.root, 'empty'));
    expect(await refusedAs(at(issuer, 'empty'))).toEqual([5, 'KEY_NOT_PUBLISHED']);
    const discovery = path.join(scene.site, '.well-known/openid-configuration');
    const text = fs.readFileSync(discovery, 'utf8');
    fs.writeFileSync(discovery, text.replace('/keys.json', '/elsewhere.json'));
    expect(await refusedAs(at(issuer, 'site'))).toEqual([2, 'INPUT_INVALID']);
    fs.writeFileSync(discovery, '');
    expect(await refusedAs(at(issuer, 'site'))).toEqual([2, 'FILE_UNREADABLE']);
    expect(await refusedAs(at(issuer, '.'))).toEqual([2, 'USAGE']);
    expect(await refusedAs(['--issuer-url', issuer])).toEqual([2, 'USAGE']);
    expect(await refusedAs(['--documents-dir', 'site'])).toEqual([2, 'USAGE']);
  });

  it('that is read-only stops a step before its first write', async () => {
    const { accessSync } = fsModule;
    const readOnly: typeof fs.accessSync = (file, mode) => {
      if (String(file).startsWith(scene.site)) {
        throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
      }
      accessSync(file, mode);
    };
    Object.assign(fsModule, { accessSync: readOnly });
    syncBuiltinESMExports();
    const before = scene.aws.calls.length;
    try {
      const { code, json } = await scene.rotate(['stage']);
      expect([code, json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
      expect(json.error.hint).toContain('--documents-dir');
    } finally {
      Object.assign(fsModule, { accessSync });
      syncBuiltinESMExports();
    }
    expect(scene.aws.calls).toHaveLength(before);
    expect(scene.files()).not.toContain('serviceaccount-signer.next.private');
  });

  it('is read by a plan and by status, and not written', async () => {
    const before = tree();
    const { code, json } = await scene.rotate(['stage', '--dry-run']);
    expect(code).toBe(0);
    expect(json.changes.map(({ resource }) => resource)).toContain('document');
    expect((await scene.rotate(['status'])).json.result.phase).toBe('steady');
    expect(tree()).toEqual(before);
  });
});
