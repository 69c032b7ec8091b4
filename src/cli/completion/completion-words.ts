// What a shell can complete, read from the tables of commands and flags: the same that help shows.

import type { CommandSpec } from '../command-table.ts';
import type { FlagSpec } from '../flags/tables/flag-spec.ts';

/** What stands behind a flag: one of some words, a file, a folder, or what no shell can know. */
export type CompletedValue =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'text' | 'none' };

/** The program's name, as it is typed. */
export const programName = 'oidc-bootstrap';

/** Shells that have a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** `none` for a boolean, which takes `=true` and `=false`. */
export function valueOf({ value, choices }: FlagSpec): CompletedValue {
  if (value === undefined) return { kind: 'none' };
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (value === '<file>') return { kind: 'file' };
  if (value === '<folder>') return { kind: 'folder' };
  return { kind: 'text' };
}

/** The flags that are shown. */
export function shownFlags({ flags }: CommandSpec): readonly FlagSpec[] {
  return flags.filter((flag) => flag.hidden !== true);
}

/** The words after a command. */
export function choicesOf({ argument }: CommandSpec): readonly string[] {
  return Object.keys(argument?.choices ?? {});
}

/** The flags of a command with one of its words. */
export function flagsOfStep(command: CommandSpec, step: string): readonly FlagSpec[] {
  return shownFlags(command).filter((flag) => flag.steps?.includes(step) ?? true);
}

/** A text between single quotes of bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
