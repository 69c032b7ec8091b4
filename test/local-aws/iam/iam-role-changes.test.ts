import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListRoleTagsCommand,
  ListRolesCommand,
  paginateListRoles,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { snapshotIam } from './iam-state.ts';
import { refusal, testAws } from './iam-test-clients.ts';
import { boundary, create, get, makeBoundary, permissions, trust } from './iam-test-roles.ts';

describe('a role that exists', () => {
  test('keeps the members that an update does not have', async () => {
    const aws = testAws();
    await create(aws, { Description: 'first' });
    await aws.iam.send(new UpdateRoleCommand({ RoleName: 'one', MaxSessionDuration: 7200 }));
    await aws.iam.send(new UpdateRoleCommand({ RoleName: 'one' }));
    expect((await get(aws)).Role).toMatchObject({ Description: 'first', MaxSessionDuration: 7200 });
    await aws.iam.send(new UpdateRoleCommand({ RoleName: 'one', Description: 'second' }));
    expect((await get(aws)).Role).toMatchObject({
      Description: 'second',
      MaxSessionDuration: 7200,
    });
  });

  test('accepts only a complete and valid new trust policy', async () => {
    const aws = testAws();
    await create(aws);
    const update = (PolicyDocument: string) =>
      aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'one', PolicyDocument }));
    expect(await refusal(update('notjson'))).toEqual([
      400,
      'MalformedPolicyDocument',
      'This policy contains invalid Json',
    ]);
    const next = JSON.stringify({ ...trust, Id: 'next' });
    await update(next);
    expect(decodeURIComponent((await get(aws)).Role?.AssumeRolePolicyDocument ?? '')).toBe(next);
  });

  test('is listed in pages, without tags and boundary', async () => {
    const aws = testAws();
    await makeBoundary(aws);
    for (const RoleName of ['c', 'B', 'a']) {
      await create(aws, {
        RoleName,
        Path: '/x/',
        PermissionsBoundary: boundary,
        Tags: [{ Key: 'k', Value: 'v' }],
      });
    }
    await create(aws, { RoleName: 'elsewhere' });
    const first = await aws.iam.send(new ListRolesCommand({ PathPrefix: '/x/', MaxItems: 2 }));
    expect(first.IsTruncated).toBe(true);
    const second = await aws.iam.send(
      new ListRolesCommand({ PathPrefix: '/x/', Marker: first.Marker }),
    );
    expect(second.IsTruncated).toBe(false);
    const roles = [...(first.Roles ?? []), ...(second.Roles ?? [])];
    expect(roles.map(({ RoleName }) => RoleName)).toEqual(['a', 'B', 'c']);
    expect(roles.every(({ Tags, PermissionsBoundary }) => !Tags && !PermissionsBoundary)).toBe(
      true,
    );
    expect(roles[0]?.MaxSessionDuration).toBe(3600);
  });

  test('is listed in pages that may have fewer roles than asked for, or none', async () => {
    const aws = testAws();
    for (const RoleName of ['a', 'b']) await create(aws, { RoleName });
    aws.world.iam.shortPages = true;
    const pages: number[] = [];
    for await (const { Roles } of paginateListRoles({ client: aws.iam }, { MaxItems: 1000 })) {
      pages.push(Roles?.length ?? 0);
    }
    expect(pages).toEqual([0, 1, 1]);
  });

  test('accepts at most fifty tags, whose keys ignore case', async () => {
    const aws = testAws();
    await create(aws, { Tags: [{ Key: 'Name', Value: 'a' }] });
    const tag = (Tags: { Key: string; Value: string }[]) =>
      aws.iam.send(new TagRoleCommand({ RoleName: 'one', Tags }));
    await tag([{ Key: 'name', Value: 'b' }]);
    const tags = async () =>
      (await aws.iam.send(new ListRoleTagsCommand({ RoleName: 'one' }))).Tags;
    expect(await tags()).toEqual([{ Key: 'name', Value: 'b' }]);
    const fifty = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    expect(await refusal(tag(fifty))).toEqual([
      409,
      'LimitExceeded',
      'The number of tags has reached the maximum limit.',
    ]);
    await aws.iam.send(new UntagRoleCommand({ RoleName: 'one', TagKeys: ['NAME', 'absent'] }));
    expect((await tags()) ?? []).toEqual([]);
  });

  test('can get and lose its boundary', async () => {
    const aws = testAws();
    await makeBoundary(aws);
    await create(aws);
    const put = (PermissionsBoundary: string) =>
      aws.iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: 'one', PermissionsBoundary }));
    expect((await refusal(put(`${boundary}-2`)))[2]).toBe(
      `Scope ARN: ${boundary}-2 does not exist or is not attachable.`,
    );
    await put(boundary);
    expect((await get(aws)).Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(boundary);
    await aws.iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'one' }));
    expect((await get(aws)).Role?.PermissionsBoundary).toBeUndefined();
  });

  test('can be deleted only without policies', async () => {
    const aws = testAws();
    const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    await create(aws);
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'one',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify(permissions),
      }),
    );
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: 'one', PolicyArn }));
    const remove = () => aws.iam.send(new DeleteRoleCommand({ RoleName: 'one' }));
    expect(await refusal(remove())).toEqual([
      409,
      'DeleteConflict',
      'Cannot delete entity, must detach all policies first.',
    ]);
    await aws.iam.send(new DetachRolePolicyCommand({ RoleName: 'one', PolicyArn }));
    expect(await refusal(remove())).toEqual([
      409,
      'DeleteConflict',
      'Cannot delete entity, must delete policies first.',
    ]);
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: 'one', PolicyName: 'p' }));
    await remove();
    expect(await refusal(remove())).toEqual([
      404,
      'NoSuchEntity',
      'The role with name one cannot be found.',
    ]);
  });

  test('is equal in snapshots of two runs with other ids, times and order', async () => {
    const [first, second] = [testAws(), testAws()];
    await create(first);
    await create(first, { RoleName: 'two' });
    second.advance(1000);
    await create(second, { RoleName: 'two' });
    await create(second);
    expect(snapshotIam(first.world.iam)).toEqual(snapshotIam(second.world.iam));
    await first.iam.send(new UpdateRoleCommand({ RoleName: 'two', Description: 'other' }));
    expect(snapshotIam(first.world.iam)).not.toEqual(snapshotIam(second.world.iam));
  });
});
