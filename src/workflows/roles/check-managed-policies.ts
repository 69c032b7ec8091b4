// Managed policies that are named for roles, before anything is written: of this account, there, not
// too many. IAM would refuse them one by one, after the roles were made.

import { BootstrapError, InputError, type InputIssue } from '../../core/errors.ts';
import {
  attachedPolicyLimits,
  managedPoliciesAnnotation,
  managedPolicyProblem,
} from '../../core/requests/managed-policies.ts';
import type { PlannedRole } from '../../core/roles/role-conflicts.ts';
import { attachedCount } from '../../core/roles/role-diff.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';

const rightArn = 'take the ARN from "aws iam list-policies"; nothing was changed';

const fewer =
  'name fewer, detach some by hand, or ask for more under Service Quotas (iam, managed policies per role); nothing was changed';

/** INPUT_INVALID (exit 2) with every policy that cannot be attached; reads only what is not attached yet. */
export async function checkManagedPolicies(
  context: Context,
  input: {
    readonly account: string;
    readonly partition: string;
    readonly roles: readonly PlannedRole[];
  },
): Promise<void> {
  const roles = input.roles.filter(
    ({ desired }) => desired.attach.length + desired.detach.length > 0,
  );
  if (roles.length === 0) return;
  refuseUnlisted(roles);
  const issues = roles.flatMap((role) =>
    role.desired.attach.flatMap((arn) => {
      const problem = managedPolicyProblem(arn, input);
      return problem === undefined ? [] : [{ ...placeOf(role), message: `"${arn}" ${problem}` }];
    }),
  );
  if (issues.length > 0) throw new InputError(issues, rightArn);
  const many = await tooMany(context, roles);
  const missing = await notThere(context, roles);
  if (many.length + missing.length === 0) return;
  throw new InputError([...many, ...missing], missing.length > 0 ? rightArn : fewer);
}

/** Without the list of what is attached no run could tell what is to do. */
function refuseUnlisted(roles: readonly PlannedRole[]): void {
  const role = roles.find(
    ({ found }) => found !== undefined && found.attachedPolicies === undefined,
  );
  if (role === undefined) return;
  const permission = 'iam:ListAttachedRolePolicies';
  throw new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: `access denied: "${permission}" on "role/${role.desired.roleName}" is missing, which managed policies need`,
    hint: `add "${permission}" for this role to the policy of the caller, then run again`,
    details: { permissions: [permission], resource: `role/${role.desired.roleName}` },
  });
}

async function tooMany(
  context: Context,
  roles: readonly PlannedRole[],
): Promise<readonly InputIssue[]> {
  const { usual, most } = attachedPolicyLimits;
  const counted = roles.map((role) => ({ role, count: attachedCount(role.desired, role.found) }));
  const many = counted.filter(({ count }) => count > usual);
  if (many.length === 0) return [];
  const summary = await context.aws.iam.getAccountSummary();
  const quota = summary?.['AttachedPoliciesPerRoleQuota'];
  const limit = Math.min(quota ?? most, most);
  for (const { role, count } of quota === undefined ? many : []) {
    context.warn(
      `role "${role.desired.roleName}" would have ${count} managed policies; accounts take ${usual} unless they asked for more (Service Quotas, iam, managed policies per role)`,
    );
  }
  return many
    .filter(({ count }) => count > limit)
    .map(({ role, count }) => ({
      ...placeOf(role),
      message: `role "${role.desired.roleName}" would have ${count} managed policies, with those that are attached; IAM accepts ${limit} in this account`,
    }));
}

async function notThere(
  context: Context,
  roles: readonly PlannedRole[],
): Promise<readonly InputIssue[]> {
  const wanted = new Map<string, PlannedRole>();
  for (const role of roles) {
    for (const arn of role.desired.attach) {
      const attached = role.found?.attachedPolicies?.includes(arn) === true;
      if (!attached && !wanted.has(arn)) wanted.set(arn, role);
    }
  }
  const looked = await inParallel([...wanted], async ([arn, role]) => ({
    arn,
    role,
    attachable: await context.aws.iam.isAttachable(arn),
  }));
  return looked
    .filter(({ attachable }) => attachable === false)
    .map(({ arn, role }) => ({
      ...placeOf(role),
      message: `managed policy "${arn}" does not exist, or roles cannot have it`,
    }));
}

function placeOf({ request: { credentials } }: PlannedRole): Omit<InputIssue, 'message'> {
  return credentials === undefined
    ? { field: '--managed-policy-arn' }
    : {
        file: credentials.file,
        line: credentials.line,
        field: `metadata.annotations.${managedPoliciesAnnotation}`,
      };
}
