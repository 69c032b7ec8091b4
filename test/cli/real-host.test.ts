// The host of a real process: signals and unexpected errors.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { expect, test, vi } from 'vitest';
import { realHost } from '../../src/cli/session/real-host.ts';

test('the first Ctrl-C is passed to the command, and the second one ends the process', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const others = process.listeners('SIGINT');
  let calls = 0;
  const stop = realHost().onInterrupt(() => {
    calls += 1;
  });
  const mine = () => process.listeners('SIGINT').filter((listener) => !others.includes(listener));
  const [heard] = mine();
  heard?.('SIGINT');
  // The spinner library ends the process if it has the only signal listener.
  expect(mine()).toEqual([heard]);
  expect([calls, kill.mock.calls]).toEqual([1, []]);
  heard?.('SIGINT');
  expect(mine()).toEqual([]);
  expect([calls, kill.mock.calls]).toEqual([1, [[process.pid, 'SIGINT']]]);
  stop();
});

test('an error outside of the command is shown without secrets, and the exit code is not 0', () => {
  const script = `
    import { start } from './src/start.ts';
    const running = start(['create-key-pair', '--dry-run', '--quiet']);
    setImmediate(() => { throw new Error('late eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9.c2ln'); });
    await running;
  `;
  const words = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).toBe('error: unexpected: late [token removed]\n');
  expect(status).toBe(1);
});

test('an error outside of the command is shown without the credentials that the run read', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-bootstrap-'));
  const secret = 'SecretOfAProfile0123456789abcdefghijklmnop';
  const token = 'SessionTokenOfAProfile0123456789';
  const file = path.join(folder, 'credentials');
  fs.writeFileSync(
    file,
    `[p]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = ${secret}\naws_session_token = ${token}\n`,
  );
  const script = `
    import { createServer } from 'node:http';
    import { start } from './src/start.ts';
    const server = createServer((request, answer) => {
      setImmediate(() => { throw new Error('late ${secret} ${token}'); });
      answer.writeHead(403).end();
      server.close();
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    const endpoint = 'http://127.0.0.1:' + server.address().port;
    await start(['list', '--quiet', '--region', 'eu-west-1', '--profile', 'p', '--endpoint-url', endpoint]);
  `;
  const words = ['--import', 'tsx', '--input-type=module', '-e', script];
  const env = {
    PATH: process.env['PATH'],
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_CONFIG_FILE: file,
  };
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  fs.rmSync(folder, { recursive: true });
  expect(stderr).toContain(
    'error: unexpected: late [AWS credential removed] [AWS credential removed]\n',
  );
  expect(stderr).not.toContain(secret);
  expect(stderr).not.toContain(token);
  expect(status).toBe(1);
});

test('a public key file "-" is standard input', () => {
  const script = `
    import { start } from './src/start.ts';
    await start(['create-identity-provider', '--name', 'c', '--region', 'eu-west-1', '--public-key-file', '-']);
  `;
  const words = ['--import', 'tsx', '--input-type=module', '-e', script];
  const input = '{"keys":[{"kty":"oct","kid":"k","k":"c2VjcmV0"}]}';
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', input });
  expect(stderr).toContain('error: standard input: keys[0]: key "k" is of type "oct"');
  expect(status).toBe(2);
});
