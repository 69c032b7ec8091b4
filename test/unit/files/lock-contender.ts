// A process that takes the lock of a folder again and again, and looks each time whether it is alone:
// run by the tests of the lock, several at once.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../../../src/local/folder-lock.ts';

const [folder = '', rounds = '0', mode = ''] = process.argv.slice(2);
const alone = path.join(folder, 'alone');

for (let taken = 0; taken < Number(rounds);) {
  const lock = tryLock(folder);
  if (lock === undefined) {
    await sleep(Math.random() * 3);
    continue;
  }
  taken += 1;
  if (mode === 'hold') {
    process.stdout.write('held\n');
    await sleep(600_000);
  }
  try {
    // Only one process can make it.
    fs.mkdirSync(alone);
  } catch {
    process.stdout.write('two holders\n');
  }
  await sleep(Math.random() * 2);
  fs.rmSync(alone, { recursive: true, force: true });
  // One that dies leaves its lock to the others.
  if (mode === 'die' && taken === Number(rounds)) process.kill(process.pid, 'SIGKILL');
  lock.release();
}
