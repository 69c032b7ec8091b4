// Takes audiences away from an issuer: the roles that trust them first, then the provider.
// Tokens of such an audience are refused from that moment on, so the roles are named before.

import type { OidcProvider, Role } from '../../aws/ports.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { removeAudiences } from '../provider/ensure-oidc-provider.ts';
import { narrowRoleAudiences, rolesTrustingAudiences } from './role-audiences.ts';

/** What will be removed, and whom it concerns. */
export type AudienceRemoval = {
  readonly providerArn: string;
  readonly remove: readonly string[];
  /** What the same run adds. */
  readonly add: readonly string[];
  /** What the provider is left with. */
  readonly left: readonly string[];
  /** Roles whose trust uses one of those removed. */
  readonly roles: readonly Role[];
  /** Roles of others whose trust uses one: they are left as they are. */
  readonly otherRoles: readonly string[];
};

/** Reads only. Undefined where there is nothing to remove; removing all audiences is a USAGE error. */
export async function planAudienceRemoval(
  context: Context,
  wanted: {
    readonly name: string;
    readonly provider: OidcProvider;
    readonly add: readonly string[];
    readonly remove: readonly string[];
  },
): Promise<AudienceRemoval | undefined> {
  const { provider } = wanted;
  const remove = wanted.remove.filter((audience) => provider.clientIds.includes(audience));
  if (remove.length === 0) return undefined;
  const left = [...new Set([...provider.clientIds, ...wanted.add])].filter(
    (audience) => !remove.includes(audience),
  );
  if (left.length === 0) {
    throw new BootstrapError({
      code: 'USAGE',
      message: 'the provider would have no audience left, and no token would be accepted',
      hint: `keep one of ${provider.clientIds.join(', ')}, or add another with --audience`,
      details: { audiences: provider.clientIds },
    });
  }
  const { ours, others } = await rolesTrustingAudiences(context, {
    name: wanted.name,
    providerArn: provider.arn,
    audiences: remove,
  });
  return {
    providerArn: provider.arn,
    remove,
    add: wanted.add,
    left,
    roles: ours,
    otherRoles: others,
  };
}

/** What the user is asked to approve, and the roles it concerns. */
export function describeRemoval(removal: AudienceRemoval): {
  readonly consequence: string;
  readonly affected: readonly string[];
} {
  const audiences = removal.remove.map((audience) => `"${audience}"`).join(', ');
  const affected = [
    ...removal.roles.map((role) => role.name),
    ...removal.otherRoles.map((name) => `${name} (not ours)`),
  ];
  const roles = affected.length === 1 ? '1 role' : `${affected.length} roles`;
  return {
    consequence: `removing audience ${audiences} makes AWS refuse its tokens at once and affects ${roles}`,
    affected,
  };
}

/** Roles first, then the provider: at no moment does a role trust what the provider refuses to name. */
export async function removeProviderAudiences(
  context: Context,
  removal: AudienceRemoval,
): Promise<void> {
  await narrowRoleAudiences(context, {
    providerArn: removal.providerArn,
    roles: removal.roles,
    audiences: removal.left,
    asked: removal.add,
  });
  await removeAudiences(context, { arn: removal.providerArn, audiences: removal.remove });
}
