// Roles of a cluster that moves from one issuer to another: both are trusted, then the new one alone.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeRequests } from '../../fixtures/role-requests.ts';
import {
  account,
  closeRoles,
  create,
  createFor,
  details,
  host,
  iam,
  openRoles,
  providerArn,
  role,
  scene,
  trustOf,
  writesSince,
} from './roles-scene.ts';
import type { Outcome } from '../scene.ts';

const other = 'issuer.example.com/c';
const otherArn = `arn:aws:iam::${account}:oidc-provider/${other}`;
const requests = [{ name: 'one', namespace: 'n', secret: 's' }];
const also = ['--also-trust-provider-arn', otherArn];

function addProvider(tags: { key: string; value: string }[] = []): void {
  iam().oidcProviders.set(otherArn, {
    arn: otherArn,
    url: `https://${other}`,
    clientIds: ['aws-iam'],
    thumbprints: [],
    tags,
    createdAt: new Date(0),
  });
}

const issuers = (): readonly string[] =>
  trustOf('c-n-s').Statement.map(
    (statement: { Principal: { Federated: string } }) => statement.Principal.Federated,
  );

beforeEach(async () => {
  await openRoles();
  addProvider();
});
afterEach(async () => {
  await closeRoles();
});

/** The same roles, with the new issuer as their own: its folder is another. */
async function moved(words: readonly string[], wanted = requests): Promise<Outcome> {
  const folder = path.join(scene.root, 'moved');
  writeRequests(folder, wanted);
  return await create(
    ['--identity-provider-arn', otherArn, '--credentials-requests-dir', folder, ...words],
    { folder: path.join(scene.root, 'new') },
  );
}

describe('a second issuer', () => {
  it('is trusted beside the first, pinned to its own audiences, and stays without the flag', async () => {
    await createFor(requests);
    const { json } = await createFor(requests, also);
    expect(details(json)).toEqual([`update c-n-s: trust policy: statement for ${other} added`]);
    expect(issuers()).toEqual([providerArn, otherArn]);
    expect(trustOf('c-n-s').Statement[1].Condition.StringEquals).toEqual({
      [`${other}:sub`]: ['system:serviceaccount:n:operator'],
      [`${other}:aud`]: ['aws-iam'],
    });
    expect((await createFor(requests, also)).json.changes).toEqual([]);
    expect((await createFor(requests)).json).toMatchObject({ changes: [], warnings: [] });
  });

  it('is trusted by new roles from the start', async () => {
    await createFor(requests, also);
    expect(issuers()).toEqual([providerArn, otherArn]);
    expect((await createFor(requests, also)).json.changes).toEqual([]);
  });

  it('loses a service account that leaves the request', async () => {
    const [one] = requests;
    await createFor([{ ...one, name: 'one', serviceAccounts: ['a', 'b'] }], also);
    await createFor([{ ...one, name: 'one', serviceAccounts: ['a'] }]);
    for (const [index, name] of [host, other].entries()) {
      expect(trustOf('c-n-s').Statement[index].Condition.StringEquals[`${name}:sub`]).toEqual([
        'system:serviceaccount:n:a',
      ]);
    }
  });

  it('becomes the own one, and the first is trusted no more', async () => {
    await createFor(requests, also);
    const { code, json } = await moved(['--stop-trusting-provider-arn', providerArn]);
    expect(code).toBe(0);
    expect(details(json)).toEqual([`update c-n-s: trust policy: ${host} no longer trusted`]);
    expect(issuers()).toEqual([otherArn]);
    const again = await moved(['--stop-trusting-provider-arn', providerArn]);
    expect(again.json.changes).toEqual([]);
    expect(again.json.warnings.join()).toContain('none of these roles trusts');
  });

  it('is the way through the conflict of roles that trust another issuer', async () => {
    await createFor(requests);
    const refused = await moved([]);
    expect(refused.json.error).toMatchObject({
      code: 'ISSUER_WOULD_CHANGE',
      hint: expect.stringContaining('--also-trust-provider-arn'),
    });
    expect((await moved(['--also-trust-provider-arn', providerArn])).code).toBe(0);
    expect(issuers()).toEqual([providerArn, otherArn]);
  });

  it('does not hide that a role is for somebody else', async () => {
    await createFor(requests);
    role('c-n-s').tags = role('c-n-s').tags.filter(({ key }) => !key.endsWith('/request'));
    const taken = [{ name: 'two', namespace: 'n-s', secret: 'x' }];
    const start = scene.aws.calls.length;
    iam().roles.set('c-n-s-x', { ...role('c-n-s'), name: 'c-n-s-x' });
    const { json } = await moved(['--also-trust-provider-arn', providerArn], taken);
    expect(json.error).toMatchObject({ code: 'NAME_TAKEN' });
    expect(writesSince(start)).toEqual([]);
  });

  it.each([
    ['is not there', 'does not exist', 2, (): unknown => iam().oidcProviders.delete(otherArn)],
    [
      'is of another name',
      'is tagged as made for "d", not for "c"',
      5,
      (): void => addProvider([{ key: 'oidc-bootstrap/d', value: 'owned' }]),
    ],
  ])('is refused where it %s', async (_, message, exit, prepare) => {
    prepare();
    const { code, json } = await createFor(requests, also);
    expect(code).toBe(exit);
    expect(json.error.message).toContain(message);
    expect(writesSince(0)).toEqual([]);
  });

  it('and the own one cannot be named for each other', async () => {
    for (const flag of ['--also-trust-provider-arn', '--stop-trusting-provider-arn']) {
      expect((await createFor(requests, [flag, providerArn])).code).toBe(2);
    }
    const both = [...also, '--stop-trusting-provider-arn', otherArn];
    expect((await createFor(requests, both)).code).toBe(2);
  });

  it('counts for the quota of trust policies', async () => {
    const serviceAccounts = Array.from({ length: 30 }, (_, n) => `service-account-${n}`);
    expect(
      (await createFor([{ name: 'one', namespace: 'n', secret: 's', serviceAccounts }])).code,
    ).toBe(0);
    const more = [{ name: 'one', namespace: 'n', secret: 's', serviceAccounts }];
    const { code, json } = await createFor(more, also);
    expect([code, json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(json.error.message).toContain('IAM accepts 2048 in this account');
  });
});
