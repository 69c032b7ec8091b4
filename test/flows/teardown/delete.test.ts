// delete: everything that is the name's goes, in the order that never leaves AWS trusting an issuer
// that others can claim, and nothing else does.

import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCcoctlCluster } from '../hosting/ccoctl-cluster.ts';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';
import { account, iamOf, makeCluster, remove, told, writesSince } from './teardown-scene.ts';

const firstRole = 'c-openshift-component-1-component-1-credentials';
let scene: Scene;
let empty: unknown;

beforeEach(async () => {
  scene = await openScene();
  empty = scene.aws.snapshot();
});

afterEach(async () => {
  await scene.close();
});

const theDistribution = () => {
  const [distribution] = scene.aws.state.cloudfront.distributions.values();
  if (distribution === undefined) throw new Error('no distribution');
  return distribution;
};

describe('delete', () => {
  it('removes all that create-all made, and says so a second time without a change', async () => {
    const made = await makeCluster(scene);
    const start = scene.aws.calls.length;
    const deleted = await remove(scene);
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(scene.aws.snapshot()).toEqual({ ...(empty as object), iam: expect.anything() });
    expect([iamOf(scene).roles.size, iamOf(scene).oidcProviders.size]).toEqual([0, 0]);
    expect([...new Set(writesSince(scene, start))]).toEqual([
      'iam:DeleteRolePolicy',
      'iam:DeleteRole',
      'iam:DeleteOpenIDConnectProvider',
      'cloudfront:UpdateDistribution',
      'cloudfront:DeleteDistribution',
      'cloudfront:DeleteOriginAccessControl',
      's3:DeleteObjects',
      's3:DeleteBucket',
    ]);
    const { result } = deleted.json;
    expect(result.left).toEqual([]);
    expect(result.deleted.map(({ resource }: { resource: string }) => resource)).toEqual([
      'iam-role',
      'iam-role',
      'iam-oidc-provider',
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    expect(result.deleted[2].id).toBe(made.json.result.identityProvider.identityProviderArn);

    const again = await remove(scene);
    expect(again).toMatchObject({
      code: 0,
      json: { changes: [], result: { deleted: [], left: [] } },
    });
  });

  it('plans what it then does, and a plan writes nothing', async () => {
    await makeCluster(scene);
    const before = scene.aws.snapshot();
    const start = scene.aws.calls.length;
    const plan = await scene.run(['delete', '--name', 'c', '--dry-run']);
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stderr).toMatch(/in other accounts must be deleted before/);
    expect(writesSince(scene, start)).toEqual([]);
    expect(scene.aws.snapshot()).toEqual(before);
    const files = fs.readdirSync(scene.folder).filter((name) => /^\d\d-/.test(name));
    expect(files).toContain(
      '01-iam-delete-role-policy-c-openshift-component-1-component-1-credentials.json',
    );
    const real = await remove(scene);
    expect(real.json.changes).toEqual(plan.json.changes);
    expect(real.json.result.deleted).toEqual(plan.json.result.deleted);
  });

  it('lists what goes and what stays, and goes on only where the name is typed', async () => {
    await makeCluster(scene);
    const start = scene.aws.calls.length;
    const declined = await remove(scene, [], { answers: ['d'], text: true });
    expect(declined.code).toBe(130);
    expect(declined.stderr).toMatch(/this deletes 6 resources of "c" in account 111122223333/);
    expect(declined.stderr).toContain(`\n  - s3-bucket ${bucketName()}\n`);
    expect(declined.stderr).toMatch(/in other accounts must be deleted before/);
    expect((await scene.run(['delete', '--name', 'c'])).json.error.code).toBe(
      'CONFIRMATION_REQUIRED',
    );
    const wrong = await scene.run(['delete', '--name', 'c', '--confirm', 'd']);
    expect(wrong.json.error.code).toBe('CONFIRMATION_REQUIRED');
    expect(writesSince(scene, start)).toEqual([]);
    const typed = await remove(scene, [], { answers: ['c'], text: true });
    expect(typed.code).toBe(0);
    expect(typed.stdout).toMatch(/Deleted \(6\)/);
    expect(typed.stdout).toMatch(/serviceaccount-signer\.private/);
  });

  it('leaves everything of another name, and what carries no tag', async () => {
    await makeCluster(scene, { name: 'c-2', folder: 'other' });
    const untouched = scene.aws.snapshot();
    await makeCluster(scene);
    const [provider] = iamOf(scene).oidcProviders.values();
    if (provider === undefined) throw new Error('no provider');
    const deleted = await remove(scene);
    expect(deleted.code, deleted.stderr).toBe(0);
    expect(
      deleted.json.result.kept.filter(({ id }: { id: string }) => id.startsWith('c-2')),
    ).toEqual([]);
    expect(scene.aws.snapshot()).toEqual(untouched);
  });

  it.each(['Enabled', 'Suspended'])(
    'removes a public bucket with every version and delete marker, over several pages, where versioning is %s',
    async (versioning) => {
      await makeCluster(scene, { words: ['--public-s3-bucket'] });
      const bucket = bucketOf(scene.aws);
      if (bucket === undefined) throw new Error('no bucket');
      bucket.versioning = versioning;
      scene.aws.state.s3.versionPageSize = 2;
      for (const key of ['keys.json', 'openid/v1/jwks']) {
        const object = bucket.objects.get(key);
        if (object === undefined) throw new Error(`no ${key}`);
        bucket.earlier.push(
          { key, id: 'v1', object },
          { key, id: 'v2', object },
          { key, id: 'v3', object: undefined },
        );
      }
      const { code, stderr } = await remove(scene);
      expect(code, stderr).toBe(0);
      expect(scene.aws.state.s3.buckets.size).toBe(0);
    },
  );

  it('removes a cluster of ccoctl whole, in both layouts', async () => {
    const { advance } = scene.clock;
    await makeCcoctlCluster(scene.aws, { name: 'c', layout: 'private', advance });
    const privately = await remove(scene);
    expect(privately.code, privately.stderr).toBe(0);
    expect(told(privately)).toContainEqual(
      expect.stringMatching(/^delete cloudfront-origin-access-identity E/),
    );
    await makeCcoctlCluster(scene.aws, { name: 'c', layout: 'public', advance });
    const publicly = await remove(scene);
    expect(publicly.code, publicly.stderr).toBe(0);
    expect(scene.aws.snapshot()).toEqual({ ...(empty as object), iam: expect.anything() });
    expect([iamOf(scene).roles.size, iamOf(scene).oidcProviders.size]).toEqual([0, 0]);
  });

  it('lets a new issuer be made in the same folder, and no other cluster', async () => {
    const first = await makeCluster(scene);
    await remove(scene);
    expect(JSON.parse(scene.read('oidc-bootstrap.json'))).toMatchObject({
      name: 'c',
      issuer: null,
    });
    expect(scene.read('serviceaccount-signer.private')).toMatch(/PRIVATE KEY/);
    const other = await scene.run(['create-identity-provider', '--name', 'd']);
    expect(other.json.error.code).toBe('FILE_EXISTS');
    const second = await makeCluster(scene);
    expect(second.json.result.identityProvider.issuer).not.toBe(
      first.json.result.identityProvider.issuer,
    );
    expect((await remove(scene)).code).toBe(0);
  });

  it.each([
    { made: 'eu-west-1', asked: 'eu-central-1' },
    { made: 'eu-west-1', asked: 'us-east-1' },
    { made: 'af-south-1', asked: 'eu-west-1' },
  ])('finds the bucket in whatever region it is: $made from $asked', async ({ made, asked }) => {
    await makeCluster(scene, { words: ['--public-s3-bucket', '--region', made] });
    const { code, stderr } = await remove(scene, [], { env: { AWS_REGION: asked } });
    expect(code, stderr).toBe(0);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
    expect(iamOf(scene).oidcProviders.size).toBe(0);
  });

  it('looks once in each region that providers of lost buckets name', async () => {
    const regions = ['us-east-1', 'us-west-2'];
    for (const region of regions) {
      const host = `${bucketName('c', region)}.s3.${region}.amazonaws.com`;
      const arn = `arn:aws:iam::${account}:oidc-provider/${host}`;
      iamOf(scene).oidcProviders.set(arn, {
        arn,
        url: `https://${host}`,
        clientIds: ['sts.amazonaws.com'],
        thumbprints: [],
        tags: [{ key: 'oidc-bootstrap/c', value: 'owned' }],
        createdAt: new Date(0),
      });
    }
    const start = scene.aws.calls.length;
    const { code, stderr, json } = await remove(scene);
    expect(code, stderr).toBe(0);
    expect(json.result.deleted).toHaveLength(regions.length);
    expect(iamOf(scene).oidcProviders.size).toBe(0);
    const lists = scene.aws.calls
      .slice(start)
      .filter(({ operation }) => operation === 'iam:ListRoles');
    expect(lists).toHaveLength(3);
  });

  it('keeps what it is told to keep', async () => {
    await makeCluster(scene);
    const roles = await remove(scene, ['--keep-roles', '--keep-issuer']);
    expect(told(roles)).toEqual([expect.stringMatching(/^delete iam-oidc-provider /)]);
    expect(roles.json.result.kept.map(({ resource }: { resource: string }) => resource)).toEqual([
      'iam-role',
      'iam-role',
      'cloudfront-distribution',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    await remove(scene, ['--keep-issuer']);
    expect(iamOf(scene).roles.size).toBe(0);
    expect(theDistribution().config.Enabled).toBe(true);
  });

  it('finds roles whose provider and hosting are gone already', async () => {
    await makeCluster(scene);
    await remove(scene, ['--keep-roles']);
    expect(iamOf(scene).roles.size).toBe(2);
    const rest = await remove(scene);
    expect(told(rest)).toEqual([
      'delete iam-role c-openshift-component-1-component-1-credentials',
      'delete iam-role c-openshift-component-2-component-2-credentials',
    ]);
  });

  it('deletes provider and roles of an issuer that is served elsewhere, with and without its URL', async () => {
    await makeCluster(scene);
    const [provider] = iamOf(scene).oidcProviders.values();
    if (provider === undefined) throw new Error('no provider');
    const issuer = 'https://oidc.example.com';
    const arn = `arn:aws:iam::${account}:oidc-provider/oidc.example.com`;
    iamOf(scene).oidcProviders.clear();
    iamOf(scene).oidcProviders.set(arn, { ...provider, arn, url: issuer });
    const wrong = await remove(scene, ['--issuer-url', 'https://other.example.com']);
    expect(wrong).toMatchObject({ code: 5, json: { error: { code: 'ISSUER_WOULD_CHANGE' } } });
    const start = scene.aws.calls.length;
    const { code, stderr } = await remove(scene, ['--issuer-url', issuer]);
    expect(code, stderr).toBe(0);
    expect(new Set(scene.aws.calls.slice(start).map(({ service }) => service))).toEqual(
      new Set(['sts', 'iam']),
    );
    expect([iamOf(scene).roles.size, iamOf(scene).oidcProviders.size]).toEqual([0, 0]);
  });
});

describe('delete meets others:', () => {
  it('a role that others use stays, and goes with --detach-foreign', async () => {
    await makeCluster(scene);
    const role = iamOf(scene).roles.get(firstRole);
    if (role === undefined) throw new Error('no role');
    role.attachedPolicies.push('arn:aws:iam::aws:policy/ReadOnlyAccess');
    role.instanceProfiles.push('nodes');
    role.inlinePolicies.set('theirs', '{"Version":"2012-10-17","Statement":[]}');
    const first = await remove(scene);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(first.json.error.message).toContain(
      `iam-role "${role.name}" (others added to it: inline policy "theirs", managed policy`,
    );
    expect(first.json.result.left).toEqual([
      {
        resource: 'iam-role',
        id: role.name,
        reason:
          'others added to it: inline policy "theirs", managed policy "arn:aws:iam::aws:policy/ReadOnlyAccess", instance profile "nodes"; --detach-foreign deletes it anyway',
      },
    ]);
    expect([...iamOf(scene).roles.keys()]).toEqual([role.name]);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
    const second = await remove(scene, ['--detach-foreign']);
    expect(second.code, second.stderr).toBe(0);
    expect(iamOf(scene).roles.size).toBe(0);
  });

  it('a role with managed policies that a request attached goes, and stays with one of others', async () => {
    const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    await makeCluster(scene);
    const own = ['create-iam-roles', '--name', 'c', '--service-account', 'team/web'];
    const attached = await scene.run([...own, '--managed-policy-arn', readOnly]);
    expect(attached.code, attached.stderr).toBe(0);
    const role = iamOf(scene).roles.get('c-team-web');
    role?.attachedPolicies.push('arn:aws:iam::aws:policy/PowerUserAccess');
    const first = await remove(scene);
    expect(first.json.result.left).toMatchObject([
      {
        id: 'c-team-web',
        reason: expect.stringMatching(/: managed policy "[^"]*PowerUserAccess";/),
      },
    ]);
    role?.attachedPolicies.pop();
    expect((await remove(scene)).code).toBe(0);
    expect(iamOf(scene).roles.size).toBe(0);
  });

  it('a role that lets in somebody else too, and a bucket and a distribution that others put to use', async () => {
    await makeCluster(scene);
    const role = iamOf(scene).roles.get(firstRole);
    const bucket = bucketOf(scene.aws);
    const document = bucket?.objects.get('keys.json');
    if (role === undefined || document === undefined) throw new Error('no cluster');
    const trust = JSON.parse(role.trustPolicy) as { Statement: unknown[] };
    trust.Statement.push({
      Sid: 'Nodes',
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    role.trustPolicy = JSON.stringify(trust);
    bucket?.objects.set('backup/etcd.db', document);
    const first = await remove(scene);
    expect(first.code).toBe(1);
    const reasons = first.json.result.left.map(({ reason }: { reason: string }) => reason);
    expect(reasons).toEqual([
      expect.stringMatching(/trust statement "Nodes"/),
      expect.stringMatching(/others put objects in it: "backup\/etcd.db"/),
    ]);
    expect(bucket?.objects.size).toBe(4);
    expect((await remove(scene, ['--detach-foreign'])).code).toBe(0);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });

  it('the hosting stays while a provider that is not ours trusts its issuer', async () => {
    await makeCluster(scene);
    const [provider] = iamOf(scene).oidcProviders.values();
    if (provider === undefined) throw new Error('no provider');
    provider.tags = [];
    const first = await remove(scene);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(first.json.error.hint).toContain(provider.arn);
    expect(iamOf(scene).roles.size).toBe(0);
    expect(theDistribution().config.Enabled).toBe(true);
    iamOf(scene).oidcProviders.delete(provider.arn);
    expect((await remove(scene)).code).toBe(0);
  });

  it('a control that a distribution of others uses stays', async () => {
    await makeCluster(scene);
    const { distributions } = scene.aws.state.cloudfront;
    const config = { ...theDistribution().config, Comment: 'theirs' };
    const [origin] = config.Origins?.Items ?? [];
    const Items = [{ ...origin, Id: 'theirs', DomainName: 'theirs.s3.eu-west-1.amazonaws.com' }];
    const Origins = { Quantity: 1, Items } as typeof config.Origins;
    const other = { id: 'ETHEIRS', domainName: 'dtheirs.cloudfront.net', arn: 'arn:theirs' };
    const theirs = { ...theDistribution(), ...other, tags: {} };
    distributions.set('ETHEIRS', { ...theirs, config: { ...config, Origins } });
    const { code, json } = await remove(scene);
    expect(code).toBe(1);
    expect(json.result.left).toEqual([
      {
        resource: 'cloudfront-origin-access-control',
        id: 'c-oidc',
        reason: 'distribution "ETHEIRS", which is not ours, uses it',
      },
    ]);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });

  it('a bucket, a distribution and a control of our names that are not ours', async () => {
    await makeCluster(scene);
    const bucket = bucketOf(scene.aws);
    if (bucket === undefined) throw new Error('no bucket');
    bucket.tags = { Name: 'c' };
    theDistribution().tags = {};
    const { code, json } = await remove(scene);
    expect(code).toBe(1);
    expect(scene.aws.state.s3.buckets.size).toBe(1);
    expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
    const kept = json.result.kept.map(
      ({ resource, reason }: { resource: string; reason: string }) => `${resource}: ${reason}`,
    );
    expect(kept).toEqual(
      expect.arrayContaining([
        's3-bucket: not tagged as ours',
        'cloudfront-distribution: not tagged as ours',
      ]),
    );
  });
});
