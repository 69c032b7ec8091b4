// Compares the IAM policy that `permissions` prints for a command with the calls that the command made.

import { expect } from 'vitest';
import type { PermissionCommand } from '../../src/core/permissions/commands.ts';
import {
  permissionsPolicy,
  type PermissionStatement,
} from '../../src/core/permissions/permissions-policy.ts';
import { matchesPattern } from '../local-aws/interference.ts';
import type { RecordedCall } from '../local-aws/server.ts';

/** Actions that the program can work without, with a shorter message or more calls. */
const isOptional = ({ Sid }: PermissionStatement): boolean => Sid.startsWith('Optional');

/** Actions that need no permission: GetCallerIdentity, and AssumeRoleWithWebIdentity, which is unsigned. */
const free = new Set(['sts:GetCallerIdentity', 'sts:AssumeRoleWithWebIdentity']);

/** The policy for `my-cluster` with a hosting of its own, or on a shared one. */
function policyOf(
  command: PermissionCommand,
  sharedHosting: string | undefined,
): readonly PermissionStatement[] {
  return permissionsPolicy(command, {
    name: 'my-cluster',
    account: '111122223333',
    partition: 'aws',
    rolePath: '/',
    sharedHosting,
    hostedZoneId: undefined,
    situations: [
      ...(['bucket', 'cloudfront'] as const),
      sharedHosting === undefined ? 'own-hosting' : 'shared-hosting',
    ],
  }).Statement;
}

function covers(statement: PermissionStatement, resource: string): boolean {
  return [statement.Resource].flat().some((pattern) => matchesPattern(pattern, resource));
}

/** Actions of a command's policy that are optional. */
export function optionalActions(command: PermissionCommand): readonly string[] {
  return policyOf(command, undefined)
    .filter(isOptional)
    .flatMap(({ Action }) => Action);
}

/** Checks that the policy allows every call on its resource, and that each action was called or is optional. */
export function expectExactly(
  command: PermissionCommand,
  calls: readonly RecordedCall[],
  { sharedHosting }: { readonly sharedHosting?: string } = {},
): void {
  const statements = policyOf(command, sharedHosting);
  const allowed = (action: string, resource: string): boolean =>
    statements.some((one) => one.Action.includes(action) && covers(one, resource));
  const needed = calls.flatMap(({ actions, resources }) =>
    actions
      .filter((action) => !free.has(action))
      .flatMap((action) => resources.map((resource) => ({ action, resource }))),
  );
  const denied = needed.filter(({ action, resource }) => !allowed(action, resource));
  expect([...new Set(denied.map(({ action, resource }) => `${action} on ${resource}`))]).toEqual(
    [],
  );
  const unused = statements
    .filter((statement) => !isOptional(statement))
    .flatMap((statement) =>
      statement.Action.filter(
        (action) =>
          !needed.some((need) => need.action === action && covers(statement, need.resource)),
      ),
    );
  expect(unused).toEqual([]);
}
