// Calls that AWS denies, by the kind of policy that denies them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html

import { namespaceOf } from '../core/bucket-names.ts';
import { on, says, type FailureFacts, type FailureRow } from './failure-row.ts';

const denied = ['AccessDenied', 'UnauthorizedOperation', 'AuthorizationError', 'Forbidden'];

const needed = (facts: FailureFacts): string =>
  facts.permissions.map((permission) => `"${permission}"`).join(' and ');

const deniedRow = (pattern: RegExp | undefined, hint: FailureRow['hint']): FailureRow => ({
  when: (facts) => denied.includes(facts.awsCode) && (pattern?.test(facts.text) ?? true),
  code: 'AWS_ACCESS_DENIED',
  what: (facts) =>
    `access denied: ${needed(facts)}${on(facts)} is ${/explicit deny/i.test(facts.text) ? 'denied' : 'missing'}`,
  hint: (facts) =>
    facts.operation === 's3:CreateBucket'
      ? `${hint(facts) ?? ''}; ${namespaceHint(facts)}`
      : hint(facts),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html */
const namespaceHint = ({ resource }: FailureFacts): string =>
  namespaceOf(resource) === 'global'
    ? 'some organizations allow buckets of the account regional namespace only (condition key s3:x-amz-bucket-namespace): ' +
      '--bucket-namespace account-regional makes one'
    : 'where only buckets of the global namespace are allowed (condition key s3:x-amz-bucket-namespace), ' +
      '--bucket-namespace global makes one';

/** In order: the kinds of policy first, any other denial last. */
export const permissionFailures: readonly FailureRow[] = [
  {
    when: says(/account must be verified/i),
    code: 'AWS_REQUEST_FAILED',
    what: () => 'CloudFront creates no distribution until AWS has verified the account',
    hint: () =>
      'this is not an IAM permission: open a case with AWS Support (account and billing) that asks to verify the account for CloudFront; --public-s3-bucket hosts a new issuer without CloudFront',
  },
  deniedRow(
    /service control policy|resource control policy/i,
    () =>
      'a policy of the AWS organization forbids it; only the administrators of the organization can allow it',
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
];
