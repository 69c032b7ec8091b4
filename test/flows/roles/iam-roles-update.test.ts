import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  account,
  host,
  providerArn,
  storage,
  registry,
  scene,
  iam,
  role,
  trustOf,
  policyOf,
  tagsOf,
  create,
  createFor,
  writesSince,
  details,
  openRoles,
  closeRoles,
} from './roles-scene.ts';

beforeEach(async () => {
  await openRoles();
});
afterEach(async () => {
  await closeRoles();
});

describe('roles that exist', () => {
  it('are not changed by a second run, also from another machine', async () => {
    await create(['--tag', 'team=a', '--max-session-duration', '2h']);
    const start = scene.aws.calls.length;
    const again = await create([], { folder: path.join(scene.root, 'elsewhere') });
    expect(again.code).toBe(0);
    expect(again.json.changes).toEqual([]);
    expect(writesSince(start)).toEqual([]);
  });

  const drifts: readonly { what: string; damage: () => void; detail: string }[] = [
    {
      what: 'another service account',
      damage: () => {
        role(storage).trustPolicy = role(storage).trustPolicy.replace('operator', 'stranger');
      },
      detail: 'trust policy: service accounts',
    },
    {
      what: 'ccoctl’s missing audience',
      damage: () => {
        const trust = trustOf(storage);
        delete trust.Statement[0].Condition.StringEquals[`${host}:aud`];
        role(storage).trustPolicy = JSON.stringify(trust);
      },
      detail: 'trust policy: pinned to audience "openshift", "sts.amazonaws.com"',
    },
    {
      what: 'an audience that the provider does not have',
      damage: () => {
        const trust = trustOf(storage);
        trust.Statement[0].Condition.StringEquals[`${host}:aud`].push('stranger');
        role(storage).trustPolicy = JSON.stringify(trust);
      },
      detail: 'trust policy: audience "stranger" removed',
    },
    {
      what: 'a trust policy without our statement',
      damage: () => {
        role(storage).trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
      },
      detail: `trust policy: statement for ${host} added`,
    },
    {
      what: 'wider permissions',
      damage: () => {
        const policy = JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
        });
        role(storage).inlinePolicies.set(storage, policy);
      },
      detail: 'inline policy: updated',
    },
    {
      what: 'no inline policy',
      damage: () => role(storage).inlinePolicies.clear(),
      detail: 'inline policy: added',
    },
    {
      what: 'a lost Name tag',
      damage: () => {
        role(storage).tags = role(storage).tags.filter(({ key }) => key !== 'Name');
      },
      detail: 'tags: Name',
    },
  ];
  for (const { what, damage, detail } of drifts) {
    it(`are repaired once: ${what}`, async () => {
      await create();
      const before = JSON.parse(JSON.stringify(scene.aws.snapshot()));
      damage();
      const { json } = await create();
      expect(details(json)).toContain(`update ${storage}: ${detail}`);
      expect(json.changes.filter(({ id }) => id === storage)).toHaveLength(1);
      expect(scene.aws.snapshot()).toEqual(before);
      expect((await create()).json.changes).toEqual([]);
    });
  }

  it('do not get an audience that somebody added to the provider, unless a flag names it', async () => {
    await create();
    iam().oidcProviders.get(providerArn)?.clientIds.push('new');
    iam().roles.delete(registry);
    const unasked = await create();
    expect(unasked.json.changes.map(({ action, id }) => `${action} ${id}`)).toEqual([
      `create ${registry}`,
    ]);
    expect(trustOf(storage).Statement[0].Condition.StringEquals[`${host}:aud`]).not.toContain(
      'new',
    );
    expect(trustOf(registry).Statement[0].Condition.StringEquals[`${host}:aud`]).toContain('new');
    const warnings = unasked.json.warnings.filter((warning) => warning.includes('"new"'));
    expect(warnings).toEqual([
      expect.stringMatching(
        /accepts audience "new", which this run did not ask for: --audience new/,
      ),
      expect.stringContaining(
        `because --audience was not given (--audience new adds it): ${storage}`,
      ),
    ]);
    const asked = await create(['--audience', 'new']);
    expect(details(asked.json)).toEqual([`update ${storage}: trust policy: audience "new" added`]);
    expect(asked.json.warnings.join()).not.toContain('"new"');
    expect((await create()).json.changes).toEqual([]);
  });

  it('cannot be given an audience that the provider does not have', async () => {
    await create();
    const { code, json } = await create(['--audience', 'nowhere']);
    expect(code).toBe(2);
    expect(json.error.message).toContain('has no audience "nowhere"');
    expect(json.error.hint).toContain('create-identity-provider --audience nowhere');
  });

  it('are not changed if a policy document differs only in its form', async () => {
    await create();
    const trust = trustOf(registry);
    const equals = trust.Statement[0].Condition.StringEquals;
    equals[`${host}:sub`] = equals[`${host}:sub`][0];
    equals[`${host}:aud`].reverse();
    trust.Statement = { Condition: trust.Statement[0].Condition, ...trust.Statement[0] };
    role(registry).trustPolicy = JSON.stringify(trust, undefined, 2);
    const policy = policyOf(storage);
    policy.Statement.reverse();
    policy.Statement[0].Condition.Bool['kms:GrantIsForAWSResource'] = 'true';
    policy.Statement[0].Action = 'kms:CreateGrant';
    role(storage).inlinePolicies.set(storage, JSON.stringify(policy));
    expect((await create()).json.changes).toEqual([]);
  });

  it('keep settings without a flag, and get the value of each given flag', async () => {
    const boundary = `arn:aws:iam::${account}:policy/boundary`;
    const managed = { name: 'boundary', id: 'ANPAB', path: '/', document: '{}' };
    iam().policies.set(boundary, { arn: boundary, ...managed, createdAt: new Date(0) });
    await create(['--permissions-boundary-arn', boundary, '--max-session-duration', '12h']);
    expect(role(storage)).toMatchObject({
      maxSessionDuration: 43_200,
      permissionsBoundary: boundary,
    });
    role(storage).description = 'by hand';
    expect((await create()).json.changes).toEqual([]);

    const { json } = await create(['--max-session-duration', '3600', '--tag', 'team=b']);
    expect(details(json).filter((line) => line.includes(storage))).toEqual([
      `update ${storage}: tags: team`,
      `update ${storage}: session duration: 43200s to 3600s`,
    ]);
    const none = await create(['--permissions-boundary-arn', 'none']);
    expect(details(none.json)).toContain(`update ${storage}: permissions boundary: removed`);
    expect(role(storage)).toMatchObject({
      description: 'by hand',
      maxSessionDuration: 3600,
      permissionsBoundary: undefined,
    });
    expect((await create(['--permissions-boundary-arn', 'none'])).json.changes).toEqual([]);
    const back = await create(['--permissions-boundary-arn', boundary]);
    expect(details(back.json)).toContain(`update ${storage}: permissions boundary: ${boundary}`);
  });

  it('keep what others added, and the result lists it', async () => {
    await create();
    const trust = trustOf(storage);
    trust.Statement.unshift({
      Sid: 'Break',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
    });
    trust.Statement[1].Condition.StringEquals[`${host}:sub`] = 'somebody';
    role(storage).trustPolicy = JSON.stringify(trust);
    role(storage).inlinePolicies.set('extra', '{"Version":"2012-10-17","Statement":[]}');
    role(storage).attachedPolicies.push('arn:aws:iam::aws:policy/ReadOnlyAccess');
    role(storage).tags.push({ key: 'cost', value: '1' });

    const { json } = await create();
    expect(details(json)).toEqual([`update ${storage}: trust policy: service accounts`]);
    expect(trustOf(storage).Statement).toHaveLength(2);
    expect(trustOf(storage).Statement[0].Sid).toBe('Break');
    expect([...role(storage).inlinePolicies.keys()]).toContain('extra');
    expect(role(storage).attachedPolicies).toHaveLength(1);
    expect(tagsOf(storage)).toHaveProperty('cost');
    expect(json.warnings.join('\n')).toContain(
      `role "${storage}": kept what others added: trust statement "Break", inline policy "extra", attached policy "arn:aws:iam::aws:policy/ReadOnlyAccess", tag "cost"`,
    );
  });

  it('lose our provider from a statement that names another one too, and the run reports it', async () => {
    await create();
    const other = `arn:aws:iam::${account}:oidc-provider/other.example.com`;
    const open = (arns: readonly string[]): object => ({
      Sid: 'Open',
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: arns },
      Condition: { StringLike: { [`${host}:sub`]: '*' } },
    });
    const trust = trustOf(storage);
    const [own] = trust.Statement;
    role(storage).trustPolicy = JSON.stringify({
      ...trust,
      Statement: [own, open([providerArn, other])],
    });
    const { json } = await create();
    expect(details(json)).toEqual([
      `update ${storage}: trust policy: our provider removed from statement "Open"`,
    ]);
    expect(trustOf(storage).Statement).toEqual([own, open([other])]);
    expect(json.warnings.join('\n')).toMatch(/"Open" opens the role to every token.*"arn:.*other/);
    expect((await create()).json.changes).toEqual([]);
  });

  it('are named if no request needs them any more', async () => {
    await createFor([{ name: 'one' }, { name: 'two' }]);
    iam().roles.set('c-foreign', { ...role('c-one-creds'), name: 'c-foreign', tags: [] });
    const { json } = await createFor([{ name: 'one' }]);
    expect(json.changes).toEqual([]);
    expect(json.warnings).toContainEqual(
      expect.stringMatching(
        /without a CredentialsRequest still trust .*: "c-two-creds" \(for two\/creds\); --prune deletes/,
      ),
    );
  });

  it('keep a statement that denies our own provider', async () => {
    await create();
    const trust = trustOf(storage);
    trust.Statement.push({ ...trust.Statement[0], Sid: 'Stop', Effect: 'Deny' });
    role(storage).trustPolicy = JSON.stringify(trust);
    expect((await create()).json.changes).toEqual([]);
    expect(trustOf(storage).Statement).toHaveLength(2);
  });
});
