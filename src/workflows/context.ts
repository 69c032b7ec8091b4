// What every workflow is given: AWS, the gate, the clock, and somewhere to report progress.

import type { Aws, Caller } from '../aws/ports.ts';
import type { Change } from '../core/change.ts';
import type { FetchedDocument } from '../core/issuer/fetched-document.ts';
import type { Gate } from './gate.ts';

/** Progress of a workflow; the terminal decides how to show it. */
export type ProgressEvent =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'change'; readonly change: Change }
  | {
      readonly kind: 'wait';
      /** What is waited for, and how long it usually takes. */
      readonly text: string;
      readonly elapsedMs: number;
      /** Milliseconds since AWS began with it, where an earlier run started it. */
      readonly since?: number | undefined;
      readonly limitMs: number;
    };

/** Time as the host gives it, so that no test sleeps. */
export type Clock = {
  readonly now: () => Date;
  /** Ends early, with INTERRUPTED, when the user interrupts. */
  readonly sleep: (milliseconds: number) => Promise<void>;
};

export type Context = {
  readonly aws: Aws;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly progress: (event: ProgressEvent) => void;
  /** Shown to the user at once, and collected for the report. */
  readonly warn: (text: string) => void;
  /** GET without redirects, cookies or credentials, five seconds at most: as STS would. */
  readonly fetchDocument: (url: string) => Promise<FetchedDocument>;
  /** The same, but nothing is sent to a private or link-local address: for URLs that a document names. */
  readonly fetchPublic: (url: string) => Promise<FetchedDocument>;
  /** Names of the name servers that public DNS asks about a zone; undefined where that cannot be known. */
  readonly nameServersOf: (zone: string) => Promise<readonly string[] | undefined>;
  /** Undefined only in a dry run without credentials. */
  readonly caller: Caller | undefined;
  /** Limit of each wait, in milliseconds (`--timeout`). */
  readonly timeoutMs: number;
};
