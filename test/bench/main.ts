// Speed, calls and memory, side by side in one run. Times of whole processes are measured in interleaved
// pairs against `node -e 0` of the same round, and judged by the median of the ratios.
//   npm run bench [-- <rounds> [<part of a group's name>]]

import { firstCallRows, manyRolesRows, sharedHostingRow, throttledRow } from './aws-rows.ts';
import { loadingRows } from './loading-rows.ts';
import { largeAccountRows, manyRequestsRow, teardownRow, throttledRows } from './scale-rows.ts';
import { startupRows } from './startup-rows.ts';
import { printTable, type Row } from './table.ts';

type Group = (rounds: number) => Promise<readonly Row[]>;

/** Measured one after the other, because they share the processor with their servers. */
const groups: { readonly [name: string]: Group } = {
  startup: startupRows,
  'first-call': firstCallRows,
  roles: manyRolesRows,
  throttled: async () => [await throttledRow()],
  'shared-hosting': async () => [await sharedHostingRow()],
  loading: loadingRows,
  'large-account': largeAccountRows,
  teardown: async () => [await teardownRow()],
  memory: async () => [await manyRequestsRow()],
  'slow-iam': throttledRows,
};

const [rounds = '30', part = ''] = process.argv.slice(2);
const chosen = Object.entries(groups).filter(([name]) => name.includes(part));
if (chosen.length === 0) throw new Error(`no group "${part}": ${Object.keys(groups).join(', ')}`);
const rows: Row[] = [];
for (const [, measure] of chosen) rows.push(...(await measure(Number(rounds))));
printTable(rows);
if (rows.some((row) => row.verdict === 'over')) process.exitCode = 1;
