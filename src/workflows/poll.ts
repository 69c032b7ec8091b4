// Waiting for AWS: tries again with growing pauses until there is an answer or the limit is reached.
// The clock is the host's, so tests do not sleep.

import { BootstrapError } from '../core/errors.ts';
import type { Context } from './context.ts';

export type Wait = {
  /** What is waited for, as it stands after "Waiting for": `role "x" to be visible`. */
  readonly text: string;
  /** When AWS began with it, where that is known: an earlier run may have started it. */
  readonly since?: () => Date | undefined;
  /** Milliseconds before the second try; doubles up to `maxPauseMs`. */
  readonly pauseMs?: number;
  readonly maxPauseMs?: number;
  /** Milliseconds; the context's `--timeout` where not given. */
  readonly limitMs?: number;
  /** The error when the limit is reached; WAIT_TIMED_OUT where not given. */
  readonly onTimeout?: () => BootstrapError;
};

/** Gives the first answer that is not undefined. */
export async function poll<T>(
  context: Pick<Context, 'clock' | 'progress' | 'timeoutMs'>,
  wait: Wait,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const limitMs = wait.limitMs ?? context.timeoutMs;
  const started = context.clock.now().getTime();
  let pause = wait.pauseMs ?? 2_000;
  for (;;) {
    const answer = await attempt();
    if (answer !== undefined) return answer;
    const elapsedMs = context.clock.now().getTime() - started;
    if (elapsedMs >= limitMs) throw wait.onTimeout?.() ?? timedOut(wait.text, limitMs);
    context.progress({
      kind: 'wait',
      text: wait.text,
      elapsedMs,
      limitMs,
      since: sinceMs(wait.since?.(), context.clock.now(), elapsedMs),
    });
    await context.clock.sleep(Math.min(pause, Math.max(limitMs - elapsedMs, 1)));
    pause = Math.min(pause * 2, wait.maxPauseMs ?? 15_000);
  }
}

/** Milliseconds since AWS began, where that was well before this wait. */
function sinceMs(since: Date | undefined, now: Date, elapsedMs: number): number | undefined {
  const milliseconds = since === undefined ? 0 : now.getTime() - since.getTime();
  return milliseconds > elapsedMs + 10_000 ? milliseconds : undefined;
}

/** WAIT_TIMED_OUT (exit 6): run again to go on. */
function timedOut(text: string, limitMs: number): BootstrapError {
  return new BootstrapError({
    code: 'WAIT_TIMED_OUT',
    message: `gave up waiting for ${text} after ${Math.round(limitMs / 1000)}s`,
    hint: 'run the same command again: it goes on from here; --timeout sets a longer wait',
    details: { waitedFor: text, seconds: Math.round(limitMs / 1000) },
  });
}
