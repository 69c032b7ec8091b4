import { afterEach, describe, expect, it } from 'vitest';
import { translateFailure } from '../../../src/aws/failures.ts';
import type { Aws } from '../../../src/aws/ports.ts';
import { AwsError, exitCodes, InputError } from '../../../src/core/errors.ts';
import {
  connectTo,
  queryError,
  s3Error,
  startScriptedServer,
  type ScriptedServer,
  type WireAnswer,
} from './scripted-server.ts';

const ref = { bucket: 'demo-oidc', account: '111122223333' };
const getRole = (aws: Aws) => aws.iam.getRole('r');
const createRole = (aws: Aws) =>
  aws.write({
    service: 'iam',
    operation: 'create-role',
    input: { RoleName: 'r', AssumeRolePolicyDocument: '{}', Tags: [{ Key: 'a', Value: 'b' }] },
  });
const createProvider = (aws: Aws) =>
  aws.write({
    service: 'iam',
    operation: 'create-open-id-connect-provider',
    input: { Url: 'https://d1.cloudfront.net' },
  });
const createDistribution = (aws: Aws) =>
  aws.write({
    service: 'cloudfront',
    operation: 'create-distribution-with-tags',
    input: { DistributionConfigWithTags: { Tags: { Items: [] } } },
  });
const createBucket = (aws: Aws) =>
  aws.write({ service: 's3api', operation: 'create-bucket', input: { Bucket: 'demo-oidc' } });
const putPolicy = (aws: Aws) =>
  aws.write({
    service: 's3api',
    operation: 'put-bucket-policy',
    input: { Bucket: 'demo-oidc', Policy: '{}' },
  });
const getObject = (aws: Aws) => aws.s3.getObject(ref, 'keys.json');
const getTags = (aws: Aws) => aws.s3.getBucketTags(ref);

type Case = {
  readonly name: string;
  readonly call: (aws: Aws) => Promise<unknown>;
  readonly answer: WireAnswer;
  readonly code: keyof typeof exitCodes;
  readonly awsCode: string;
  readonly message: RegExp;
  readonly hint?: RegExp;
  readonly details?: object;
};

const user = 'User: arn:aws:iam::111122223333:user/dev is not authorized to perform:';

const cases: readonly Case[] = [
  {
    name: 'expired credentials of IAM',
    call: getRole,
    answer: queryError(
      'ExpiredToken',
      'The security token included in the request is expired',
      403,
    ),
    code: 'AWS_CREDENTIALS_EXPIRED',
    awsCode: 'ExpiredToken',
    message: /^the AWS credentials have expired/,
    hint: /aws sso login/,
  },
  {
    name: 'expired credentials of S3',
    call: getTags,
    answer: s3Error('ExpiredToken', 'The provided token has expired.', 400),
    code: 'AWS_CREDENTIALS_EXPIRED',
    awsCode: 'ExpiredToken',
    message: /expired/,
  },
  {
    name: 'a key that AWS does not know',
    call: getRole,
    answer: queryError('InvalidClientTokenId', 'The security token is invalid.', 403),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'InvalidClientTokenId',
    message: /does not accept these credentials/,
    hint: /eu-west-1/,
  },
  {
    name: 'a denied call, with the permission and resource that AWS names',
    call: createRole,
    answer: queryError(
      'AccessDenied',
      `${user} iam:TagRole on resource: arn:aws:iam::111122223333:role/r because no identity-based policy allows the iam:TagRole action`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"iam:TagRole" on "arn:aws:iam::111122223333:role\/r" is missing/,
    hint: /add "iam:TagRole"/,
    details: {
      operation: 'iam:CreateRole',
      permissions: ['iam:TagRole'],
      resource: 'arn:aws:iam::111122223333:role/r',
    },
  },
  {
    name: 'a denied call of S3 that says nothing, with the permission by another name',
    call: (aws) => aws.s3.getEncryptionAlgorithm(ref),
    answer: s3Error('AccessDenied', 'Access Denied', 403),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"s3:GetEncryptionConfiguration" on "arn:aws:s3:::demo-oidc" is missing/,
    details: { permissions: ['s3:GetEncryptionConfiguration'], resource: 'arn:aws:s3:::demo-oidc' },
  },
  {
    name: 'a denied object, which may as well be missing',
    call: getObject,
    answer: s3Error('AccessDenied', 'Access Denied', 403),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"s3:GetObject" on "arn:aws:s3:::demo-oidc\/keys.json"/,
    hint: /s3:ListBucket/,
  },
  {
    name: 'a creating call with tags that says nothing, with both permissions it needs',
    call: createRole,
    answer: queryError('AccessDenied', 'Access denied.', 403),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"iam:CreateRole" and "iam:TagRole" on "role\/r"/,
    details: { permissions: ['iam:CreateRole', 'iam:TagRole'] },
  },
  {
    name: 'an account without a subscription to the service, which no region can help',
    call: createDistribution,
    answer: queryError(
      'OptInRequired',
      'The AWS Access Key Id needs a subscription for the service',
      403,
    ),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'OptInRequired',
    message: /^this account has no subscription yet for the service of cloudfront:Create/,
    hint: /within 24 hours/,
  },
  {
    name: 'an account that has not signed up for S3',
    call: createBucket,
    answer: s3Error('NotSignedUp', 'Your account is not signed up for the S3 service', 403),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'NotSignedUp',
    message: /^this account has no subscription yet for the service of s3:CreateBucket/,
    hint: /within 24 hours/,
  },
  {
    name: 'a region that needs an opt-in',
    call: createBucket,
    answer: s3Error('OptInRequired', 'The region is not enabled for your account', 403),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'OptInRequired',
    message: /^region "[a-z0-9-]+" is not enabled for this account/,
    hint: /enable-region/,
  },
  {
    name: 'a bucket that an organization denies, most likely for its namespace',
    call: createBucket,
    answer: s3Error(
      'AccessDenied',
      `${user} s3:CreateBucket on resource: &quot;arn:aws:s3:::demo-oidc&quot; with an explicit deny in a service control policy`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"s3:CreateBucket" on "arn:aws:s3:::demo-oidc" is denied/,
    hint: /account regional namespace .*s3:x-amz-bucket-namespace/,
  },
  {
    name: 'a caller reference in use, with the id of the distribution that has it',
    call: createDistribution,
    answer: queryError(
      'DistributionAlreadyExists',
      'The caller reference that you are using to create a distribution is associated with another distribution. Already exists: E2O6U8DECVP5UD',
      409,
    ),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'DistributionAlreadyExists',
    message: /E2O6U8DECVP5UD/,
    details: { distributionId: 'E2O6U8DECVP5UD' },
  },
  {
    name: 'a service control policy, in the words of AWS',
    call: putPolicy,
    answer: s3Error(
      'AccessDenied',
      `${user} s3:PutBucketPolicy on resource: &quot;arn:aws:s3:::demo-oidc&quot; with an explicit deny in a service control policy`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"arn:aws:s3:::demo-oidc" is denied .*explicit deny in a service control policy/,
    hint: /administrators of the organization/,
  },
  {
    name: 'an explicit Deny, which no further permission can lift',
    call: createRole,
    answer: queryError(
      'AccessDenied',
      `${user} iam:CreateRole on resource: arn:aws:iam::111122223333:role/r with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/guard`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"iam:CreateRole" on "arn:aws:iam::111122223333:role\/r" is denied .*policy\/guard/,
    hint: /allowing more does not help/,
  },
  {
    name: 'Block Public Access against a public policy',
    call: putPolicy,
    answer: s3Error(
      'AccessDenied',
      `${user} s3:PutBucketPolicy on resource: &quot;arn:aws:s3:::demo-oidc&quot; because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /BlockPublicPolicy/,
    hint: /Block Public Access/,
  },
  {
    name: 'a permissions boundary of the caller',
    call: createRole,
    answer: queryError(
      'AccessDenied',
      `${user} iam:CreateRole on resource: arn:aws:iam::111122223333:role/r because no permissions boundary allows the iam:CreateRole action`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /iam:CreateRole/,
    hint: /boundary/,
  },
  {
    name: 'an account that CloudFront has not verified, which no permission can help',
    call: createDistribution,
    answer: queryError(
      'AccessDenied',
      'Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support.',
      403,
    ),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'AccessDenied',
    message: /verified the account/,
    hint: /AWS Support/,
  },
  {
    name: 'throttling',
    call: getRole,
    answer: queryError('Throttling', 'Rate exceeded'),
    code: 'AWS_THROTTLED',
    awsCode: 'Throttling',
    message: /throttles iam:GetRole/,
    hint: /run again/,
  },
  {
    name: 'S3 asking to slow down',
    call: getTags,
    answer: s3Error('SlowDown', 'Please reduce your request rate.', 503),
    code: 'AWS_THROTTLED',
    awsCode: 'SlowDown',
    message: /throttles s3:GetBucketTagging/,
  },
  {
    name: 'the quota of roles',
    call: createRole,
    answer: queryError('LimitExceeded', 'Cannot exceed quota for RolesPerAccount: 1000', 409),
    code: 'AWS_QUOTA',
    awsCode: 'LimitExceeded',
    message: /quota .*RolesPerAccount: 1000/,
    hint: /L-FE177D64/,
  },
  {
    name: 'the size of inline policies, which AWS does not raise',
    call: createRole,
    answer: queryError(
      'LimitExceeded',
      'Maximum policy size of 10240 bytes exceeded for role r',
      409,
    ),
    code: 'AWS_QUOTA',
    awsCode: 'LimitExceeded',
    message: /10240/,
    hint: /cannot be raised/,
  },
  {
    name: 'the quota of distributions',
    call: createDistribution,
    answer: queryError('TooManyDistributions', 'You have too many.', 400),
    code: 'AWS_QUOTA',
    awsCode: 'TooManyDistributions',
    message: /quota/,
    hint: /Service Quotas/,
  },
  {
    name: 'a trust policy that IAM refuses, as for an issuer that many organizations share',
    call: createRole,
    answer: queryError('MalformedPolicyDocument', 'A claim of the issuer must be evaluated.', 400),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'MalformedPolicyDocument',
    message: /trust policy of iam:CreateRole.*A claim of the issuer must be evaluated/,
    hint: /share.*id_roles_providers_oidc_secure-by-default/,
  },
  {
    name: 'an inline policy that IAM refuses',
    call: (aws) =>
      aws.write({
        service: 'iam',
        operation: 'put-role-policy',
        input: { RoleName: 'r', PolicyName: 'r', PolicyDocument: '{}' },
      }),
    answer: queryError('MalformedPolicyDocument', 'Syntax errors in policy.', 400),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'MalformedPolicyDocument',
    message: /policy of iam:PutRolePolicy/,
    hint: /statementEntries.*--policy-file/,
  },
  {
    name: 'a bucket policy that S3 refuses',
    call: putPolicy,
    answer: s3Error('MalformedPolicy', 'Policy has invalid resource', 400),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'MalformedPolicy',
    message: /policy of s3:PutBucketPolicy/,
    hint: /statements that others added/,
  },
  {
    name: 'a distribution that a pricing plan keeps',
    call: (aws) =>
      aws.write({
        service: 'cloudfront',
        operation: 'delete-distribution',
        input: { Id: 'E1', IfMatch: 'E2' },
      }),
    answer: queryError(
      'PreconditionFailed',
      "You can't delete this distribution while it's subscribed to a pricing plan.",
      412,
    ),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'PreconditionFailed',
    message: /has a pricing plan/,
    hint: /cancel the plan/,
  },
  {
    name: 'a bucket name that is not free yet',
    call: createBucket,
    answer: s3Error('OperationAborted', 'A conflicting conditional operation is in progress', 409),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'OperationAborted',
    message: /OperationAborted/,
    hint: /deleted within the hour/,
  },
  {
    name: 'a bucket name taken by another account',
    call: createBucket,
    answer: s3Error('BucketAlreadyExists', 'The requested bucket name is not available.', 409),
    code: 'NAME_TAKEN',
    awsCode: 'BucketAlreadyExists',
    message: /demo-oidc" is taken by another account/,
    hint: /another --name/,
  },
  {
    name: 'a wrong region, with the right one',
    call: getTags,
    answer: {
      status: 301,
      headers: { 'x-amz-bucket-region': 'ap-south-1' },
      body: '<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message></Error>',
    },
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'PermanentRedirect',
    message: /wrong region, "eu-west-1"/,
    hint: /--region ap-south-1/,
  },
  {
    name: 'a bucket at the endpoint of another region, its code without Exception',
    call: createBucket,
    answer: s3Error(
      'IllegalLocationConstraintException',
      'The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
      400,
    ),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'IllegalLocationConstraint',
    message: /cannot create a bucket in region "eu-west-1" at the endpoint in use/,
    hint: /^check --endpoint-url, AWS_ENDPOINT_URL_S3.*get-region-opt-status --region-name eu-west-1$/,
  },
  {
    name: 'a bucket that a policy of the organization denies',
    call: createBucket,
    answer: s3Error(
      'AccessDenied',
      `${user} s3:CreateBucket on resource: &quot;arn:aws:s3:::demo-oidc&quot; with an explicit deny in a service control policy`,
      403,
    ),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"s3:CreateBucket" on "arn:aws:s3:::demo-oidc" is denied/,
    hint: /administrators of the organization.*account regional namespace.*s3:x-amz-bucket-namespace/,
  },
  {
    name: 'a bucket that is denied without a reason',
    call: createBucket,
    answer: s3Error('AccessDenied', 'Access Denied', 403),
    code: 'AWS_ACCESS_DENIED',
    awsCode: 'AccessDenied',
    message: /"s3:CreateBucket" on "arn:aws:s3:::demo-oidc" is missing/,
    hint: /^add "s3:CreateBucket".*account regional namespace/,
  },
  {
    name: 'a discovery document that IAM does not accept',
    call: createProvider,
    answer: queryError('InvalidInput', 'The discovery document of the provider is not valid.'),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'InvalidInput',
    message: /does not accept the discovery document of "oidc-provider\/d1.cloudfront.net"/,
    hint: /^read <issuer>.*openid-configuration.*"issuer" must be the very URL/,
  },
  {
    name: 'a permissions boundary that does not exist',
    call: createRole,
    answer: queryError(
      'NoSuchEntity',
      'Scope ARN: arn:x does not exist or is not attachable.',
      404,
    ),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'NoSuchEntity',
    message: /boundary does not exist/,
    hint: /--permissions-boundary-arn/,
  },
  {
    name: 'an issuer that IAM cannot reach',
    call: createProvider,
    answer: queryError('OpenIdIdpCommunicationError', 'Please ensure it is reachable'),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'OpenIdIdpCommunicationError',
    message: /cannot reach the issuer "oidc-provider\/d1.cloudfront.net"/,
    hint: /HTTPS/,
  },
  {
    name: 'a code that no model of the service knows',
    call: createProvider,
    answer: queryError('ValidationError', 'Invalid Open ID Connect Provider URL'),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'ValidationError',
    message: /^iam:CreateOpenIDConnectProvider on .* failed \(ValidationError: Invalid Open ID/,
  },
  {
    name: 'a modelled code, without Exception',
    call: createRole,
    answer: queryError('EntityAlreadyExists', 'Role with name r already exists.', 409),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'EntityAlreadyExists',
    message: /Role with name r already exists\)$/,
  },
  {
    name: 'a failure on the side of AWS',
    call: getRole,
    answer: queryError('ServiceFailure', 'unknown', 500),
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'ServiceFailure',
    message: /ServiceFailure/,
    hint: /run again/,
  },
  {
    name: 'a proxy that answers with a page',
    call: getRole,
    answer: { status: 502, body: '<html><body>Bad <b>gateway</body></html>' },
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'Http502',
    message: /^iam:GetRole on "role\/r" failed/,
    hint: /run again/,
  },
  {
    name: 'a connection that breaks off',
    call: getRole,
    answer: 'drop',
    code: 'AWS_REQUEST_FAILED',
    awsCode: 'ECONNRESET',
    message: /broke off during iam:GetRole/,
    hint: /run again/,
  },
];

describe('a failure of AWS', () => {
  let server: ScriptedServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const failureOf = async (
    call: (aws: Aws) => Promise<unknown>,
    answer: WireAnswer,
  ): Promise<unknown> => {
    server = await startScriptedServer(() => answer);
    const aws = connectTo(server, { env: { AWS_MAX_ATTEMPTS: '1' } });
    return call(aws).then(
      () => 'no failure',
      (error: unknown) => error,
    );
  };

  it.each(cases.map((row) => [row.name, row] as const))('is %s', async (_, row) => {
    const failure = await failureOf(row.call, row.answer);
    expect(failure).toBeInstanceOf(AwsError);
    if (!(failure instanceof AwsError)) return;
    expect(failure).toMatchObject({ code: row.code, awsCode: row.awsCode });
    expect(failure.message).toMatch(row.message);
    expect(failure.message).not.toMatch(/\n|\.$/);
    if (row.hint !== undefined) expect(failure.hint).toMatch(row.hint);
    expect(failure.details).toMatchObject({ operation: failure.operation, ...row.details });
  });

  it('does not show the signed request, which has a session token', async () => {
    const failure = await failureOf(
      getRole,
      queryError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match.\n\nThe Canonical String was\nx-amz-security-token:VERYSECRET',
        403,
      ),
    );
    expect(failure).toMatchObject({ code: 'AWS_ACCESS_DENIED', awsCode: 'SignatureDoesNotMatch' });
    const { message, hint, details, cause } = failure as AwsError;
    expect(JSON.stringify([message, hint, details, String(cause)])).not.toContain('VERYSECRET');
  });

  it('names the clock if the signature is too old', async () => {
    const failure = await failureOf(
      getRole,
      queryError(
        'SignatureDoesNotMatch',
        'Signature expired: 20261122T000000Z is now earlier',
        403,
      ),
    );
    expect(failure).toMatchObject({
      code: 'AWS_REQUEST_FAILED',
      hint: expect.stringContaining('clock'),
    });
  });

  it('has an exit code for its kind', async () => {
    const denied = await failureOf(getRole, queryError('AccessDenied', 'no', 403));
    expect(denied instanceof AwsError && exitCodes[denied.code]).toBe(4);
  });
});

describe('a failure without an answer', () => {
  const call = { operation: 'iam:GetRole', input: { RoleName: 'r' }, region: 'eu-wset-1' };

  it.each([
    ['ENOTFOUND', /cannot be resolved/, /eu-wset-1/],
    ['ECONNREFUSED', /no connection/, /--endpoint-url/],
    ['ETIMEDOUT', /broke off/, /run again/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /not trusted/, /AWS_CA_BUNDLE/],
  ])('by %s names what to check', (code, message, hint) => {
    const failure = translateFailure(Object.assign(new Error('x'), { code }), call, undefined);
    expect(failure).toMatchObject({ code: 'AWS_REQUEST_FAILED', awsCode: code });
    expect(failure.message).toMatch(message);
    expect(failure.hint).toMatch(hint);
  });

  it('by a time-out of the SDK is a broken connection', () => {
    const timeout = Object.assign(new Error('Connection timed out'), { name: 'TimeoutError' });
    expect(translateFailure(timeout, call, undefined).message).toMatch(/broke off/);
  });

  const provider = (message: string): Error =>
    Object.assign(new Error(message), { name: 'CredentialsProviderError' });

  it('without any credentials has its own code', () => {
    const failure = translateFailure(
      provider('Could not load credentials from any providers'),
      call,
      undefined,
    );
    expect(failure).toMatchObject({ code: 'AWS_CREDENTIALS_MISSING', awsCode: 'NoCredentials' });
    expect(failure.hint).toMatch(/AWS_ACCESS_KEY_ID/);
  });

  it('for an expired SSO session has a hint to sign in with that profile', () => {
    const failure = translateFailure(
      provider('The SSO session associated with this profile has expired. To refresh ...'),
      call,
      'dev',
    );
    expect(failure.code).toBe('AWS_CREDENTIALS_EXPIRED');
    expect(failure.hint).toContain('aws sso login --profile dev');
  });

  it('of a profile whose source fails names the profile', () => {
    const failure = translateFailure(
      provider('Profile dev credential_process failed'),
      call,
      'dev',
    );
    expect(failure.code).toBe('AWS_CREDENTIALS_MISSING');
    expect(failure.message).toContain('profile "dev" gives no credentials');
  });

  it('that is already an error of the program is not changed', () => {
    const ours = new InputError([{ message: 'too large' }]);
    expect(translateFailure(ours, call, undefined)).toBe(ours);
  });
});
