// The lock of an output folder, in real processes: one holder at a time, and never a process that ended.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockName, lockHolders, tryLock } from '../../../src/local/folder-lock.ts';
import { newFileName } from '../../../src/local/process-runs.ts';
import { temporaryFolder } from '../../cli/fake-host.ts';

let folder = '';
let remove = (): void => {};
let children: ChildProcess[] = [];
beforeEach(() => {
  children = [];
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  remove();
});

const lockFolder = (): string => path.join(folder, lockName);
const claim = (name: string): string => {
  fs.mkdirSync(lockFolder(), { recursive: true });
  const file = path.join(lockFolder(), name);
  fs.writeFileSync(file, '.');
  return file;
};
const age = (file: string, seconds: number): void => {
  const time = Date.now() / 1000 - seconds;
  fs.utimesSync(file, time, time);
};

/** Starts a contender; returns its output when it ends. */
function contend(rounds: number, mode = ''): { child: ChildProcess; said: Promise<string> } {
  const words = ['--import', 'tsx', 'test/unit/files/lock-contender.ts', folder];
  const child = spawn(process.execPath, [...words, String(rounds), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  return { child, said: once(child, 'close').then(([code]) => `${text}${code ?? ''}`) };
}

describe('the lock of an output folder', () => {
  it('has one holder at a time, and is removed at release', () => {
    const lock = tryLock(folder);
    expect(lock?.isHeld()).toBe(true);
    expect(tryLock(folder)).toBeUndefined();
    expect(lockHolders(folder)).toMatchObject([{ pid: process.pid }]);
    lock?.release();
    expect(fs.readdirSync(folder)).toEqual([]);
    const again = tryLock(folder);
    expect(again?.isHeld()).toBe(true);
    again?.release();
  });

  it(
    'never has two holders among four processes, some of which are killed while they hold it',
    { timeout: 120_000 },
    async () => {
      const runs = [contend(100), contend(100), contend(100), contend(100), contend(30, 'die')];
      const said = await Promise.all(runs.map((run) => run.said));
      expect(said).toEqual(['0', '0', '0', '0', '']);
      // The next lock removes what the killed process left.
      tryLock(folder)?.release();
      expect(fs.readdirSync(folder)).toEqual([]);
    },
  );

  it('is not taken from a running process, and is taken at once from a killed one', async () => {
    const { child } = contend(1, 'hold');
    await once(child.stdout!, 'data');
    // The process is visible, so the time since its last renewal does not matter.
    for (const name of fs.readdirSync(lockFolder())) age(path.join(lockFolder(), name), 3600);
    expect(tryLock(folder)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'close');
    const lock = tryLock(folder);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it.runIf(process.platform === 'linux')(
    'of an earlier process with the same id is taken: in a container it is always 1',
    () => {
      const [pid, start, ...rest] = newFileName().split('.');
      claim([pid, Number(start) - 1, ...rest].join('.'));
      const lock = tryLock(folder);
      expect(lock).toBeDefined();
      lock?.release();
    },
  );

  it.each([
    ['another container', (parts: string[]) => ((parts[2] = '1'), parts)],
    ['another machine', (parts: string[]) => ((parts[3] = 'abc'), (parts[4] = 'other'), parts)],
  ])('of %s is kept until it was not renewed for a minute', (_, change) => {
    const file = claim(change(newFileName().split('.')).join('.'));
    age(file, 50);
    expect(tryLock(folder)).toBeUndefined();
    age(file, 70);
    const lock = tryLock(folder);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('is renewed every few seconds', () => {
    vi.useFakeTimers();
    try {
      const lock = tryLock(folder);
      const file = path.join(lockFolder(), fs.readdirSync(lockFolder())[0] ?? '');
      age(file, 50);
      vi.advanceTimersByTime(5000);
      expect(Date.now() + 1000 - fs.statSync(file).mtimeMs).toBeLessThan(30_000);
      lock?.release();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is reported as lost after another process took it', () => {
    const lock = tryLock(folder);
    for (const name of fs.readdirSync(lockFolder())) fs.rmSync(path.join(lockFolder(), name));
    expect(lock?.isHeld()).toBe(false);
    lock?.release();
  });

  it.each(['', 'garbage', '123@host 5'])('with the text "%s" has no holder', (text) => {
    fs.writeFileSync(lockFolder(), text);
    const lock = tryLock(folder);
    expect(lock).toBeDefined();
    claim('garbage');
    lock?.release();
    tryLock(folder)?.release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
