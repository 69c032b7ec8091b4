import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { roleName } from '../../../src/core/names.ts';
import {
  account,
  host,
  providerArn,
  storage,
  registry,
  scene,
  openRoles,
  closeRoles,
  iam,
  role,
  policyOf,
  create,
  createFor,
  details,
} from './roles-scene.ts';
import { dropAnswerOf } from '../meanwhile.ts';

beforeEach(async () => {
  await openRoles();
});
afterEach(async () => {
  await closeRoles();
});

describe('roles that ccoctl made', () => {
  const long = { name: 'long', namespace: 'n'.repeat(40), secret: 's'.repeat(30) };
  const cut = `c-${'n'.repeat(40)}-${'s'.repeat(30)}`.slice(0, 64);

  async function ccoctlRole(subject: string): Promise<void> {
    await createFor([{ name: 'model', namespace: long.namespace }]);
    const [model] = [...iam().roles.values()];
    if (model === undefined) throw new Error('no role was made');
    iam().roles.clear();
    const trust = JSON.parse(model.trustPolicy);
    trust.Statement[0].Condition = { StringEquals: { [`${host}:sub`]: [subject] } };
    const tags = [{ key: 'openshift.io/cloud-credential-operator/c', value: 'owned' }];
    const arn = `arn:aws:iam::${account}:role/${cut}`;
    const trustPolicy = JSON.stringify(trust);
    const inlinePolicies = new Map([[cut, model.inlinePolicies.get(model.name) ?? '']]);
    iam().roles.set(cut, { ...model, name: cut, arn, trustPolicy, inlinePolicies, tags });
  }

  it('are adopted and tagged if the shortened name is used for this request only', async () => {
    await ccoctlRole(`system:serviceaccount:${long.namespace}:operator`);
    const { code, json } = await createFor([long]);
    expect(code).toBe(0);
    expect(json.result.roles[0].name).toBe(cut);
    expect(details(json)).toEqual([
      `update ${cut}: tags: oidc-bootstrap/c, Name, oidc-bootstrap/c/request`,
      `update ${cut}: trust policy: pinned to audience "openshift", "sts.amazonaws.com"`,
    ]);
    expect((await createFor([long])).json.changes).toEqual([]);
    expect([...iam().roles.keys()]).toEqual([cut]);
  });

  it('are not changed if the shortened name is used for another service account', async () => {
    await ccoctlRole(`system:serviceaccount:${long.namespace}:another`);
    const before = JSON.stringify(role(cut));
    const { json } = await createFor([long]);
    const own = roleName('c', { namespace: long.namespace, name: long.secret });
    expect(json.result.roles[0].name).toBe(own);
    expect(JSON.stringify(role(cut))).toBe(before);
  });
});

describe('interrupted runs', () => {
  it('converge to the same roles after any call fails, before or after it was applied', async () => {
    await create();
    const whole = JSON.stringify(scene.aws.snapshot());
    const calls = scene.aws.calls.length;
    const provider = iam().oidcProviders.get(providerArn);
    for (const when of ['before', 'after'] as const) {
      for (const how of ['error', 'drop'] as const) {
        for (let k = 1; k <= calls; k += 1) {
          iam().roles.clear();
          if (provider !== undefined) iam().oidcProviders.set(providerArn, provider);
          scene.aws.failCall(k, when, how);
          const first = await create();
          expect([0, 1]).toContain(first.code);
          expect(how === 'error' ? first.code : 1, `${when} ${how} ${k}`).toBe(1);
          const second = await create();
          expect(second.code, `${when} ${how} ${k}`).toBe(0);
          expect(JSON.stringify(scene.aws.snapshot()), `${when} ${how} ${k}`).toBe(whole);
          expect((await create()).json.changes).toEqual([]);
        }
      }
    }
  });

  it('converge after an interrupted repair', async () => {
    await create();
    const whole = JSON.stringify(scene.aws.snapshot());
    const damage = (): void => {
      role(storage).trustPolicy = role(storage).trustPolicy.replace('operator', 'stranger');
      role(storage).inlinePolicies.clear();
      role(storage).tags = role(storage).tags.filter(({ key }) => key !== 'Name');
      role(registry).inlinePolicies.clear();
    };
    damage();
    const start = scene.aws.calls.length;
    await create();
    const calls = scene.aws.calls.length - start;
    for (const when of ['before', 'after'] as const) {
      for (let k = 1; k <= calls; k += 1) {
        damage();
        scene.aws.failCall(k, when, 'error');
        expect((await create()).code, `${when} ${k}`).toBe(1);
        expect((await create()).code, `${when} ${k}`).toBe(0);
        expect(JSON.stringify(scene.aws.snapshot()), `${when} ${k}`).toBe(whole);
      }
    }
  });

  it('complete a role whose creation succeeded without an answer', async () => {
    await closeRoles();
    await openRoles({ iamVisibilityMs: 20_000 });
    const createRole = 3;
    scene.aws.failCall(createRole, 'after', 'drop');
    const { code, json } = await createFor([{ name: 'only' }]);
    expect(code).toBe(0);
    expect(scene.aws.calls[createRole - 1]?.operation).toBe('iam:CreateRole');
    expect(scene.aws.calls[createRole]?.awsCode).toBe('EntityAlreadyExists');
    expect(details(json)).toEqual([
      'create c-only-creds: for operator in only',
      'update c-only-creds: inline policy: added',
    ]);
    expect(policyOf('c-only-creds')).not.toBeNull();
  });

  it('report the removal of a boundary that succeeded without an answer', async () => {
    const boundary = `arn:aws:iam::${account}:policy/boundary`;
    const managed = { name: 'boundary', id: 'ANPAB', path: '/', document: '{}' };
    iam().policies.set(boundary, { arn: boundary, ...managed, createdAt: new Date(0) });
    await createFor([{ name: 'only' }], ['--permissions-boundary-arn', boundary]);
    dropAnswerOf(scene.aws, 'iam:DeleteRolePermissionsBoundary');
    const { code, json } = await createFor(
      [{ name: 'only' }],
      ['--permissions-boundary-arn', 'none'],
    );
    expect(code).toBe(0);
    expect(details(json)).toEqual(['update c-only-creds: permissions boundary: removed']);
    expect(role('c-only-creds').permissionsBoundary).toBeUndefined();
  });

  it('name the roles that are complete', async () => {
    scene.aws.deny('iam:PutRolePolicy', new RegExp(registry));
    const { code, json } = await create();
    expect(code).toBe(4);
    expect(json.result.roles.map((one: { name: string }) => one.name)).toEqual([storage]);
    expect(details(json)).toHaveLength(2);
    scene.aws.allow('iam:PutRolePolicy');
    expect(details((await create()).json)).toEqual([`update ${registry}: inline policy: added`]);
  });

  it('complete every call although IAM throttles', async () => {
    await closeRoles();
    await openRoles({ throttle: { iam: { perSecond: 20, burst: 20 } } });
    const requests = Array.from({ length: 60 }, (_, n) => ({ name: `n${n}` }));
    const { code, json } = await createFor(requests);
    expect(code).toBe(0);
    expect(json.changes).toHaveLength(60);
    expect([...iam().roles.values()].every((one) => one.inlinePolicies.size === 1)).toBe(true);
  }, 60_000);
});
