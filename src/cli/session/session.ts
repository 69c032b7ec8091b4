// What a command is handed beside its options: the host, the output folder, and AWS once it asks for it.

import type { Change } from '../../core/change.ts';
import type { OutputFolder, ReportedFile } from '../../local/output-folder.ts';
import type { Context, ProgressEvent } from '../../workflows/context.ts';
import type { Host } from './host.ts';
import type { RunState } from './run-state.ts';

/** Flags shared by all commands that talk to AWS. */
export type AwsOptions = {
  readonly name: string;
  readonly region: string;
  readonly profile: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly dryRun: boolean;
  readonly timeoutMs: number;
};

export type Session = {
  readonly host: Host;
  readonly folder: OutputFolder;
  readonly warn: (text: string) => void;
  /** Tells the user something that needs no action; silent with `--quiet`. */
  readonly note: (text: string) => void;
  /** Keeps a warning for the report; it is shown where the run changed something, not on every run. */
  readonly remind: (text: string) => void;
  /** Shows the steps on the cluster even where the run changes nothing: they are others than before. */
  readonly announceSteps: () => void;
  /** Lists those files in the report in place of the output folder's. */
  readonly reportFiles: (files: () => readonly ReportedFile[]) => void;
  /** Records a change that is made on this machine, beside those to AWS. */
  readonly record: (change: Change) => void;
  /**
   * Builds the AWS clients, asks who calls, and gives what workflows need. In a dry run without
   * credentials `context.caller` is undefined; otherwise missing credentials are an error.
   * `skipCaller` (create-iam-roles with a provider ARN): STS is not called. `optionalCaller` (verify of
   * what is public): without credentials `context.caller` is undefined too.
   */
  readonly connect: (
    options: AwsOptions & { readonly skipCaller?: boolean; readonly optionalCaller?: boolean },
  ) => Promise<Context>;
  /** What is known so far, for the `result` of a failure. */
  readonly keepResult: (result: unknown) => void;
};

/** How a command shows what it does while it runs. */
export type Progress = {
  readonly tell: (event: ProgressEvent) => void;
  /** Writes a line to stderr, beside the spinner. `--quiet` does not silence it. */
  readonly line: (text: string) => void;
  /** Takes the spinner away until the next event, for a prompt. */
  readonly pause: () => void;
  /** Removes the spinner; it does not come back. */
  readonly stop: () => void;
};

/** What a session is made of. */
export type SessionParts = {
  readonly host: Host;
  readonly folder: OutputFolder;
  readonly progress: Progress;
  readonly state: RunState;
  /** Tells the user, and keeps it for the report. */
  readonly warn: (text: string) => void;
  readonly note: (text: string) => void;
};
