// The host of a real process. Output goes through writeSync, so that a document of any size is out
// before the process ends; process.stdout, which may still hold some of it then, is for terminals only.

import * as fs from 'node:fs';
import { BootstrapError } from '../../core/errors.ts';
import type { Host, OutputStream } from './host.ts';

/** This process as a host. */
export function realHost(): Host {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: outputStream(1),
    stderr: outputStream(2),
    ask: async (question) => (await import('./terminal-question.ts')).askOnTerminal(question),
    canAsk: () => isCharacterDevice(0) && process.stdin.isTTY,
    now: () => new Date(),
    sleep,
    nameServersOf: async (zone) => {
      // In a rehearsal (OIDC_BOOTSTRAP_EDGE_URL) the zones are those of an emulator.
      if (process.env['OIDC_BOOTSTRAP_EDGE_URL']) return undefined;
      return (await import('../../local/name-servers.ts')).nameServersOf(zone);
    },
    onInterrupt,
  };
}

/** Writes all of the text. A reader that has gone (EPIPE) is no error: there is nobody to tell. */
function outputStream(descriptor: 1 | 2): OutputStream {
  let gone = false;
  const stream = (): NodeJS.WriteStream => (descriptor === 1 ? process.stdout : process.stderr);
  const isTerminal = (): boolean => isCharacterDevice(descriptor) && stream().isTTY;
  return {
    write: (text) => {
      if (gone) return;
      try {
        writeAll(descriptor, Buffer.from(text));
      } catch (error) {
        gone = true;
        const code = errorCode(error);
        if (code === 'EPIPE' || descriptor === 2) return;
        throw new BootstrapError({
          code: 'FILE_UNREADABLE',
          message: `cannot write to stdout: ${code}`,
          hint: 'check where stdout is redirected to, then run again',
          cause: error,
        });
      }
    },
    isTerminal,
    columns: () => (isTerminal() ? stream().columns : 80),
    terminal: stream,
  };
}

function writeAll(descriptor: number, bytes: Buffer): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (error) {
      // A pipe that does not block and is full: the reader needs a moment.
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

function isCharacterDevice(descriptor: number): boolean {
  try {
    return fs.fstatSync(descriptor).isCharacterDevice();
  } catch {
    return false;
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}

/**
 * The first signal calls back, the next one ends the process. The listener stays in between: the
 * spinner's library ends a process in which nobody else listens, to give the cursor back.
 */
function onInterrupt(callback: () => void): () => void {
  let told = false;
  const stop = (): void => {
    process.off('SIGINT', heard);
    process.off('SIGTERM', heard);
  };
  const heard = (signal: NodeJS.Signals): void => {
    if (!told) {
      told = true;
      callback();
      return;
    }
    stop();
    process.kill(process.pid, signal);
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  return stop;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
