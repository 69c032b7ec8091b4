// ARNs of managed policies, AWS's own and the account's: where they are given, and which of them a role
// of this account can have. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

import { partitionProblem } from './policy-grammar.ts';

/** Annotation of a CredentialsRequest with managed policies for its role, separated by commas. */
export const managedPoliciesAnnotation = 'oidc-bootstrap/managed-policy-arns';

/** Managed policies that a role can have: what accounts get unless they ask for more, and at most. */
export const attachedPolicyLimits = { usual: 10, most: 25 } as const;

const arnPattern = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/;

/** What is wrong with the ARN for a role of that account, as far as that is known; or undefined. */
export function managedPolicyProblem(
  arn: string,
  of: { readonly partition?: string | undefined; readonly account?: string | undefined },
): string | undefined {
  if (!arnPattern.test(arn)) {
    return 'is not the ARN of a managed policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess';
  }
  const partition = partitionProblem(arn, of.partition);
  if (partition !== undefined) return partition;
  const owner = arn.split(':')[4];
  return of.account === undefined || owner === 'aws' || owner === of.account
    ? undefined
    : `is of account "${owner}", the roles are of "${of.account}": IAM attaches a policy of AWS or of the same account only`;
}
