// Speed and memory, side by side in one run: every row is measured in interleaved pairs against
// `node -e 0` of the same round, and judged by the median of the ratios. Run by `npm run bench`.

import { awsRows } from './aws-rows.ts';
import { startupRows } from './startup-rows.ts';
import { printTable } from './table.ts';

const rounds = Number(process.argv[2] ?? 30);
const rows = [...(await startupRows(rounds)), ...(await awsRows(rounds))];
printTable(rows);
if (rows.some((row) => row.verdict === 'over')) process.exitCode = 1;
