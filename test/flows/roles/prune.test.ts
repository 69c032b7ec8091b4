// create-iam-roles --prune: roles whose CredentialsRequest is gone are shown, approved and deleted; those
// of others, of flags, and of requests that are only skipped stay.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeRequests } from '../../fixtures/role-requests.ts';
import { meanwhile } from '../meanwhile.ts';
import {
  account,
  closeRoles,
  create,
  createFor,
  details,
  iam,
  openRoles,
  providerArn,
  role,
  scene,
  trustOf,
  writesSince,
} from './roles-scene.ts';

beforeEach(async () => {
  await openRoles();
});

afterEach(async () => {
  await closeRoles();
});

const one = { name: 'one' };
const two = { name: 'two' };
const preview = {
  name: 'preview',
  annotations: { 'release.openshift.io/feature-set': 'TechPreviewNoUpgrade' },
};
const names = (): readonly string[] => [...iam().roles.keys()].toSorted();

describe('--prune', () => {
  it('deletes the role of a request that is gone, after asking, and plans it before', async () => {
    await createFor([one, two]);
    const start = scene.aws.calls.length;
    expect((await createFor([one], ['--prune'])).json.error).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      message: expect.stringContaining('c-two-creds'),
    });
    const plan = await createFor([one], ['--prune', '--dry-run']);
    expect(details(plan.json)).toEqual(['delete c-two-creds: ']);
    expect(writesSince(start)).toEqual([]);
    const real = await createFor([one], ['--prune', '--yes']);
    expect(real.json.changes).toEqual(plan.json.changes);
    expect(names()).toEqual(['c-one-creds']);
    expect((await createFor([one], ['--prune'])).json.changes).toEqual([]);
  });

  it('keeps roles of flags, of skipped requests and of others, and one that others put to use', async () => {
    await createFor([one, two, preview], ['--enable-tech-preview']);
    const flags = ['--identity-provider-arn', providerArn, '--service-account', 'team/web'];
    await scene.run(['create-iam-roles', '--name', 'c', ...flags]);
    expect(names()).toContain('c-team-web');
    const used = role('c-two-creds');
    used.attachedPolicies.push('arn:aws:iam::aws:policy/ReadOnlyAccess');
    iam().roles.set('c-foreign', { ...used, name: 'c-foreign', tags: [] });
    const { code, json, stderr } = await createFor([one, preview], ['--prune', '--yes']);
    expect(code, stderr).toBe(0);
    expect(json.changes).toEqual([]);
    expect(json.warnings).toContainEqual(
      expect.stringMatching(/"c-two-creds" .* is kept, since others added to it: managed policy/),
    );
  });

  it('refuses a folder without a request, and flags that name service accounts', async () => {
    await createFor([one]);
    const empty = await createFor([], ['--prune', '--yes']);
    expect(empty).toMatchObject({ code: 2, json: { error: { code: 'USAGE' } } });
    expect(names()).toEqual(['c-one-creds']);
  });

  it('goes on past a role that cannot be deleted, and finishes later', async () => {
    await createFor([one, two, { name: 'three' }]);
    scene.aws.deny('iam:DeleteRole', /c-two/);
    const first = await createFor([one], ['--prune', '--yes']);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(names()).toEqual(['c-one-creds', 'c-two-creds']);
    scene.aws.allow('iam:DeleteRole');
    expect((await createFor([one], ['--prune', '--yes'])).code).toBe(0);
    expect(names()).toEqual(['c-one-creds']);
  });

  it('keeps a role that was made for another name too, as delete does', async () => {
    await createFor([one, two]);
    role('c-two-creds').tags.push({ key: 'oidc-bootstrap/d', value: 'owned' });
    expect((await createFor([one])).json.warnings.join()).not.toContain('--prune deletes them');
    const { code, json } = await createFor([one], ['--prune', '--yes']);
    expect(code).toBe(0);
    expect(names()).toContain('c-two-creds');
    expect(json.warnings).toContainEqual(
      expect.stringMatching(/"c-two-creds" .* is kept, since it is also made for "d"/),
    );
  });

  it('keeps a role whose tags it may not read, and a run without it is not stopped by one', async () => {
    await createFor([one, two]);
    scene.aws.deny('iam:GetRole', /c-two/);
    const plain = await createFor([one]);
    expect(plain.code, plain.stderr).toBe(0);
    const { code, json } = await createFor([one], ['--prune', '--yes']);
    expect(code).toBe(0);
    expect(names()).toContain('c-two-creds');
    expect(json.warnings).toContainEqual(
      expect.stringMatching(/"c-two-creds" .* tags cannot be read: iam:GetRole is denied/),
    );
  });

  it('keeps a role that somebody put to use after the approval, as it is', async () => {
    await createFor([one, two]);
    const trust = trustOf('c-two-creds');
    trust.Statement.push({
      Sid: 'Operators',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'sts:AssumeRole',
    });
    // The policies of a role are listed when it is looked at: first for the question, then before it goes.
    meanwhile(scene.aws, 'iam:ListInstanceProfilesForRole', () => {
      role('c-two-creds').trustPolicy = JSON.stringify(trust);
    });
    const { code, json } = await createFor([one], ['--prune', '--yes']);
    expect(code).toBe(0);
    expect(json.changes).toEqual([]);
    expect(role('c-two-creds').inlinePolicies.size).toBe(1);
    expect(json.warnings).toContainEqual(
      expect.stringMatching(/"c-two-creds" .* is kept, .* trust statement "Operators"/),
    );
  });

  it('refuses two folders: the roles of the first would count as gone', async () => {
    await createFor([one, two]);
    const folders = [one, two].flatMap((request) => {
      writeRequests(path.join(scene.root, request.name), [request]);
      return ['--credentials-requests-dir', request.name];
    });
    const { code, json } = await create([...folders, '--prune', '--yes']);
    expect(code).toBe(2);
    expect(json.error.message).toContain('two folders');
    expect(names()).toEqual(['c-one-creds', 'c-two-creds']);
  });
});
