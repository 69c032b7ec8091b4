// A process that takes the lock of a folder in a loop and checks each time that it is the only holder.
// The tests of the lock run several at the same time.

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
    // Only one process can create this file.
    fs.mkdirSync(alone);
  } catch {
    process.stdout.write('two holders\n');
  }
  await sleep(Math.random() * 2);
  fs.rmSync(alone, { recursive: true, force: true });
  // A killed process leaves its lock, which the others take over.
  if (mode === 'die' && taken === Number(rounds)) process.kill(process.pid, 'SIGKILL');
  lock.release();
}
