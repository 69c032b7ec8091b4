// The same command twice at the same time, or delete beside a create, at orders of calls that a seed decides:
// both end well, or one says that the other was faster. What is left is what one run alone would leave, and
// a run afterwards changes nothing.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { atOnce } from './at-once.ts';
import {
  openRotation,
  toPromotable,
  toSigning,
  hour,
  minute,
  type RotationScene,
} from './rotation/rotation-scene.ts';
import { openScene, type Outcome, type Scene } from './scene.ts';
import { iamOf, makeCluster, sizeOf } from './teardown/teardown-scene.ts';

const create = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests'];
const remove = ['delete', '--name', 'c', '--yes'];
let scene: Scene;

afterEach(async () => {
  await scene.close();
});

/** A folder with a copy of the keys, as a second operator of the cluster has it. */
function secondFolder(): string {
  const folder = path.join(scene.root, 'second');
  fs.cpSync(scene.folder, folder, { recursive: true });
  return folder;
}

async function openWithKey(): Promise<void> {
  scene = await openScene({ deployMs: 0 });
  writeMadeRequests(path.join(scene.root, 'requests'), 2);
  await scene.run(['create-key-pair', '--key-size', '2048']);
}

const twice = (
  seed: number,
  words: readonly string[],
  folder: string,
): Promise<readonly [Outcome, Outcome]> =>
  atOnce(scene, seed, [() => scene.run(words), () => scene.run(words, { folder })]);

/** At least one ended well; one that did not says that another run was faster, or what it met. */
function expectClear(outcomes: readonly Outcome[], codes: readonly string[]): void {
  const said = outcomes.map(({ code, stderr }) => `${code} ${stderr}`).join('\n');
  expect(
    outcomes.some(({ code }) => code === 0),
    said,
  ).toBe(true);
  for (const { code, json } of outcomes) {
    if (code !== 0) expect(codes, said).toContain(json.error.code);
  }
}

/** Undisturbed, the words change nothing more. */
async function expectSettled(words: readonly string[]): Promise<void> {
  const { code, json, stderr } = await scene.run(words);
  expect(code, stderr).toBe(0);
  expect(json.changes).toEqual([]);
}

describe.each([1, 12])('twice at once (seed %i)', (seed) => {
  it.each([
    ['private layout', []],
    ['public layout', ['--public-s3-bucket']],
  ])('create-all makes one issuer, in the %s', async (_, flags) => {
    await openWithKey();
    const words = [...create, ...flags];
    const folder = seed === 3 ? scene.folder : secondFolder();
    const outcomes = await twice(seed, words, folder);
    expectClear(outcomes, []);
    const { s3, cloudfront } = scene.aws.state;
    const { oidcProviders, roles } = iamOf(scene);
    expect([s3.buckets.size, oidcProviders.size, roles.size]).toEqual([1, 1, 2]);
    expect(cloudfront.distributions.size).toBe(flags.length === 0 ? 1 : 0);
    const issuers = outcomes.map(({ json }) => json.result.identityProvider.issuer as string);
    expect(new Set(issuers).size).toBe(1);
    await expectSettled(words);
  });

  it('create-iam-roles makes every role once', async () => {
    await openWithKey();
    await scene.run(['create-identity-provider', '--name', 'c', '--public-s3-bucket']);
    const words = create.with(0, 'create-iam-roles');
    expectClear(await twice(seed, words, secondFolder()), []);
    await expectSettled(words);
  });

  it('delete leaves nothing', async () => {
    scene = await openScene({ deployMs: 0 });
    await makeCluster(scene);
    expectClear(await twice(seed, remove, secondFolder()), []);
    expect(sizeOf(scene)).toBe(0);
  });

  it('delete beside create-all: one of them wins, and the next run ends what is left', async () => {
    scene = await openScene({ deployMs: 0 });
    await makeCluster(scene);
    const folder = secondFolder();
    const outcomes = await atOnce(scene, seed, [
      () => scene.run(remove),
      () => scene.run(create, { folder }),
    ]);
    const said = outcomes.map(({ code, stderr }) => `${code} ${stderr}`).join('\n');
    const trusted = [...iamOf(scene).oidcProviders.values()].map(({ url }) => new URL(url).host);
    const served = [...scene.aws.state.cloudfront.distributions.values()].map(
      ({ domainName }) => domainName,
    );
    // At no time does IAM trust an issuer that is gone.
    expect(served, said).toEqual(expect.arrayContaining(trusted));
    const last = await scene.run(remove);
    expect(last.code, `${said}\n${last.stderr}`).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it.each([
    ['stage', async () => {}],
    [
      'promote',
      async () => await toPromotable(scene as RotationScene, ['--platform', 'openshift']),
    ],
    [
      'retire',
      async () => {
        const rotation = scene as RotationScene;
        await toSigning(rotation);
        await rotation.rotate(rotation.tokenFlags());
        rotation.clock.advance(24 * hour + 10 * minute);
      },
    ],
  ])('rotate-keys %s keeps one set of keys', async (step, prepare) => {
    const rotation = await openRotation();
    scene = rotation;
    await prepare();
    const outcomes = await twice(seed, ['rotate-keys', step, '--name', 'c'], secondFolder());
    // The one that is late names the key of the other and asks before it trusts it.
    expectClear(outcomes, ['CONFIRMATION_REQUIRED']);
    const { keys } = rotation.state();
    const current = keys.find((key: { role: string }) => key.role === 'current').keyId;
    const named = keys.map((key: { keyId: string }) => key.keyId);
    expect(rotation.publishedKids()).toContain(current);
    expect(new Set(rotation.publishedKids())).toEqual(new Set(named));
  });
});
