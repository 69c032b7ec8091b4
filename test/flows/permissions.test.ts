// The IAM policy that `permissions` prints for each command: it allows every call of the command on the
// resources of the call, and contains no action that no run needs.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { denyOlderSessionsPolicy, denyPolicyName } from '../../src/core/roles/older-sessions.ts';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { iamAccount } from '../local-aws/iam/iam-state.ts';
import type { RecordedCall } from '../local-aws/server.ts';
import { startWebServer } from '../local-aws/dns/web-server.ts';
import { makeCcoctlCluster } from './hosting/ccoctl-cluster.ts';
import { expectExactly, optionalActions } from './command-policy.ts';
import { bucketName, openScene, type Scene } from './scene.ts';
import { runCli } from '../cli/fake-host.ts';

const name = 'my-cluster';
const bucket = bucketName(name);
const siblings = {
  public: 'another-public',
  ccoctl: 'another-of-ccoctl',
  elsewhere: 'another-elsewhere',
};
/** CloudFront's managed policy CachingOptimized. */
const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const boundary = 'arn:aws:iam::111122223333:policy/limit';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  writeMadeRequests(path.join(scene.root, 'requests'), 2);
  await scene.run(['create-key-pair', '--key-size', '2048']);
});

afterEach(async () => {
  await scene.close();
});

/** Runs a command, which must succeed, in a separate output folder; returns the calls it made. */
async function callsOf(words: readonly string[], folder = 'out'): Promise<readonly RecordedCall[]> {
  const before = scene.aws.calls.length;
  const { code, stderr } = await scene.run(words, { folder: path.join(scene.root, folder) });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return scene.aws.calls.slice(before);
}

/** Changes the settings of bucket and distribution by hand, so that the next run repairs them. */
function damageHosting(): void {
  const { s3, cloudfront } = scene.aws.state;
  const found = s3.buckets.get(bucket);
  if (found === undefined) throw new Error(`no bucket "${bucket}"`);
  Object.assign(found, {
    policy: undefined,
    publicAccessBlock: undefined,
    ownership: 'ObjectWriter',
    encryption: 'aws:kms',
  });
  const [distribution] = cloudfront.distributions.values();
  const behaviour = distribution?.config.DefaultCacheBehavior;
  if (behaviour === undefined) throw new Error('no distribution');
  Object.assign(behaviour, { ViewerProtocolPolicy: 'allow-all' });
  for (const { config } of cloudfront.originAccessControls.values()) {
    Object.assign(config, { SigningBehavior: 'never' });
  }
}

const requests = ['--credentials-requests-dir', 'requests'];

/** Everything create-identity-provider may do; roles exist when an audience is removed. */
async function identityProviderCalls(command: readonly string[]): Promise<RecordedCall[]> {
  const named = [...command, '--name', name];
  const calls = [
    ...(await callsOf(named)),
    ...(await callsOf([...named, '--tag', 'team=a', '--audience', 'extra'])),
  ];
  await callsOf(['create-iam-roles', '--name', name, ...requests]);
  calls.push(...(await callsOf([...named, '--remove-audience', 'extra', '--yes'])));
  damageHosting();
  return [...calls, ...(await callsOf(named))];
}

/** The same for a public bucket, and for a ccoctl cluster with a caching distribution. */
async function otherLayoutCalls(command: readonly string[]): Promise<RecordedCall[]> {
  await callsOf(['create-key-pair', '--key-size', '2048'], 'public');
  const open = [...command, '--name', siblings.public, '--public-s3-bucket'];
  const calls = [...(await callsOf(open, 'public'))];

  const { advance } = scene.clock;
  const cachePolicyId = cachingOptimized;
  const options = { name: siblings.ccoctl, layout: 'private', cachePolicyId, advance } as const;
  const { issuer, publicKeyPem } = await makeCcoctlCluster(scene.aws, options);
  fs.writeFileSync(path.join(scene.root, 'ccoctl.public'), publicKeyPem);
  // From now on the edge has the old document in its cache.
  const edge = scene.aws.edgeUrl.replace('{host}', new URL(issuer).host);
  expect((await fetch(`${edge}/keys.json`)).status).toBe(200);
  const keys = ['out/serviceaccount-signer.public', 'ccoctl.public'];
  const files = keys.flatMap((file) => ['--public-key-file', file]);
  const adopt = [...command, '--name', siblings.ccoctl, ...files];
  calls.push(...(await callsOf(adopt, 'ccoctl')));
  return [...calls, ...(await callsOf([...adopt, '--migrate-to-oac'], 'ccoctl'))];
}

/** The same for documents that a web server of the test serves: no call of S3 or CloudFront. */
async function servedElsewhereCalls(command: readonly string[]): Promise<RecordedCall[]> {
  const host = 'oidc.example.com';
  const issuer = `https://${host}`;
  const folder = path.join(scene.root, 'site');
  fs.mkdirSync(path.join(folder, '.well-known'), { recursive: true });
  const discovery = JSON.stringify({ issuer, jwks_uri: `${issuer}/keys.json` });
  fs.writeFileSync(path.join(folder, '.well-known/openid-configuration'), discovery);
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }];
  fs.writeFileSync(path.join(folder, 'keys.json'), JSON.stringify({ keys }));
  const stop = await startWebServer(scene.aws.world, { host, folder });
  const named = [...command, '--name', siblings.elsewhere, '--issuer-url', issuer];
  const calls = [
    ...(await callsOf(named, 'elsewhere')),
    ...(await callsOf([...named, '--tag', 'team=a'], 'elsewhere')),
  ];
  await stop();
  expect(calls.filter(({ service }) => service !== 'iam' && service !== 'sts')).toEqual([]);
  return calls;
}

/** Everything create-iam-roles may do: new roles, limits set and removed, another audience. */
async function rolesCalls(command: readonly string[]): Promise<RecordedCall[]> {
  const { oidcProviders, policies, roles } = iamAccount(scene.aws.state.iam, '111122223333');
  const made = { name: 'limit', id: 'ANPA1', path: '/', document: '{}', createdAt: new Date() };
  policies.set(boundary, { arn: boundary, ...made });
  const limits = ['--permissions-boundary-arn', boundary, '--max-session-duration', '2h'];
  const calls = [
    ...(await callsOf(command)),
    ...(await callsOf([...command, '--tag', 'team=b', ...limits])),
  ];
  for (const provider of oidcProviders.values()) provider.clientIds.push('another');
  // A denial that an emergency wrote long ago.
  const denial = JSON.stringify(denyOlderSessionsPolicy('2020-01-01T00:00:00Z'));
  for (const role of roles.values()) role.inlinePolicies.set(denyPolicyName, denial);
  const last = ['--permissions-boundary-arn', 'none', '--audience', 'another'];
  return [...calls, ...(await callsOf([...command, ...last]))];
}

/** The test uses several clusters; their names are replaced by the name in the documented policy. */
function asMyCluster(call: RecordedCall): RecordedCall {
  return {
    ...call,
    resources: call.resources.map((resource) =>
      resource
        .replaceAll(siblings.public, name)
        .replaceAll(siblings.ccoctl, name)
        .replaceAll(siblings.elsewhere, name),
    ),
  };
}

describe('the printed IAM policy for', () => {
  it('create-identity-provider allows exactly the calls of the command', async () => {
    const command = ['create-identity-provider'];
    const calls = [
      ...(await identityProviderCalls(command)),
      ...(await otherLayoutCalls(command)),
      ...(await servedElsewhereCalls(command)),
    ];
    expectExactly('create-identity-provider', calls.map(asMyCluster));
  });

  it('create-iam-roles allows exactly the calls of the command', async () => {
    await callsOf(['create-identity-provider', '--name', name]);
    const calls = [...(await rolesCalls(['create-iam-roles', '--name', name, ...requests]))];
    const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    const own = ['create-iam-roles', '--name', name, '--service-account', 'team/web'];
    calls.push(...(await callsOf([...own, '--managed-policy-arn', readOnly])));
    calls.push(...(await callsOf([...own, '--remove-managed-policy-arn', readOnly])));
    fs.rmSync(path.join(scene.root, 'requests', '00002-credentials-request.yaml'));
    const prune = ['create-iam-roles', '--name', name, ...requests, '--prune', '--yes'];
    calls.push(...(await callsOf(prune)));
    expectExactly('create-iam-roles', calls.map(asMyCluster));
  });

  it('create-all allows exactly the calls of the command', async () => {
    const command = ['create-all', ...requests];
    const calls = [
      ...(await identityProviderCalls(command)),
      ...(await rolesCalls([...command, '--name', name])),
      ...(await otherLayoutCalls(command)),
      ...(await servedElsewhereCalls(command)),
    ];
    expectExactly('create-all', calls.map(asMyCluster));
  });

  it('delete allows exactly the calls of the command', async () => {
    const create = ['create-all', '--name', name, ...requests];
    await callsOf(create);
    for (const role of iamAccount(scene.aws.state.iam, '111122223333').roles.values()) {
      role.attachedPolicies.push('arn:aws:iam::aws:policy/ReadOnlyAccess');
      role.instanceProfiles.push('nodes');
    }
    const approved = ['--yes', '--detach-foreign'];
    const calls = [...(await callsOf(['delete', '--name', name, ...approved]))];
    const { advance } = scene.clock;
    await makeCcoctlCluster(scene.aws, { name: siblings.ccoctl, layout: 'private', advance });
    const ccoctl = ['delete', '--name', siblings.ccoctl, ...approved];
    calls.push(...(await callsOf(ccoctl, 'ccoctl')));
    expectExactly('delete', calls.map(asMyCluster));
  });

  it('delete of a cluster on a shared hosting allows exactly the calls of the command', async () => {
    const shared = ['--name', name, '--shared-hosting', 'fleet'];
    await callsOf(['create-all', ...shared, ...requests]);
    for (const role of iamAccount(scene.aws.state.iam, '111122223333').roles.values()) {
      role.attachedPolicies.push('arn:aws:iam::aws:policy/ReadOnlyAccess');
      role.instanceProfiles.push('nodes');
    }
    const calls = await callsOf(['delete', ...shared, '--yes', '--detach-foreign']);
    expectExactly('delete', calls, { sharedHosting: 'fleet' });
  });

  it('create-all is sufficient without the optional permissions, also in a second run', async () => {
    const optional = optionalActions('create-all');
    for (const action of optional) scene.aws.deny(action);
    await callsOf(['create-all', '--name', name, ...requests]);
    const again = await scene.run(['create-all', '--name', name, ...requests]);

    expect(again).toMatchObject({ code: 0, json: { changes: [] } });
    const refused = scene.aws.calls.filter(({ awsCode }) => awsCode === 'AccessDenied');
    expect(refused.flatMap(({ actions }) => actions)).toEqual(
      expect.arrayContaining(['iam:ListRoles', 'iam:ListAttachedRolePolicies']),
    );
  });
});

describe('a caller with the printed policy alone', () => {
  /** Prints the policy and gives it to the caller. */
  async function attachPolicyOf(command: string, flags: readonly string[]): Promise<void> {
    const whose = ['--name', name, '--account', '111122223333', ...flags];
    const { out } = await runCli(['permissions', command, ...whose]);
    scene.aws.attach(JSON.parse(out));
  }

  it('runs create-all twice with roles below a path, and makes nothing for another name', async () => {
    const path = ['--role-path', '/team/'];
    await attachPolicyOf('create-all', path);
    const words = ['create-all', ...requests, ...path];
    await callsOf([...words, '--name', name]);
    const again = await scene.run([...words, '--name', name]);
    expect(again).toMatchObject({ code: 0, json: { changes: [] } });
    const folder = `${scene.root}/other`;
    const before = scene.aws.calls.length;
    expect((await scene.run([...words, '--name', 'other'], { folder })).code).not.toBe(0);
    const writes = scene.aws.calls.slice(before).filter(({ write }) => write);
    expect(writes.filter(({ status }) => status === 200)).toEqual([]);
  });

  it('deletes a cluster on a shared hosting, and cannot touch the next', async () => {
    fs.cpSync(path.join(scene.root, 'out'), path.join(scene.root, 'next'), { recursive: true });
    const shared = ['--shared-hosting', 'fleet'];
    for (const [one, folder] of [
      [name, 'out'],
      ['next', 'next'],
    ] as const) {
      await callsOf(['create-identity-provider', '--name', one, ...shared], folder);
    }
    await attachPolicyOf('delete', shared);
    const other = await scene.run(['delete', '--name', 'next', '--yes', ...shared], {
      folder: path.join(scene.root, 'next'),
    });
    expect(other.code).not.toBe(0);
    await callsOf(['delete', '--name', name, '--yes', ...shared]);
    const keys = [...scene.aws.state.s3.buckets.values()].flatMap(({ objects }) => [
      ...objects.keys(),
    ]);
    expect(keys.map((key) => key.split('/')[0])).toEqual(['next', 'next', 'next']);
  });

  it('makes a public bucket, and cannot touch CloudFront', async () => {
    const flags = ['--public-s3-bucket'];
    await attachPolicyOf('create-identity-provider', flags);
    await callsOf(['create-identity-provider', '--name', name, ...flags]);
    const again = await scene.run(['create-identity-provider', '--name', name, ...flags]);
    expect(again).toMatchObject({ code: 0, json: { changes: [] } });
  });

  it('trusts an issuer that is served elsewhere, and cannot touch S3 and CloudFront', async () => {
    await attachPolicyOf('create-identity-provider', ['--issuer-url', 'https://oidc.example.com']);
    await servedElsewhereCalls(['create-identity-provider']);
    expect((await scene.run(['create-identity-provider', '--name', name])).code).not.toBe(0);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });
});
