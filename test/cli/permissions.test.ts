// permissions: what is printed, what it takes, and the size that IAM accepts.

import { describe, expect, test } from 'vitest';
import { permissionCommands } from '../../src/core/permissions/commands.ts';
import { managedPolicyLimit } from '../../src/core/permissions/permissions-policy.ts';
import { runCli } from './fake-host.ts';

const account = ['--account', '111122223333'];
const whose = ['--name', 'my-cluster', ...account];

test('text is the policy and nothing else; the note of optional statements is on stderr', async () => {
  const { code, out, err } = await runCli(['permissions', 'create-iam-roles', ...whose]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchSnapshot();
  expect(err).toContain('note: OptionalListRoles may be left out; without it, ');
  const quiet = await runCli(['permissions', 'create-iam-roles', ...whose, '--quiet']);
  expect([quiet.out, quiet.err]).toEqual([out, '']);
});

test('delete of a cluster on a shared hosting reads the hosting and deletes documents below its name only', async () => {
  const { out } = await runCli(['permissions', 'delete', ...whose, '--shared-hosting', 'fleet']);
  const { Statement } = JSON.parse(out) as {
    Statement: readonly {
      Action: string | readonly string[];
      Resource: string | readonly string[];
    }[];
  };
  const allowed = Statement.flatMap(({ Action }) => Action);
  expect(allowed).toEqual(
    expect.arrayContaining([
      's3:GetBucketPolicy',
      'cloudfront:GetDistribution',
      'cloudfront:ListDistributions',
      'cloudfront:ListTagsForResource',
    ]),
  );
  expect(allowed).not.toContain('s3:DeleteBucket');
  expect(allowed).not.toContain('cloudfront:DeleteDistribution');
  const deleting = Statement.find(({ Action }) => [Action].flat().includes('s3:DeleteObject'));
  for (const resource of [deleting?.Resource ?? ''].flat()) {
    expect(resource).toMatch(/\/my-cluster\/\*$/);
  }
});

test('a narrow terminal does not break the JSON', async () => {
  const { out } = await runCli(['permissions', 'create-all', ...whose], { stdoutIsTerminal: true });
  expect(JSON.parse(out).Version).toBe('2012-10-17');
});

test('JSON holds the policy and what is lost without an optional statement', async () => {
  const flags = ['--partition', 'aws-cn', '--role-path', '/team/', '-o', 'json'];
  const { out } = await runCli(['permissions', 'rotate-keys', ...whose, ...flags]);
  const { result, changes, files } = JSON.parse(out);
  expect({ changes, files, command: result.command }).toEqual({
    changes: [],
    files: [],
    command: 'rotate-keys',
  });
  const roles = 'arn:aws-cn:iam::111122223333:role/team/my-cluster-*';
  expect(JSON.stringify(result.policy)).toContain(`"${roles}"`);
  const sids = result.policy.Statement.map(({ Sid }: { Sid: string }) => Sid);
  expect(result.optional.map(({ sid }: { sid: string }) => sid)).toEqual(
    sids.filter((sid: string) => sid.startsWith('Optional')),
  );
});

const longName = 'a'.repeat(58);
const longPath = `/${'p'.repeat(200)}/`;

test.each(permissionCommands)('%s fits IAM with usual and long names', async (command) => {
  for (const flags of [['--name', longName, ...account, '--role-path', longPath], whose]) {
    const { code, out } = await runCli(['permissions', command, ...flags]);
    expect(code).toBe(0);
    expect(out.replaceAll(/\s/g, '').length).toBeLessThanOrEqual(managedPolicyLimit);
    const sids = JSON.parse(out).Statement.map(({ Sid }: { Sid: string }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
  }
});

test('a policy that is too long for IAM is said to be', async () => {
  const flags = ['--name', longName, ...account, '--role-path', `/${'p'.repeat(510)}/`];
  const { err } = await runCli(['permissions', 'create-all', ...flags]);
  expect(err).toMatch(/warning: the policy has \d{4} characters, and IAM takes 6144 /);
});

test('a name over 55 characters covers the roles whose names are cut', async () => {
  const { out } = await runCli(['permissions', 'create-iam-roles', '--name', longName, ...account]);
  const roles = 'arn:aws:iam::111122223333:role/';
  expect(JSON.parse(out).Statement).toContainEqual(
    expect.objectContaining({
      Sid: 'Roles',
      Resource: [`${roles}${longName}-*`, `${roles}${longName.slice(0, 55)}-*`],
    }),
  );
});

test('a partition without CloudFront gets no statement about it', async () => {
  const flags = [...whose, '--partition', 'aws-us-gov'];
  const { out } = await runCli(['permissions', 'create-all', ...flags]);
  expect(out).not.toContain('cloudfront:');
  expect(out).toContain('arn:aws-us-gov:s3:::my-cluster-oidc');
});

describe('wrong input', () => {
  test.each([
    [['create-al', ...whose], 'unknown command "create-al"', 'did you mean create-all?'],
    [['create-key-pair', ...whose], '"create-key-pair" needs no permission', 'see'],
    [whose, 'a command is required: one of create-identity-provider', 'see'],
    [['create-all', '--name', 'c'], '--account: is required', 'see'],
    [['create-all', ...account], '--name: is required', 'see'],
    [
      ['create-all', '--name', 'c', '--account', '1234'],
      '--account: "1234" is not an account of 12 digits',
      'see',
    ],
    [
      ['create-all', '--name', 'team/c', ...account],
      '--name: "team/c" holds a path; give the cluster\'s name alone, and the path of its roles with --role-path',
      'see',
    ],
    [
      ['create-all', ...whose, '--role-path', '/t*/'],
      '--role-path: "/t*/" holds one of * ? $',
      'see',
    ],
    [
      ['create-all', ...whose, '--partition', 'aws-iso'],
      '--partition: "aws-iso" is not one of aws,',
      'see',
    ],
    [
      ['create-all', ...whose, '--issuer-url', 'https://a.example.com', '--public-s3-bucket'],
      '--public-s3-bucket: is about hosting',
      'see',
    ],
  ])('%j: %s', async (words, message, hint) => {
    const { code, out, err } = await runCli(['permissions', ...words]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`error: ${message}`);
    expect(err).toContain(`hint: ${hint}`);
  });
});
