// create-iam-roles --prune: roles whose CredentialsRequest is gone are shown, approved and deleted; those
// of others, of flags, and of requests that are only skipped stay.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  closeRoles,
  createFor,
  details,
  iam,
  openRoles,
  providerArn,
  role,
  scene,
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
});
