// One run at a time writes in a documents folder: a timer, a rotation and a hand never leave a mix of two
// key sets.

import { BootstrapError } from '../../core/errors.ts';
import type { DocumentsFolder, FolderHold } from '../../core/issuer/documents-folder.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';

/** Another run is done within a second; one that stands still is told after this long. */
const longestWaitMs = 60_000;

/** Takes the right to write, once no other run has it; WAIT_TIMED_OUT where one keeps it. */
export async function holdDocuments(
  context: Pick<Context, 'clock' | 'progress' | 'timeoutMs'>,
  folder: DocumentsFolder,
): Promise<FolderHold> {
  return await poll(
    context,
    {
      text: `another run in "${folder.root}" to end`,
      pauseMs: 50,
      maxPauseMs: 500,
      limitMs: longestWaitMs,
      onTimeout: () =>
        new BootstrapError({
          code: 'WAIT_TIMED_OUT',
          message: `another run is writing in "${folder.root}": ${folder.holders()}`,
          hint: 'run the same command again once it has ended; what is served stays as it is',
          details: { folder: folder.root },
        }),
    },
    async () => folder.tryHold(),
  );
}

/** INTERRUPTED where another run took the folder, because this one stood still. */
export function refuseLostHold(hold: FolderHold, folder: DocumentsFolder): void {
  if (hold.isHeld()) return;
  throw new BootstrapError({
    code: 'INTERRUPTED',
    message: `another run took over "${folder.root}", because this one stood still for over a minute`,
    hint: 'run the same command again: it goes on from what is there',
  });
}
