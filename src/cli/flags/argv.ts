// The words of the command line before and beside the parser: ccoctl's `aws` word, `help <command>`,
// values of boolean flags, and which output was asked for when the rest is wrong.

import { topicNamed } from '../help/topics.ts';
import type { FlagSpec } from './tables/flag-spec.ts';

/** Words the parser takes, and the booleans that were given a value. */
export type PreparedWords = {
  readonly words: readonly string[];
  /** By flag name (`dry-run`); the text where it is neither true nor false. */
  readonly booleans: ReadonlyMap<string, boolean | string>;
};

/** `ccoctl aws create-all`, `help create-all`, `help rotate-keys promote` and `version`, as the parser takes them. */
export function ownWords(argv: readonly string[]): readonly string[] {
  const words = argv[0] === 'aws' ? argv.slice(1) : argv;
  if (words.length === 0) return ['--help'];
  if (words[0] === 'version') return ['--version', ...words.slice(1)];
  if (words[0] !== 'help' || topicNamed(words[1]) !== undefined) return words;
  const page = words.slice(1, 3).filter((word) => !word.startsWith('-') && word !== 'help');
  return [...page, '--help'];
}

/**
 * Booleans take `=true|false|1|0`, which the parser does not know: such words are removed.
 * The last word on a flag counts. Words after `--` are left alone.
 */
export function prepareWords(words: readonly string[], flags: readonly FlagSpec[]): PreparedWords {
  const meanings: { readonly [text: string]: boolean } = {
    true: true,
    1: true,
    false: false,
    0: false,
  };
  const booleans = new Map<string, boolean | string>();
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const prepared = withoutShortEquals(words, { flags, end }).filter((word, index) => {
    const [, name = '', value] = /^--([a-z0-9-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const isBoolean = flags.some((known) => known.name === name && known.value === undefined);
    if (!isBoolean || index > end) return true;
    if (value === undefined) booleans.delete(name);
    else booleans.set(name, meanings[value] ?? value);
    return value === undefined;
  });
  return { words: prepared, booleans };
}

/** `-o=json`, as kubectl takes it, is `-ojson` to the parser. */
function withoutShortEquals(
  words: readonly string[],
  { flags, end }: { readonly flags: readonly FlagSpec[]; readonly end: number },
): readonly string[] {
  const takesValue = (short: string | undefined): boolean =>
    flags.some((flag) => flag.short === short && flag.value !== undefined);
  return words.map((word, index) => {
    const [, short, value] = /^-([a-z])=(.*)$/s.exec(word) ?? [];
    return index < end && short !== undefined && takesValue(short) ? `-${short}${value}` : word;
  });
}

/** Whether JSON was asked for, judged without the parser: errors of the parser need it too. */
export function asksForJson(
  words: readonly string[],
  env: { readonly [name: string]: string | undefined },
): boolean {
  let format = env.OIDC_BOOTSTRAP_OUTPUT;
  for (const [index, word] of words.entries()) {
    if (word === '--') break;
    if (word === '-o' || word === '--output') format = words[index + 1];
    else if (word.startsWith('--output=')) format = word.slice('--output='.length);
    else if (/^-o[^-]/.test(word)) format = word.slice(2).replace(/^=/, '');
  }
  return format === 'json';
}
