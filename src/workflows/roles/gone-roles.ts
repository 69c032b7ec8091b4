// Roles of this name that no request asks for any more. They still let their service accounts in, so
// they are named; nothing is changed about them.

import { requestTagKey, ownership } from '../../core/tags.ts';
import { isOfFlags } from '../../core/roles/role-requester.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import type { ListedRoles } from './observe-roles.ts';

/** Warns of roles of ours that trust the provider and are none of those wanted. */
export async function warnOfGoneRoles(
  context: Context,
  look: {
    readonly name: string;
    readonly providerArn: string;
    readonly listed: ListedRoles | undefined;
    /** Names of the roles that are asked for. */
    readonly wanted: readonly string[];
  },
): Promise<void> {
  const { name, providerArn, listed = [] } = look;
  const wanted = new Set(look.wanted);
  const candidates = listed.filter(
    (role) =>
      // Others may be closed to this caller.
      role.name.startsWith(`${name}-`) &&
      !wanted.has(role.name) &&
      trustsProvider(role.trustPolicy, providerArn),
  );
  const roles = await inParallel(candidates, (role) => context.aws.iam.getRole(role.name));
  const gone = roles.flatMap((role) => {
    if (role === undefined || ownership(name, role.tags) === 'foreign') return [];
    const request = role.tags[requestTagKey(name)];
    if (isOfFlags(request)) return [];
    return [request === undefined ? `"${role.name}"` : `"${role.name}" (for ${request})`];
  });
  if (gone.length === 0) return;
  context.warn(
    `roles of "${name}" without a CredentialsRequest still trust its service accounts: ${gone.join(', ')}; delete those that no workload uses`,
  );
}
