// Colors, decided for each stream by itself. chalk is loaded only where they are wanted: it
// ignores NO_COLOR, and loading it takes time.

import type { OutputStream } from '../session/host.ts';

/** How the parts of the output look. */
export type Style = {
  readonly bad: (text: string) => string;
  readonly caution: (text: string) => string;
  readonly good: (text: string) => string;
  readonly quiet: (text: string) => string;
  /** Headings, and what to do next. */
  readonly strong: (text: string) => string;
};

type Environment = { readonly [name: string]: string | undefined };

const same = (text: string): string => text;

/** No colors. */
export const plainStyle: Style = {
  bad: same,
  caution: same,
  good: same,
  quiet: same,
  strong: same,
};

/**
 * Whether a stream gets colors: `--no-color` says no, FORCE_COLOR says yes (0 and false: no), and
 * NO_COLOR, TERM=dumb, CI or a stream that is no terminal say no, in this order.
 * https://no-color.org, https://force-color.org
 */
export function wantsColor(
  stream: OutputStream,
  { env, noColor }: { readonly env: Environment; readonly noColor: boolean },
): boolean {
  if (noColor) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return !isSet(env.NO_COLOR) && env.TERM !== 'dumb' && !inCi(env) && stream.isTerminal();
}

/** True where a pipeline runs the program, by the variable all of them set. */
export function inCi(env: Environment): boolean {
  return isSet(env.CI) && env.CI !== 'false' && env.CI !== '0';
}

/** The style of a stream. */
export async function styleOf(
  stream: OutputStream,
  wishes: { readonly env: Environment; readonly noColor: boolean },
): Promise<Style> {
  if (!wantsColor(stream, wishes)) return plainStyle;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    bad: chalk.red,
    caution: chalk.yellow,
    good: chalk.green,
    quiet: chalk.dim,
    strong: chalk.bold,
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
