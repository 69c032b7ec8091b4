// The table in which the figures are printed.

export type Row = {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  /** `not judged`: the conditions of the target are not met on this machine. */
  readonly verdict: 'met' | 'over' | 'not judged';
};

/** `met` where the value is at most the limit. */
export function judge(value: number, limit: number): Row['verdict'] {
  return value <= limit ? 'met' : 'over';
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function printTable(rows: readonly Row[]): void {
  const widths = [
    Math.max(...rows.map((row) => row.what.length)),
    Math.max(...rows.map((row) => row.measured.length)),
    Math.max(...rows.map((row) => row.target.length)),
  ] as const;
  for (const { what, measured, target, verdict } of rows) {
    const cells = [
      what.padEnd(widths[0]),
      measured.padEnd(widths[1]),
      target.padEnd(widths[2]),
      verdict,
    ];
    console.log(cells.join('  '));
  }
}
