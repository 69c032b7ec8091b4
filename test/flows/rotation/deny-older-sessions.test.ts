// An emergency denies older sessions on every role that trusts the cluster's issuer, whatever its name
// and however many roles the account has, and on no other role.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { denyPolicyName } from '../../../src/core/roles/older-sessions.ts';
import { iamAccount, type IamAccount } from '../../local-aws/iam/iam-state.ts';
import { openScene, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/demo');
/** A cluster name so long that `<name>-` does not fit into the first 55 characters of a role name. */
const name = 'x'.repeat(57);

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0, stsJwksCacheMs: 60_000 });
  await scene.run(['create-key-pair', '--key-size', '2048']);
  const words = ['create-all', '--name', name, '--credentials-requests-dir', requests];
  expect((await scene.run(words)).code).toBe(0);
});
afterEach(async () => {
  await scene.close();
});

const iam = (): IamAccount => iamAccount(scene.aws.state.iam, '111122223333');

/** Names of the roles that deny older sessions. */
const cut = (): readonly string[] =>
  [...iam().roles.values()]
    .filter((role) => role.inlinePolicies.has(denyPolicyName))
    .map((role) => role.name);

async function emergency(): Promise<void> {
  const [probe] = iam().roles.values();
  const words = ['emergency', '--name', name, '--confirm', name, '--key-size', '2048'];
  const flags = ['--probe-role-arn', probe?.arn ?? '', '--probe-region', 'eu-west-1'];
  const { code, stderr } = await scene.run(['rotate-keys', ...words, ...flags]);
  expect(code, stderr).toBe(0);
}

describe('an emergency after STS refused the old key', () => {
  it('denies older sessions on every role of the cluster, and on no other role', async () => {
    const ours = [...iam().roles.keys()];
    const [model] = iam().roles.values();
    if (model === undefined) throw new Error('no role was made');
    iam().roles.set('stranger', {
      ...model,
      name: 'stranger',
      tags: [],
      inlinePolicies: new Map(),
    });
    await emergency();
    expect(cut()).toEqual(ours);
  });

  it('denies older sessions in an account with more roles than one page lists', async () => {
    const ours = [...iam().roles.keys()];
    const [model] = iam().roles.values();
    if (model === undefined) throw new Error('no role was made');
    for (let n = 0; n < 1_000; n += 1) {
      const other = `a-${n}`;
      iam().roles.set(other, {
        ...model,
        name: other,
        trustPolicy: model.trustPolicy.replaceAll('cloudfront.net', 'example.com'),
        inlinePolicies: new Map(),
      });
    }
    await emergency();
    expect(cut()).toEqual(ours);
  });
});
