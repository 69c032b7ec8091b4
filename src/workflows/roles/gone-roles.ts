// Roles of this name that no request asks for any more. They still let their service accounts in, so
// they are named, and deleted only where that is asked for.

import type { Role } from '../../aws/ports.ts';
import { ccoctlRoleName, roleName } from '../../core/names.ts';
import { requestTagKey, ownership } from '../../core/tags.ts';
import { isOfFlags } from '../../core/roles/role-requester.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import { sharedWith } from '../../core/teardown/not-ours.ts';
import type { Spared } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { closedRole, readRole } from './find-name-roles.ts';
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

/** What was found. */
export type GoneRoles = {
  /** Ours alone. */
  readonly gone: readonly Role[];
  /** Made for another cluster too, or closed to the caller. */
  readonly kept: readonly Spared[];
};

/** Roles of ours that trust the provider and that nothing asks for. */
export async function findGoneRoles(context: Context, look: GoneRolesLook): Promise<GoneRoles> {
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
  const names = candidates.map((role) => role.name);
  return await readGoneRoles(context, { name, providerArn, names });
}

/** Those of these roles that are ours, for a request, and trust the provider, as they stand now. */
export async function readGoneRoles(
  context: Context,
  look: Pick<GoneRolesLook, 'name' | 'providerArn'> & { readonly names: readonly string[] },
): Promise<GoneRoles> {
  const { name, providerArn, names } = look;
  const gone: Role[] = [];
  const kept: Spared[] = [];
  const read = await inParallel(names, async (id) => ({ id, role: await readRole(context, id) }));
  for (const { id, role } of read) {
    const spare = (reason: string): void => void kept.push({ resource: 'iam-role', id, reason });
    if (role === 'closed') spare(closedRole);
    if (typeof role === 'string' || !trustsProvider(role.trustPolicy, providerArn)) continue;
    if (ownership(name, role.tags) === 'foreign') continue;
    if (isOfFlags(role.tags[requestTagKey(name)])) continue;
    const shared = sharedWith(name, role.tags);
    if (shared === undefined) gone.push(role);
    else spare(`it is ${shared}`);
  }
  return { gone, kept };
}

/** Warns of such roles. */
export async function warnOfGoneRoles(context: Context, look: GoneRolesLook): Promise<void> {
  const { name } = look;
  const gone = (await findGoneRoles(context, look)).gone.map((role) => {
    const request = role.tags[requestTagKey(name)];
    return request === undefined ? `"${role.name}"` : `"${role.name}" (for ${request})`;
  });
  if (gone.length === 0) return;
  context.warn(
    `roles of "${name}" without a CredentialsRequest still trust its service accounts: ${gone.join(', ')}; --prune deletes them, once no workload uses them`,
  );
}
