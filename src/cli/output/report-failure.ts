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
  host.stderr.write(failureText(error, { style, verbose: state.verbose }));
  if (state.json) {
    try {
      host.stdout.write(failureDocument(outcomeOf(state), error));
    } catch {
      // stdout itself is what failed; stderr has said so.
    }
  }
  return exitCodes[error.code];
}
