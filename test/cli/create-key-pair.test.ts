// create-key-pair through main(): the files that it writes, keeps and refuses.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPrivateKey } from '../../src/core/keys/public-key.ts';
import { ensureKeyPair } from '../../src/local/key-pair.ts';
import { openOutputFolder } from '../../src/local/output-folder.ts';
import { newFileName } from '../../src/local/process-runs.ts';
import { runCli, temporaryFolder, type Run } from './fake-host.ts';

let folder = '';
let remove = (): void => {};
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const privateFile = 'serviceaccount-signer.private';
const publicFile = 'serviceaccount-signer.public';
const boundFile = 'tls/bound-service-account-signing-key.key';

const create = (...flags: string[]): Promise<Run> =>
  runCli(['create-key-pair', '--output-dir', folder, '--key-size', '2048', ...flags]);
const read = (file: string): string => fs.readFileSync(path.join(folder, file), 'utf8');
const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
};
const modeOf = (file: string): number => fs.statSync(path.join(folder, file)).mode & 0o777;
const rsa = (bits: number): { privateKey: string; publicKey: string } =>
  generateKeyPairSync('rsa', {
    modulusLength: bits,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

test('writes a matching key pair in the documented formats and modes', async () => {
  const { code, out, err } = await create('-o', 'json');
  expect({ code, err }).toEqual({
    code: 0,
    err: '+ signing-key serviceaccount-signer.private: RSA, 2048 bits\n',
  });
  expect(read(privateFile)).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(read(publicFile)).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  expect(read(boundFile)).toBe(read(privateFile));
  expect([modeOf(privateFile), modeOf(publicFile), modeOf(boundFile)]).toEqual([
    0o600, 0o644, 0o600,
  ]);
  const data = Buffer.from('token');
  const signature = sign('sha256', data, createPrivateKey(read(privateFile)));
  expect(verify('sha256', data, createPublicKey(read(publicFile)), signature)).toBe(true);
  expect(createPublicKey(read(publicFile)).export({ type: 'spki', format: 'pem' })).toBe(
    read(publicFile),
  );
  expect(JSON.parse(out)).toEqual({
    schemaVersion: 1,
    command: 'create-key-pair',
    ok: true,
    dryRun: false,
    changes: [
      {
        resource: 'signing-key',
        id: 'serviceaccount-signer.private',
        action: 'create',
        detail: 'RSA, 2048 bits',
      },
    ],
    result: {
      keyId: expect.stringMatching(/^[\w-]{43}$/),
      keySize: 2048,
      created: true,
      privateKeyFile: privateFile,
      publicKeyFile: publicFile,
    },
    files: [
      { path: privateFile, mode: '0600' },
      { path: publicFile, mode: '0644' },
      { path: boundFile, mode: '0600' },
    ],
    warnings: [],
  });
});

test('makes a key of 4096 bits by default', async () => {
  const { out } = await runCli(['create-key-pair', '--output-dir', folder, '-o', 'json']);
  expect(JSON.parse(out).result.keySize).toBe(4096);
});

test('keeps an existing key and says so', async () => {
  const first = JSON.parse((await create('-o', 'json')).out);
  const before = read(privateFile);
  const second = JSON.parse((await create('-o', 'json')).out);
  expect(read(privateFile)).toBe(before);
  expect(second.result).toEqual({ ...first.result, created: false });
  expect((await create()).out).toContain('kept');
});

test('warns if the kept key has another size than the flag', async () => {
  await create();
  const { code, err } = await runCli([
    'create-key-pair',
    '--output-dir',
    folder,
    '--key-size',
    '3072',
  ]);
  expect(code).toBe(0);
  expect(err).toMatch(/^warning: .*2048 bits/);
});

test('repairs the mode of a private key that others may read, with a note', async () => {
  await create();
  fs.chmodSync(path.join(folder, privateFile), 0o644);
  const { code, err } = await create();
  expect(code).toBe(0);
  expect(modeOf(privateFile)).toBe(0o600);
  expect(err).toContain(`warning: "${privateFile}" was readable by others`);
});

test('continues after an interrupted run', async () => {
  await create();
  const publicKey = read(publicFile);
  fs.rmSync(path.join(folder, publicFile));
  fs.rmSync(path.join(folder, 'tls'), { recursive: true });
  expect((await create()).code).toBe(0);
  expect(read(publicFile)).toBe(publicKey);
  expect(read(boundFile)).toBe(read(privateFile));
});

test('accepts a private key in PKCS#8 without a change', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  write(privateFile, pem);
  expect((await create()).code).toBe(0);
  expect(read(privateFile)).toBe(pem);
});

test('a public key of another pair is an error, and no file changes', async () => {
  await create();
  const stranger = rsa(2048).publicKey;
  write(publicFile, stranger);
  const { code, err } = await create();
  expect(code).toBe(2);
  expect(err).toContain(`error: ${publicFile}: does not belong to "${privateFile}"`);
  expect(read(publicFile)).toBe(stranger);
});

test('another private key under the installer’s name is an error', async () => {
  await create();
  const stranger = rsa(2048).privateKey;
  write(boundFile, stranger);
  const { code, err } = await create();
  expect(code).toBe(2);
  expect(err).toContain(`error: ${boundFile}: does not belong`);
  expect(read(boundFile)).toBe(stranger);
});

test.each([publicFile, boundFile])('%s without its private key is an error', async (file) => {
  const pair = rsa(2048);
  write(file, file === publicFile ? pair.publicKey : pair.privateKey);
  const { code, out } = await create('-o', 'json');
  expect(code).toBe(2);
  expect(JSON.parse(out).error.code).toBe('FILE_EXISTS');
  expect(fs.existsSync(path.join(folder, privateFile))).toBe(false);
});

test.each([
  ['1024 bits', () => rsa(1024).privateKey, '1024 bits'],
  ['garbage', () => 'not a key', 'is not an unencrypted private key'],
  ['a public key', () => rsa(2048).publicKey, 'is not an unencrypted private key'],
  [
    'an EC key',
    () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'sec1', format: 'pem' })
        .toString(),
    'type "ec"',
  ],
])('a private key file with %s is refused', async (_, text, message) => {
  write(privateFile, text());
  const { code, err } = await create();
  expect(code).toBe(2);
  expect(err).toMatch(/^error: serviceaccount-signer\.private(?::1)?: /);
  expect(err).toContain(message);
  expect(err).not.toContain('BEGIN');
});

test('a dry run makes no file and knows no key id', async () => {
  const { code, out } = await create('--dry-run', '-o', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ dryRun: true, result: { keyId: null, created: true } });
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a folder that cannot be written to is an error with a hint', async () => {
  write('file', '');
  const words = ['create-key-pair', '--key-size', '2048', '--output-dir'];
  const { code, err } = await runCli([...words, path.join(folder, 'file', 'below')]);
  expect(code).toBe(2);
  expect(err).toMatch(/^error: cannot write .*\nhint: .*--output-dir\n$/);
  expect(err).toContain(`in "${path.join(folder, 'file', 'below')}"`);
});

test('no output ever holds the private key', async () => {
  const runs = [await create(), await create('--verbose'), await create('-o', 'json')];
  const body = read(privateFile).split('\n')[1] ?? '';
  expect(body.length).toBe(64);
  for (const { out, err } of runs) expect(out + err).not.toContain(body);
});

test('removes temporary files of a killed run, and keeps those of a running one', async () => {
  const mine = newFileName();
  const gone = mine.replace(/^\d+/, '4194303');
  for (const name of [gone, mine]) write(`.oidc-bootstrap.tmp/${name}`, 'half a key');
  await create();
  expect(fs.readdirSync(path.join(folder, '.oidc-bootstrap.tmp'))).toEqual([mine]);
});

test('two runs at the same time write one key pair and overwrite none', () => {
  const [mine, theirs] = [openOutputFolder(folder), openOutputFolder(folder)];
  let overtaken = false;
  const result = ensureKeyPair(
    {
      ...mine,
      read: (file) => {
        const found = mine.read(file);
        // This run has read that there is no key yet; now the other run writes one.
        if (file === privateFile && !overtaken) {
          overtaken = true;
          ensureKeyPair(theirs, { keySize: 2048 });
        }
        return found;
      },
    },
    { keySize: 2048 },
  );
  const kept = readPrivateKey(read(privateFile), privateFile);
  expect(result).toMatchObject({ created: false, keyId: kept.keyId });
  expect(read(publicFile)).toBe(kept.spkiPem);
  expect(read(boundFile)).toBe(read(privateFile));
  expect(fs.existsSync(path.join(folder, '.oidc-bootstrap.tmp'))).toBe(false);
});

test('a link to a missing key is not changed', async () => {
  fs.symlinkSync('/nowhere/key', path.join(folder, privateFile));
  const { code, err } = await create();
  expect(code).toBe(2);
  expect(err).toContain(`error: "${privateFile}" is a link to a file that does not exist\nhint: `);
  expect(fs.readdirSync(folder)).toEqual([privateFile]);
});

test('creates private folders under any umask, and only warns of a folder that is open to others', async () => {
  const mask = process.umask(0);
  try {
    const made = path.join(folder, 'made');
    const words = ['create-key-pair', '--key-size', '2048', '--output-dir', made];
    expect((await runCli(words)).err).not.toContain('warning');
    expect([modeOf('made'), modeOf('made/tls')]).toEqual([0o700, 0o700]);
    fs.chmodSync(path.join(made, 'tls'), 0o777);
    const { code, err } = await runCli(words);
    expect([code, modeOf('made/tls')]).toEqual([0, 0o777]);
    expect(err).toMatch(/^warning: other users can write to ".*tls" \(mode 0777\).*chmod go-w/);
  } finally {
    process.umask(mask);
  }
});

test('names what stands in place of a folder: a file, or a link that leads nowhere', async () => {
  const place = path.join(folder, 'tls');
  for (const put of [
    () => fs.writeFileSync(place, ''),
    () => fs.symlinkSync(path.join(folder, 'nowhere'), place),
  ]) {
    put();
    const { code, err } = await create();
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('stands in place of a folder on the way there: move it away'),
    ]);
    fs.rmSync(place);
  }
  expect((await create()).code).toBe(0);
});
