// The rows of ordinary use that need AWS: the first signed call, 200 roles, throttling, a shared hosting.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import type { LocalAwsOptions } from '../local-aws/server.ts';
import type { Calls } from './aws-process.ts';
import { inPlace } from './place.ts';
import { peakMemoryOf, ratiosOf, timeOf, type Command } from './process-runs.ts';
import { judge, median, type Row } from './table.ts';

const nothing: Command = { file: process.execPath, words: ['-e', '0'] };

/** Start, read the key, sign, ask STS who calls, read its answer (the credentials have expired), end. */
export async function firstCallRows(rounds: number): Promise<readonly Row[]> {
  return inPlace({}, async ({ aws, ours }) => {
    const expired = { AWS_ACCESS_KEY_ID: 'AKIAEXPIRED' };
    const call = ours(['create-identity-provider', '--name', 'bench'], expired);
    await aws.takeCalls();
    const measured = ratiosOf(nothing, { call }, rounds).get('call');
    const { calls } = await aws.takeCalls();
    if (calls !== rounds + 2) throw new Error(`${calls} calls instead of one in each round`);
    const { ratio, milliseconds } = measured ?? { ratio: Number.NaN, milliseconds: Number.NaN };
    const memories = Array.from({ length: 9 }, () => peakMemoryOf(call) / peakMemoryOf(nothing));
    const memory = median(memories);
    return [
      {
        what: 'first signed AWS call',
        measured: `${ratio.toFixed(2)}x  ${milliseconds.toFixed(1)} ms`,
        target: '4.5x of node -e 0',
        verdict: judge(ratio, 4.5),
      },
      {
        what: 'peak memory of the first call',
        measured: `${memory.toFixed(2)}x`,
        target: '1.5x of node -e 0',
        verdict: judge(memory, 1.5),
      },
    ];
  });
}

/** Makes so many roles in a fresh account; `idle` passes before, until throttling has forgotten. */
async function makeRoles(
  count: number,
  options: LocalAwsOptions,
  idle: number = 0,
): Promise<Calls & { readonly milliseconds: number }> {
  return inPlace(options, async ({ aws, ours, folder }) => {
    const requests = path.join(folder, 'requests');
    writeMadeRequests(requests, count);
    timeOf(ours(['create-identity-provider', '--name', 'bench', '--public-s3-bucket']));
    await aws.takeCalls();
    await new Promise((resolve) => setTimeout(resolve, idle));
    const arn =
      'arn:aws:iam::111122223333:oidc-provider/bench-oidc-111122223333-eu-west-1-an.s3.eu-west-1.amazonaws.com';
    const words = ['--identity-provider-arn', arn, '--credentials-requests-dir', requests];
    const milliseconds = timeOf(ours(['create-iam-roles', '--name', 'bench', ...words]));
    const manifests = fs.readdirSync(path.join(folder, 'manifests'));
    // Beside the manifest that tells the cluster its issuer.
    if (manifests.length !== count + 1) throw new Error(`${manifests.length} manifests`);
    return { ...(await aws.takeCalls()), milliseconds };
  });
}

export async function manyRolesRows(): Promise<readonly Row[]> {
  const count = 200;
  const runs: { readonly ratio: number; readonly calls: number }[] = [];
  for (let run = 0; run < 3; run += 1) {
    const { calls, milliseconds } = await makeRoles(count, { latencyMs: 50 });
    runs.push({ ratio: milliseconds / ((calls * 50) / 16), calls });
  }
  const ratio = median(runs.map((run) => run.ratio));
  const perRole = median(runs.map((run) => run.calls)) / count;
  return [
    {
      what: `${count} roles, 50 ms a call`,
      measured: `${ratio.toFixed(2)}x`,
      target: '1.25x of calls x 50 ms / 16',
      verdict: judge(ratio, 1.25),
    },
    {
      what: `calls a role, ${count} roles in a fresh account`,
      measured: perRole.toFixed(2),
      target: '3',
      verdict: judge(perRole, 3),
    },
  ];
}

export async function throttledRow(): Promise<Row> {
  const rate = { perSecond: 20, burst: 20 };
  // Two seconds fill the bucket again.
  const { calls, throttled, milliseconds } = await makeRoles(
    100,
    { throttle: { iam: rate } },
    2_000,
  );
  const floor = ((calls - throttled - rate.burst) / rate.perSecond) * 1000;
  return {
    what: '100 roles, throttled to 20 calls a second',
    measured: `${(milliseconds / floor).toFixed(2)}x, ${throttled} of ${calls} calls sent again`,
    target: "1.3x of the rate's floor, none failed",
    verdict: judge(milliseconds / floor, 1.3),
  };
}

/** Fifty clusters on one hosting: adding one costs the same, however many there are. */
export async function sharedHostingRow(): Promise<Row> {
  const count = 50;
  return inPlace({ deployMs: 0 }, async ({ aws, ours, folder }) => {
    const calls: number[] = [];
    for (let n = 1; n <= count; n += 1) {
      // A folder belongs to one cluster; here they have one key.
      fs.rmSync(path.join(folder, 'oidc-bootstrap.json'), { force: true });
      await aws.takeCalls();
      const words = ['--name', `bench-${n}`, '--shared-hosting', 'bench'];
      timeOf(ours(['create-identity-provider', ...words]));
      calls.push((await aws.takeCalls()).calls);
    }
    const second = calls[1] ?? Number.NaN;
    const last = calls.at(-1) ?? Number.NaN;
    return {
      what: `adding cluster ${count} to a shared hosting`,
      measured: `${last} calls`,
      target: `${second}, as the second`,
      verdict: judge(last, second),
    };
  });
}
