// Reads that do not see a write for twenty seconds: what was created is missing, what was deleted is still
// shown, updates show their old values. Each command ends well, also straight after another one.

import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { makeCcoctlCluster } from './hosting/ccoctl-cluster.ts';
import { askSts } from './rotation/api-server.ts';
import { hour, minute, openRotation } from './rotation/rotation-scene.ts';
import { bucketName, bucketOf, openScene, type Outcome, type Scene } from './scene.ts';
import { iamOf, sizeOf } from './teardown/teardown-scene.ts';

const lag = 20_000;
const late = {
  readLagMs: { iam: lag, cloudfront: lag, s3: lag },
  iamVisibilityMs: lag,
};
const create = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests'];
let scene: Scene;

afterEach(async () => {
  await scene.close();
});

async function open(): Promise<void> {
  scene = await openScene(late);
  writeMadeRequests(path.join(scene.root, 'requests'), 2);
  await scene.run(['create-key-pair', '--key-size', '2048']);
}

/** A run that must succeed. */
async function run(words: readonly string[]): Promise<Outcome> {
  const outcome = await scene.run(words);
  expect(outcome.code, `${words.join(' ')}: ${outcome.stderr}`).toBe(0);
  return outcome;
}

describe.each([
  ['private layout', [], 5 * minute],
  ['public layout', ['--public-s3-bucket'], 1.5 * minute],
])('with late reads, in the %s', (_, flags, longest) => {
  it('every command ends well, one straight after the other', async () => {
    await open();
    const began = scene.clock.now().getTime();
    await run([...create, ...flags]);
    expect(scene.clock.now().getTime() - began).toBeLessThan(longest);
    const made = scene.aws.snapshot();
    await run([...create, ...flags]);
    expect(scene.aws.snapshot()).toEqual(made);
    await run([...create.with(0, 'create-iam-roles'), '--max-session-duration', '7200']);
    await run(['create-identity-provider', '--name', 'c', '--audience', 'x']);
    await run(['rotate-keys', 'stage', '--name', 'c']);
    await run(['rotate-keys', 'rollback', '--name', 'c']);
    await run(['rotate-keys', 'emergency', '--name', 'c', '--confirm', 'c']);
    await run(['delete', '--name', 'c', '--confirm', 'c']);
    expect(sizeOf(scene)).toBe(0);
    // What is gone is still shown.
    await run(['delete', '--name', 'c', '--yes']);
  });

  it.each([0, 10_000, 19_000])(
    'create-all makes a new issuer %i ms after a delete of the same name',
    async (pause) => {
      await open();
      await run([...create, ...flags]);
      await run(['delete', '--name', 'c', '--yes']);
      scene.clock.advance(pause);
      const began = scene.clock.now().getTime();
      const { json } = await run([...create, ...flags]);
      expect(scene.clock.now().getTime() - began).toBeLessThan(longest);
      const { issuer } = json.result.identityProvider;
      const { distributions } = scene.aws.state.cloudfront;
      const served = [...distributions.values()].map(({ domainName }) => `https://${domainName}`);
      expect(served).toEqual(flags.length === 0 ? [issuer] : []);
      expect([...iamOf(scene).oidcProviders.values()].map(({ url }) => url)).toEqual([issuer]);
      expect(JSON.parse(scene.read('oidc-bootstrap.json')).issuer).toBe(issuer);
      scene.clock.advance(lag);
      expect((await run([...create, ...flags])).json.changes).toEqual([]);
    },
  );

  it('delete takes all of what was made a moment ago', async () => {
    await open();
    await run([...create, ...flags]);
    await run(['delete', '--name', 'c', '--yes']);
    expect(sizeOf(scene)).toBe(0);
  });
});

describe('with late reads', () => {
  it('a statement of a deleted bucket that lets others write does not come back', async () => {
    await open();
    await run(create);
    await run(['delete', '--name', 'c', '--keep-roles', '--no-wait', '--yes']);
    const bucket = bucketOf(scene.aws);
    if (bucket?.policy === undefined) throw new Error('there is no policy');
    const policy = JSON.parse(bucket.policy);
    policy.Statement.push({
      Sid: 'Partner',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::444455556666:root' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucketName()}/*`,
    });
    bucket.policy = JSON.stringify(policy);
    await run(['delete', '--name', 'c', '--yes']);
    await run(create);
    expect(bucketOf(scene.aws)?.policy).not.toContain('Partner');
  });

  it('a rotation goes on, and STS accepts the tokens of every server', async () => {
    const rotation = await openRotation({ ...late, stsJwksCacheMs: 0 });
    scene = rotation;
    rotation.clock.advance(lag);
    await run(['rotate-keys', 'stage', '--name', 'c']);
    for (const server of rotation.servers) server.takeVerifiers();
    rotation.clock.advance(24 * hour + minute);
    await run(['rotate-keys', 'promote', '--name', 'c', ...rotation.keySetFlags()]);
    for (const server of rotation.servers) server.takeSigner();
    const answers = rotation.servers.map(async (server) =>
      askSts(rotation.aws.endpoint, {
        token: rotation.token(server),
        roleArn: rotation.roleArn,
      }),
    );
    expect(await Promise.all(answers)).toEqual(['accepted', 'accepted']);
  });

  it('a migration to an origin access control serves the documents at every moment', async () => {
    // The cluster is made by calls that do not wait for IAM.
    scene = await openScene({ readLagMs: late.readLagMs });
    const { advance } = scene.clock;
    const { issuer } = await makeCcoctlCluster(scene.aws, {
      name: 'c',
      layout: 'private',
      advance,
    });
    advance(lag);
    const served: Promise<number>[] = [];
    scene.aws.beforeCall = async () => {
      const answer = scene.aws.world.fetchFromEdge(new URL(issuer).host, '/keys.json');
      served.push(answer.then(({ status }) => status));
    };
    await run(['create-identity-provider', '--name', 'c', '--migrate-to-oac']);
    expect(new Set(await Promise.all(served))).toEqual(new Set([200]));
    expect(scene.aws.state.cloudfront.originAccessIdentities.size).toBe(0);
  });
});
