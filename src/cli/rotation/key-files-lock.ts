// The lock of the output folder while a run may move key files in it.

import { BootstrapError } from '../../core/errors.ts';
import type { KeyFolder } from '../../core/rotation/key-folder.ts';
import { lockHolders, lockName, tryLock, type FolderLock } from '../../local/folder-lock.ts';
import type { Context } from '../../workflows/context.ts';
import { poll } from '../../workflows/poll.ts';
import type { RotationOptions } from '../flags/rotation-flags.ts';
import type { Session } from '../session/session.ts';
import { isReadOnly } from './rotation-place.ts';

/** One run at a time moves key files: waits for another to end. Undefined where none are moved. */
export async function lockFolder(
  context: Context,
  options: RotationOptions,
  session: Session,
): Promise<FolderLock | undefined> {
  if (isReadOnly(options)) return undefined;
  const holders = (): string =>
    lockHolders(session.folder.root)
      .map(({ pid, host }) => `process ${pid} on "${host}"`)
      .join(', ');
  return await poll(
    context,
    {
      text: `another run in "${session.folder.root}" to end (${lockName})`,
      pauseMs: 200,
      maxPauseMs: 2000,
      onTimeout: () =>
        new BootstrapError({
          code: 'WAIT_TIMED_OUT',
          message: `another run holds "${lockName}" in "${session.folder.root}": ${holders()}`,
          hint: 'run the same command again once it has ended',
          details: { file: lockName },
        }),
    },
    async () => tryLock(session.folder.root),
  );
}

/** The key files, which no run changes once another has taken its lock. */
export function whileHeld(keys: KeyFolder, lock: FolderLock | undefined): KeyFolder {
  if (lock === undefined) return keys;
  return {
    ...keys,
    apply: (effect, at) => {
      if (!lock.isHeld()) {
        throw new BootstrapError({
          code: 'INTERRUPTED',
          message: `another run took "${lockName}", because this run was suspended for over a minute`,
          hint: 'run the same command again: it continues from the current state',
        });
      }
      return keys.apply(effect, at);
    },
  };
}
