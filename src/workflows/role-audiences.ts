// Audiences as the roles of a name trust them: which roles use one, and how it is taken from them.

import template from '../../templates/iam/update-assume-role-policy.json' with { type: 'json' };
import type { Role } from '../aws/ports.ts';
import { ownership } from '../core/tags.ts';
import { fillTemplate } from '../core/template.ts';
import { trustedAudiences, withAudiences } from '../core/trust-policy.ts';
import type { Context } from './context.ts';
import { inParallel } from './parallel.ts';

/** The roles of this name whose trust in the provider is pinned to one of these audiences. */
export async function rolesTrustingAudiences(
  context: Context,
  wanted: {
    readonly name: string;
    readonly providerArn: string;
    readonly audiences: readonly string[];
  },
): Promise<readonly Role[]> {
  const listed = await context.aws.iam.listRoles();
  if (listed === undefined) {
    context.warn(
      'the roles of this account could not be listed: run create-iam-roles afterwards, so that none trusts an audience that is gone',
    );
    return [];
  }
  const names = listed
    .map((role) => role.name)
    .filter((name) => name.startsWith(`${wanted.name}-`));
  const roles = await inParallel(names, (name) => context.aws.iam.getRole(name));
  return roles
    .filter((role) => role !== undefined)
    .filter((role) => ownership(wanted.name, role.tags) !== 'foreign')
    .filter((role) =>
      trustedAudiences(role.trustPolicy, wanted.providerArn).some((audience) =>
        wanted.audiences.includes(audience),
      ),
    );
}

/** Pins the roles to these audiences, everything else of their trust as it is. */
export async function narrowRoleAudiences(
  context: Context,
  wanted: {
    readonly providerArn: string;
    readonly roles: readonly Role[];
    readonly audiences: readonly string[];
  },
): Promise<void> {
  await inParallel(wanted.roles, async (role) => {
    const policy = JSON.stringify(withAudiences(role.trustPolicy, wanted));
    await context.gate.perform({
      change: {
        resource: 'iam-role',
        id: role.name,
        action: 'update',
        detail: 'trust policy: audiences',
      },
      requests: [
        {
          service: 'iam',
          operation: 'update-assume-role-policy',
          id: role.name,
          input: fillTemplate(template, { roleName: role.name, policy }),
        },
      ],
    });
  });
}
