// How a run that failed ends: the error on stderr, the JSON document on stdout if it was asked for,
// and the exit code.

import { CommanderError } from 'commander';
import { exitCodes } from '../../core/errors.ts';
import type { Host } from '../session/host.ts';
import { outcomeOf, type RunState } from '../session/run-state.ts';
import { asBootstrapError, failureText } from './failure.ts';
import { parserError } from './parser-error.ts';
import { failureDocument } from './report.ts';
import { styleOf } from './style.ts';
import { wrappedPage } from './wrapped.ts';

/** Reports what was thrown and gives the exit code. Never throws. */
export async function reportFailure(
  thrown: unknown,
  { host, state }: { readonly host: Host; readonly state: RunState },
): Promise<number> {
  const error =
    thrown instanceof CommanderError
      ? parserError(thrown.message, state.command)
      : asBootstrapError(thrown);
  const style = await styleOf(host.stderr, { env: host.env, noColor: state.noColor });
  const text = failureText(error, { style, verbose: state.verbose });
  const width = host.stderr.columns() || 80;
  host.stderr.write(host.stderr.isTerminal() ? wrappedPage(text, width) : text);
  if (state.json) {
    try {
      host.stdout.write(failureDocument(outcomeOf(state), error));
    } catch {
      // stdout itself failed; stderr has the error already.
    }
  }
  return exitCodes[error.code];
}
