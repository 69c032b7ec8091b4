// Roles of this name that no request asks for any more. They still let their service accounts in, so
// they are named, and deleted only where that is asked for.

import type { Role } from '../../aws/ports.ts';
import { ccoctlRoleName, roleName } from '../../core/names.ts';
import { requestTagKey, ownership } from '../../core/tags.ts';
import { isOfFlags } from '../../core/roles/role-requester.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import type { ListedRoles } from './observe-roles.ts';

/** Which roles are looked for. */
export type GoneRolesLook = {
  readonly name: string;
  readonly providerArn: string;
  readonly listed: ListedRoles;
  /** Names of the roles that are asked for. */
  readonly wanted: readonly string[];
  /** Secrets of requests that are there, and skipped: their roles are not gone. */
  readonly skippedSecrets: readonly { readonly namespace: string; readonly name: string }[];
};

/** Roles of ours that trust the provider and that nothing asks for. */
export async function findGoneRoles(
  context: Context,
  look: GoneRolesLook,
): Promise<readonly Role[]> {
  const { name, providerArn, listed, skippedSecrets } = look;
  const skippedNames = skippedSecrets.flatMap((secret) => [
    roleName(name, secret),
    ccoctlRoleName(name, secret),
  ]);
  const wanted = new Set([...look.wanted, ...skippedNames]);
  const candidates = listed.filter(
    (role) =>
      // Others may be closed to this caller.
      role.name.startsWith(`${name}-`.slice(0, 55)) &&
      !wanted.has(role.name) &&
      trustsProvider(role.trustPolicy, providerArn),
  );
  const roles = await inParallel(candidates, (role) => context.aws.iam.getRole(role.name));
  return roles.flatMap((role) => {
    if (role === undefined || ownership(name, role.tags) === 'foreign') return [];
    return isOfFlags(role.tags[requestTagKey(name)]) ? [] : [role];
  });
}

/** Warns of such roles. */
export async function warnOfGoneRoles(context: Context, look: GoneRolesLook): Promise<void> {
  const { name } = look;
  const gone = (await findGoneRoles(context, look)).map((role) => {
    const request = role.tags[requestTagKey(name)];
    return request === undefined ? `"${role.name}"` : `"${role.name}" (for ${request})`;
  });
  if (gone.length === 0) return;
  context.warn(
    `roles of "${name}" without a CredentialsRequest still trust its service accounts: ${gone.join(', ')}; --prune deletes them, once no workload uses them`,
  );
}
