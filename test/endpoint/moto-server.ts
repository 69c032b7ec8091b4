// A moto server of its own for a test file: on a free port, empty, ended with the file.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pythonEnvironment, pythonTools } from './aws-cli.ts';

export type MotoServer = {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
};

/** Starts moto and waits until it says where it listens. */
export async function startMoto(): Promise<MotoServer> {
  const tools = pythonTools();
  const child = spawn(tools.python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: pythonEnvironment(tools),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      // Read on after the start too: a full pipe would stop the server.
      text = (text + chunk.toString('utf8')).slice(-4096);
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (address !== undefined) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`moto did not start: ${text}`)));
  });
  return {
    endpoint,
    close: async () => {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
