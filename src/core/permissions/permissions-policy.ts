// The least-privilege IAM policy of a command, made from its rows.

import { commandRows } from './command-rows.ts';
import type { PermissionCommand } from './commands.ts';
import { sidOf, type PermissionRow } from './permission-row.ts';
import { resourcesOf, type PermissionTarget } from './resources.ts';

/**
 * Characters that a managed policy may have, without white space.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const managedPolicyLimit = 6144;

/** Characters of a policy as IAM counts them. */
export function policyLength(policy: PermissionsPolicy): number {
  return JSON.stringify(policy).replaceAll(/\s/g, '').length;
}

export type PermissionStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
};

export type PermissionsPolicy = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PermissionStatement[];
};

/** The rows that apply to the target. */
export function rowsFor(
  command: PermissionCommand,
  target: PermissionTarget,
): readonly PermissionRow[] {
  const rows = commandRows[command];
  return rows.filter(({ when = [] }) =>
    when.every((situation) => target.situations.includes(situation)),
  );
}

/** The policy, as `aws iam create-policy` takes it. */
export function permissionsPolicy(
  command: PermissionCommand,
  target: PermissionTarget,
): PermissionsPolicy {
  return {
    Version: '2012-10-17',
    Statement: rowsFor(command, target).map((row) => {
      const [first = '*', ...more] = resourcesOf(row.on, target);
      return {
        Sid: sidOf(row),
        Effect: 'Allow',
        Action: row.actions,
        Resource: more.length === 0 ? first : [first, ...more],
      };
    }),
  };
}
