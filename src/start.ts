// The process as a host, and main on it: one file in dist, loaded for everything but `--version`.

import { printableHost, visible } from './cli/session/control-characters.ts';
import { redactedHost } from './cli/output/redact.ts';
import { realHost } from './cli/session/real-host.ts';
import { main } from './main.ts';

/** Runs the process's own command line. The exit code is set, never forced. */
export async function start(argv: readonly string[]): Promise<void> {
  const host = realHost();
  const secrets = new Set<string>();
  process.on('uncaughtException', (error) => {
    // Node would print the whole minified source line.
    process.exitCode = 1;
    printableHost(redactedHost(host, secrets)).stderr.write(
      `error: unexpected: ${visible(error.message)}\n`,
    );
  });
  const code = await main(argv, host, secrets);
  // An unexpected error keeps its exit code, also where the command ended well.
  process.exitCode ??= code;
}
