// The machine the program runs on, as one value: tests pass their own.

import type { RunKubectl } from '../../core/evidence/kubectl.ts';
import type { NewRsaKey } from '../../local/key-pair.ts';

/** One of stdout and stderr. */
export type OutputStream = {
  readonly write: (text: string) => void;
  readonly isTerminal: () => boolean;
  /** Width of the terminal, 0 where it does not know it; 80 without a terminal. */
  readonly columns: () => number;
  /** The stream a spinner draws on; absent where nothing should move. */
  readonly terminal?: () => NodeJS.WriteStream;
};

export type Host = {
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Asks on the terminal; undefined where stdin is not one or is at its end. */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly canAsk: () => boolean;
  readonly now: () => Date;
  /** Absent: OpenSSL makes new keys. */
  readonly newRsaKey?: NewRsaKey;
  /** Absent: kubectl of the PATH. */
  readonly runKubectl?: RunKubectl;
  /** Resolves after that time, or at once when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Asks DNS for the name servers of a zone; undefined where there is no answer, and in a rehearsal. */
  readonly nameServersOf: (zone: string) => Promise<readonly string[] | undefined>;
  /** Calls back at Ctrl-C or SIGTERM; gives back how to stop listening. */
  readonly onInterrupt: (callback: () => void) => () => void;
};
