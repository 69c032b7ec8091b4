// How the text of a result is laid out: width and style of stdout, and how files are named.
// Nothing that a user copies (ARN, path, command) is ever broken over two lines.

import * as path from 'node:path';
import type { Change } from '../../core/change.ts';
import { formatDuration } from '../../core/rotation/durations.ts';
import type { Style } from './style.ts';
import { wrapped } from './wrapped.ts';

/** What the text of a result depends on beside the result. */
export type Page = {
  /** Of stdout. */
  readonly style: Style;
  /** Columns; sentences are wrapped at it. */
  readonly width: number;
  readonly now: Date;
  /** `--verbose`: lists that are otherwise counted. */
  readonly verbose: boolean;
  /** Whether the run changed anything; where not, what to do next is not repeated. */
  readonly changed: boolean;
  /** The steps on the cluster are others than after the run before, though it may change nothing. */
  readonly stepsAreNew?: boolean;
  /** Changes that a dry run would make; undefined in a real run. */
  readonly planned: readonly Change[] | undefined;
  /** A file of the output folder as the user would name it: `./my-cluster/tls/...`. */
  readonly fileName: (relative: string) => string;
};

/** Names files below the folder that `--output-dir` gave; without it they are in the current one. */
export function fileNamesIn(outputDir: string | undefined): Page['fileName'] {
  return (relative) => {
    if (outputDir === undefined) return relative;
    const joined = path.join(outputDir, relative);
    return path.isAbsolute(joined) || joined.startsWith('..') ? joined : `./${joined}`;
  };
}

/** `label   value`, values below each other. */
export function labelled(page: Page, label: string, value: string): string {
  return `${page.style.quiet(label.padEnd(19))}${value}`;
}

/** A time in RFC 3339 and how far away it is: `2026-11-22T12:00:00Z (in 23h59m)`. */
export function timeWithDistance(page: Page, time: string): string {
  const seconds = (Date.parse(time) - page.now.getTime()) / 1000;
  const minutes = Math.ceil(Math.abs(seconds) / 60) * 60;
  return `${time} (${seconds > 0 ? `in ${formatDuration(minutes)}` : `${formatDuration(minutes)} ago`})`;
}

/** A heading above a list. */
export function heading(page: Page, text: string): string {
  return page.style.strong(text);
}

/**
 * Rows below a header, columns as wide as their widest cell. Where a row passes the width, the last
 * cell of each row stands on a line of its own.
 */
export function table(
  page: Page,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const total = widths.reduce((sum, width) => sum + width + 2, 2);
  const narrow = total > page.width;
  const last = header.length - 1;
  const line = (cells: readonly string[], cell: (text: string) => string): string => {
    const shown = cells.map((text, column) =>
      column === last ? cell(text) : cell(text) + ' '.repeat((widths[column] ?? 0) - text.length),
    );
    if (!narrow) return `  ${shown.join('  ')}`;
    return `  ${shown.slice(0, last).join('  ').trimEnd()}\n      ${shown[last] ?? ''}`;
  };
  const same = (text: string): string => text;
  return [
    ...(narrow ? [] : [line(header, page.style.quiet)]),
    ...rows.map((row) => line(row, same)),
  ].flatMap((text) => text.split('\n'));
}

/** Files and folders of the output folder in a step; below another folder stands somebody else's file of that name. */
const folderFile =
  /(?<![\w./-])(?:(?:cluster|openshift)\/[\w.-]+\.yaml|serviceaccount-[\w.]+\.(?:private|public|pem)|(?:manifests|tls|serviceaccounts|pods)\/(?![\w.-]))/g;

/** Each step as a dash and its lines; its commands run where the user is, not in the output folder. */
export function stepList(page: Page, steps: readonly string[]): readonly string[] {
  return steps.flatMap((step) =>
    wrapped(`  - ${step.replaceAll(folderFile, (file) => page.fileName(file))}`, {
      width: page.width,
      indent: 4,
    }),
  );
}
