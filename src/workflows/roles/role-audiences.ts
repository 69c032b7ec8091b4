// Audiences as the roles of a name trust them: which roles use one, and how it is taken from them.

import template from '../../../templates/iam/update-assume-role-policy.json' with { type: 'json' };
import type { Role } from '../../aws/ports.ts';
import { ownership } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import {
  audiencesFor,
  describeAudiences,
  trustedAudiences,
  withAudiences,
} from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';

/** Roles that trust an audience: ours, which follow, and those of others, which are only named. */
export type TrustingRoles = { readonly ours: readonly Role[]; readonly others: readonly string[] };

/** The roles of the account whose trust in the provider is pinned to one of these audiences. */
export async function rolesTrustingAudiences(
  context: Context,
  wanted: {
    readonly name: string;
    readonly providerArn: string;
    readonly audiences: readonly string[];
  },
): Promise<TrustingRoles> {
  const listed = await context.aws.iam.listRoleTrust();
  if (listed === undefined) {
    context.warn(
      'the roles of this account could not be listed: run create-iam-roles afterwards to remove the audience from them',
    );
    return { ours: [], others: [] };
  }
  const names = listed
    .filter(({ trustPolicy }) =>
      trustedAudiences(trustPolicy, wanted.providerArn).some((audience) =>
        wanted.audiences.includes(audience),
      ),
    )
    .map((role) => role.name);
  const found = await inParallel(names, (name) => context.aws.iam.getRole(name));
  const roles = found.filter((role) => role !== undefined);
  const isOurs = (role: Role): boolean => ownership(wanted.name, role.tags) !== 'foreign';
  return {
    ours: roles.filter(isOurs),
    others: roles.filter((role) => !isOurs(role)).map((role) => role.name),
  };
}

/** Takes from the roles all audiences but these, and adds those asked for; the rest of their trust stays. */
export async function narrowRoleAudiences(
  context: Context,
  wanted: {
    readonly providerArn: string;
    readonly roles: readonly Role[];
    readonly audiences: readonly string[];
    /** Those of them that this run asks for. */
    readonly asked: readonly string[];
  },
): Promise<void> {
  const { providerArn, asked } = wanted;
  await inParallel(wanted.roles, async ({ name }) => {
    // The trust policy is replaced as a whole: what was added since the approval is kept.
    const role = await context.aws.iam.getRole(name);
    if (role === undefined) return;
    const audiences = audiencesFor(role.trustPolicy, {
      providerArn,
      registered: wanted.audiences,
      asked,
    });
    const trusted = trustedAudiences(role.trustPolicy, providerArn);
    const policy = JSON.stringify(withAudiences(role.trustPolicy, { providerArn, audiences }));
    await context.gate.perform({
      change: {
        resource: 'iam-role',
        id: role.name,
        action: 'update',
        detail: `trust policy: ${describeAudiences(trusted, audiences)}`,
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
