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
  const absent = wanted.remove.filter((audience) => !remove.includes(audience));
  if (absent.length > 0) context.warn(notRegistered(absent, provider));
  if (remove.length === 0) return undefined;
  const left = [...new Set([...provider.clientIds, ...wanted.add])].filter(
    (audience) => !remove.includes(audience),
  );
  if (left.length === 0) {
    throw new BootstrapError({
      code: 'USAGE',
      message: 'the provider would have no audience and accept no token',
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

function notRegistered(absent: readonly string[], provider: OidcProvider): string {
  const names = absent.map((audience) => `"${audience}"`).join(', ');
  return `--remove-audience: ${names} is not an audience of "${provider.arn}", which has ${provider.clientIds.join(', ')}`;
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

/**
 * Roles first, then the provider: at no moment does a role trust what the provider refuses to name.
 * What is left, and whom it concerns, is read again: an audience that was added since the approval
 * stays in the roles. Gives what the provider is left with.
 */
export async function removeProviderAudiences(
  context: Context,
  wanted: { readonly name: string; readonly removal: AudienceRemoval },
): Promise<readonly string[]> {
  const { name, removal } = wanted;
  const { left, remove, roles } = await removalNow(context, { name, removal });
  await narrowRoleAudiences(context, {
    providerArn: removal.providerArn,
    roles,
    audiences: left,
    asked: removal.add,
  });
  await removeAudiences(context, { arn: removal.providerArn, audiences: remove });
  return left;
}

/** The removal as it stands now; that of the plan in a dry run. */
async function removalNow(
  context: Context,
  { name, removal }: { readonly name: string; readonly removal: AudienceRemoval },
): Promise<AudienceRemoval> {
  if (context.gate.dryRun) return removal;
  const provider = await context.aws.iam.getOidcProvider(removal.providerArn);
  if (provider === undefined) return removal;
  const { add, remove } = removal;
  const now = await planAudienceRemoval(context, { name, provider, add, remove });
  // Another process removed them from the provider: the roles are still updated.
  return now ?? { ...removal, remove: [], left: provider.clientIds };
}
