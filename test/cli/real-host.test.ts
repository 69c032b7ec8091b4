// The host of a real process: signals and unexpected errors.

import { spawnSync } from 'node:child_process';
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
