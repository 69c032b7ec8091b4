// Failures of IAM, and of the policy documents that S3 takes too, that have one usual cause each.

import { code, on, says, type FailureRow } from './failure-row.ts';

/** In order: the first row that holds decides. */
export const iamFailures: readonly FailureRow[] = [
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
    when: code('NoSuchEntity'),
    code: 'AWS_REQUEST_FAILED',
    hint: () =>
      'it was deleted a moment ago, by another run at the same time most likely (`delete`, `--prune`): wait until that has ended, then run again',
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
      'probably a statement that others added names a deleted role or user (AROA..., AIDA...): remove that statement by hand, then run again',
  },
  {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
    when: (facts) =>
      ['iam:CreateRole', 'iam:UpdateAssumeRolePolicy'].includes(facts.operation) &&
      code('MalformedPolicyDocument')(facts),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `IAM does not accept the trust policy of ${facts.operation}${on(facts)}`,
    hint: () =>
      'look at the statements that others added to it; of an issuer that many organizations share, as that of GitHub, IAM demands certain claims: ' +
      'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html',
  },
  {
    when: code('MalformedPolicy'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `S3 does not accept the policy of ${facts.operation}${on(facts)}`,
    hint: () =>
      'look at the statements that others added to the policy of the bucket; --dry-run writes it as it is sent',
  },
  {
    when: code('MalformedPolicyDocument'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `IAM does not accept the policy of ${facts.operation}${on(facts)}`,
    hint: () =>
      'look at the statementEntries of the CredentialsRequest, or the file of --policy-file; --dry-run writes the policy as it is sent',
  },
];
