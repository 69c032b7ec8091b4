// Runs the user's kubectl: the only place that starts another program. Its environment is the user's
// own (KUBECONFIG, proxies, and what credential plugins such as `aws eks get-token` need). Time and
// output are limited, and nothing is read from the terminal.

import { spawn } from 'node:child_process';
import type { KubectlAnswer, RunKubectl } from '../core/evidence/kubectl.ts';
import { errorCode } from './file-errors.ts';

export type KubectlLimits = {
  /** Seconds that kubectl waits for one answer of the API server. */
  readonly requestSeconds: number;
  /** Seconds after which it is killed; credential plugins need some of them. */
  readonly runSeconds: number;
  readonly maxBytes: number;
};

const defaultLimits: KubectlLimits = { requestSeconds: 20, runSeconds: 60, maxBytes: 1024 * 1024 };
const maxErrorBytes = 16 * 1024;
/** How long the pipes of a kubectl that ended are read on. */
const pipesMs = 500;

/** kubectl of the PATH in `env`. A failure is an answer, not an error. */
export function kubectlRunner(
  env: { readonly [name: string]: string | undefined },
  limits: KubectlLimits = defaultLimits,
): RunKubectl {
  const { requestSeconds, runSeconds, maxBytes } = limits;
  return ({ args, input }) =>
    new Promise<KubectlAnswer>((resolve) => {
      const child = spawn('kubectl', [`--request-timeout=${requestSeconds}s`, ...args], {
        // Preferences (kuberc) may give its commands other defaults, such as an output format.
        env: { ...env, KUBERC: 'off' },
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
      const end = (answer: KubectlAnswer): void => {
        clearTimeout(timer);
        // A plugin that it started may hold the pipes open after its end.
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        child.kill('SIGKILL');
        resolve(answer);
      };
      let timer = setTimeout(
        () => end({ kind: 'too-slow', seconds: runSeconds }),
        runSeconds * 1000,
      );
      const stdout = collect(child.stdout, maxBytes, () =>
        end({ kind: 'too-large', bytes: maxBytes }),
      );
      const stderr = collect(child.stderr, maxErrorBytes, () => {});
      child.on('error', (error) => end({ kind: 'not-started', reason: errorCode(error) }));
      const ended = (code: number | null): void =>
        end(
          code === 0
            ? { kind: 'done', stdout: stdout() }
            : { kind: 'failed', stderr: stderr() || `it ended with code ${code ?? 'none'}` },
        );
      child.on('close', ended);
      // What it wrote is in the pipes when it ends; a plugin that goes on may hold them open for ever. The
      // pipes are read once more after the time is over.
      child.on('exit', (code) => {
        clearTimeout(timer);
        timer = setTimeout(() => setImmediate(ended, code), pipesMs);
      });
      // It may end before it has read all: its own words say why.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
}

/** The text of a stream, up to that many bytes. */
function collect(
  stream: NodeJS.ReadableStream | null,
  maxBytes: number,
  onTooLarge: () => void,
): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) onTooLarge();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
