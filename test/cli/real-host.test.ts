// The host of a real process: what signals do to it, and errors that nobody foresaw.

import { spawnSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { realHost } from '../../src/cli/session/real-host.ts';

test('a first Ctrl-C calls back and leaves the process alive, a second one ends it', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  const others = process.listeners('SIGINT');
  let calls = 0;
  const stop = realHost().onInterrupt(() => {
    calls += 1;
  });
  const mine = () => process.listeners('SIGINT').filter((listener) => !others.includes(listener));
  const [heard] = mine();
  heard?.('SIGINT');
  // The spinner's library ends a process in which it finds itself the only listener.
  expect(mine()).toEqual([heard]);
  expect([calls, kill.mock.calls]).toEqual([1, []]);
  heard?.('SIGINT');
  expect(mine()).toEqual([]);
  expect([calls, kill.mock.calls]).toEqual([1, [[process.pid, 'SIGINT']]]);
  stop();
});

test('an error outside of the command is told without secrets, and the run is not called done', () => {
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
