// Builds what a command works with: the output folder at once, AWS when it asks for it.
// Everything of this machine comes from the host, so that tests pass their own.

import type { Session, SessionParts } from './session.ts';

/** The session of one command. */
export function openSession(parts: SessionParts): Session {
  const { host, folder, progress, state, warn, note } = parts;
  const ask = async (question: string): Promise<string | undefined> => {
    progress.pause();
    return host.ask(question);
  };
  // The spinner must not overwrite what a command writes before a question.
  const write = (text: string): void => {
    progress.pause();
    host.stderr.write(text);
  };
  return {
    host: { ...host, ask, stderr: { ...host.stderr, write } },
    folder,
    warn,
    note,
    remind: (text) => {
      state.reminders.push(text);
    },
    announceSteps: () => {
      state.stepsAreNew = true;
    },
    reportFiles: (files) => {
      state.files = files;
    },
    record: (change) => {
      state.localChanges.push(change);
      progress.tell({ kind: 'change', change });
    },
    keepResult: (result) => {
      state.result = result;
    },
    connect: async (options) => (await import('./connect.ts')).connect(parts, options),
  };
}
