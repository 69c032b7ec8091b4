// What has happened so far in one run, so that a failure can report it: filled in as the command
// goes on, read once at its end by the error boundary.

import type { Change, WriteRequest } from '../../core/change.ts';
import type { ReportedFile } from '../../local/output-folder.ts';

/** What a command did until its end or its failure. */
export type Outcome = {
  readonly command: string;
  readonly dryRun: boolean;
  readonly changes: readonly Change[];
  /** Null where nothing is known. */
  readonly result: unknown;
  readonly files: readonly ReportedFile[];
  readonly warnings: readonly string[];
};

/** The one mutable record of a run. */
export type RunState = {
  command: string;
  json: boolean;
  dryRun: boolean;
  verbose: boolean;
  noColor: boolean;
  /** Empty until AWS is connected. */
  region: string;
  readonly warnings: string[];
  /** Warnings that are shown only where the run changed something. */
  readonly reminders: string[];
  /** The steps on the cluster are others than after the run before. */
  stepsAreNew: boolean;
  /** Credentials that the credential chain gave: output shows none of them. */
  readonly secrets: Set<string>;
  /** What is known of the result before the end. */
  result: unknown;
  /** Changes made on this machine, before those to AWS. */
  readonly localChanges: Change[];
  /** Changes made to AWS. */
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
export function newRun(command: string, json: boolean, secrets = new Set<string>()): RunState {
  const none = (): readonly never[] => [];
  return {
    command,
    json,
    dryRun: false,
    verbose: false,
    noColor: false,
    region: '',
    warnings: [],
    reminders: [],
    stepsAreNew: false,
    secrets,
    result: null,
    localChanges: [],
    changes: none,
    requests: undefined,
    files: none,
    line: () => {},
    close: () => {},
  };
}

/** Every change of the run, on this machine first. */
export function allChanges(state: RunState): readonly Change[] {
  return [...state.localChanges, ...state.changes()];
}

/** The run as its report shows it. */
export function outcomeOf(state: RunState): Outcome {
  return {
    command: state.command,
    dryRun: state.dryRun,
    changes: allChanges(state),
    result: state.result ?? null,
    files: state.files(),
    warnings: [...state.warnings, ...state.reminders],
  };
}
