// Runs one command: reads the flags all commands share, opens the session, and writes the result
// to stdout. Loaded after the command line made sense; errors go up to the boundary in main.

import * as path from 'node:path';
import { UsageError, type InputIssue } from '../core/errors.ts';
import { openOutputFolder, type OutputFolder } from '../local/output-folder.ts';
import type { LoadedCommand, PreparedCommand } from './command.ts';
import { readBoolean, readChoice, readText, startReading, type Flags } from './flags/flags.ts';
import type { Host } from './session/host.ts';
import { lookAfterFolder } from './session/look-after-folder.ts';
import { openSession } from './session/open-session.ts';
import { visible } from './session/control-characters.ts';
import { openProgress } from './output/progress.ts';
import { successDocument } from './output/report.ts';
import { changeCount } from './output/change-count.ts';
import { fileNamesIn, type Page } from './output/page.ts';
import { styleOf } from './output/style.ts';
import { wrappedPage } from './output/wrapped.ts';
import type { Invocation } from './program.ts';
import { allChanges, outcomeOf, type RunState } from './session/run-state.ts';

/** Runs the command to its end. Throws what went wrong, with `state` filled as far as it came. */
export async function runCommand(
  invocation: Invocation,
  { host, state }: { readonly host: Host; readonly state: RunState },
): Promise<void> {
  const command = await invocation.command.load();
  const flags = await withProfileRegion(invocation, host);
  const { shell, run } = prepare(command, flags, state);

  const wishes = { env: host.env, noColor: state.noColor };
  const style = await styleOf(host.stderr, wishes);
  const { quiet } = shell;
  const { verbose, dryRun } = state;
  const progress = openProgress({ host, style, quiet, verbose, dryRun });
  state.line = progress.line;
  state.close = progress.stop;
  const showWarning = (text: string): void =>
    progress.line(`${style.caution('warning:')} ${visible(text)}`);
  const warn = (text: string): void => {
    // Several reads may find the same; it is shown once.
    if (state.warnings.includes(text)) return;
    state.warnings.push(text);
    showWarning(text);
  };
  const note = (text: string): void => {
    if (!quiet) progress.line(`${style.quiet('note:')} ${visible(text)}`);
  };
  for (const warning of invocation.warnings) warn(warning);

  const folder = openOutputFolder(path.resolve(host.cwd, shell.outputDir ?? '.'));
  state.files = folder.reported;
  // Without the flag the command does not use the current folder.
  const { flags: specs, readOnly = false } = invocation.command;
  if (!readOnly && specs.some((flag) => flag.name === 'output-dir')) {
    lookAfterFolder(folder, warn);
  }
  const session = openSession({ host, folder, progress, state, warn, note });
  const { result, describe, refusal } = await run(session);
  state.result = result;
  const page: Page = {
    style: await styleOf(host.stdout, wishes),
    width: host.stdout.isTerminal() ? Math.min(host.stdout.columns() || 80, 120) : 100,
    now: host.now(),
    verbose,
    changed: allChanges(state).length > 0,
    stepsAreNew: state.stepsAreNew,
    planned: dryRun ? allChanges(state) : undefined,
    fileName: fileNamesIn(shell.outputDir),
  };
  if (page.changed) for (const reminder of state.reminders) showWarning(reminder);
  const { requests } = state;
  if (!dryRun && !readOnly && requests !== undefined) await dropRequestFiles(folder, note);
  const text =
    dryRun && requests !== undefined
      ? (await import('./output/write-plan.ts')).writePlan({
          folder,
          state,
          requests: requests(),
          page,
        })
      : resultText({ invocation, state, page, described: describe(page) });
  progress.stop();
  const wraps = host.stdout.isTerminal() && invocation.command.verbatim !== true;
  const shown = wraps ? wrappedPage(text, page.width) : text;
  if (!state.json) host.stdout.write(`${shown}\n`);
  // The boundary writes the document of a failure, and this result in it.
  if (refusal !== undefined) throw refusal;
  if (state.json) host.stdout.write(successDocument(outcomeOf(state)));
}

/** Removes the request files of an earlier dry run: after a real run they are out of date. */
async function dropRequestFiles(folder: OutputFolder, note: (text: string) => void): Promise<void> {
  if (!folder.list('.').some((name) => /^\d{2,}-/.test(name))) return;
  const { removeRequestFiles } = await import('./output/plan.ts');
  const removed = removeRequestFiles(folder);
  if (removed > 0) note(`removed ${removed} request files of an earlier dry run`);
}

const unchanged = 'Nothing changed: everything is up to date.';

/** Below more lines than this, what is said at the top is out of sight on a terminal. */
const mostLinesBelow = 10;

/**
 * The result, and what changed as the last line. A command of steps tells where it stands instead.
 * A run that changed nothing says so first, and again below a long result.
 */
function resultText(facts: {
  readonly invocation: Invocation;
  readonly state: RunState;
  readonly page: Page;
  readonly described: string;
}): string {
  const { state, page, described } = facts;
  const { argument, readOnly = false } = facts.invocation.command;
  const writes = state.requests !== undefined && argument === undefined && !readOnly;
  if (!writes) return described;
  if (!page.changed) {
    const line = page.style.good(facts.invocation.command.unchanged ?? unchanged);
    if (!described.includes('\n')) return `${line} ${described}`;
    const long = described.split('\n').length > mostLinesBelow;
    return `${line}\n\n${described}${long ? `\n\n${line}` : ''}`;
  }
  return `${described}\n\n${page.style.good(`Done: ${changeCount(allChanges(state))}.`)}`;
}

type ShellOptions = { readonly outputDir: string | undefined; readonly quiet: boolean };

/** The flags of the shell and of the command; every issue of both in one error. */
function prepare(
  command: LoadedCommand,
  flags: Flags,
  state: RunState,
): { readonly shell: ShellOptions; readonly run: PreparedCommand } {
  const reading = startReading(flags);
  const json = readChoice(reading, { flag: 'output', of: ['text', 'json'] }) === 'json';
  state.json = json;
  state.verbose = readBoolean(reading, 'verbose') ?? false;
  state.noColor = readBoolean(reading, 'noColor') ?? false;
  const quiet = readBoolean(reading, 'quiet') ?? false;
  const outputDir = readText(reading, 'outputDir');
  const issues: InputIssue[] = [...reading.issues];
  let run: PreparedCommand | undefined;
  let hint: string | undefined;
  try {
    run = command(flags);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    issues.push(...error.issues);
    hint = error.hint;
  }
  state.dryRun = readBoolean(startReading(flags), 'dryRun') ?? false;
  if (run === undefined || issues.length > 0) {
    throw new UsageError(issues, hint ?? `see oidc-bootstrap ${state.command} --help`);
  }
  return { shell: { outputDir, quiet }, run };
}

/** The region of the profile, where no flag and no variable gives one. */
async function withProfileRegion({ command, flags }: Invocation, host: Host): Promise<Flags> {
  const needed = command.flags.some((flag) => flag.name === 'region');
  if (!needed || flags.region !== undefined) return flags;
  const { findRegion } = await import('../aws/shared-config.ts');
  const profile = typeof flags.profile === 'string' ? flags.profile : undefined;
  return { ...flags, region: await findRegion(host.env, profile) };
}
