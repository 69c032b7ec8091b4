// What has happened so far in one run, so that a failure can report it: filled in as the command
// goes on, read once at its end by the error boundary.

import type { Change, WriteRequest } from '../../core/change.ts';
import type { ReportedFile } from '../../local/output-folder.ts';
import type { Outcome } from '../output/report.ts';

/** The one mutable record of a run. */
export type RunState = {
  command: string;
  json: boolean;
  dryRun: boolean;
  verbose: boolean;
  noColor: boolean;
  readonly warnings: string[];
  /** What the credential chain gave: shown nowhere. */
  readonly secrets: Set<string>;
  /** What is known of the result before the end. */
  result: unknown;
  changes: () => readonly Change[];
  /** Undefined until AWS is connected: then there is a plan. */
  requests: (() => readonly WriteRequest[]) | undefined;
  files: () => readonly ReportedFile[];
  /** Writes a line to stderr, beside the spinner if there is one. */
  line: (text: string) => void;
  /** Takes the spinner away and stops listening for Ctrl-C. */
  close: () => void;
};

/** A run of which nothing is known but the words of the command line. */
export function newRun(command: string, json: boolean): RunState {
  const none = (): readonly never[] => [];
  return {
    command,
    json,
    dryRun: false,
    verbose: false,
    noColor: false,
    warnings: [],
    secrets: new Set(),
    result: null,
    changes: none,
    requests: undefined,
    files: none,
    line: () => {},
    close: () => {},
  };
}

/** The run as its report shows it. */
export function outcomeOf(state: RunState): Outcome {
  return {
    command: state.command,
    dryRun: state.dryRun,
    changes: state.changes(),
    result: state.result ?? null,
    files: state.files(),
    warnings: state.warnings,
  };
}
