// render-documents through main(): wrong flags are told at once, before any file is read.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCli, temporaryFolder } from './fake-host.ts';

test('every wrong flag is reported at once, and nothing is made', async () => {
  const { folder, remove } = temporaryFolder();
  const words = ['--issuer-url', 'http://me:secret@K3S.local:6443/', '--documents-dir', 'site'];
  const { code, out, err } = await runCli(['render-documents', ...words], { cwd: folder });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  const shown = '"http://***@K3S.local:6443/"';
  const errors = err.split('\n').filter((line) => line.startsWith('error: '));
  expect(errors.map((line) => line.slice('error: '.length, line.indexOf(shown) + 100))).toEqual([
    expect.stringMatching(/^--issuer-url: .* begins with "http:\/\/"/),
    expect.stringContaining('holds a user name or password'),
    expect.stringContaining('names the port "6443"'),
    expect.stringContaining('has capital letters'),
    expect.stringContaining('has the private host name "K3S.local"'),
    expect.stringContaining('ends with a slash'),
    expect.stringContaining('--public-key-file: is required'),
  ]);
  expect(err).not.toContain('secret');
  expect(existsSync(path.join(folder, 'site'))).toBe(false);
  remove();
});

test('flags may come from the environment, and --output-dir is none of them', async () => {
  const { folder, remove } = temporaryFolder();
  const env = {
    OIDC_BOOTSTRAP_ISSUER_URL: 'https://oidc.example.com/',
    OIDC_BOOTSTRAP_DOCUMENTS_DIR: 'site',
    OIDC_BOOTSTRAP_PUBLIC_KEY_FILE: 'absent.pem',
  };
  const slash = await runCli(['render-documents'], { cwd: folder, env });
  expect(slash.err).toContain('error: OIDC_BOOTSTRAP_ISSUER_URL: "https://oidc.example.com/" ends');
  const given = await runCli(['render-documents', '--output-dir', '.'], { cwd: folder, env });
  expect([given.code, given.err]).toEqual([
    2,
    expect.stringContaining('unknown option "--output-dir"'),
  ]);
  remove();
});
