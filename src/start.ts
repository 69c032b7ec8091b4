// The process as a host, and main on it: one file in dist, loaded for everything but `--version`.

import { writeSync } from 'node:fs';
import { realHost } from './cli/real-host.ts';
import { main } from './main.ts';

/** Runs the process's own command line. The exit code is set, never forced. */
export async function start(argv: readonly string[]): Promise<void> {
  process.on('uncaughtException', (error) => {
    // Node would print the whole minified source line.
    process.exitCode = 1;
    writeSync(2, `error: unexpected: ${error.message}\n`);
  });
  process.exitCode = await main(argv, realHost());
}
