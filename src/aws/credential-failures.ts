// Failures of credentials: none found, expired, refused by AWS, or of an account or region that is not
// ready for use.

import { code, says, withProfile, type FailureRow } from './failure-row.ts';

/** In order: the first row that holds decides. */
export const credentialFailures: readonly FailureRow[] = [
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
];
