// render-documents: what it writes, what it refuses, and that what is served stays good whatever comes in.

import * as fs from 'node:fs';
import fsModule from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../cli/fake-host.ts';
import { filesIn } from '../rotation/rotation-scene.ts';
import {
  documentFiles,
  issuer,
  newKey,
  openDocumentsScene,
  type DocumentsScene,
} from './documents-scene.ts';

const [first, second, third] = [newKey(), newKey(), newKey()];
let scene: DocumentsScene;
let [pem, both] = ['', ''];

beforeEach(() => {
  scene = openDocumentsScene();
  pem = scene.file('first.pem', first.pem);
  both = scene.keySet('both.json', [first, second]);
});
afterEach(() => scene.close());

const modeOf = (file: string): string =>
  (fs.statSync(path.join(scene.site, file)).mode & 0o777).toString(8);
const served = (): readonly (string | undefined)[] => documentFiles.map(scene.read);

describe('render-documents', () => {
  it('writes what a web server of another user can read, and a second run changes nothing', async () => {
    const before = process.umask(0o077);
    try {
      const { code, json, err } = await scene.render([pem]);
      expect(code, err).toBe(0);
      expect(json).toMatchObject({
        result: {
          issuer,
          jwksUri: `${issuer}/keys.json`,
          keyIds: [first.kid],
          removedKeyIds: [],
          documentsDir: fs.realpathSync(scene.site),
        },
        warnings: [],
      });
      expect(json.files).toEqual(
        expect.arrayContaining(documentFiles.map((file) => ({ path: file, mode: '0644' }))),
      );
      expect(json.changes.map(({ resource, id, action }) => [resource, id, action])).toEqual([
        ['document', 'keys.json', 'create'],
        ['document', 'openid/v1/jwks', 'create'],
        ['document', '.well-known/openid-configuration', 'create'],
      ]);
    } finally {
      process.umask(before);
    }
    for (const folder of ['.', '.well-known', 'openid', 'openid/v1']) {
      expect(modeOf(folder)).toBe('755');
    }
    expect(filesIn(scene.site)).toEqual(documentFiles);
    const times = (): readonly number[] =>
      ['.', ...documentFiles].map((file) => fs.statSync(path.join(scene.site, file)).mtimeMs);
    const written = times();
    const again = await scene.render([pem]);
    expect([again.code, again.json.changes]).toEqual([0, []]);
    expect(times()).toEqual(written);
    const words = ['render-documents', '--issuer-url', issuer, '--public-key-file', pem];
    const text = await runCli([...words, '--documents-dir', 'site'], { cwd: scene.root });
    expect(text.out).toMatch(/Nothing changed: the documents are as they should be\.\n$/);
  });

  it('writes nothing in a dry run, and tells what it would', async () => {
    const words = ['render-documents', '--issuer-url', issuer, '--public-key-file', pem];
    const flags = ['--documents-dir', 'site', '--dry-run'];
    const { code, out } = await runCli([...words, ...flags], { cwd: scene.root });
    expect(code).toBe(0);
    expect(out).toContain(`+ document keys.json: key set: adds ${first.kid}\n`);
    expect(out).toContain('Plan: 3 to create, 0 to update, 0 to delete.');
    expect(fs.existsSync(scene.site)).toBe(false);
  });

  it('adds the keys of an API server behind those that are served, whatever their order', async () => {
    await scene.render([pem]);
    const other = scene.keySet('other-order.json', [second, first]);
    expect((await scene.render([other])).code).toBe(0);
    expect(scene.kids()).toEqual([first.kid, second.kid]);
    expect((await scene.render([both])).json.changes).toEqual([]);
    expect(scene.read('openid/v1/jwks')).toBe(scene.read('keys.json'));
  });

  it.each([
    ['an empty file', ''],
    ['half a key set', '{"keys": [{"kty": "RSA", '],
    ['a key set without keys', '{"keys": []}'],
    ['the refusal of an API server', '{"kind":"Status","code":401}'],
    ['half a PEM file', first.pem.slice(0, 200)],
    ['a private key', first.secret.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ])('leaves what is served as it is where it is given %s', async (_, text) => {
    await scene.render([both]);
    const before = served();
    const { code, json } = await scene.render([scene.file('broken', text)]);
    expect([code, json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(json.error.hint).toContain('what is served stays as it is');
    expect(json.changes).toEqual([]);
    expect(served()).toEqual(before);
    const absent = await scene.render(['absent.json']);
    expect([absent.code, absent.json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
    expect(served()).toEqual(before);
  });

  it('drops a served key only with --remove-key, and that key never comes back', async () => {
    await scene.render([both]);
    const before = served();
    const kept = await scene.render([pem]);
    expect([kept.code, kept.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    expect(kept.json.error.hint).toContain(`--remove-key ${second.kid}`);
    expect(served()).toEqual(before);

    const dropped = await scene.render([pem], ['--remove-key', second.kid]);
    expect(dropped.code, dropped.err).toBe(0);
    expect(dropped.json.result).toMatchObject({
      keyIds: [first.kid],
      removedKeyIds: [second.kid],
    });
    expect(dropped.json.changes.map(({ resource, id }) => [resource, id])).toEqual([
      ['rotation-state', '../site.rotation.json'],
      ['document', 'keys.json'],
      ['document', 'openid/v1/jwks'],
    ]);
    const state = path.join(scene.root, 'site.rotation.json');
    expect(JSON.parse(fs.readFileSync(state, 'utf8'))).toEqual({
      schemaVersion: 1,
      issuer,
      removed: [{ keyId: second.kid, reason: 'revoked', at: '2026-11-22T12:00:00Z' }],
    });
    expect(fs.statSync(state).mode & 0o777).toBe(0o600);
    expect(filesIn(scene.site)).toEqual(documentFiles);
    const again = await scene.render([pem], ['--remove-key', second.kid]);
    expect([again.code, again.json.changes]).toEqual([0, []]);

    const renamed = scene.keySet('renamed.json', [first, { ...second, kid: 'other' }]);
    const sameKid = scene.keySet('same-kid.json', [first, { ...third, kid: second.kid }]);
    for (const input of [both, renamed, sameKid]) {
      const back = await scene.render([input]);
      expect([back.code, back.json.error.code]).toEqual([5, 'KEY_REVOKED']);
      expect(scene.kids()).toEqual([first.kid]);
    }
    // API servers go on listing a key for a year: the flag leaves it out each time.
    const leftOut = await scene.render([both], ['--remove-key', second.kid]);
    expect([leftOut.code, leftOut.json.changes]).toEqual([0, []]);
    const out = await scene.render([renamed], ['--remove-key', 'other']);
    expect(out.code, out.err).toBe(0);
    expect(out.json.result.removedKeyIds).toEqual([second.kid, 'other']);
  });

  it('takes a removed key with an id of its own out under both its ids, also one that begins with a dash', async () => {
    const signer = { ...second, kid: '-signer 1' };
    await scene.render([scene.keySet('sts.json', [first, signer])]);
    const { code, json, err } = await scene.render([pem], ['--remove-key', signer.kid]);
    expect(code, err).toBe(0);
    expect(json.result.removedKeyIds).toEqual([signer.kid, second.kid]);
    const back = await scene.render([pem, scene.file('second.pem', second.pem)]);
    expect([back.code, back.json.error.code]).toEqual([5, 'KEY_REVOKED']);
  });

  it('finishes a removal that was recorded before the run was killed, and undoes a key put back by hand', async () => {
    await scene.render([both]);
    const keySet = scene.read('keys.json') ?? '';
    await scene.render([pem], ['--remove-key', second.kid]);
    fs.writeFileSync(path.join(scene.site, 'keys.json'), keySet);
    const { code, json } = await scene.render([pem]);
    expect([code, json.changes.map(({ id }) => id)]).toEqual([0, ['keys.json']]);
    expect(scene.kids()).toEqual([first.kid]);
  });

  it('never serves no key, a kid with another key, or leaves out a kid that is nowhere', async () => {
    await scene.render([pem]);
    const none = await scene.render([pem], ['--remove-key', first.kid]);
    expect([none.code, none.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    const swapped = scene.keySet('swapped.json', [{ ...second, kid: first.kid }]);
    const other = await scene.render([swapped]);
    expect([other.code, other.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    const slip = await scene.render([pem], ['--remove-key', 'typo']);
    expect([slip.code, slip.json.error.code]).toEqual([2, 'USAGE']);
    expect(slip.json.error.message).toContain('"typo" is neither served');
    expect(fs.existsSync(path.join(scene.root, 'site.rotation.json'))).toBe(false);
    expect(scene.kids()).toEqual([first.kid]);
  });

  it('puts right what a script left empty, half or with a private jwks_uri', async () => {
    await scene.render([pem]);
    const good = served();
    const [discovery, keySet, mirror] = documentFiles.map((file) => path.join(scene.site, file));
    for (const text of ['', '{"keys": [', '{}']) {
      for (const file of [discovery!, keySet!, mirror!]) fs.writeFileSync(file, text);
      const { code, json } = await scene.render([pem]);
      expect(code).toBe(0);
      expect(json.warnings).toHaveLength(2);
      expect(served()).toEqual(good);
    }
    const moved = (good[0] ?? '').replace(`${issuer}/keys.json`, 'https://10.0.0.1:6443/openid');
    fs.writeFileSync(discovery!, moved);
    fs.chmodSync(keySet!, 0o600);
    const { json } = await scene.render([pem]);
    expect(json.changes.map(({ detail }) => detail)).toEqual([
      'key set: mode 0644',
      'discovery document: jwks_uri was "https://10.0.0.1:6443/openid"',
    ]);
    expect(served()).toEqual(good);
  });

  it('refuses documents and a state of another issuer', async () => {
    await scene.render([both]);
    const words = ['--issuer-url', 'https://other.example.com'];
    const other = await scene.render([both], words);
    expect([other.code, other.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    await scene.render([pem], ['--remove-key', second.kid]);
    fs.rmSync(scene.site, { recursive: true });
    const stale = await scene.render([pem], words);
    expect([stale.code, stale.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(fs.existsSync(scene.site)).toBe(false);
    scene.file('site.rotation.json', '{"removed"');
    const broken = await scene.render([pem]);
    expect([broken.code, broken.json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
  });

  it('keeps what a rotation has in the state, and other files of the folder', async () => {
    await scene.render([both]);
    const others = { phase: 'steady', history: [{ step: 'stage' }] };
    const removed = [{ keyId: 'old', reason: 'retired', at: '2026-01-01T00:00:00Z' }];
    scene.file('site.rotation.json', JSON.stringify({ schemaVersion: 1, ...others, removed }));
    fs.writeFileSync(path.join(scene.site, 'index.html'), 'hello');
    const { json } = await scene.render([pem], ['--remove-key', second.kid]);
    expect(json.result.removedKeyIds).toEqual(['old', second.kid]);
    const state = fs.readFileSync(path.join(scene.root, 'site.rotation.json'), 'utf8');
    expect(JSON.parse(state)).toMatchObject({
      ...others,
      removed: [...removed, { keyId: second.kid, reason: 'revoked' }],
    });
    expect(scene.read('index.html')).toBe('hello');
  });
});

describe('the documents folder', () => {
  it('may be a link to a folder, which is followed and told', async () => {
    fs.mkdirSync(path.join(scene.root, 'releases', '1'), { recursive: true });
    fs.symlinkSync(path.join('releases', '1'), scene.site);
    const { code, json, err } = await scene.render([both]);
    expect(code, err).toBe(0);
    const real = fs.realpathSync(scene.site);
    expect(json.result.documentsDir).toBe(real);
    expect(err).toContain(`note: "site" is a symbolic link: the documents lie in "${real}"`);
    await scene.render([pem], ['--remove-key', second.kid]);
    expect(fs.existsSync(path.join(scene.root, 'releases', '1.rotation.json'))).toBe(true);
    // Under its other name it is the same folder.
    const back = await scene.render([both], [], path.join('releases', '1'));
    expect(back.json.error.code).toBe('KEY_REVOKED');
  });

  it.each<[string, (site: string) => void, string]>([
    ['a link to nowhere', (site) => fs.symlinkSync('gone', site), 'is a symbolic link to a folder'],
    ['a file', (site) => fs.writeFileSync(site, ''), 'is no folder'],
    ['below a file', (site) => fs.writeFileSync(path.dirname(site), ''), 'ENOTDIR'],
  ])('is refused as %s', async (what, make, message) => {
    const folder = what === 'below a file' ? 'parent/site' : 'site';
    make(path.join(scene.root, folder));
    const { code, json } = await scene.render([pem], [], folder);
    expect([code, json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
    expect(json.error.message).toContain(message);
  });

  it.each(['ENOSPC', 'EROFS', 'EACCES'])(
    'that fails with %s keeps what it serves, and the next run goes on',
    async (code) => {
      await scene.render([pem]);
      const before = served();
      const { writeFileSync } = fsModule;
      const failing = (...words: Parameters<typeof fs.writeFileSync>): void => {
        if (typeof words[0] === 'number') {
          throw Object.assign(new Error(code), { code });
        }
        writeFileSync(...words);
      };
      Object.assign(fsModule, { writeFileSync: failing });
      syncBuiltinESMExports();
      try {
        const { code: exit, json } = await scene.render([both]);
        expect([exit, json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
        expect(json.error.message).toContain(`keys.json": ${code}`);
        expect(json.error.hint).not.toContain('--output-dir');
      } finally {
        Object.assign(fsModule, { writeFileSync });
        syncBuiltinESMExports();
      }
      expect(served()).toEqual(before);
      expect(filesIn(scene.site)).toEqual(documentFiles);
      expect((await scene.render([both])).json.changes).toHaveLength(2);
    },
  );

  it('that only its owner can enter is reported once', async () => {
    fs.mkdirSync(scene.site, { mode: 0o700 });
    const { json } = await scene.render([pem]);
    expect(json.warnings).toEqual([expect.stringContaining('only its owner can enter')]);
    expect(modeOf('.')).toBe('700');
  });
});
