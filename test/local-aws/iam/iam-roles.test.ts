import { ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { ownAccount, refusal, testAws } from './iam-test-clients.ts';
import { boundary, create, get, makeBoundary, permissions, trust } from './iam-test-roles.ts';

describe('creating a role', () => {
  test('returns no description and session duration, which only reads show', async () => {
    const aws = testAws();
    const { Role: made } = await create(aws, {
      Path: '/clusters/',
      Description: 'a role',
      Tags: [{ Key: 'Name', Value: '' }],
    });
    expect(made?.Arn).toBe(`arn:aws:iam::${ownAccount}:role/clusters/one`);
    expect(made?.MaxSessionDuration).toBeUndefined();
    expect(made?.Description).toBeUndefined();
    const { Role: role } = await get(aws);
    expect(role).toMatchObject({
      MaxSessionDuration: 3600,
      Description: 'a role',
      Path: '/clusters/',
      Tags: [{ Key: 'Name', Value: '' }],
      RoleId: made?.RoleId,
    });
  });

  test('returns the trust policy percent-encoded as in RFC 3986', async () => {
    const aws = testAws();
    await create(aws);
    const text = (await get(aws)).Role?.AssumeRolePolicyDocument ?? '';
    expect(text).toMatch(/^[\w.~%-]+$/);
    expect(text).toContain('%27s%20%28one%29%2A');
    expect(decodeURIComponent(text)).toBe(JSON.stringify(trust));
  });

  test('refuses an existing name in any case', async () => {
    const aws = testAws();
    await create(aws);
    expect(await refusal(create(aws, { RoleName: 'ONE' }))).toEqual([
      409,
      'EntityAlreadyExists',
      'Role with name ONE already exists.',
    ]);
  });

  test.each([
    ['a'.repeat(65), 'Member must have length less than or equal to 64'],
    ['a b', 'Member must satisfy regular expression pattern: [\\w+=,.@-]+'],
    ['é', 'Member must satisfy regular expression pattern: [\\w+=,.@-]+'],
    ['a/b', 'Member must satisfy regular expression pattern: [\\w+=,.@-]+'],
  ])('refuses the name %s', async (RoleName, rule) => {
    expect(await refusal(create(testAws(), { RoleName }))).toEqual([
      400,
      'ValidationError',
      `1 validation error detected: Value at 'roleName' failed to satisfy constraint: ${rule}`,
    ]);
  });

  test.each([
    ['path', { Path: 'clusters' }],
    ['path', { Path: '/clusters' }],
    ['description', { Description: 'a role €' }],
    ['description', { Description: 'x'.repeat(1001) }],
    ['maxSessionDuration', { MaxSessionDuration: 3599 }],
    ['maxSessionDuration', { MaxSessionDuration: 43_201 }],
    ['assumeRolePolicyDocument', { AssumeRolePolicyDocument: '{"€":1}' }],
    ['tags', { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })) }],
    ['tags.1.member.key', { Tags: [{ Key: 'k'.repeat(129), Value: '' }] }],
    ['tags.1.member.key', { Tags: [{ Key: 'a;b', Value: '' }] }],
    ['tags.1.member.value', { Tags: [{ Key: 'a', Value: 'v'.repeat(257) }] }],
  ])('refuses an invalid %s (%#)', async (at, input) => {
    const [status, code, text] = await refusal(create(testAws(), input));
    expect([status, code]).toEqual([400, 'ValidationError']);
    expect(text).toContain(`1 validation error detected: Value at '${at}' failed`);
  });

  test('refuses tag keys that differ only in case', async () => {
    const Tags = [
      { Key: 'Name', Value: 'a' },
      { Key: 'name', Value: 'b' },
    ];
    const expected = [
      400,
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    ];
    expect(await refusal(create(testAws(), { Tags }))).toEqual(expected);
  });

  test('refuses a boundary that does not exist or is not a policy', async () => {
    const aws = testAws();
    expect(await refusal(create(aws, { PermissionsBoundary: boundary }))).toEqual([
      404,
      'NoSuchEntity',
      `Scope ARN: ${boundary} does not exist or is not attachable.`,
    ]);
    const wrong = `arn:aws:iam::${ownAccount}:not_a_policy/x`;
    expect(await refusal(create(aws, { PermissionsBoundary: wrong }))).toEqual([
      400,
      'InvalidInput',
      `ARN ${wrong} is not valid.`,
    ]);
    await makeBoundary(aws);
    await create(aws, { PermissionsBoundary: boundary });
    expect((await get(aws)).Role?.PermissionsBoundary).toEqual({
      PermissionsBoundaryArn: boundary,
      PermissionsBoundaryType: 'Policy',
    });
  });

  test('is refused above the quotas of roles and of the trust policy, which does not count whitespace', async () => {
    const aws = testAws({ quotas: { roles: 1, trustPolicySize: JSON.stringify(trust).length } });
    const size = JSON.stringify(trust).length;
    expect(
      await refusal(
        create(aws, {
          AssumeRolePolicyDocument: JSON.stringify({ ...trust, Id: 'longer-id-than-spaces' }),
        }),
      ),
    ).toEqual([409, 'LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${size}`]);
    await create(aws, { AssumeRolePolicyDocument: JSON.stringify(trust, undefined, 4) });
    expect(await refusal(create(aws, { RoleName: 'two' }))).toEqual([
      409,
      'LimitExceeded',
      'Cannot exceed quota for RolesPerAccount: 1',
    ]);
  });

  test('is followed by a time in which the role is not found and cannot be created again', async () => {
    const aws = testAws({ iamVisibilityMs: 5000 });
    await create(aws);
    const put = () =>
      aws.iam.send(
        new PutRolePolicyCommand({
          RoleName: 'one',
          PolicyName: 'p',
          PolicyDocument: JSON.stringify(permissions),
        }),
      );
    expect((await refusal(get(aws)))[2]).toBe('The role with name one cannot be found.');
    expect((await refusal(put()))[1]).toBe('NoSuchEntity');
    expect((await aws.iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await refusal(create(aws)))[1]).toBe('EntityAlreadyExists');
    aws.advance(5);
    await put();
  });
});
