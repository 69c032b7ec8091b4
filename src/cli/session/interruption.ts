// Ctrl-C while AWS is at work: the request that is under way is finished, nothing further is
// begun, and the command ends with what it knows. A second Ctrl-C ends the process at once.

import { BootstrapError } from '../../core/errors.ts';
import type { Clock } from '../../workflows/context.ts';
import type { Gate } from '../../workflows/gate.ts';
import type { Host } from './host.ts';

export type Interruption = {
  readonly clock: Clock;
  /** The gate, closed from the interrupt on. */
  readonly guard: (gate: Gate) => Gate;
  /** Stops listening. */
  readonly stop: () => void;
};

/** Listens until `stop`; `line` tells the user that it was heard. */
export function listenForInterrupt(host: Host, line: (text: string) => void): Interruption {
  const controller = new AbortController();
  const stop = host.onInterrupt(() => {
    line('stopping; press Ctrl-C again to stop at once');
    controller.abort();
  });
  const check = (): void => {
    if (!controller.signal.aborted) return;
    throw new BootstrapError({
      code: 'INTERRUPTED',
      message: 'interrupted',
      hint: 'run the same command again: it goes on from where it stopped',
    });
  };
  return {
    clock: {
      now: host.now,
      sleep: async (milliseconds) => {
        check();
        await host.sleep(milliseconds, controller.signal);
        check();
      },
    },
    guard: (gate) => ({
      ...gate,
      perform: async (planned) => {
        check();
        return gate.perform(planned);
      },
      performHere: async (change, write) => {
        check();
        return gate.performHere(change, write);
      },
    }),
    stop,
  };
}
