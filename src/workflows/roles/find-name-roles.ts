// The roles that go with a name: those that trust its providers, and those named after it, where the
// tags say that they are ours. One paged list tells which roles to ask for.

import type { Role } from '../../aws/ports.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { otherProviders, trustsProvider } from '../../core/roles/trust-policy.ts';
import { otherOwners, ownership, policiesTagKey } from '../../core/tags.ts';
import { roleAdditions, type HeldRole } from '../../core/teardown/role-additions.ts';
import type { Spared } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { unlessGone } from '../unless-gone.ts';
import type { ListedRoles } from './observe-roles.ts';

/** A role of ours. */
export type NameRole = HeldRole & {
  /** What others added, in words. */
  readonly additions: readonly string[];
};

export type NameRoles = {
  readonly owned: readonly NameRole[];
  /** Not ours, though they trust our provider or have a name like ours. */
  readonly kept: readonly Spared[];
  /** Named after the cluster, and closed to the caller: they may be ours. */
  readonly unread: readonly Spared[];
};

/** Why a role stays that is closed to the caller. */
export const closedRole = 'its tags cannot be read: iam:GetRole is denied';

/** Reads only. */
export async function findNameRoles(
  context: Context,
  look: {
    readonly name: string;
    /** Providers of this name, there or not. */
    readonly providerArns: readonly string[];
    /** All providers of the account; undefined where they cannot be listed. */
    readonly existing: readonly string[] | undefined;
    /** All roles of the account. */
    readonly listed: ListedRoles;
    /** Those that were read already. */
    readonly early: EarlyRoles;
  },
): Promise<NameRoles> {
  const { name, providerArns, existing, listed, early } = look;
  const isDangling = (arn: string): boolean => existing !== undefined && !existing.includes(arn);
  const isOurs = (arn: string): boolean => providerArns.includes(arn) || isDangling(arn);
  const prefix = prefixOf(name);
  const candidates = listed.filter(
    (role) =>
      role.name.startsWith(prefix) ||
      providerArns.some((arn) => trustsProvider(role.trustPolicy, arn)) ||
      otherProviders(role.trustPolicy, '').some(isDangling),
  );
  const owned: NameRole[] = [];
  const kept: Spared[] = [];
  const unread: Spared[] = [];
  await inParallel(candidates, async (candidate) => {
    const spare = (reason: string): Spared => ({
      resource: 'iam-role',
      id: candidate.name,
      reason,
    });
    const read = early.get(candidate.name) ?? (await readWhole(context, name, candidate.name));
    const trusts = providerArns.some((arn) => trustsProvider(candidate.trustPolicy, arn));
    if (read === 'gone') return;
    if (read === 'closed') {
      if (candidate.name.startsWith(prefix)) unread.push(spare(closedRole));
      else if (trusts) kept.push(spare(closedRole));
      return;
    }
    const { role, held } = read;
    const others = otherOwners(name, role.tags);
    if (ownership(name, role.tags) === 'foreign') {
      const made = others.length > 0 ? `made for "${others.join('", "')}"` : 'not tagged as ours';
      if (trusts) kept.push(spare(`${made}; it trusts an IAM provider of this name`));
      else if (others.length === 0 && role.name.startsWith(prefix)) kept.push(spare(made));
      return;
    }
    if (held === undefined) kept.push(spare(`also made for "${others.join('", "')}"`));
    else owned.push({ ...held, additions: roleAdditions(held, isOurs) });
  });
  const byName = (a: NameRole, b: NameRole): number => (a.name < b.name ? -1 : 1);
  const byId = (a: Spared, b: Spared): number => (a.id < b.id ? -1 : 1);
  return {
    owned: owned.toSorted(byName),
    kept: kept.toSorted(byId),
    unread: unread.toSorted(byId),
  };
}

/**
 * The role with all that hangs on it; undefined where another run deleted it meanwhile. `isOurs` tells
 * whether a provider is this cluster's.
 */
export async function withAdditions(
  context: Context,
  role: Role,
  cluster: { readonly name: string; readonly isOurs: (providerArn: string) => boolean },
): Promise<NameRole | undefined> {
  const held = await readHeld(context, cluster.name, role);
  return held && { ...held, additions: roleAdditions(held, cluster.isOurs) };
}

async function readHeld(context: Context, name: string, role: Role): Promise<HeldRole | undefined> {
  const holds = await unlessGone('NoSuchEntity', whatItHolds(context, role));
  return holds && { ...holds, policyRecord: role.tags[policiesTagKey(name)] };
}

/** What hangs on a role now. */
export async function whatItHolds(
  context: Context,
  { name, trustPolicy }: Pick<HeldRole, 'name' | 'trustPolicy'>,
): Promise<Omit<HeldRole, 'policyRecord'>> {
  const { iam } = context.aws;
  return {
    name,
    trustPolicy,
    inlinePolicies: await iam.listRolePolicies(name),
    attachedPolicies: (await iam.listAttachedRolePolicies(name)) ?? [],
    instanceProfiles: await iam.listInstanceProfiles(name),
  };
}

/** A name that fills the limit of IAM stands cut in the names of its roles. */
function prefixOf(name: string): string {
  return `${name}-`.slice(0, 55);
}

/** A role that is there; `held` where it is ours alone. */
type WholeRole = { readonly role: Role; readonly held: HeldRole | undefined } | 'gone' | 'closed';

/** Roles by name. */
export type EarlyRoles = ReadonlyMap<string, WholeRole>;

/** Reads the roles that are named after the cluster: that needs nothing of its hosting and providers. */
export async function readRolesNamedAfter(
  context: Context,
  name: string,
  listed: ListedRoles,
): Promise<EarlyRoles> {
  const named = listed.filter((role) => role.name.startsWith(prefixOf(name)));
  const read = await inParallel(
    named,
    async (role) => [role.name, await readWhole(context, name, role.name)] as const,
  );
  return new Map(read);
}

async function readWhole(context: Context, name: string, roleName: string): Promise<WholeRole> {
  const role = await readRole(context, roleName);
  if (typeof role === 'string') return role;
  const isShared = otherOwners(name, role.tags).length > 0;
  if (isShared || ownership(name, role.tags) === 'foreign') return { role, held: undefined };
  const held = await readHeld(context, name, role);
  return held === undefined ? 'gone' : { role, held };
}

/** A role; `closed` where the caller may not read it. */
export async function readRole(context: Context, name: string): Promise<Role | 'gone' | 'closed'> {
  try {
    return (await context.aws.iam.getRole(name)) ?? 'gone';
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return 'closed';
  }
}

/** AWS_ACCESS_DENIED: there is no other way to find roles than to list them. */
export function cannotListRoles(facts: {
  readonly name: string;
  readonly hint: string;
}): BootstrapError {
  return new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: `access denied: "iam:ListRoles" is missing, and the roles of "${facts.name}" cannot be found without it`,
    hint: facts.hint,
    details: { permission: 'iam:ListRoles' },
  });
}
