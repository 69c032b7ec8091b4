// --migrate-to-oac: from the origin access identity of a ccoctl cluster to an origin access control. The
// issuer stays, its documents are served at every moment, and a move that was cut off is finished.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCcoctlCluster, type CcoctlCluster } from './ccoctl-cluster.ts';
import { meanwhile } from '../meanwhile.ts';
import { openScene, type Outcome, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
const migrate = [...create, '--migrate-to-oac'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});

afterEach(async () => {
  await scene.close();
});

const make = (layout: 'private' | 'public'): Promise<CcoctlCluster> =>
  makeCcoctlCluster(scene.aws, { name: 'c', layout, advance: scene.clock.advance });

const told = ({ json }: Outcome): readonly string[] =>
  json.changes.map(({ action, resource, detail }) => `${action} ${resource}: ${detail}`);

/** Reads the key set at the edge as each call arrives; gives all that was not served. */
function watch(issuer: string): () => Promise<readonly string[]> {
  const { calls, world } = scene.aws;
  const push = calls.push.bind(calls);
  const looks: Promise<string>[] = [];
  calls.push = (...added) => {
    looks.push(
      world
        .fetchFromEdge(new URL(issuer).host, '/keys.json')
        .then(({ status }) => `${status} at ${added[0]?.operation}`),
    );
    return push(...added);
  };
  return async () => {
    calls.push = push;
    return (await Promise.all(looks)).filter((look) => !look.startsWith('200'));
  };
}

/** What is left of the identity, and how the distribution reads the bucket. */
function readers(): {
  readonly identities: number;
  readonly policy: string;
  readonly oac: boolean;
} {
  const { s3, cloudfront } = scene.aws.state;
  const [distribution] = cloudfront.distributions.values();
  const [origin] = distribution?.config.Origins?.Items ?? [];
  return {
    identities: cloudfront.originAccessIdentities.size,
    policy: s3.buckets.get('c-oidc')?.policy ?? '',
    oac:
      (origin?.OriginAccessControlId ?? '') !== '' &&
      (origin?.S3OriginConfig?.OriginAccessIdentity ?? '') === '',
  };
}

describe('--migrate-to-oac', () => {
  it('keeps the issuer, serves it all the time, and leaves nothing of the identity', async () => {
    const cluster = await make('private');
    const plan = await scene.run([...migrate, '--dry-run']);
    const outages = watch(cluster.issuer);
    const real = await scene.run(migrate);
    expect(real.code, real.stderr).toBe(0);
    expect(await outages()).toEqual([]);
    expect(real.json.changes).toEqual(plan.json.changes);
    expect(real.json.result).toMatchObject({ issuer: cluster.issuer, hosting: 'cloudfront' });
    expect(readers()).toMatchObject({ identities: 0, oac: true });
    expect(readers().policy).not.toContain('Origin Access Identity');
    expect(told(real)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^create cloudfront-origin-access-control/),
        expect.stringMatching(/^update cloudfront-distribution: .*origin access control/),
        'update s3-bucket: policy: read through the origin access control alone',
        expect.stringMatching(/^delete cloudfront-origin-access-identity/),
      ]),
    );
    for (const words of [migrate, create]) {
      expect((await scene.run(words)).json.changes).toEqual([]);
    }
    const deleted = await scene.run(['delete', '--name', 'c', '--yes']);
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(scene.aws.state.cloudfront.originAccessControls.size).toBe(0);
  });

  it('puts the policy right where another run put an older one meanwhile', async () => {
    const cluster = await make('private');
    const bucket = scene.aws.state.s3.buckets.get('c-oidc');
    const older = bucket?.policy;
    if (bucket === undefined || older === undefined) throw new Error('there is no policy');
    meanwhile(scene.aws, 'cloudfront:UpdateDistribution', () => {
      bucket.policy = older;
    });
    const { code, stderr } = await scene.run(migrate);
    expect(code, stderr).toBe(0);
    const { host } = new URL(cluster.issuer);
    expect((await scene.aws.world.fetchFromEdge(host, '/keys.json')).status).toBe(200);
  });

  it('is finished by the next run wherever it was killed, and serves the documents meanwhile', async () => {
    await make('private');
    await scene.run(migrate);
    const writes = scene.aws.calls.filter(({ write }) => write).length;
    const bad: string[] = [];
    for (let k = 1; k <= writes; k += 1) {
      await scene.close();
      scene = await openScene();
      const cluster = await make('private');
      const from = scene.aws.calls.length;
      // The k-th write of the run, found as it comes.
      let seen = 0;
      let live = (): void => {};
      const { calls } = scene.aws;
      const push = calls.push.bind(calls);
      calls.push = (...added) => {
        if (added[0]?.write === true && calls.length >= from) {
          seen += 1;
          if (seen === k) live = scene.aws.failFrom(1, 'after');
        }
        return push(...added);
      };
      await scene.run(migrate);
      calls.push = push;
      live();
      if (seen < k) break;
      const outages = watch(cluster.issuer);
      const rerun = await scene.run(migrate);
      const dark = await outages();
      const { identities, policy, oac } = readers();
      const isDone = rerun.code === 0 && oac && identities === 0 && !policy.includes('Identity ');
      if (!isDone || dark.length > 0) bad.push(`write ${k}: ${dark.join()} ${rerun.stderr}`);
    }
    expect(bad).toEqual([]);
  }, 60_000);

  it('leaves an identity that another distribution uses too', async () => {
    await make('private');
    const { distributions } = scene.aws.state.cloudfront;
    const [distribution] = distributions.values();
    if (distribution === undefined) throw new Error('no distribution');
    const other = { ...distribution, id: 'EOTHER', domainName: 'dother.cloudfront.net', tags: {} };
    distributions.set('EOTHER', { ...other, config: { ...distribution.config, Comment: 'other' } });
    const { code, json, stderr } = await scene.run(migrate);
    expect(code, stderr).toBe(0);
    expect(readers().identities).toBe(1);
    expect(readers().policy).toContain('Origin Access Identity');
    expect(json.warnings).toContainEqual(expect.stringContaining('dother.cloudfront.net uses it'));
  });

  it('is refused for a public bucket, and needless for a new name', async () => {
    const fresh = ['create-identity-provider', '--name', 'd', '--migrate-to-oac', '--dry-run'];
    await scene.run(['create-key-pair', '--key-size', '2048']);
    expect((await scene.run(fresh)).code).toBe(0);
    await make('public');
    const refused = await scene.run(migrate, { folder: `${scene.root}/public` });
    expect(refused).toMatchObject({ code: 5, json: { error: { code: 'ISSUER_WOULD_CHANGE' } } });
    const both = await scene.run([...migrate, '--issuer-url', 'https://oidc.example.com']);
    expect(both.json.error.code).toBe('USAGE');
  });
});
