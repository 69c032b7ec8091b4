// One role: made in two calls, or updated, one call for each difference.
// Wherever a run stops in between, the next one finds the role by its tags and goes on.

import { BootstrapError, isAwsError, type AwsError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import {
  refuseForeignRoles,
  refuseOtherIssuers,
  refuseOtherPaths,
  type PlannedRole,
} from '../../core/roles/role-conflicts.ts';
import { refuseOtherRequests } from '../../core/roles/role-requester.ts';
import { diffRole, newRoleRequests, type FoundRole } from '../../core/roles/role-diff.ts';
import { awsTime } from '../aws-time.ts';
import type { Context } from '../context.ts';
import type { PlannedChange } from '../gate.ts';
import { observeRole } from './observe-roles.ts';
import { poll } from '../poll.ts';
import { retryWhile } from '../retry-while.ts';

/** IAM shows a new role to its own calls within seconds, rarely a minute. */
const visibilityMs = 90_000;

/** Makes the role or brings it up to date; gives its ARN, undefined where a dry run would make it. */
export async function ensureRole(
  context: Context,
  planned: PlannedRole,
): Promise<string | undefined> {
  if (planned.found !== undefined) return await updateRole(context, planned, planned.found);
  try {
    return await createRole(context, planned);
  } catch (error) {
    if (!isAwsError(error, 'EntityAlreadyExists')) throw error;
    // The role exists: an earlier attempt or another run created it.
    const found = await waitForRole(context, planned, error);
    refuseOtherIssuers([{ ...planned, found }]);
    refuseOtherPaths([{ ...planned, found }]);
    refuseOtherRequests([{ ...planned, found }]);
    return await updateRole(context, planned, found);
  }
}

async function createRole(
  context: Context,
  { desired, request }: PlannedRole,
): Promise<string | undefined> {
  const accounts = request.serviceAccounts.map(({ name }) => name).join(', ');
  const namespaces = new Set(request.serviceAccounts.map(({ namespace }) => namespace));
  const [created] =
    (await context.gate.perform({
      change: {
        resource: 'iam-role',
        id: desired.roleName,
        action: 'create',
        detail: `for ${accounts} in ${[...namespaces].join(', ')}`,
      },
      requests: newRoleRequests(desired),
      retry: untilVisible(context),
    })) ?? [];
  const role = created?.['Role'];
  return isJsonObject(role) && typeof role['Arn'] === 'string' ? role['Arn'] : undefined;
}

async function updateRole(
  context: Context,
  planned: PlannedRole,
  found: FoundRole,
): Promise<string> {
  const now = awsTime(context);
  for (const { detail, request } of diffRole(planned.desired, found, { now })) {
    await context.gate.perform({
      change: { resource: 'iam-role', id: found.name, action: 'update', detail },
      requests: [request],
      retry: untilVisible(context),
      applied: async ({ error }) =>
        deletions.has(request.operation) && isAwsError(error, 'NoSuchEntity'),
    });
  }
  return found.arn;
}

/** The role that CreateRole says is there; RESOURCE_NOT_OWNED where it is somebody else's. */
async function waitForRole(
  context: Context,
  { desired, request }: PlannedRole,
  refusal: BootstrapError,
): Promise<FoundRole> {
  const { name, roleName } = desired;
  return await poll(
    context,
    {
      text: `role "${roleName}" to be visible`,
      pauseMs: 1_000,
      limitMs: visibilityMs,
      onTimeout: () => otherSpelling(roleName, refusal),
    },
    async () => {
      const { found } = await observeRole(context, { name, request, roleName });
      if (found.state === 'foreign') refuseForeignRoles(name, [found.arn]);
      return found.state === 'owned' ? found.role : undefined;
    },
  );
}

/** Requests that remove something which may already be removed. */
const deletions = new Set([
  'delete-role-permissions-boundary',
  'delete-role-policy',
  'detach-role-policy',
]);

/** Requests of which the entity that is missing is a boundary or a policy, not the role. */
const namesAnother = new Set(['create-role', 'put-role-permissions-boundary', ...deletions]);

/** AttachRolePolicy has one code for a missing role and a missing policy; the text names a policy. */
const isOfPolicy = (error: AwsError): boolean => /\bpolicy arn:/i.test(error.message);

/** Sends PutRolePolicy and its like again while IAM does not see the role it has just made. */
function untilVisible(context: Context): NonNullable<PlannedChange['retry']> {
  return retryWhile(context, ({ request, error }) => {
    const isUnseen = isAwsError(error, 'NoSuchEntity') && !isOfPolicy(error);
    if (isUnseen && !namesAnother.has(request.operation)) {
      return { text: `role "${request.id ?? ''}" to be visible`, limitMs: visibilityMs };
    }
    // Whether IAM looks for the provider that a trust policy names is not documented: if so, late.
    return isAwsError(error, 'MalformedPolicyDocument') && /federated/i.test(error.message)
      ? { text: `the provider of role "${request.id ?? ''}" to be visible`, limitMs: 20_000 }
      : undefined;
  });
}

/** Names differ from each other by more than case, but a role is read only in its own spelling. */
function otherSpelling(roleName: string, cause: BootstrapError): BootstrapError {
  return new BootstrapError({
    code: 'NAME_TAKEN',
    message: `IAM says that role "${roleName}" exists, but does not show it`,
    hint: 'probably a role with the same name in other capitals exists: choose another --name, or allow iam:ListRoles so that the role is found',
    details: { resource: 'iam-role', id: roleName },
    cause,
  });
}
