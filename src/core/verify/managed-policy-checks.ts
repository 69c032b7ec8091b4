// The managed policies of a role: which of them this program attached, by the tag of the role, and which of AWS's
// own give more than any pod needs. What a policy of the account allows is not read.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html

import { isRecorded } from '../roles/attached-policies.ts';
import { shellWord } from '../shell-word.ts';
import { passed, skipped, warned, type Check } from './check.ts';
import type { Seen } from '../seen.ts';

/** Policies of AWS with which a pod can do everything, or give itself everything. */
const wide = ['AdministratorAccess', 'IAMFullAccess', 'PowerUserAccess'];

/** None where they were not looked at. */
export function managedPolicyChecks(role: {
  readonly name: string;
  readonly attached: Seen<readonly string[]> | undefined;
  readonly policyRecord: string | undefined;
}): readonly Check[] {
  const id = 'roles-managed-policies';
  const { name, attached, policyRecord } = role;
  if (attached === undefined) return [];
  if (!attached.seen) return [skipped(id, name, attached.why)];
  const isOurs = (arn: string): boolean => isRecorded(policyRecord, arn);
  const listed = (title: string, arns: readonly string[]): readonly string[] =>
    arns.length === 0 ? [] : [`${title}: ${arns.join(', ')}`];
  const detail = [
    ...listed('attached by this program', attached.value.filter(isOurs)),
    ...listed(
      'attached by others',
      attached.value.filter((arn) => !isOurs(arn)),
    ),
  ].join('; ');
  const [first] = attached.value.filter((arn) =>
    wide.some((policy) => new RegExp(`:iam::aws:policy/${policy}$`).test(arn)),
  );
  if (first === undefined) return [passed(id, name, detail === '' ? 'none' : detail)];
  return [
    warned(id, name, {
      detail: `role "${name}" has "${first}": its pods can do everything, or give themselves the permission to (${detail})`,
      hint: `give it a policy with the actions that its pods need, then run \`aws iam detach-role-policy --role-name ${shellWord(name)} --policy-arn ${first}\``,
    }),
  ];
}
