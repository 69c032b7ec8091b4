// The rows of large and slow accounts: what grows with the account, 200 roles to delete, 500 requests, and
// rates of a few calls a second.

import * as path from 'node:path';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { foreignCounts } from '../local-aws/fill-account.ts';
import type { Rate } from '../local-aws/throttling.ts';
import { inPlace, type Place } from './place.ts';
import { peakMemoryOf, timeOfSuccess } from './process-runs.ts';
import { judge, median, type Row } from './table.ts';

const named = ['--name', 'bench'];

/** The words of create-all with so many made requests. */
function createAll({ folder }: Place, count: number): readonly string[] {
  const requests = path.join(folder, 'requests');
  writeMadeRequests(requests, count);
  return ['create-all', ...named, '--credentials-requests-dir', requests];
}

/** Runs and gives its calls and time. */
async function runIn({ aws, ours }: Place, words: readonly string[]) {
  await aws.takeCalls();
  const milliseconds = timeOfSuccess(ours(words));
  return { ...(await aws.takeCalls()), milliseconds };
}

/** Calls of each command with seven requests in an account that is otherwise empty, or large. */
function callsOfCommands(isLarge: boolean): Promise<{ readonly [command: string]: number }> {
  return inPlace({ deployMs: 0, isLarge }, async (place) => {
    const words = createAll(place, 7);
    const fresh = await runIn(place, words);
    const again = await runIn(place, words);
    const list = await runIn(place, ['list']);
    const removed = await runIn(place, ['delete', ...named, '--yes']);
    return {
      'create-all, fresh': fresh.calls,
      'create-all, no-op': again.calls,
      list: list.calls,
      delete: removed.calls,
    };
  });
}

/** Why the calls of a command grow with the account, where AWS leaves no other way. */
const growth: { readonly [command: string]: string } = {
  'create-all, fresh':
    'tags of every provider, once: only they tell that a name has an issuer, and no list shows them',
  list: 'tags of every provider and distribution, roles in pages of 1,000: no list shows tags',
  delete:
    'tags of every provider; roles in pages of 1,000, distributions in pages of 100: no filter by tag or trust',
};

/** What a large account costs; rows with a reason are not judged. */
export async function largeAccountRows(): Promise<readonly Row[]> {
  const [empty, large] = [await callsOfCommands(false), await callsOfCommands(true)];
  const { roles, providers, distributions } = foreignCounts;
  const among = `among ${roles} roles, ${providers} providers, ${distributions} distributions`;
  return Object.entries(empty).map(([command, calls]): Row => {
    const more = (large[command] ?? Number.NaN) - calls;
    const reason = growth[command];
    return {
      what: `${command} ${among}`,
      measured: `${more} calls more than ${calls}`,
      target: reason ?? '12 calls more',
      verdict: reason === undefined ? judge(more, 12) : 'not judged',
    };
  });
}

/** 200 roles and their public bucket, at 50 ms a call: moves of CloudFront come one after the other. */
export async function teardownRow(): Promise<Row> {
  const count = 200;
  const ratios: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const { calls, milliseconds } = await inPlace({ deployMs: 0, latencyMs: 50 }, async (place) => {
      timeOfSuccess(place.ours([...createAll(place, count), '--public-s3-bucket']));
      return runIn(place, ['delete', ...named, '--yes']);
    });
    ratios.push(milliseconds / ((calls * 50) / 16));
  }
  return {
    what: `delete of ${count} roles, 50 ms a call`,
    measured: `${median(ratios).toFixed(2)}x`,
    target: '1.25x of calls x 50 ms / 16',
    verdict: judge(median(ratios), 1.25),
  };
}

/** Requests are read, sent and written side by side; what is done with is let go. */
export async function manyRequestsRow(): Promise<Row> {
  const peakOf = (count: number): Promise<number> =>
    inPlace({ deployMs: 0 }, async (place) => peakMemoryOf(place.ours(createAll(place, count))));
  const ratios: number[] = [];
  for (let run = 0; run < 3; run += 1) ratios.push((await peakOf(500)) / (await peakOf(20)));
  return {
    what: 'peak memory of create-all with 500 requests',
    measured: `${median(ratios).toFixed(2)}x`,
    target: '1.2x of 20 requests',
    verdict: judge(median(ratios), 1.2),
  };
}

/** Every command that makes more than a few calls, where IAM takes 5 a second, and CloudFront 1. */
export async function throttledRows(): Promise<readonly Row[]> {
  return [
    ...(await slowServiceRows('iam', { rate: { perSecond: 5, burst: 5 }, roles: 20 })),
    ...(await slowServiceRows('cloudfront', { rate: { perSecond: 1, burst: 1 }, roles: 1 })),
  ];
}

async function slowServiceRows(
  service: 'iam' | 'cloudfront',
  { rate, roles }: { readonly rate: Rate; readonly roles: number },
): Promise<readonly Row[]> {
  const floorOf = (calls: number): number => Math.max(calls - rate.burst, 0) / rate.perSecond;
  return inPlace({ deployMs: 0, throttle: { [service]: rate } }, async (place) => {
    const words = createAll(place, roles);
    const runs = {
      'create-all': words,
      'create-all, no-op': words,
      'rotate-keys emergency': ['rotate-keys', 'emergency', ...named, '--confirm', 'bench'],
      delete: ['delete', ...named, '--yes'],
    };
    const rows: Row[] = [];
    for (const [what, command] of Object.entries(runs)) {
      // What the rate allows at once is there again by then.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const { answered, throttled, milliseconds } = await runIn(place, command);
      const floor = floorOf(answered[service] ?? 0);
      const ratio = milliseconds / 1000 / floor;
      rows.push({
        what: `${what}, ${rate.perSecond} ${service} calls a second`,
        measured: `${(milliseconds / 1000).toFixed(1)} s, ${ratio.toFixed(2)}x, ${throttled} calls sent again`,
        target: `1.3x of the rate's floor, ${floor.toFixed(1)} s`,
        // Of a few calls the start of the program is the larger part.
        verdict: floor < 4 ? 'not judged' : judge(ratio, 1.3),
      });
    }
    return rows;
  });
}
