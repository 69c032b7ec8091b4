// Two different commands on one name at the same time, at orders of calls that a seed decides: at no end does
// IAM trust an issuer whose hosting is gone, the one that lost says so, and the next run ends what is left.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { atOnce } from './at-once.ts';
import { meanwhile } from './meanwhile.ts';
import { openRotation, toPromotable, type RotationScene } from './rotation/rotation-scene.ts';
import { openScene, type Outcome, type Scene } from './scene.ts';
import { iamOf, makeCluster, sizeOf } from './teardown/teardown-scene.ts';

const create = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests'];
const remove = ['delete', '--name', 'c', '--confirm', 'c'];
const shared = ['--service-account', 'team/web', '--key-size', '2048', '--shared-hosting', 'fleet'];
let scene: Scene;

afterEach(async () => {
  await scene.close();
});

/** Hosts of trusted issuers that no bucket and no distribution has. */
function dangling(): readonly string[] {
  const { s3, cloudfront } = scene.aws.state;
  const distributions = [...cloudfront.distributions.values()].map(({ domainName }) => domainName);
  const buckets = [...s3.buckets.keys()].map((name) => `${name}.s3.eu-west-1.amazonaws.com`);
  const trusted = [...iamOf(scene).oidcProviders.values()].map(({ url }) => new URL(url).host);
  return trusted.filter((host) => ![...distributions, ...buckets].includes(host));
}

/** Runs both; the second in a folder of its own. */
async function both(
  seed: number,
  first: readonly string[],
  second: readonly string[],
): Promise<readonly [Outcome, Outcome]> {
  const folder = path.join(scene.root, 'second');
  if (fs.existsSync(scene.folder)) fs.cpSync(scene.folder, folder, { recursive: true });
  return await atOnce(scene, seed, [() => scene.run(first), () => scene.run(second, { folder })]);
}

/** Who lost says what to do. */
function expectHints(outcomes: readonly Outcome[]): void {
  for (const { code, json } of outcomes) {
    if (code !== 0) expect(json.error.hint, json.error.message).toBeTruthy();
  }
}

describe.each([4, 7, 12])('at once (seed %i)', (seed) => {
  it.each([
    ['private layout', [], 0],
    ['private layout, with time to deploy', [], 180_000],
    ['public layout', ['--public-s3-bucket'], 0],
  ])('delete beside create-all, in the %s', async (_, flags, deployMs) => {
    scene = await openScene({ deployMs });
    await makeCluster(scene, { words: flags });
    const outcomes = await both(seed, remove, [...create, ...flags]);
    expect(dangling()).toEqual([]);
    expectHints(outcomes);
    const last = await scene.run(remove);
    expect(last.code, last.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it.each([
    ['stage', async () => {}],
    [
      'promote',
      async () => await toPromotable(scene as RotationScene, ['--platform', 'openshift']),
    ],
  ])('delete beside rotate-keys %s', async (step, prepare) => {
    scene = await openRotation();
    await prepare();
    const outcomes = await both(seed, remove, ['rotate-keys', step, '--name', 'c']);
    expect(dangling()).toEqual([]);
    expectHints(outcomes);
    expect((await scene.run(remove)).code).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('create-iam-roles --prune beside create-all with more requests', async () => {
    scene = await openScene({ deployMs: 0 });
    await makeCluster(scene, { requests: 4 });
    writeMadeRequests(path.join(scene.root, 'all'), 4);
    fs.rmSync(path.join(scene.root, 'requests'), { recursive: true });
    writeMadeRequests(path.join(scene.root, 'requests'), 2);
    const all = create.with(4, 'all');
    const prune = [...create.with(0, 'create-iam-roles'), '--prune', '--yes'];
    expectHints(await both(seed, prune, all));
    const last = await scene.run(all);
    expect(last.code, last.stderr).toBe(0);
    expect(iamOf(scene).roles.size).toBe(4);
  });

  it('delete of a shared hosting beside a cluster that comes to it', async () => {
    scene = await openScene({ deployMs: 0 });
    const folder = path.join(scene.root, 'a');
    for (const words of [
      ['create-all', ...shared],
      ['delete', '--yes', ...shared.slice(-2)],
    ]) {
      const outcome = await scene.run([...words, '--name', 'a'], { folder });
      expect(outcome.code, outcome.stderr).toBe(0);
    }
    const outcomes = await both(
      seed,
      ['delete', '--name', 'fleet', '--yes'],
      ['create-all', ...shared, '--name', 'b'],
    );
    expect(dangling()).toEqual([]);
    expectHints(outcomes);
  });
});

it('two deletes at once do not wait for a distribution that the other deleted', async () => {
  scene = await openScene({ deployMs: 180_000 });
  await makeCluster(scene);
  const began = scene.clock.now().getTime();
  const outcomes = await both(3, remove, remove);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(scene.clock.now().getTime() - began).toBeLessThan(20 * 60_000);
  expect(sizeOf(scene)).toBe(0);
});

describe('create-all whose hosting goes while its provider is made', () => {
  const disturbed = async () => {
    scene = await openScene({ deployMs: 0 });
    writeMadeRequests(path.join(scene.root, 'requests'), 2);
    const gone = (): void => scene.aws.state.s3.buckets.clear();
    meanwhile(scene.aws, 'iam:CreateOpenIDConnectProvider', () => setTimeout(gone, 0));
  };

  it('takes its provider back', async () => {
    await disturbed();
    const { code, json } = await scene.run([...create, '--public-s3-bucket']);
    expect([code, json.error.code]).toEqual([1, 'ISSUER_UNREACHABLE']);
    expect(iamOf(scene).oidcProviders.size).toBe(0);
  });

  it('names the command that deletes it where it may not', async () => {
    await disturbed();
    scene.aws.deny('iam:DeleteOpenIDConnectProvider');
    const { code, json } = await scene.run([...create, '--public-s3-bucket']);
    expect([code, json.error.code]).toEqual([1, 'ISSUER_UNREACHABLE']);
    const [arn = ''] = iamOf(scene).oidcProviders.keys();
    expect(json.warnings.join('\n')).toContain(
      `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}`,
    );
  });
});
