// Clusters on a shared hosting are deleted one by one; the hosting goes only when none is left on it, and its
// own domain with it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as path from 'node:path';
import { addZone } from '../../local-aws/route53/route53-state.ts';
import type { Bucket } from '../../local-aws/s3/s3-state.ts';
import { hideObject } from '../../local-aws/s3/s3-versions.ts';
import { bucketOf, openScene, type Outcome, type Scene } from '../scene.ts';
import { account, host, iamOf, keepState, recordsOf, sizeOf } from './teardown-scene.ts';

it('a cluster loses what is its own, and the hosting goes after the last one', async () => {
  const scene = await openScene({ deployMs: 0 });
  const run = async (name: string, words: readonly string[]) =>
    await scene.run([...words, '--name', name], { folder: path.join(scene.root, name) });
  const shared = ['--shared-hosting', 'fleet'];
  try {
    addZone(scene.aws.state.route53, { id: 'Z1', account, name: 'example.com' });
    for (const [name, domain] of [
      ['a', ['--domain', host]],
      ['b', []],
    ] as const) {
      const all = ['create-all', '--service-account', 'team/web', '--key-size', '2048', ...shared];
      const made = await run(name, [...all, ...domain]);
      expect(made.code, made.stderr).toBe(0);
    }
    const keys = (): readonly string[] => [...(bucketOf(scene.aws, 'fleet')?.objects.keys() ?? [])];
    expect(keys()).toHaveLength(6);

    for (const words of [['delete', '--yes'], ['verify']]) {
      const forgotten = await run('a', words);
      expect([forgotten.code, forgotten.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
      expect(forgotten.json.error.hint).toContain('--shared-hosting fleet');
    }
    const early = await run('fleet', ['delete', '--yes', '--detach-foreign']);
    expect([early.code, early.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(early.json.error.message).toContain('"a", "b"');

    const deleted = await run('a', ['delete', '--yes', ...shared]);
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(deleted.json.result.left).toEqual([]);
    expect(keys().every((key) => key.startsWith('b/'))).toBe(true);
    expect((await run('a', ['delete', '--yes', ...shared])).json.changes).toEqual([]);
    expect((await run('b', ['verify', ...shared])).code).toBe(0);

    expect((await run('b', ['delete', '--yes', ...shared])).code).toBe(0);
    expect(recordsOf(scene)).toHaveLength(3);
    const last = await run('fleet', ['delete', '--yes']);
    expect(last.code, last.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  } finally {
    await scene.close();
  }
});

describe('a shared hosting', () => {
  let scene: Scene;
  const shared = ['--shared-hosting', 'fleet'];
  const run = async (name: string, words: readonly string[]): Promise<Outcome> =>
    await scene.run([...words, '--name', name], { folder: path.join(scene.root, name) });
  const join = async (name: string): Promise<void> => {
    const made = await run(name, ['create-identity-provider', ...shared]);
    expect(made.code, made.stderr).toBe(0);
  };
  const fleet = (): Bucket => {
    const bucket = bucketOf(scene.aws, 'fleet');
    if (bucket === undefined) throw new Error('no bucket');
    return bucket;
  };

  beforeEach(async () => {
    scene = await openScene({ deployMs: 0 });
    for (const name of ['a', 'b']) {
      await scene.run(['create-key-pair', '--key-size', '2048'], {
        folder: path.join(scene.root, name),
      });
      await join(name);
    }
  });

  afterEach(async () => {
    await scene.close();
  });

  it('with versioning is deleted whole after its last cluster', async () => {
    fleet().versioning = 'Enabled';
    for (const name of ['a', 'b']) {
      expect((await run(name, ['delete', '--yes', ...shared])).code).toBe(0);
    }
    expect(fleet().earlier).toEqual([]);

    expect((await run('fleet', ['delete', '--yes'])).code).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('counts no cluster of which only old versions and delete markers are left', async () => {
    fleet().versioning = 'Enabled';
    for (const name of ['a', 'b']) {
      for (const key of [...fleet().objects.keys()].filter((one) => one.startsWith(`${name}/`))) {
        hideObject(fleet(), key, scene.aws.world);
      }
      await run(name, ['delete', '--yes', ...shared, '--keep-issuer']);
    }

    const deleted = await run('fleet', ['delete', '--yes']);
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('stays while IAM trusts an issuer of it whose documents somebody removed', async () => {
    for (const name of ['a', 'b']) await run(name, ['delete', '--yes', ...shared]);
    await join('a');
    fleet().objects.clear();

    const refused = await run('fleet', ['delete', '--yes', '--detach-foreign']);
    expect([refused.code, refused.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(refused.json.error.message).toContain('"a"');
    expect(refused.json.error.hint).toContain('delete --name <cluster> --shared-hosting fleet');

    expect((await run('a', ['delete', '--yes', ...shared])).code).toBe(0);
    expect((await run('fleet', ['delete', '--yes'])).code).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('stays while IAM trusts an issuer of it that others made, and is deleted after that', async () => {
    for (const name of ['a', 'b']) await run(name, ['delete', '--yes', ...shared]);
    const [{ domainName } = { domainName: '' }] = scene.aws.state.cloudfront.distributions.values();
    const arn = `arn:aws:iam::${account}:oidc-provider/${domainName}/z`;
    const { oidcProviders } = iamOf(scene);
    oidcProviders.set(arn, {
      arn,
      url: `https://${domainName}/z`,
      clientIds: ['sts.amazonaws.com'],
      thumbprints: [],
      tags: [],
      createdAt: new Date(0),
    });

    const refused = await run('fleet', ['delete', '--yes', '--detach-foreign']);
    expect([refused.code, refused.json.error.code]).toEqual([1, 'PARTIAL_DELETE']);
    expect(refused.json.error.message).toContain(`"${arn}" still trusts the issuer`);
    expect(refused.json.changes).toEqual([]);

    oidcProviders.delete(arn);
    expect((await run('fleet', ['delete', '--yes'])).code).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('is not deleted by a caller who cannot list the providers that may trust it', async () => {
    for (const name of ['a', 'b']) await run(name, ['delete', '--yes', ...shared]);
    await join('a');
    fleet().objects.clear();
    scene.aws.deny('iam:ListOpenIDConnectProviders');

    const before = scene.aws.calls.length;
    const refused = await run('fleet', ['delete', '--yes']);
    expect([refused.code, refused.json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
    expect(refused.json.error.hint).toContain('iam:ListOpenIDConnectProviders');
    expect(scene.aws.calls.slice(before).filter(({ write }) => write)).toEqual([]);
  });

  it('is deleted with its clusters also after a run was killed at any write', async () => {
    const restore = keepState(scene);
    const removeAll = async (): Promise<readonly number[]> => [
      (await run('a', ['delete', '--yes', ...shared])).code,
      (await run('b', ['delete', '--yes', ...shared])).code,
      (await run('fleet', ['delete', '--yes'])).code,
    ];
    const start = scene.aws.calls.length;
    expect(await removeAll()).toEqual([0, 0, 0]);
    const calls = scene.aws.calls.slice(start);
    expect(calls.filter(({ write }) => write).length).toBeGreaterThan(10);
    const bad: string[] = [];
    for (const [index, { operation, write }] of calls.entries()) {
      if (!write) continue;
      restore();
      const live = scene.aws.failFrom(index + 1, 'after');
      await removeAll();
      live();
      const { cloudfront, s3 } = scene.aws.state;
      const isServed = s3.buckets.size > 0 && cloudfront.distributions.size > 0;
      if (iamOf(scene).oidcProviders.size > 0 && !isServed) bad.push(`${operation}: trust is left`);
      const codes = await removeAll();
      if (codes.some((code) => code !== 0) || sizeOf(scene) > 0) {
        bad.push(`${operation}: exits ${codes.join(', ')}, ${sizeOf(scene)} resources left`);
      }
    }
    expect(bad).toEqual([]);
  }, 60_000);
});
