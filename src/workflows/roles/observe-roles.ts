// The roles that are asked for as they stand. Reads only: one ListRoles tells which names are taken,
// and only roles that are there are asked for. ccoctl's roles are taken over under their own name.

import type { Role } from '../../aws/ports.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  otherRoleName,
  ownRoleName,
  subjectsOf,
  type RoleRequest,
} from '../../core/requests/role-request.ts';
import type { FoundRole } from '../../core/roles/role-diff.ts';
import { isRecordedForOther } from '../../core/roles/role-requester.ts';
import { ownership } from '../../core/tags.ts';
import { trustsOnly } from '../../core/roles/trust-policy.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { unlessGone } from '../unless-gone.ts';

/** A request and the role that is there for it. */
export type ObservedRole = {
  readonly request: RoleRequest;
  /** The name the role has, or will have. */
  readonly roleName: string;
  readonly found:
    | { readonly state: 'absent' }
    /** Carries neither our tag nor ccoctl's. */
    | { readonly state: 'foreign'; readonly arn: string }
    | { readonly state: 'owned'; readonly role: FoundRole };
};

/** Names and trust policies of the account's roles. */
export type ListedRoles = readonly { readonly name: string; readonly trustPolicy: JsonObject }[];

/** The roles of the requests, in their order, and all roles where they could be listed. */
export type ObservedRoles = {
  readonly roles: readonly ObservedRole[];
  readonly listed: ListedRoles | undefined;
};

/** Looks for the role of each request; in the order of the requests. */
export async function observeRoles(
  context: Context,
  wanted: { readonly name: string; readonly requests: readonly RoleRequest[] },
): Promise<ObservedRoles> {
  const { name, requests } = wanted;
  if (requests.length === 0) return { roles: [], listed: undefined };
  const text =
    requests[0]?.credentials === undefined
      ? 'looking for the role'
      : `looking for the roles of ${requests.length} CredentialsRequests`;
  context.progress({ kind: 'step', text });
  const listed = await context.aws.iam.listRoles();
  const getRole = roleReader(context, listed);
  const ccoctls = await inParallel(requests, async (request) => {
    const cut = otherRoleName(name, request);
    return cut === undefined ? undefined : await getRole(cut);
  });
  // Two long names may have one beginning: the first request that fits takes the role.
  const taken = new Set<string>();
  const chosen = requests.map((request, index) => {
    const role = ccoctls[index];
    const fits =
      role !== undefined &&
      !taken.has(role.name) &&
      ownership(name, role.tags) !== 'foreign' &&
      !isRecordedForOther(name, { tags: role.tags, request }) &&
      trustsOnly(role.trustPolicy, subjectsOf(request));
    if (fits) taken.add(role.name);
    return { request, role: fits ? role : undefined };
  });
  const roles = await inParallel(chosen, async ({ request, role }) => {
    const own = ownRoleName(name, request);
    return await observed(context, { name, request, own, role: role ?? (await getRole(own)) });
  });
  return { roles, listed };
}

/** The role of a request under one name, read anew. */
export async function observeRole(
  context: Context,
  wanted: {
    readonly name: string;
    readonly request: RoleRequest;
    readonly roleName: string;
  },
): Promise<ObservedRole> {
  const { name, request, roleName: own } = wanted;
  return await observed(context, { name, request, own, role: await context.aws.iam.getRole(own) });
}

/** Names are unique whatever their case, but read only in their own. */
function roleReader(
  context: Context,
  listed: ListedRoles | undefined,
): (name: string) => Promise<Role | undefined> {
  if (listed === undefined) return context.aws.iam.getRole;
  const byName = new Map(listed.map((role) => [role.name.toLowerCase(), role.name]));
  return async (name) => {
    const spelled = byName.get(name.toLowerCase());
    return spelled === undefined ? undefined : await context.aws.iam.getRole(spelled);
  };
}

async function observed(
  context: Context,
  at: { name: string; request: RoleRequest; own: string; role: Role | undefined },
): Promise<ObservedRole> {
  const { request, role } = at;
  if (role === undefined) return { request, roleName: at.own, found: { state: 'absent' } };
  if (ownership(at.name, role.tags) === 'foreign') {
    return { request, roleName: role.name, found: { state: 'foreign', arn: role.arn } };
  }
  const whole = await unlessGone('NoSuchEntity', withPolicies(context, role));
  const found: ObservedRole['found'] =
    whole === undefined ? { state: 'absent' } : { state: 'owned', role: whole };
  return { request, roleName: role.name, found };
}

async function withPolicies(context: Context, role: Role): Promise<FoundRole> {
  const { iam } = context.aws;
  const policies: { name: string; document: FoundRole['trustPolicy'] }[] = [];
  for (const name of await iam.listRolePolicies(role.name)) {
    const document = await iam.getRolePolicy(role.name, name);
    if (document !== undefined) policies.push({ name, document });
  }
  const attachedPolicies = await iam.listAttachedRolePolicies(role.name);
  return {
    ...role,
    policy: policies.find((policy) => policy.name === role.name)?.document,
    otherPolicies: policies.filter((policy) => policy.name !== role.name),
    attachedPolicies,
  };
}
