// What each failure of AWS, of the credentials and of the network means for the user: our code, what
// happened, and what to do. Decided by AWS's code; by its words only where one code has many causes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html

import type { ErrorCode } from '../core/errors.ts';
import { quotaHint } from './quota.ts';
import { isQuotaCode } from './wire-code.ts';

/** What is known of one failed call. */
export type FailureFacts = {
  readonly operation: string;
  readonly awsCode: string;
  /** First line of AWS's words, without a full stop. */
  readonly text: string;
  readonly status: number | undefined;
  readonly region: string;
  /** Region that S3 names as the right one. */
  readonly rightRegion: string | undefined;
  readonly permissions: readonly string[];
  readonly resource: string;
  /** The profile in use. */
  readonly profile: string | undefined;
};

/** One row: the first whose `when` holds decides. */
export type FailureRow = {
  readonly when: (facts: FailureFacts) => boolean;
  readonly code: ErrorCode;
  /** What happened, in place of `<operation> failed`. */
  readonly what?: (facts: FailureFacts) => string;
  readonly hint: (facts: FailureFacts) => string | undefined;
};

const code =
  (...codes: readonly string[]): FailureRow['when'] =>
  ({ awsCode }) =>
    codes.includes(awsCode);

const says =
  (pattern: RegExp, ...codes: readonly string[]): FailureRow['when'] =>
  ({ awsCode, text }) =>
    pattern.test(text) && (codes.length === 0 || codes.includes(awsCode));

const withProfile = (facts: FailureFacts): string =>
  facts.profile === undefined ? '' : ` --profile ${facts.profile}`;

/** ` on "<resource>"`, or nothing where the call is about no one thing. */
export const on = (facts: FailureFacts): string =>
  facts.resource === '*' ? '' : ` on "${facts.resource}"`;

const denied = ['AccessDenied', 'UnauthorizedOperation', 'AuthorizationError', 'Forbidden'];

const needed = (facts: FailureFacts): string =>
  facts.permissions.map((permission) => `"${permission}"`).join(' and ');

const deniedRow = (pattern: RegExp | undefined, hint: FailureRow['hint']): FailureRow => ({
  when: (facts) => denied.includes(facts.awsCode) && (pattern?.test(facts.text) ?? true),
  code: 'AWS_ACCESS_DENIED',
  what: (facts) =>
    `access denied: ${needed(facts)}${on(facts)} is ${/explicit deny/i.test(facts.text) ? 'denied' : 'missing'}`,
  hint: (facts) =>
    facts.operation === 's3:CreateBucket' ? `${hint(facts) ?? ''}; ${namespaceHint}` : hint(facts),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html */
const namespaceHint =
  'some organizations allow buckets in the account regional namespace only (condition key ' +
  's3:x-amz-bucket-namespace, names that end in "-an"): ask its administrators about this bucket name';

/** Tried from the top; the last row matches everything. */
export const failureRows: readonly FailureRow[] = [
  // Credentials that were never sent.
  {
    when: (facts) =>
      facts.status === undefined &&
      code('CredentialsProviderError', 'TokenProviderError', 'ProviderError')(facts) &&
      /expired|re-authenticate|refresh|session .* is invalid/i.test(facts.text),
    code: 'AWS_CREDENTIALS_EXPIRED',
    what: () => 'the AWS credentials have expired',
    hint: (facts) => `sign in again: aws sso login${withProfile(facts)}, or aws login`,
  },
  {
    when: (facts) => facts.awsCode === 'NoCredentials',
    code: 'AWS_CREDENTIALS_MISSING',
    what: () => 'no AWS credentials found',
    hint: () =>
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with --profile, or sign in with "aws sso login"',
  },
  {
    when: (facts) =>
      facts.status === undefined &&
      code('CredentialsProviderError', 'TokenProviderError', 'ProviderError')(facts),
    code: 'AWS_CREDENTIALS_MISSING',
    what: (facts) =>
      facts.profile === undefined
        ? 'the AWS credentials cannot be loaded'
        : `profile "${facts.profile}" gives no credentials`,
    hint: (facts) =>
      `"aws sts get-caller-identity${withProfile(facts)}" must work first; see "aws configure list${withProfile(facts)}"`,
  },
  // Credentials that AWS refuses.
  {
    when: code('ExpiredToken', 'TokenRefreshRequired'),
    code: 'AWS_CREDENTIALS_EXPIRED',
    what: () => 'the AWS credentials have expired',
    hint: (facts) =>
      `get fresh ones (aws sso login${withProfile(facts)}, or new AWS_* variables) and run again: it goes on from here`,
  },
  {
    when: (facts) =>
      code('RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture')(facts) ||
      says(
        /signature (?:expired|not yet current)/i,
        'SignatureDoesNotMatch',
        'InvalidSignature',
      )(facts),
    code: 'AWS_REQUEST_FAILED',
    what: () => 'AWS refuses the request because the clock of this machine is wrong',
    hint: () => 'set the clock (AWS allows five minutes) and run again',
  },
  {
    when: code(
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
      'UnrecognizedClient',
      'SignatureDoesNotMatch',
      'IncompleteSignature',
      'InvalidSignature',
      'InvalidToken',
      'AuthFailure',
      'MissingAuthenticationToken',
    ),
    code: 'AWS_ACCESS_DENIED',
    what: () => 'AWS does not accept these credentials',
    hint: (facts) =>
      `check them with "aws sts get-caller-identity${withProfile(facts)}"; a region that is not enabled for the account ("${facts.region}"?) answers so too`,
  },
  {
    // Both causes have this code: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    when: (facts) =>
      code('OptInRequired', 'SubscriptionRequired', 'NotSignedUp')(facts) &&
      !/\bregion\b/i.test(facts.text),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `this account has no subscription yet for the service of ${facts.operation}`,
    hint: (facts) =>
      `a new account is ready within 24 hours, once its payment method and telephone are verified: open the service in the AWS console to see what is missing, then run again (region "${facts.region}" is not the cause)`,
  },
  {
    when: code('RegionDisabled', 'OptInRequired'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `region "${facts.region}" is not enabled for this account`,
    hint: (facts) =>
      `enable it (aws account enable-region --region-name ${facts.region}) or choose another with --region`,
  },
  // Permissions.
  {
    when: says(/account must be verified/i),
    code: 'AWS_REQUEST_FAILED',
    what: () => 'CloudFront takes no distribution before AWS has verified the account',
    hint: () =>
      'this is no IAM permission: open a case with AWS Support (account and billing) that asks to verify the account for CloudFront; --public-s3-bucket hosts a new issuer without CloudFront',
  },
  deniedRow(
    /service control policy|resource control policy/i,
    (facts) =>
      'a policy of the AWS organization forbids it; only the administrators of the organization can allow it' +
      (facts.operation === 's3:CreateBucket'
        ? ': it may want buckets of the account regional namespace (condition key s3:x-amz-bucket-namespace), and this name is of the global one'
        : ''),
  ),
  deniedRow(
    /explicit deny/i,
    () =>
      'a Deny in a policy of the kind named above forbids it; allowing more does not help: have that statement changed',
  ),
  deniedRow(
    /block ?public ?(?:policy|access)/i,
    () =>
      'Block Public Access of the bucket, the account or the organization refuses a public bucket policy; use the private layout, or have it lifted',
  ),
  deniedRow(
    /permissions boundary|session policy|VPC endpoint policy/i,
    (facts) =>
      `the caller has a boundary, session policy or VPC endpoint policy around its permissions; it must allow ${needed(facts)} too`,
  ),
  deniedRow(undefined, (facts) =>
    facts.operation === 's3:GetObject'
      ? 'allow s3:GetObject on the objects and s3:ListBucket on the bucket: without the latter a missing object looks like this as well'
      : `add ${needed(facts)} for this resource to the policy of the caller, then run again: it goes on from here`,
  ),
  // Limits.
  {
    when: (facts) => isQuotaCode(facts.awsCode),
    code: 'AWS_QUOTA',
    what: (facts) => `a quota of the account is reached by ${facts.operation}${on(facts)}`,
    hint: (facts) => quotaHint(facts.text),
  },
  {
    when: (facts) =>
      facts.status === 429 ||
      code(
        'Throttling',
        'Throttled',
        'RequestThrottled',
        'RequestLimitExceeded',
        'BandwidthLimitExceeded',
        'SlowDown',
        'TooManyRequests',
        'PriorRequestNotComplete',
      )(facts),
    code: 'AWS_THROTTLED',
    what: (facts) => `AWS throttles ${facts.operation}, after every retry`,
    hint: () =>
      'the rate is shared by everybody in the account: run again in a minute, it goes on from here',
  },
  // Conflicts and names.
  {
    when: code('BucketAlreadyExists'),
    code: 'NAME_TAKEN',
    what: (facts) => `the bucket name of "${facts.resource}" is taken by another account`,
    hint: () => 'bucket names are shared by all accounts of a partition: choose another --name',
  },
  {
    when: code('OperationAborted', 'ConcurrentModification', 'ConditionalRequestConflict'),
    code: 'AWS_REQUEST_FAILED',
    hint: () =>
      'something else changes the same resource (or a bucket of this name was deleted within the hour): run again in a few minutes',
  },
  {
    when: code('PreconditionFailed', 'InvalidIfMatchVersion'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `${facts.operation}${on(facts)}: it was changed by somebody else meanwhile`,
    hint: () => 'run again: it reads what is there now',
  },
  // Regions.
  {
    when: (facts) =>
      facts.operation === 's3:CreateBucket' &&
      code('IllegalLocationConstraint', 'InvalidLocationConstraint')(facts),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `S3 makes no bucket in region "${facts.region}" at the endpoint in use`,
    hint: (facts) =>
      'check --endpoint-url, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and endpoint_url in the profile: they must lead to S3 of this region; ' +
      `where none is set, see whether the region is enabled: aws account get-region-opt-status --region-name ${facts.region}`,
  },
  {
    when: code(
      'PermanentRedirect',
      'TemporaryRedirect',
      'AuthorizationHeaderMalformed',
      'IllegalLocationConstraint',
      'InvalidLocationConstraint',
    ),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `${facts.operation}${on(facts)} went to the wrong region, "${facts.region}"`,
    hint: (facts) => `run again with --region ${facts.rightRegion ?? '<region of the bucket>'}`,
  },
  // Answers that have one usual cause.
  {
    when: (facts) => facts.awsCode === 'BadRequest' && facts.text === '',
    code: 'AWS_REQUEST_FAILED',
    hint: (facts) =>
      `S3 gives no reason here; expired credentials are the usual one: check with "aws sts get-caller-identity${withProfile(facts)}"`,
  },
  {
    when: says(/scope arn/i, 'NoSuchEntity'),
    code: 'AWS_REQUEST_FAILED',
    what: () => 'the permissions boundary does not exist in this account',
    hint: () => 'check the ARN given with --permissions-boundary-arn',
  },
  {
    when: says(/not attachable/i, 'NoSuchEntity'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the managed policy for "${facts.resource}" does not exist in this account`,
    hint: () =>
      'check the ARN given with --managed-policy-arn or in the annotation of the CredentialsRequest ("aws iam list-policies" shows them)',
  },
  {
    when: code('OpenIdIdpCommunicationError'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `IAM cannot reach the issuer "${facts.resource}"`,
    hint: () =>
      'the documents must be served over HTTPS to anyone; right after a change this can take minutes: run again',
  },
  {
    when: (facts) =>
      facts.operation === 'iam:CreateOpenIDConnectProvider' &&
      says(/discovery|openid-configuration|jwks/i, 'InvalidInput')(facts),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `IAM does not accept the discovery document of "${facts.resource}"`,
    hint: () =>
      'read <issuer>/.well-known/openid-configuration from outside: its "issuer" must be the very URL, and its "jwks_uri" be served ' +
      'over HTTPS as JSON, by a host that sends its whole certificate chain; right after a change this can take minutes: run again',
  },
  {
    when: says(/invalid principal/i, 'MalformedPolicyDocument', 'MalformedPolicy'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `a principal in the policy of ${facts.operation}${on(facts)} does not exist`,
    hint: () =>
      'most likely a statement that somebody else added names a role or user that was deleted meanwhile (AROA..., AIDA...): remove that statement by hand, then run again',
  },
  {
    when: code('MalformedPolicyDocument', 'MalformedPolicy'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `AWS does not accept the policy of ${facts.operation}${on(facts)}`,
    hint: () =>
      'look at the statementEntries of the CredentialsRequest; --dry-run writes the policy as it is sent',
  },
  // The proxy's own answer.
  {
    when: ({ status }) => status === 407,
    code: 'AWS_REQUEST_FAILED',
    what: (facts) =>
      `the proxy wants a user name and a password before it sends ${facts.operation}`,
    hint: () => 'set HTTPS_PROXY=http://user:password@host:port',
  },
  // An answer that is not one of AWS's.
  {
    when: code('AnswerTooLarge', 'AnswerTooSlow'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the answer to ${facts.operation} was given up`,
    hint: () =>
      'AWS does not answer so: check --endpoint-url, AWS_ENDPOINT_URL and HTTPS_PROXY, then run again',
  },
  // No answer at all.
  {
    when: code('ENOTFOUND', 'EAI_AGAIN'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the address of ${facts.operation} cannot be resolved`,
    hint: (facts) =>
      `check the network and its DNS, --region ("${facts.region}") and --endpoint-url, and HTTPS_PROXY if one is set`,
  },
  {
    when: code('ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `no connection to AWS for ${facts.operation}`,
    hint: () =>
      'check the network, and --endpoint-url, AWS_ENDPOINT_URL or HTTPS_PROXY if one is set; a network that needs a proxy needs HTTPS_PROXY',
  },
  {
    when: (facts) =>
      facts.status === undefined &&
      code('ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'TimeoutError')(facts),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the connection to AWS broke off during ${facts.operation}`,
    hint: () => 'run again: it goes on from here; what AWS did carry out is found',
  },
  {
    when: ({ awsCode, status }) =>
      status === undefined &&
      /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(awsCode),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `the TLS connection for ${facts.operation} is not trusted`,
    hint: () =>
      'behind a company proxy set AWS_CA_BUNDLE to its certificates; check https:// in --endpoint-url',
  },
  {
    when: ({ awsCode, status }) => status === undefined && /^(?:ENOENT|EACCES)$/.test(awsCode),
    code: 'AWS_CREDENTIALS_MISSING',
    what: () => 'a file of the AWS credentials cannot be read',
    hint: () => 'check AWS_WEB_IDENTITY_TOKEN_FILE and the files that the profile names',
  },
  {
    when: ({ status }) => status !== undefined && status >= 500,
    code: 'AWS_REQUEST_FAILED',
    hint: () => 'AWS has a problem on its side: run again in a few minutes, it goes on from here',
  },
  { when: () => true, code: 'AWS_REQUEST_FAILED', hint: () => undefined },
];
