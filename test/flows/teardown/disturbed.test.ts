// delete under trouble: calls that fail, AWS that is not ready yet, a rotation under way. It goes on past
// what fails, says what is left, and the next run finishes.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { meanwhile } from '../meanwhile.ts';
import { bucketName, openScene, type Scene } from '../scene.ts';
import {
  danglingAliases,
  iamOf,
  keepState,
  makeCluster,
  makeOwnDomain,
  remove,
  sizeOf,
  told,
  writesSince,
} from './teardown-scene.ts';

/** At a domain of its own, so that certificate and records are in it too. */
const sweepName = 'the crash sweep of delete';
let scene: Scene;

beforeEach(async ({ task }) => {
  scene = await openScene();
  await (task.suite?.name === sweepName ? makeOwnDomain(scene) : makeCluster(scene));
});

afterEach(async () => {
  await scene.close();
});

const resourcesLeft = (result: { left: readonly { resource: string }[] }): readonly string[] =>
  result.left.map(({ resource }) => resource);

describe('a failure', () => {
  it('of one role does not keep the rest', async () => {
    scene.aws.deny('iam:DeleteRole', /component-1/);
    const first = await remove(scene);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(resourcesLeft(first.json.result)).toEqual(['iam-role']);
    expect(first.json.changes[0]).toMatchObject({ resource: 'iam-role', action: 'update' });
    expect(scene.aws.state.s3.buckets.size).toBe(0);
    scene.aws.allow('iam:DeleteRole');
    const second = await remove(scene);
    expect(second.code, second.stderr).toBe(0);
    expect(iamOf(scene).roles.size).toBe(0);
  });

  it('to read a role leaves it, and the hint names the right that is missing', async () => {
    scene.aws.deny('iam:GetRole', /component-1/);
    const first = await remove(scene);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(resourcesLeft(first.json.result)).toEqual(['iam-role']);
    expect(first.json.error.hint).toMatch(/^add "iam:GetRole" .* run the same command again/);
    scene.aws.allow('iam:GetRole');
    expect((await remove(scene)).code).toBe(0);
    expect(iamOf(scene).roles.size).toBe(0);
  });

  it('to read the provider ends the command before any write', async () => {
    scene.aws.deny('iam:GetOpenIDConnectProvider');
    for (const isListed of [true, false]) {
      if (!isListed) scene.aws.deny('iam:ListOpenIDConnectProviders');
      const start = scene.aws.calls.length;
      const refused = await remove(scene);
      expect(refused).toMatchObject({ code: 4, json: { error: { code: 'AWS_ACCESS_DENIED' } } });
      expect(refused.json.error.message).toContain('iam:GetOpenIDConnectProvider');
      expect(writesSince(scene, start)).toEqual([]);
    }
  });

  it('to list the providers hides none that another run makes meanwhile', async () => {
    scene.aws.deny('iam:ListOpenIDConnectProviders');
    const { oidcProviders } = iamOf(scene);
    const [provider] = oidcProviders.values();
    if (provider === undefined) throw new Error('no provider');
    meanwhile(scene.aws, 'cloudfront:UpdateDistribution', () => {
      oidcProviders.set(provider.arn, provider);
    });
    const first = await remove(scene);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(first.json.error.message).toContain(`another run made IAM provider "${provider.arn}"`);
    expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
  });

  it('of the provider keeps all of the hosting', async () => {
    scene.aws.deny('iam:DeleteOpenIDConnectProvider');
    const first = await remove(scene);
    expect(first.code).toBe(1);
    expect(resourcesLeft(first.json.result)).toEqual([
      'iam-oidc-provider',
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    expect(told(first).every((line) => line.startsWith('delete iam-role'))).toBe(true);
  });

  it('of single objects inside an answer that is a success is seen', async () => {
    scene.aws.state.s3.undeletable.set('keys.json', 'AccessDenied');
    const first = await remove(scene);
    expect(first.code).toBe(1);
    expect(first.json.result.left).toEqual([
      {
        resource: 's3-bucket',
        id: bucketName(),
        reason: `S3 did not delete "keys.json" (AccessDenied) in bucket "${bucketName()}"`,
      },
    ]);
    scene.aws.state.s3.undeletable.clear();
    expect((await remove(scene)).code).toBe(0);
  });

  it('of single objects that passes is waited for', async () => {
    const { undeletable } = scene.aws.state.s3;
    undeletable.set('keys.json', 'SlowDown');
    let sleeps = 0;
    const { code, stderr } = await remove(scene, [], {
      onSleep: () => {
        sleeps += 1;
        if (scene.aws.state.cloudfront.distributions.size === 0 && sleeps > 5) undeletable.clear();
      },
    });
    expect(code, stderr).toBe(0);
  });

  it('of listing the roles ends the command before any write', async () => {
    scene.aws.deny('iam:ListRoles');
    const start = scene.aws.calls.length;
    const refused = await remove(scene);
    expect(refused).toMatchObject({ code: 4, json: { error: { code: 'AWS_ACCESS_DENIED' } } });
    expect(writesSince(scene, start)).toEqual([]);
    expect((await remove(scene, ['--keep-roles'])).code).toBe(0);
    expect(iamOf(scene).roles.size).toBe(2);
  });

  it('by Ctrl-C during the wait loses nothing', async () => {
    const first = await remove(scene, [], { onSleep: (interrupt) => interrupt() });
    expect(first.code).toBe(130);
    expect(first.json.result.deleted).toHaveLength(3);
    expect(resourcesLeft(first.json.result)).toEqual([
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    expect((await remove(scene)).code).toBe(0);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });
});

describe('STS', () => {
  it.each([
    ['account-regional', 0],
    ['global', 60_000],
  ])(
    'has time to forget the issuer before a bucket in the %s namespace goes',
    async (namespace, least) => {
      await remove(scene);
      await makeCluster(scene, { words: ['--public-s3-bucket', '--bucket-namespace', namespace] });
      let [trusted, claimable] = [0, 0];
      meanwhile(scene.aws, 'iam:DeleteOpenIDConnectProvider', () => {
        trusted = scene.clock.now().getTime();
        meanwhile(scene.aws, 's3:DeleteBucket', () => {
          claimable = scene.clock.now().getTime();
        });
      });
      const { code, stderr } = await remove(scene);
      expect(code, stderr).toBe(0);
      expect(trusted * claimable).toBeGreaterThan(0);
      expect(claimable - trusted >= least, stderr).toBe(true);
      expect(stderr.includes('STS to forget')).toBe(least > 0);
    },
  );

  it('has that time also in the run after one that was cut off', async () => {
    await remove(scene);
    await makeCluster(scene, { words: ['--public-s3-bucket', '--bucket-namespace', 'global'] });
    expect((await remove(scene, [], { onSleep: (interrupt) => interrupt() })).code).toBe(130);
    expect(scene.aws.state.s3.buckets.size).toBe(1);
    const second = await remove(scene);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain('STS to forget');
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });
});

describe('CloudFront', () => {
  it('may say for minutes that a distribution is not disabled, and that a control is in use', async () => {
    Object.assign(scene.aws.state.cloudfront, { disabledLagMs: 120_000, releaseLagMs: 120_000 });
    const { code, stderr } = await remove(scene);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/AWS to treat origin access control .* as unused/);
  });

  it('is not waited for with --no-wait, and the next run goes on', async () => {
    const first = await remove(scene, ['--no-wait']);
    expect(first.code, first.stderr).toBe(0);
    expect(resourcesLeft(first.json.result)).toEqual([
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    const soon = await remove(scene, ['--no-wait']);
    expect(soon.json.changes).toEqual([]);
    scene.clock.advance(30 * 60_000);
    const second = await remove(scene, ['--no-wait']);
    expect(told(second).map((line) => line.split(' ')[1])).toEqual([
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-object',
      's3-bucket',
    ]);
  });

  it('that takes longer than --timeout is exit 6', async () => {
    const first = await remove(scene, ['--timeout', '1s']);
    expect(first).toMatchObject({ code: 6, json: { error: { code: 'WAIT_TIMED_OUT' } } });
    expect(resourcesLeft(first.json.result)).toHaveLength(3);
    expect((await remove(scene)).code).toBe(0);
  });

  it('has a new ETag where somebody else changed the distribution meanwhile', async () => {
    const [distribution] = scene.aws.state.cloudfront.distributions.values();
    meanwhile(scene.aws, 'cloudfront:UpdateDistribution', () => {
      if (distribution !== undefined) distribution.etag = 'ESOMEBODY';
    });
    const { code, stderr } = await remove(scene);
    expect(code, stderr).toBe(0);
  });
});

describe('a distribution with a pricing plan', () => {
  it('stays disabled, with what to do about the plan, and goes once that has ended', async () => {
    const { distributions, pricingPlans } = scene.aws.state.cloudfront;
    const [id = ''] = distributions.keys();
    pricingPlans.add(id);
    const from = scene.aws.calls.length;
    const first = await remove(scene);
    expect([first.code, first.json.error.code]).toEqual([1, 'PARTIAL_DELETE']);
    expect(resourcesLeft(first.json.result)).toEqual([
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    expect(first.json.error.message).toMatch(/has a pricing plan.*subscribed to a pricing plan/);
    expect(first.json.error.message).not.toContain('another process');
    expect(first.json.error.hint).toMatch(/cancel the plan.*billing cycle/);
    const tries = writesSince(scene, from).filter((one) => one === 'cloudfront:DeleteDistribution');
    expect(tries).toHaveLength(1);
    expect(distributions.get(id)?.config.Enabled).toBe(false);
    pricingPlans.clear();
    const second = await remove(scene);
    expect(second.code, second.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });
});

describe('a rotation under way', () => {
  it('needs the typed name: --yes is not enough', async () => {
    expect((await scene.run(['rotate-keys', 'stage', '--name', 'c'])).code).toBe(0);
    const start = scene.aws.calls.length;
    const refused = await remove(scene);
    expect(refused).toMatchObject({ code: 2, json: { error: { code: 'CONFIRMATION_REQUIRED' } } });
    expect(refused.json.error.message).toContain('a key rotation is under way (phase "staged")');
    expect(refused.json.error.hint).toContain('--confirm c');
    expect(writesSince(scene, start)).toEqual([]);
    const allowed = await scene.run(['delete', '--name', 'c', '--confirm', 'c']);
    expect(allowed.code, allowed.stderr).toBe(0);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });
});

describe(sweepName, () => {
  /** Disturbs a run at each call; the next run must reach the end. Gives what went wrong. */
  async function sweep(
    onlyWrites: boolean,
    disturb: (k: number) => (() => void) | undefined,
    wanted: 'the next run' | 'the run' = 'the next run',
  ): Promise<readonly string[]> {
    const restore = keepState(scene);
    const start = scene.aws.calls.length;
    await remove(scene);
    const calls = scene.aws.calls.slice(start);
    // Before it nothing has changed.
    const first = calls.findIndex(({ write }) => write);
    const bad: string[] = [];
    for (const [index, { operation, write }] of calls.entries()) {
      if (index < first || (onlyWrites && !write)) continue;
      restore();
      const live = disturb(index + 1);
      let last = await remove(scene);
      live?.();
      const { cloudfront, s3 } = scene.aws.state;
      const isServed = s3.buckets.size > 0 && cloudfront.distributions.size > 0;
      if (iamOf(scene).oidcProviders.size > 0 && !isServed) {
        bad.push(`call ${index + 1} (${operation}): IAM trusts an issuer that is gone`);
      }
      if (danglingAliases(scene).length > 0) {
        bad.push(`call ${index + 1} (${operation}): a record leads to a distribution that is gone`);
      }
      if (wanted === 'the next run') last = await remove(scene);
      const left = sizeOf(scene);
      if (last.code !== 0 || left > 0) {
        bad.push(`call ${index + 1} (${operation}): ${left} left, ${last.stderr}`);
      }
    }
    return bad;
  }

  it('reaches the end after any one call failed', async () => {
    expect(
      await sweep(false, (k) => {
        scene.aws.failCall(k, 'before', 'error');
        return undefined;
      }),
    ).toEqual([]);
  }, 120_000);

  // Killed before a call is the same as killed after the write before it.
  it('reaches the end after a run was killed at any write', async () => {
    expect(await sweep(true, (k) => scene.aws.failFrom(k, 'after'))).toEqual([]);
  }, 120_000);

  it('succeeds at once although the connection drops after any write', async () => {
    const drop = (k: number): undefined => {
      scene.aws.failCall(k, 'after', 'drop');
    };
    expect(await sweep(true, drop, 'the run')).toEqual([]);
  }, 120_000);
});
