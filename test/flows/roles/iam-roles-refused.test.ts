import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IamRole } from '../../local-aws/iam/iam-state.ts';
import {
  account,
  host,
  providerArn,
  storage,
  registry,
  scene,
  iam,
  role,
  create,
  createFor,
  writesSince,
  openRoles,
  closeRoles,
} from './roles-scene.ts';

beforeEach(async () => {
  await openRoles();
});
afterEach(async () => {
  await closeRoles();
});

describe('roles that cannot be created or changed', () => {
  const clear = (name: string): void => {
    role(name).tags = [];
  };

  it('are all named in one error if others own them, and nothing is changed', async () => {
    await create();
    clear(storage);
    clear(registry);
    const before = scene.aws.snapshot();
    const start = scene.aws.calls.length;
    const { code, json } = await create();
    expect(code).toBe(5);
    expect(json.error).toMatchObject({ code: 'RESOURCE_NOT_OWNED' });
    expect(json.error.message).toMatch(new RegExp(`${storage}.*${registry}`));
    expect(writesSince(start)).toEqual([]);
    expect(scene.aws.snapshot()).toEqual(before);
  });

  it('are refused if others own a role whose name differs only in case, with and without ListRoles', async () => {
    const capitals = { ...(await made()), name: storage.toUpperCase(), tags: [] };
    iam().roles.clear();
    iam().roles.set(capitals.name, capitals);
    expect((await create()).json.error).toMatchObject({
      code: 'RESOURCE_NOT_OWNED',
      message: expect.stringContaining('1 role is'),
    });
    scene.aws.deny('iam:ListRoles');
    const { code, json } = await create();
    expect(code).toBe(5);
    expect(json.error).toMatchObject({ code: 'NAME_TAKEN' });
  });

  async function made(): Promise<IamRole> {
    await create();
    return role(storage);
  }

  it('are refused if they trust another issuer, and the error names both issuers', async () => {
    await create();
    role(storage).trustPolicy = role(storage).trustPolicy.replaceAll(host, 'other.example.com');
    const start = scene.aws.calls.length;
    const { code, json } = await create();
    expect(code).toBe(5);
    expect(json.error).toMatchObject({
      code: 'ISSUER_WOULD_CHANGE',
      details: { issuer: 'https://other.example.com', wantedIssuer: `https://${host}` },
    });
    expect(writesSince(start)).toEqual([]);
  });

  it('are refused if the flag asks for another path', async () => {
    await create(['--role-path', '/team/']);
    expect(role(storage).arn).toBe(`arn:aws:iam::${account}:role/team/${storage}`);
    expect((await create()).json.changes).toEqual([]);
    const { code, json } = await create(['--role-path', '/']);
    expect(code).toBe(5);
    expect(json.error).toMatchObject({
      code: 'NAME_TAKEN',
      hint: expect.stringContaining('--role-path /team/'),
    });
  });

  it('are refused before any write if the trust policy is too long, and the error names the request', async () => {
    const many = (count: number): readonly string[] =>
      Array.from({ length: count }, (_, n) => `service-account-with-a-long-name-${n}`);
    const start = scene.aws.calls.length;
    const { code, json } = await createFor([
      { name: 'fine' },
      { name: 'long', serviceAccounts: many(30) },
    ]);
    expect(code).toBe(2);
    expect(json.error.code).toBe('INPUT_INVALID');
    expect(json.error.message).toMatch(/requests\/long\.yaml:1: spec\.serviceAccountNames: .*2048/);
    expect(writesSince(start)).toEqual([]);
    scene.aws.deny('iam:GetAccountSummary');
    const unknown = await createFor([{ name: 'huge', serviceAccounts: many(200) }]);
    expect(unknown.json.error.message).toContain('IAM accepts 8192');
    expect(writesSince(start)).toEqual([]);
    scene.aws.allow('iam:GetAccountSummary');
    const near = await createFor([{ name: 'near', serviceAccounts: many(25) }]);
    expect(near.code).toBe(0);
    expect(near.json.warnings.join()).toMatch(/CredentialsRequest "near" has 19\d\d characters/);
  });

  it('are refused if all inline policies together, also those of others, are too long', async () => {
    await create();
    const Resource = Array.from({ length: 500 }, (_, n) => `arn:aws:s3:::bucket-${n}`);
    const Statement = [{ Effect: 'Allow', Action: 's3:GetObject', Resource }];
    role(storage).inlinePolicies.clear();
    role(storage).inlinePolicies.set('big', JSON.stringify({ Version: '2012-10-17', Statement }));
    const { code, json } = await create();
    expect(code).toBe(2);
    expect(json.error.message).toMatch(
      /10-storage\.yaml:2.*characters together; IAM accepts 10240/,
    );
  });

  it('have different errors for a missing boundary and a missing role', async () => {
    const boundary = `arn:aws:iam::${account}:policy/nowhere`;
    const { json } = await create(['--permissions-boundary-arn', boundary]);
    expect(json.error.message).toContain('permissions boundary');
    expect(iam().roles.size).toBe(0);
    await create();
    const again = await create(['--permissions-boundary-arn', boundary]);
    expect(again.json.error.message).toContain('permissions boundary');
  });

  it('are not read if the provider does not exist', async () => {
    iam().oidcProviders.clear();
    const { code, json } = await create();
    expect(code).toBe(2);
    expect(json.error.message).toContain(`"${providerArn}" does not exist`);
    expect(iam().roles.size).toBe(0);
  });

  it('are refused for the output folder of another cluster', async () => {
    await create();
    const { code, json } = await create(['--name', 'other']);
    expect(code).toBe(2);
    expect(json.error.code).toBe('FILE_EXISTS');
    expect(iam().roles.size).toBe(2);
  });
});
