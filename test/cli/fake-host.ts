// A host in memory: recorded output, scripted answers, and a clock that only a sleep moves.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { main } from '../../src/main.ts';
import type { Host, OutputStream } from '../../src/cli/session/host.ts';

export type FakeHostOptions = {
  readonly env?: { readonly [name: string]: string };
  readonly cwd?: string;
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  /** Answers in order; a prompt after the last one gets undefined. Without answers there is no terminal. */
  readonly answers?: readonly string[];
};

export type FakeHost = Host & {
  readonly out: () => string;
  readonly err: () => string;
  readonly questions: readonly string[];
  readonly interrupt: () => void;
};

/** A host for one run. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const out: string[] = [];
  const err: string[] = [];
  const questions: string[] = [];
  const answers = [...(options.answers ?? [])];
  const listeners = new Set<() => void>();
  let time = Date.parse('2026-11-22T12:00:00Z');
  const stream = (written: string[], terminal: boolean): OutputStream => ({
    write: (text) => {
      written.push(text);
    },
    isTerminal: () => terminal,
    columns: () => 80,
  });
  return {
    env: { AWS_EC2_METADATA_DISABLED: 'true', ...options.env },
    cwd: options.cwd ?? process.cwd(),
    stdout: stream(out, options.stdoutIsTerminal ?? false),
    stderr: stream(err, options.stderrIsTerminal ?? false),
    ask: async (question) => {
      questions.push(question);
      return answers.shift();
    },
    canAsk: () => options.answers !== undefined,
    now: () => new Date(time),
    sleep: async (milliseconds, signal) => {
      if (!signal.aborted) time += milliseconds;
    },
    nameServersOf: async () => undefined,
    onInterrupt: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    out: () => out.join(''),
    err: () => err.join(''),
    questions,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}

export type Run = { readonly code: number; readonly out: string; readonly err: string };

/** Runs one command line on a fake host. */
export async function runCli(
  words: readonly string[],
  options: FakeHostOptions = {},
): Promise<Run> {
  const host = fakeHost(options);
  const code = await main(words, host);
  return { code, out: host.out(), err: host.err() };
}

/** A new folder and a function that removes it. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'oidc-bootstrap-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
