// Roles first: without them nothing uses the issuer. What others added to one keeps it, unless the
// user says that it goes too.

import attachedTemplate from '../../../templates/iam/attached-role-policy.json' with { type: 'json' };
import deletePolicyTemplate from '../../../templates/iam/delete-role-policy.json' with { type: 'json' };
import deleteTemplate from '../../../templates/iam/delete-role.json' with { type: 'json' };
import profileTemplate from '../../../templates/iam/remove-role-from-instance-profile.json' with { type: 'json' };
import type { WriteRequest } from '../../core/change.ts';
import { isAwsError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { fillTemplate, type TemplateValues } from '../../core/template.ts';
import type { HeldRole } from '../../core/teardown/role-additions.ts';
import type { Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { unlessGone } from '../unless-gone.ts';
import { whatItHolds, type NameRole } from './find-name-roles.ts';
import { retryWhileUsed } from '../retry-while.ts';
import { deletedOrGone, type Steps } from '../delete-steps.ts';

/** A role in plans and results. */
export function roleThing({ name }: Pick<HeldRole, 'name'>): Thing {
  return { resource: 'iam-role', id: name };
}

/** Why a role stays that others use. */
export function keptByAdditions({ additions }: NameRole): string {
  return `others added to it: ${additions.join(', ')}; --detach-foreign deletes it anyway`;
}

/** Deletes these roles, several at once. */
export async function deleteRoles(
  context: Context,
  steps: Steps,
  roles: readonly NameRole[],
): Promise<void> {
  const remove = async (role: NameRole): Promise<boolean> =>
    await steps.attempt(roleThing(role), async () => await deleteNewestRole(context, role));
  if (context.gate.dryRun) for (const role of roles) await remove(role);
  else await inParallel(roles, remove);
}

/**
 * Once more with what it holds now: "not there" may mean a policy that another run takes off, and the
 * inline policy of a role that was just made may not have been listed yet. What others add stays.
 */
async function deleteNewestRole(context: Context, role: NameRole): Promise<'deleted' | 'gone'> {
  try {
    if ((await deleteRole(context, role)) === 'deleted') return 'deleted';
  } catch (error) {
    if (!isAwsError(error, 'DeleteConflict')) throw error;
  }
  const now = await unlessGone('NoSuchEntity', whatItHolds(context, role));
  if (now === undefined) return 'gone';
  const { inlinePolicies, attachedPolicies, instanceProfiles } = role;
  return await deleteRole(context, {
    ...role,
    inlinePolicies: now.inlinePolicies.filter((one) =>
      [role.name, ...inlinePolicies].includes(one),
    ),
    attachedPolicies: now.attachedPolicies.filter((one) => attachedPolicies.includes(one)),
    instanceProfiles: now.instanceProfiles.filter((one) => instanceProfiles.includes(one)),
  });
}

/** Takes off what hangs on the role, and deletes it. */
async function deleteRole(context: Context, role: HeldRole): Promise<'deleted' | 'gone'> {
  const { name } = role;
  const change = { ...roleThing(role), action: 'delete', detail: '' } as const;
  return await deletedOrGone('NoSuchEntity', () =>
    context.gate.perform({
      change,
      partly: { ...change, action: 'update', detail: 'policies removed; the role is still there' },
      requests: [
        ...role.instanceProfiles.map((instanceProfile) =>
          request('remove-role-from-instance-profile', profileTemplate, {
            roleName: name,
            instanceProfile,
          }),
        ),
        ...role.attachedPolicies.map((policyArn) =>
          request('detach-role-policy', attachedTemplate, { roleName: name, policyArn }),
        ),
        ...role.inlinePolicies.map((policyName) =>
          request('delete-role-policy', deletePolicyTemplate, { roleName: name, policyName }),
        ),
        request('delete-role', deleteTemplate, { roleName: name }),
      ],
      retry: retryWhileUsed(context, {
        thing: `role "${name}"`,
        // IAM may not see yet that its policies are gone, or that they are there.
        awsCode: 'DeleteConflict',
        limitMs: 10_000,
      }),
      // Of a request that was sent twice: the first try took it away.
      applied: async ({ error }) => isAwsError(error, 'NoSuchEntity'),
    }),
  );
}

function request(operation: string, template: JsonObject, values: TemplateValues): WriteRequest {
  const id = String(values['roleName']);
  return { service: 'iam', operation, id, input: fillTemplate(template, values) };
}
