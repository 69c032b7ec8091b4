// `verify --assume`: STS itself is asked, with tokens of the private key in the output folder.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectNoSecrets } from '../rotation/rotation-scene.ts';
import type { Outcome, RunChange } from '../scene.ts';
import { nameFlags, openTokenScene, rowsOf, type TokenScene } from './token-scene.ts';

let scene: TokenScene;
let restore: () => void;

beforeAll(async () => {
  scene = await openTokenScene();
  restore = scene.saved();
});
beforeEach(() => {
  restore();
  scene.aws.state.sts.sessions.length = 0;
});
afterAll(async () => {
  await scene.close();
});

async function assume(change: RunChange = {}): Promise<Outcome> {
  const outcome = await scene.run(['verify', ...nameFlags, '--assume'], change);
  expectNoSecrets(outcome, scene);
  expect(outcome.stdout + outcome.stderr).not.toContain('local-aws-session');
  return outcome;
}

const proofs = (outcome: Outcome): readonly string[] =>
  rowsOf(outcome, 'roles')
    .filter(({ id, subject }) => id.startsWith('roles-assume') && subject === scene.roleArn)
    .map(({ id, status }) => `${id} ${status}`);

/** Changes the conditions of the trust policy of one role. */
function trust(condition: object): void {
  const role = [...scene.iam().roles.values()].find(({ arn }) => arn === scene.roleArn);
  if (role === undefined) throw new Error('no role');
  const policy = JSON.parse(role.trustPolicy) as { Statement: { Condition: object }[] };
  for (const statement of policy.Statement) statement.Condition = condition;
  Object.assign(role, { trustPolicy: JSON.stringify(policy) });
}

const key = (claim: string): string => `${scene.issuer.replace('https://', '')}:${claim}`;
const own = 'system:serviceaccount:openshift-ingress-operator:ingress-operator';

test('every role is assumed, by nobody else and for nothing else, and nothing is written', async () => {
  const before = scene.aws.calls.length;
  const outcome = await assume();
  expect(outcome.code, outcome.stderr).toBe(0);
  const roles = [...scene.iam().roles.values()].map(({ arn }) => arn);
  const passed = rowsOf(outcome, 'roles').filter(({ id }) => id.startsWith('roles-assume'));
  expect(passed.map(({ status }) => status)).toEqual(Array(roles.length * 3).fill('pass'));
  const sessions = scene.aws.state.sts.sessions.map(({ roleArn }) => roleArn);
  expect(new Set(sessions)).toEqual(new Set(roles));
  const calls = scene.aws.calls.slice(before);
  expect(calls.filter(({ write }) => write)).toEqual([]);
  const asked = calls.filter(({ operation }) => operation === 'sts:AssumeRoleWithWebIdentity');
  expect(new Set(asked.map(({ account }) => account))).toEqual(new Set([undefined]));
});

test('a refusal that ends is waited for', async () => {
  const until = new Date(scene.clock.now().getTime() + 20_000);
  scene.aws.state.sts.disturbances.push({ kind: 'no-key', until });
  const outcome = await assume();
  expect(outcome.code, outcome.stderr).toBe(0);
  expect(scene.clock.now().getTime()).toBeGreaterThanOrEqual(until.getTime());
});

test('a refusal that does not end is reported after a minute', async () => {
  const until = new Date(scene.clock.now().getTime() + 3_600_000);
  scene.aws.state.sts.disturbances.push({ kind: 'no-key', until });
  const outcome = await assume();
  scene.aws.state.sts.disturbances.length = 0;
  expect(outcome.code).toBe(3);
  expect(outcome.json.error.message).toContain(
    'although provider, documents and trust policy allow it',
  );
  expect(proofs(outcome)).toEqual([
    'roles-assume fail',
    'roles-assume-stranger skipped',
    'roles-assume-audience skipped',
  ]);
});

describe('a role', () => {
  test('that pins no service account takes a stranger, which fails', async () => {
    trust({ StringEquals: { [key('aud')]: 'openshift' } });
    const outcome = await assume();
    expect(outcome.json.error.message).toMatch(/^roles-assume-stranger: STS takes a token of /);
    expect(outcome.json.error.hint).toContain('create-iam-roles');
  });

  test('with a pattern for all service accounts is a warning', async () => {
    trust({ StringLike: { [key('sub')]: 'system:serviceaccount:*' } });
    const outcome = await assume();
    expect(proofs(outcome)).toContain('roles-assume-stranger warn');
  });

  test('with a pattern for one namespace is proven with a service account of it', async () => {
    trust({ StringLike: { [key('sub')]: 'system:serviceaccount:openshift-ingress-operator:*' } });
    const outcome = await assume();
    expect(proofs(outcome)).toEqual([
      'roles-assume pass',
      'roles-assume-stranger pass',
      'roles-assume-audience pass',
    ]);
  });

  test('that no token can satisfy fails at once, with the condition', async () => {
    trust({ StringEquals: { [key('sub')]: own, [key('aud')]: 'nobody' } });
    const before = scene.clock.now().getTime();
    const outcome = await assume();
    const refused = rowsOf(outcome, 'roles').find(({ status }) => status === 'fail');
    expect(`${refused?.id}: ${refused?.detail}`).toMatch(
      /^roles-assume: STS in eu-west-1 refuses .*Incorrect token audience/,
    );
    expect(scene.clock.now().getTime() - before).toBeLessThan(1000);
  });
});

test('a key that is not published proves nothing, and is named', async () => {
  fs.rmSync(path.join(scene.folder, 'serviceaccount-signer.private'));
  const absent = await assume();
  expect(absent.code).toBe(2);
  expect(absent.json.error).toMatchObject({
    code: 'FILE_UNREADABLE',
    hint: expect.stringContaining('--output-dir'),
  });
  const folder = path.join(scene.root, 'other');
  expect((await scene.run(['create-key-pair', '--key-size', '2048'], { folder })).code).toBe(0);
  const other = await assume({ folder });
  expect(other.code).toBe(3);
  const failed = rowsOf(other, 'roles').filter(
    ({ id, status }) => id === 'roles-assume' && status === 'fail',
  );
  expect(failed[0]?.detail).toMatch(
    /^key ".*" of "serviceaccount-signer\.private" is not published/,
  );
});

test('without a name there are no roles to prove', async () => {
  const { json } = await scene.run(['verify', '--issuer-url', scene.issuer, '--assume']);
  expect(json.error.message).toContain('needs --name');
});
