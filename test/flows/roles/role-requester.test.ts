import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  closeRoles,
  createFor,
  details,
  host,
  openRoles,
  role,
  scene,
  tagsOf,
  trustOf,
  writesSince,
} from './roles-scene.ts';

beforeEach(async () => {
  await openRoles();
});
afterEach(async () => {
  await closeRoles();
});

// Both requests have the role name c-team-a-logs.
const first = { name: 'one', namespace: 'team', secret: 'a-logs' };
const second = { name: 'two', namespace: 'team-a', secret: 'logs' };
const shared = 'c-team-a-logs';
const tag = 'oidc-bootstrap/c/request';

describe('a role of another request', () => {
  it('is refused before any write, and the error names both requests', async () => {
    await createFor([first]);
    const before = scene.aws.snapshot();
    const start = scene.aws.calls.length;
    const { code, json } = await createFor([{ name: 'fine' }, second]);
    expect(code).toBe(5);
    expect(json.error).toMatchObject({
      code: 'NAME_TAKEN',
      message: `role "${shared}" belongs to "team/a-logs", but CredentialsRequest "two" needs it for "team-a/logs"`,
    });
    expect(writesSince(start)).toEqual([]);
    expect(scene.aws.snapshot()).toEqual(before);
    expect((await createFor([first])).json.changes).toEqual([]);
  });

  it('is recognized by its trust policy if it has no tag', async () => {
    await createFor([first]);
    role(shared).tags = role(shared).tags.filter(({ key }) => key !== tag);
    const start = scene.aws.calls.length;
    const { code, json } = await createFor([second]);
    expect(code).toBe(5);
    expect(json.error.message).toContain('belongs to service account "team/operator"');
    expect(json.error.message).toContain('"team-a/logs"');
    expect(writesSince(start)).toEqual([]);
    const own = await createFor([first]);
    expect(details(own.json)).toEqual([`update ${shared}: tags: ${tag}`]);
    expect(tagsOf(shared)).toHaveProperty([tag], 'team/a-logs');
  });

  it('is reassigned by the command in the hint', async () => {
    await createFor([first]);
    const hint = (await createFor([second])).json.error.hint;
    const [, name, key, value] =
      /aws iam tag-role --role-name (\S+) --tags Key=(\S+),Value=(\S+)$/.exec(hint ?? '') ?? [];
    expect([name, key, value]).toEqual([shared, tag, 'team-a/logs']);
    role(shared).tags = role(shared).tags.map((one) =>
      one.key === key ? { key, value: value ?? '' } : one,
    );
    const { code, json } = await createFor([second]);
    expect(code).toBe(0);
    expect(details(json)).toEqual([`update ${shared}: trust policy: service accounts`]);
    const [statement] = trustOf(shared).Statement;
    expect(statement.Condition.StringEquals[`${host}:sub`]).toEqual([
      'system:serviceaccount:team-a:operator',
    ]);
    expect((await createFor([first])).code).toBe(5);
  });

  it('is still of this request if somebody added a service account to its trust policy', async () => {
    await createFor([first]);
    const trust = trustOf(shared);
    trust.Statement[0].Condition.StringEquals[`${host}:sub`] = 'system:serviceaccount:x:y';
    role(shared).trustPolicy = JSON.stringify(trust);
    const { json } = await createFor([first]);
    expect(details(json)).toEqual([`update ${shared}: trust policy: service accounts`]);
  });
});
