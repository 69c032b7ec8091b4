// The program without its process: command line in, exit code out. The only error boundary;
// nothing here ends the process, so that whatever was written still arrives.

import { asksForJson, ownWords } from './cli/flags/argv.ts';
import type { Host } from './cli/session/host.ts';
import { printableHost } from './cli/session/control-characters.ts';
import { redactedHost } from './cli/output/redact.ts';
import { parseCommandLine } from './cli/program.ts';
import { newRun } from './cli/session/run-state.ts';

/**
 * Runs one command line to its end and gives the exit code. Never throws. `secrets` gets the credentials that
 * the run reads: the caller hides them too.
 */
export async function main(
  argv: readonly string[],
  machine: Host,
  secrets = new Set<string>(),
): Promise<number> {
  const words = ownWords(argv);
  // Flags before the command are an error, and the next word may be the value of one.
  const [first = ''] = words;
  const command = first.startsWith('-') ? '' : first;
  const state = newRun(command, asksForJson(words, machine.env), secrets);
  const host = printableHost(redactedHost(machine, state.secrets));
  state.noColor = words.includes('--no-color');
  try {
    const invocation = parseCommandLine(argv, host);
    if (invocation !== undefined) {
      const { runCommand } = await import('./cli/run-command.ts');
      await runCommand(invocation, { host, state });
    }
    return 0;
  } catch (error) {
    state.close();
    const { reportFailure } = await import('./cli/output/report-failure.ts');
    return await reportFailure(error, { host, state });
  } finally {
    state.close();
  }
}
