// Files that are read: text in the encodings of users' tools, and devices, pipes and folders.

import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutputFolder } from '../../../src/local/output-folder.ts';
import { readTextFile } from '../../../src/local/read-file.ts';
import { temporaryFolder } from '../../cli/fake-host.ts';

let folder = '';
let remove = (): void => {};
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const text = '{"keys":["ä"]}\r\n';
const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
const forms: readonly (readonly [string, Buffer])[] = [
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, as PowerShell writes it', utf16],
  ['UTF-16, big end first', Buffer.from(utf16).swap16()],
];

describe('a file that is given', () => {
  it.each(forms)('may be in %s', (_, bytes) => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, bytes);
    expect(readTextFile(file, 'file')).toBe(text);
    expect(openOutputFolder(folder).read('file')).toBe(text);
  });

  it('may be UTF-16 with an incomplete character at its end', () => {
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, Buffer.from(utf16).swap16().subarray(0, 7));
    expect(readTextFile(file, 'file')).toBe('{"');
  });

  it.skipIf(process.platform === 'win32')('may be a pipe', async () => {
    const file = path.join(folder, 'pipe');
    execFileSync('mkfifo', [file]);
    const writer: ChildProcess = spawn('sh', ['-c', 'printf "%s" text > "$0"', file]);
    expect(readTextFile(file, 'pipe')).toBe('text');
    await once(writer, 'close');
  });
});

describe.skipIf(process.platform === 'win32')('what is no file, in the output folder', () => {
  const kinds: readonly (readonly [string, (file: string) => Promise<void> | void])[] = [
    ['a FIFO', (file) => void execFileSync('mkfifo', [file])],
    ['a folder', (file) => fs.mkdirSync(file)],
    ['a device', (file) => fs.symlinkSync('/dev/zero', file)],
    [
      'a socket',
      async (file) => {
        const server = net.createServer().listen(file);
        await once(server, 'listening');
        server.unref();
      },
    ],
  ];

  it.each(kinds)('%s is not read', async (kind, make) => {
    await make(path.join(folder, 'file'));
    const read = (): unknown => openOutputFolder(folder).read('file');
    expect(read).toThrow(`cannot read "file": it is ${kind}, not a file`);
  });

  it.each(kinds.filter(([kind]) => kind !== 'a device'))(
    '%s is not replaced by a file',
    async (kind, make) => {
      await make(path.join(folder, 'file'));
      const output = openOutputFolder(folder);
      const message = `cannot write "file" in "${folder}": it is ${kind}, not a file`;
      expect(() => output.write('file', '', 0o644)).toThrow(message);
      expect(() => output.create('file', '', 0o600)).toThrow(message);
      const derived = { path: 'file', text: '', mode: 0o644 };
      expect(() => output.writeDerived([derived])).toThrow(message);
      expect(fs.readdirSync(folder)).toEqual(['file']);
    },
  );

  it.each([
    ['oidc-bootstrap.json', 'create-identity-provider'],
    ['serviceaccount-signer.private', 'create-key-pair'],
    ['serviceaccount-signer.public', 'create-key-pair'],
    ['tls/bound-service-account-signing-key.key', 'create-key-pair'],
    ['serviceaccount-signer.public', 'create-identity-provider'],
  ])('%s ends %s at once', (file, command) => {
    fs.mkdirSync(path.join(folder, 'tls'));
    execFileSync('mkfifo', [path.join(folder, file)]);
    const script = `
      import { main } from './src/main.ts';
      import { realHost } from './src/cli/session/real-host.ts';
      const name = process.argv[1] === 'create-key-pair' ? [] : ['--name', 'c', '--region', 'eu-west-1'];
      process.exitCode = await main([process.argv[1], '--output-dir', process.argv[2], ...name], realHost());
    `;
    const words = ['--import', 'tsx', '--input-type=module', '-e', script, command, folder];
    // A program that waits for the pipe is killed and has no exit code.
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const run = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 30_000, env });
    expect([run.status, run.stderr]).toEqual([
      2,
      expect.stringContaining(`error: cannot read "${file}": it is a FIFO, not a file\nhint: `),
    ]);
  });
});
