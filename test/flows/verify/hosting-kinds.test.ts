// verify of an issuer at an own domain, and of one on a shared hosting, each with a fault of its kind.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalDistribution } from '../../local-aws/cloudfront/cloudfront-state.ts';
import { addZone } from '../../local-aws/route53/route53-state.ts';
import { openScene, type Scene } from '../scene.ts';
import { account, findings } from './verify-scene.ts';

const words = ['create-all', '--name', 'c', '--service-account', 'shop/web'];
const started = Date.now();
let scene: Scene;
beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

function distribution(): LocalDistribution {
  for (const found of scene.aws.state.cloudfront.distributions.values()) return found;
  throw new Error('no distribution');
}

it('names a domain that the distribution lost, and the hint gives it back', async () => {
  addZone(scene.aws.state.route53, { id: 'Z1', account, name: 'example.com' });
  const made = await scene.run([...words, '--domain', 'oidc.example.com']);
  expect(made.code, made.stderr).toBe(0);
  expect(findings(await scene.run(['verify', '--name', 'c']))).toEqual([]);
  distribution().config.Aliases = { Quantity: 0, Items: [] };
  const found = findings(await scene.run(['verify', '--name', 'c']));
  expect(found.map(({ id }) => id)).toEqual(['hosting-distribution', 'documents-discovery']);
  expect(found[0]?.detail).toContain('does not serve "oidc.example.com" any more');
  const [, command = ''] = /`oidc-bootstrap ([^`]*)`/.exec(found[0]?.hint ?? '') ?? [];
  const mended = await scene.run(command.split(' '));
  expect(mended.code, mended.stderr).toBe(0);
  expect(findings(await scene.run(['verify', '--name', 'c']))).toEqual([]);
});

it('judges certificates by the clock of AWS, not by that of a machine that is years ahead', async () => {
  const ahead = Date.now() + 3 * 365 * 24 * 3_600_000;
  const other = await openScene({
    deployMs: 0,
    startsAt: ahead,
    clock: { now: () => new Date(other.clock.now().getTime() - ahead + started) },
  });
  try {
    addZone(other.aws.state.route53, { id: 'Z1', account, name: 'example.com' });
    await other.run(['create-key-pair', '--key-size', '2048']);
    const made = await other.run([...words, '--domain', 'oidc.example.com']);
    expect(made.code, made.stderr).toBe(0);
    expect(findings(await other.run(['verify', '--name', 'c']))).toEqual([]);
    for (const { arn } of other.aws.state.acm.certificates.values()) {
      const given = ['--domain', 'oidc.example.com', '--certificate-arn', arn];
      const again = await other.run([...words, ...given]);
      expect([again.code, again.json.changes], again.stderr).toEqual([0, []]);
    }
  } finally {
    await other.close();
  }
});

it('says which document of the cluster a behavior of a shared hosting answers for', async () => {
  const shared = ['--shared-hosting', 'h'];
  expect((await scene.run([...words, ...shared])).code).toBe(0);
  const { config } = distribution();
  const behavior = { ...config.DefaultCacheBehavior, PathPattern: 'c/keys.json' };
  config.CacheBehaviors = { Quantity: 1, Items: [behavior] } as typeof config.CacheBehaviors;
  const [first] = findings(await scene.run(['verify', '--name', 'c', ...shared]));
  expect([first?.id, first?.detail]).toEqual([
    'hosting-additions',
    expect.stringContaining('which answers for c/keys.json'),
  ]);
});
