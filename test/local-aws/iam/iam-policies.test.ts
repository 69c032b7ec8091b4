import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  GetAccountSummaryCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { ownAccount, refusal, testAws, type TestAws } from './iam-test-clients.ts';

const provider = `arn:aws:iam::${ownAccount}:oidc-provider/issuer.example.com/path`;
const trustStatement = {
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { 'issuer.example.com/path:sub': ['a', 'b'] } },
};
const statement = { Effect: 'Allow', Action: ['ec2:Describe*'], Resource: '*' };
const policyOf = (...Statement: readonly object[]) => ({ Version: '2012-10-17', Statement });

async function awsWithRole(): Promise<TestAws> {
  const aws = testAws();
  await createRole(aws, policyOf(trustStatement));
  return aws;
}

const createRole = (aws: TestAws, trust: unknown) =>
  aws.iam.send(
    new CreateRoleCommand({
      RoleName: 'one',
      AssumeRolePolicyDocument: typeof trust === 'string' ? trust : JSON.stringify(trust),
    }),
  );
const put = (aws: TestAws, policy: unknown, PolicyName = 'p') =>
  aws.iam.send(
    new PutRolePolicyCommand({
      RoleName: 'one',
      PolicyName,
      PolicyDocument: typeof policy === 'string' ? policy : JSON.stringify(policy),
    }),
  );

describe('the inline policies of a role', () => {
  test('are written, replaced, listed, read and deleted by name', async () => {
    const aws = await awsWithRole();
    await put(aws, policyOf(statement));
    await put(aws, policyOf({ ...statement, Action: '*' }));
    await put(aws, policyOf(statement), 'another');
    const names = await aws.iam.send(new ListRolePoliciesCommand({ RoleName: 'one' }));
    expect(names.PolicyNames).toEqual(['another', 'p']);
    const read = (PolicyName: string) =>
      aws.iam.send(new GetRolePolicyCommand({ RoleName: 'one', PolicyName }));
    const document = (await read('p')).PolicyDocument ?? '';
    expect(document).not.toContain('*');
    expect(JSON.parse(decodeURIComponent(document))).toEqual(
      policyOf({ ...statement, Action: '*' }),
    );
    const remove = () =>
      aws.iam.send(new DeleteRolePolicyCommand({ RoleName: 'one', PolicyName: 'p' }));
    await remove();
    const expected = [404, 'NoSuchEntity', 'The role policy with name p cannot be found.'];
    expect(await refusal(remove())).toEqual(expected);
    expect(await refusal(read('p'))).toEqual(expected);
  });

  test('have one quota together, which does not count whitespace', async () => {
    const aws = await awsWithRole();
    const sized = (size: number) => {
      const bare = JSON.stringify(policyOf({ ...statement, Sid: '' })).length;
      return policyOf({ ...statement, Sid: 'x'.repeat(size - bare) });
    };
    await put(aws, JSON.stringify(sized(6000), undefined, 8), 'first');
    await put(aws, sized(4240), 'second');
    expect(await refusal(put(aws, sized(4241), 'second'))).toEqual([
      409,
      'LimitExceeded',
      'Maximum policy size of 10240 bytes exceeded for role one',
    ]);
    expect((await refusal(put(aws, sized(200), 'third')))[1]).toBe('LimitExceeded');
  });

  test.each([
    ['a Version of another year', { ...policyOf(statement), Version: '2026-01-01' }],
    ['an unknown member', { ...policyOf(statement), Comment: 'x' }],
    ['an unknown member of a statement', policyOf({ ...statement, '//': 'x' })],
    ['no statement', policyOf()],
    ['an unknown effect', policyOf({ ...statement, Effect: 'allow' })],
    ['Action beside NotAction', policyOf({ ...statement, NotAction: 'a:b' })],
    ['an unknown operator', policyOf({ ...statement, Condition: { StringIs: { 'a:b': 'c' } } })],
    [
      'a condition value that is an object',
      policyOf({ ...statement, Condition: { Bool: { 'a:b': {} } } }),
    ],
    ['a list as a document', [statement]],
    ['text that is no JSON', 'notjson'],
    ['a byte order mark', `\uFEFF${JSON.stringify(policyOf(statement))}`],
  ])('may not have %s', async (_, policy) => {
    const aws = await awsWithRole();
    const [status, code, text] = await refusal(put(aws, policy));
    expect([status, code, text]).toEqual([
      400,
      'MalformedPolicyDocument',
      'Syntax errors in policy.',
    ]);
  });

  test.each([
    [{ ...statement, Principal: '*' }, 'Policy document should not specify a principal.'],
    [{ ...statement, Action: undefined }, 'Policy statement must contain actions.'],
    [{ ...statement, Action: [] }, 'Policy statement must contain actions.'],
    [{ ...statement, Resource: undefined }, 'Policy statement must contain resources.'],
    [{ ...statement, Resource: 'bucket' }, 'Resource bucket must be in ARN format or "*".'],
    [
      { ...statement, Resource: 'arn:oops:s3:::b' },
      'Partition "oops" is not valid for resource "arn:oops:s3:::b".',
    ],
    [
      { ...statement, Resource: 'arn:aws-cn:s3:::b' },
      'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".',
    ],
    [
      { ...statement, Action: 'Describe' },
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [{ ...statement, Action: 'a:b:c' }, 'Actions/Condition can contain only one colon.'],
    [
      { ...statement, Sid: 'not-this' },
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
  ])('may not have an invalid statement (%#)', async (bad, text) => {
    const aws = await awsWithRole();
    expect(await refusal(put(aws, policyOf(bad)))).toEqual([400, 'MalformedPolicyDocument', text]);
  });

  test('may have conditions, wildcards in ARNs, and the older version', async () => {
    const aws = await awsWithRole();
    await put(aws, {
      Version: '2008-10-17',
      Statement: {
        Sid: 'Keys1',
        Effect: 'Allow',
        NotAction: 'kms:*',
        Resource: ['arn:aws:kms:*:*:key/*', 'arn:*:s3:::b/*'],
        Condition: {
          Bool: { 'kms:GrantIsForAWSResource': true },
          'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['a*'] },
        },
      },
    });
  });
});

describe('a trust policy', () => {
  const federated = (Federated: unknown) =>
    policyOf({ ...trustStatement, Principal: { Federated } });
  const wrongFederated = 'Federated principals must be valid domain names or SAML metadata ARNs';

  test.each([
    ['notjson', 'This policy contains invalid Json'],
    [policyOf({ ...trustStatement, Resource: '*' }), 'Has prohibited field Resource'],
    [
      policyOf({ ...trustStatement, Action: 's3:GetObject' }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [
      policyOf({ ...trustStatement, Action: 'sts:GetCallerIdentity' }),
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [
      policyOf({ ...trustStatement, Principal: undefined }),
      'Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!',
    ],
    [
      policyOf({ ...trustStatement, Principal: '*' }),
      'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
    ],
    [federated('arn:aws:iam::111122223333:oidc-provider/'), wrongFederated],
    [federated('arn:aws:iam::1111:oidc-provider/issuer.example.com'), wrongFederated],
    [federated('arn:aws-cn:iam::111122223333:oidc-provider/issuer.example.com'), wrongFederated],
    [federated('https://issuer.example.com'), wrongFederated],
    [federated('arn:aws:iam::111122223333:role/x'), wrongFederated],
    [policyOf({ ...trustStatement, Comment: 'x' }), 'Syntax errors in policy.'],
    [{ ...policyOf(trustStatement), Version: '2012-10-18' }, 'Syntax errors in policy.'],
    [
      policyOf({ ...trustStatement, Condition: { StringEqual: { 'a:b': 'c' } } }),
      'Syntax errors in policy.',
    ],
  ])('is refused if it is malformed (%#)', async (trust, text) => {
    expect(await refusal(createRole(testAws(), trust))).toEqual([
      400,
      'MalformedPolicyDocument',
      text,
    ]);
  });

  test('may have statements of several kinds', async () => {
    await createRole(
      testAws(),
      policyOf(
        trustStatement,
        { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        {
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::111122223333:root', '444455556666'] },
          Action: ['sts:AssumeRole', 'sts:TagSession'],
        },
      ),
    );
  });
});

test('a managed policy must have the current version and a unique name', async () => {
  const aws = testAws();
  const create = (policy: object) =>
    aws.iam.send(
      new CreatePolicyCommand({ PolicyName: 'b', PolicyDocument: JSON.stringify(policy) }),
    );
  expect(await refusal(create({ Statement: [statement] }))).toEqual([
    400,
    'MalformedPolicyDocument',
    'Policy document must be version 2012-10-17 or greater.',
  ]);
  await create(policyOf(statement));
  expect(await refusal(create(policyOf(statement)))).toEqual([
    409,
    'EntityAlreadyExists',
    'A policy called b already exists. Duplicate names are not allowed.',
  ]);
});

test('a role has at most ten attached policies, which must exist', async () => {
  const aws = await awsWithRole();
  const attach = (PolicyArn: string) =>
    aws.iam.send(new AttachRolePolicyCommand({ RoleName: 'one', PolicyArn }));
  const absent = `arn:aws:iam::${ownAccount}:policy/absent`;
  expect(await refusal(attach(absent))).toEqual([
    404,
    'NoSuchEntity',
    `Policy ${absent} does not exist or is not attachable.`,
  ]);
  for (let i = 0; i < 10; i += 1) await attach(`arn:aws:iam::aws:policy/P${i}`);
  await attach('arn:aws:iam::aws:policy/P9');
  expect(await refusal(attach('arn:aws:iam::aws:policy/P10'))).toEqual([
    409,
    'LimitExceeded',
    'Cannot exceed quota for PoliciesPerRole: 10',
  ]);
  const listed = await aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'one' }));
  expect(listed.AttachedPolicies?.[0]).toEqual({
    PolicyName: 'P0',
    PolicyArn: 'arn:aws:iam::aws:policy/P0',
  });
});

test('the account summary shows the quotas of the account and their use', async () => {
  const aws = testAws({ quotas: { trustPolicySize: 8192 } });
  await createRole(aws, policyOf(trustStatement));
  const { SummaryMap } = await aws.iam.send(new GetAccountSummaryCommand({}));
  expect(SummaryMap).toMatchObject({
    Roles: 1,
    RolesQuota: 1000,
    AssumeRolePolicySizeQuota: 8192,
    RolePolicySizeQuota: 10_240,
    Providers: 0,
  });
});
