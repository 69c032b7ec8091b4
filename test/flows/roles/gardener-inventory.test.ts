// Gardener Inventory in two accounts: one issuer that is served elsewhere, a provider for it in each
// account (audience `iaas-aws-dev`), and in each a role with a managed policy for one service account.

import * as path from 'node:path';
import { expect, it } from 'vitest';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { openScene } from '../scene.ts';

const host = 'discovery.example.org/projects/garden/shoots/one';
const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess';

it.each([
  ['111122223333', 'AKIAOWNER'],
  ['444455556666', 'AKIAOTHER'],
])('Gardener Inventory has its role in account %s', async (account, AWS_ACCESS_KEY_ID) => {
  const env = { AWS_ACCESS_KEY_ID };
  const scene = await openScene();
  try {
    const arn = `arn:aws:iam::${account}:oidc-provider/${host}`;
    const iam = iamAccount(scene.aws.state.iam, account);
    iam.oidcProviders.set(arn, {
      arn,
      url: `https://${host}`,
      clientIds: ['iaas-aws-dev'],
      thumbprints: [],
      tags: [],
      createdAt: new Date(0),
    });
    const words = ['create-iam-roles', '--name', 'inventory', '--identity-provider-arn', arn];
    const role = ['--service-account', 'inventory/worker', '--managed-policy-arn', readOnly];
    const folder = path.join(scene.root, account);
    const { code, json } = await scene.run([...words, ...role], { folder, env });
    expect(code, JSON.stringify(json.error)).toBe(0);
    const made = iam.roles.get('inventory-inventory-worker');
    expect(made?.attachedPolicies).toEqual([readOnly]);
    expect(JSON.parse(made?.trustPolicy ?? '{}').Statement[0].Condition.StringEquals).toEqual({
      [`${host}:sub`]: ['system:serviceaccount:inventory:worker'],
      [`${host}:aud`]: ['iaas-aws-dev'],
    });
    expect((await scene.run([...words, ...role], { folder, env })).json.changes).toEqual([]);
  } finally {
    await scene.close();
  }
});
