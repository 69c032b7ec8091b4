// `--prune`: deletes roles of ours whose CredentialsRequest is gone, after they were shown and approved.
// One that others put to use is kept and named.

import { BootstrapError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { deleteRoles } from './delete-roles.ts';
import { cannotListRoles, withAdditions, type NameRole } from './find-name-roles.ts';
import { newSteps } from '../delete-steps.ts';
import { inParallel } from '../parallel.ts';
import { findGoneRoles, readGoneRoles, type GoneRoles, type GoneRolesLook } from './gone-roles.ts';
import type { ListedRoles } from './observe-roles.ts';

type Cluster = Pick<GoneRolesLook, 'name' | 'providerArn'>;

/**
 * The roles to delete; AWS_ACCESS_DENIED where roles cannot be listed. `listed` is undefined where there
 * are more than one page of them.
 */
export async function planPruning(
  context: Context,
  look: Omit<GoneRolesLook, 'listed'> & { readonly listed: ListedRoles | undefined },
): Promise<readonly NameRole[]> {
  const listed = look.listed ?? (await context.aws.iam.listRoleTrust());
  if (listed === undefined) {
    throw cannotListRoles({
      name: look.name,
      hint: 'add "iam:ListRoles" to the policy of the caller, or leave --prune out',
    });
  }
  return await unused(context, look, await findGoneRoles(context, { ...look, listed }));
}

/** Those that are ours alone, with what hangs on them; the others are named. */
async function unused(
  context: Context,
  { name, providerArn }: Cluster,
  { gone, kept }: GoneRoles,
): Promise<readonly NameRole[]> {
  const cluster = { name, isOurs: (arn: string): boolean => arn === providerArn };
  const held = await inParallel(gone, async (role) => await withAdditions(context, role, cluster));
  const roles = held.filter((role) => role !== undefined);
  const used = roles.filter(({ additions }) => additions.length > 0);
  const spared = [
    ...kept.map(({ id, reason }) => ({ id, reason })),
    ...used.map(({ name: id, additions }) => ({
      id,
      reason: `others added to it: ${additions.join(', ')}`,
    })),
  ];
  for (const { id, reason } of spared) {
    context.warn(`role "${id}" has no CredentialsRequest any more and is kept, since ${reason}`);
  }
  return roles.filter(({ additions }) => additions.length === 0);
}

/** What the user is asked to approve, and the roles that go; undefined where none does. */
export function describePruning(
  roles: readonly NameRole[],
): { readonly consequence: string; readonly affected: readonly string[] } | undefined {
  if (roles.length === 0) return undefined;
  const count = roles.length === 1 ? '1 role' : `${roles.length} roles`;
  return {
    consequence: `--prune deletes ${count} without a CredentialsRequest, and pods that use them get no credentials any more`,
    affected: roles.map(({ name }) => name),
  };
}

/**
 * Deletes those that are still as they were approved: somebody may have put one to use while the user read the
 * question. PARTIAL_DELETE where one is left.
 */
export async function pruneRoles(
  context: Context,
  cluster: Cluster,
  approved: readonly NameRole[],
): Promise<void> {
  if (approved.length === 0) return;
  context.progress({ kind: 'step', text: 'roles without a CredentialsRequest' });
  const steps = newSteps(context, []);
  await deleteRoles(context, steps, await stillUnused(context, cluster, approved));
  const [failure] = steps.failures();
  if (failure === undefined) return;
  const { left } = steps.result();
  throw new BootstrapError({
    code: 'PARTIAL_DELETE',
    message: `not every role was deleted: ${left.map(({ id }) => `"${id}"`).join(', ')}`,
    hint: failure.hint ?? 'run the same command again: it goes on from here',
    details: { left },
    cause: failure,
  });
}

async function stillUnused(
  context: Context,
  cluster: Cluster,
  approved: readonly NameRole[],
): Promise<readonly NameRole[]> {
  if (context.gate.dryRun) return approved;
  const names = approved.map(({ name }) => name);
  return await unused(context, cluster, await readGoneRoles(context, { ...cluster, names }));
}
