// Links that somebody else put where this program reads, writes and removes files: nothing of theirs is
// removed, written or opened to others through a link.

import * as fs from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { openDocumentsFolder } from '../../../src/local/documents-folder.ts';
import { writeManifests } from '../../../src/local/manifest-file.ts';
import { openOutputFolder } from '../../../src/local/output-folder.ts';
import { newFileName } from '../../../src/local/process-runs.ts';
import { runCli, temporaryFolder } from '../../cli/fake-host.ts';

const hidden = '.oidc-bootstrap.tmp';
const signer = 'serviceaccount-signer';
let root = '';
let folder = '';
let victim = '';
let remove = (): void => {};
beforeEach(() => {
  ({ folder: root, remove } = temporaryFolder());
  [folder, victim] = [path.join(root, 'out'), path.join(root, 'victim')];
  fs.mkdirSync(folder);
  fs.mkdirSync(path.join(victim, 'work'), { recursive: true });
  fs.writeFileSync(path.join(victim, 'secret'), 'secret of somebody else', { mode: 0o600 });
  fs.writeFileSync(path.join(victim, 'work', 'file'), 'work');
});
afterEach(() => remove());

const link = (target: string, name: string): void => {
  fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  fs.symlinkSync(target, path.join(folder, name));
};
const victims = (): readonly unknown[] =>
  ['', 'secret', 'work', 'work/file'].map((name) => {
    const file = path.join(victim, name);
    const stat = fs.statSync(file);
    return [stat.mode, stat.isFile() ? fs.readFileSync(file, 'utf8') : fs.readdirSync(file)];
  });
const createKeyPair = () =>
  runCli(['create-key-pair', '--key-size', '2048', '--output-dir', folder]);

describe('a link in place of the hidden folder', () => {
  it.each(['', 'tls'])('in "%s" loses no file behind it', async (place) => {
    const before = victims();
    link(victim, path.join(place, hidden));
    expect(openOutputFolder(folder).removeLeftovers()).toEqual([]);
    await createKeyPair();
    expect(victims()).toEqual(before);
  });

  it('in a documents folder loses no file behind it', () => {
    const before = victims();
    link(victim, hidden);
    const documents = openDocumentsFolder(folder, root);
    expect(documents.removeLeftovers()).toEqual([]);
    expect(() => documents.writeDocument('keys.json', '{}')).toThrow('cannot write');
    expect(victims()).toEqual(before);
  });

  it('is not what a folder with files of other names is: these stay too', () => {
    const ours = newFileName().replace(/^\d+/, '4194303');
    fs.mkdirSync(path.join(folder, hidden, 'folder'), { recursive: true });
    for (const name of ['theirs', ours]) fs.writeFileSync(path.join(folder, hidden, name), '');
    expect(openOutputFolder(folder).removeLeftovers()).toEqual([]);
    expect(fs.readdirSync(path.join(folder, hidden))).toEqual(['folder', 'theirs']);
  });
});

describe('a link in place of a file', () => {
  it.each([
    [`${signer}.public`, (output) => output.write(`${signer}.public`, 'ours', 0o644)],
    ['oidc-bootstrap.json', (output) => output.write('oidc-bootstrap.json', 'ours', 0o644)],
    [
      'pods/a-b.yaml',
      (output) => output.writeDerived([{ path: 'pods/a-b.yaml', text: 'ours', mode: 0o644 }]),
    ],
  ] satisfies [string, (output: ReturnType<typeof openOutputFolder>) => void][])(
    '%s is replaced, and the file behind it stays as it is',
    (name, write) => {
      const before = victims();
      link(path.join(victim, 'secret'), name);
      write(openOutputFolder(folder));
      expect(fs.lstatSync(path.join(folder, name)).isFile()).toBe(true);
      expect(fs.readFileSync(path.join(folder, name), 'utf8')).toBe('ours');
      expect(victims()).toEqual(before);
    },
  );

  it.each(['symbolic', 'hard'])('a %s link gives nobody a right to the file', (kind) => {
    const before = victims();
    const name = 'serviceaccounts/a-b.yaml';
    if (kind === 'symbolic') link(path.join(victim, 'secret'), name);
    else {
      fs.mkdirSync(path.join(folder, 'serviceaccounts'));
      fs.linkSync(path.join(victim, 'secret'), path.join(folder, name));
    }
    // What a dry run keeps, since it has no values of its own yet.
    const manifest = { path: name, text: 'arn: <role-arn>', mode: 0o644 };
    const output = openOutputFolder(folder);
    writeManifests(output, [manifest]);
    expect(output.reported()).toEqual([{ path: name, mode: '0600' }]);
    expect(victims()).toEqual(before);
  });

  it('to a private key that others can read takes that right from them', async () => {
    await createKeyPair();
    const [there, here] = [path.join(victim, 'key'), path.join(folder, `${signer}.private`)];
    fs.renameSync(here, there);
    fs.chmodSync(there, 0o644);
    fs.symlinkSync(there, here);
    expect((await createKeyPair()).code).toBe(0);
    expect(fs.statSync(there).mode & 0o777).toBe(0o600);
    expect(fs.lstatSync(here).isSymbolicLink()).toBe(true);
  });
});

describe('a link in place of a folder', () => {
  it('of private keys is followed and named', async () => {
    link(path.join(victim, 'work'), 'tls');
    const { code, err } = await createKeyPair();
    expect(code).toBe(0);
    const target = fs.realpathSync(path.join(victim, 'work'));
    expect(err).toContain(
      `warning: "${folder}/tls" is a link: private keys are written to "${target}"`,
    );
    expect(fs.readdirSync(target)).toEqual(['bound-service-account-signing-key.key', 'file']);
  });

  it('for the output folder itself is followed', async () => {
    fs.rmdirSync(folder);
    fs.symlinkSync(path.join(victim, 'work'), folder);
    const { code, err } = await createKeyPair();
    expect([code, err]).toEqual([0, expect.not.stringContaining('warning')]);
    expect(fs.readdirSync(path.join(victim, 'work'))).toContain(`${signer}.private`);
    expect(fs.lstatSync(folder).isSymbolicLink()).toBe(true);
  });

  it.each(['.well-known', 'openid', 'openid/v1'])(
    'of documents, "%s", must not lead out of the documents folder',
    (place) => {
      const before = victims();
      link(victim, place);
      const documents = openDocumentsFolder(folder, root);
      const file = place === '.well-known' ? '.well-known/openid-configuration' : 'openid/v1/jwks';
      const message = `"${path.join(fs.realpathSync(folder), place)}" is a link that leads out of the documents folder`;
      expect(() => documents.read(file)).toThrow(message);
      expect(() => documents.writeDocument(file, '{}')).toThrow(message);
      expect(victims()).toEqual(before);
    },
  );
});

describe('a documents folder', () => {
  it('whose document is a pipe or a device does not stop the program for ever', () => {
    execFileSync('mkfifo', [path.join(folder, 'keys.json')]);
    const documents = openDocumentsFolder(folder, root);
    expect(() => documents.read('keys.json')).toThrow('it is a FIFO, not a file');
    link('/dev/zero', 'openid/v1/jwks');
    expect(() => documents.read('openid/v1/jwks')).toThrow('it is a device, not a file');
  });

  it('may have a link within it', () => {
    fs.mkdirSync(path.join(folder, 'release'));
    link('release', '.well-known');
    const documents = openDocumentsFolder(folder, root);
    documents.writeDocument('.well-known/openid-configuration', '{}');
    expect(documents.read('.well-known/openid-configuration')?.text).toBe('{}');
  });
});

test.each(['manifests', 'tls', 'cluster', hidden])(
  'a file in place of the folder "%s" ends the run before AWS is asked',
  async (name) => {
    fs.writeFileSync(path.join(folder, name), 'of somebody else');
    const words = ['create-identity-provider', '--name', 'c', '--region', 'eu-west-1'];
    const { code, err } = await runCli([...words, '--output-dir', folder]);
    expect(code).toBe(2);
    expect(err).toContain(`cannot write in "${name}" of "${folder}": it is a file, not a folder`);
    expect(fs.readFileSync(path.join(folder, name), 'utf8')).toBe('of somebody else');
  },
);
