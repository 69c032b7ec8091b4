// Runs whole processes in interleaved pairs and gives their times and peak memory.

import { spawnSync } from 'node:child_process';
import { median } from './table.ts';

// Both make every start of Node slower, and so every ratio better than it is.
const { NODE_OPTIONS, NODE_EXTRA_CA_CERTS, ...env } = process.env;

/** Environment of a measured child. */
export const cleanEnv: NodeJS.ProcessEnv = env;

export type Command = {
  readonly file: string;
  readonly words: readonly string[];
  /** Beside `cleanEnv`. */
  readonly env?: { readonly [name: string]: string };
};

/** Milliseconds of one run of a process, its output going to pipes. */
export function timeOf(command: Command): number {
  return timed(command).milliseconds;
}

/** The same for a run that must succeed. */
export function timeOfSuccess(command: Command): number {
  const { milliseconds, status, stderr } = timed(command);
  if (status !== 0) throw new Error(`${command.words.join(' ')}: exit ${status}: ${stderr}`);
  return milliseconds;
}

function timed({ file, words, env: more }: Command): {
  readonly milliseconds: number;
  readonly status: number | null;
  readonly stderr: string;
} {
  const begin = process.hrtime.bigint();
  const { error, status, stderr } = spawnSync(file, words, {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return { milliseconds: Number(process.hrtime.bigint() - begin) / 1e6, status, stderr };
}

/** Peak memory of one run in KiB, as the kernel counts it for the only child of a shell. */
export function peakMemoryOf({ file, words, env: more }: Command): number {
  const python =
    'import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True); ' +
    'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)';
  const { stdout } = spawnSync('python3', ['-c', python, file, ...words], {
    env: { ...env, ...more },
    encoding: 'utf8',
  });
  return Number(stdout);
}

/** Median over rounds of (time of each command / time of the baseline in the same round). */
export function ratiosOf(
  baseline: Command,
  commands: { readonly [name: string]: Command },
  rounds: number,
): ReadonlyMap<string, { readonly ratio: number; readonly milliseconds: number }> {
  const times = new Map<string, { ratio: number; time: number }[]>();
  for (let round = -2; round < rounds; round += 1) {
    const base = timeOf(baseline);
    const names = Object.entries(commands).toSorted(() => Math.random() - 0.5);
    for (const [name, command] of names) {
      const time = timeOf(command);
      if (round < 0) continue;
      times.set(name, [...(times.get(name) ?? []), { ratio: time / base, time }]);
    }
  }
  return new Map(
    [...times].map(([name, found]) => [
      name,
      {
        ratio: median(found.map(({ ratio }) => ratio)),
        milliseconds: median(found.map(({ time }) => time)),
      },
    ]),
  );
}
