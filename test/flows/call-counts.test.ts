// The number of calls of create-all in an empty account and in a large one; a second run writes nothing.
// ccoctl needs for the same seven requests 31 calls in the public layout, and 33 plus polls in the private
// layout; one call more looks for the bucket under its other name.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import type { RecordedCall } from '../local-aws/server.ts';
import { fillAccount, foreignCounts, raisedQuotas } from '../local-aws/fill-account.ts';
import { openScene, type Scene } from './scene.ts';

/** The calls of both runs without the polls for CloudFront, whose number depends on CloudFront. */
async function callsOfTwoRuns(
  flags: readonly string[],
  prepare: (scene: Scene) => void = () => {},
): Promise<readonly [readonly RecordedCall[], readonly RecordedCall[]]> {
  const scene = await openScene({ deployMs: 0, quotas: raisedQuotas });
  try {
    prepare(scene);
    writeMadeRequests(path.join(scene.root, 'requests'), 7);
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const words = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests', ...flags];
    expect((await scene.run(words)).code).toBe(0);
    const fresh = [...scene.aws.calls];
    const again = await scene.run(words);
    expect([again.code, again.json.changes]).toEqual([0, []]);
    return [fresh, scene.aws.calls.slice(fresh.length)];
  } finally {
    await scene.close();
  }
}

const writes = (calls: readonly RecordedCall[]): number =>
  calls.filter((call) => call.write).length;

describe('create-all with seven requests', () => {
  it('makes one call more than ccoctl in the public layout, and no write in a second run', async () => {
    const [fresh, again] = await callsOfTwoRuns(['--public-s3-bucket']);
    expect([fresh.length, writes(fresh)]).toEqual([32, 21]);
    expect([again.length, writes(again)]).toEqual([42, 0]);
  });

  it('makes one call more than ccoctl in the private layout, and no write in a second run', async () => {
    const [fresh, again] = await callsOfTwoRuns([]);
    expect([fresh.length, writes(fresh)]).toEqual([34, 22]);
    expect([again.length, writes(again)]).toEqual([48, 0]);
  });

  it('makes few calls more in a large account, but one for each provider in the first run', async () => {
    const [fresh, again] = await callsOfTwoRuns([], (scene) => fillAccount(scene.aws.world));
    expect(fresh.length).toBeLessThanOrEqual(34 + foreignCounts.providers + 12);
    expect(again.length).toBeLessThanOrEqual(48 + 12);
  });

  it.each([
    ['rotate-keys', 'status', '--name', 'absent'],
    ['rotate-keys', 'status', '--name', 'absent', '--shared-hosting', 'fleet'],
    ['create-iam-roles', '--name', 'absent', '--service-account', 'ns/app', '--policy-file', 'p'],
    ['verify', '--name', 'absent'],
    ['delete', '--name', 'absent', '--yes'],
  ])('lists the IAM providers once for a name that is absent: %s %s', async (...words) => {
    const scene = await openScene();
    try {
      fillAccount(scene.aws.world);
      fs.writeFileSync(
        path.join(scene.root, 'p'),
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}',
      );
      await scene.run(words);
      const count = (wanted: string): number =>
        scene.aws.calls.filter(({ operation }) => operation === wanted).length;
      expect(count('iam:ListOpenIDConnectProviders')).toBe(1);
      expect(count('iam:GetOpenIDConnectProvider')).toBe(foreignCounts.providers);
    } finally {
      await scene.close();
    }
  });

  it('sends the expected bucket owner with every bucket call except CreateBucket', async () => {
    for (const flags of [[], ['--public-s3-bucket']]) {
      const calls = (await callsOfTwoRuns(flags)).flat();
      const unguarded = calls.filter(
        ({ service, params }) =>
          service === 's3' && params['x-amz-expected-bucket-owner'] === undefined,
      );
      expect(unguarded.map((call) => call.operation)).toEqual(['s3:CreateBucket']);
    }
  });
});
