// From requests to roles and manifests: look at all roles, check everything that can forbid the
// work, and only then write. What the roles are for comes from the requests alone.

import { subjectsOf, type RoleRequest } from '../../core/requests/role-request.ts';
import { BootstrapError } from '../../core/errors.ts';
import { roleArn } from '../../core/roles/iam-names.ts';
import type { ManifestPaths } from '../../core/manifests/manifest-paths.ts';
import type { Manifest } from '../../core/manifests/manifests.ts';
import { knownOrNull } from '../../core/placeholder.ts';
import type { IamRolesResult, RoleResult, SkippedRequest } from '../../core/result.ts';
import {
  checkPolicySizes,
  needsTrustQuota,
  refuseForeignRoles,
  refuseOtherIssuers,
  refuseOtherPaths,
  type PlannedRole,
} from '../../core/roles/role-conflicts.ts';
import { refuseOtherRequests, requestedBy } from '../../core/roles/role-requester.ts';
import type { DesiredRole } from '../../core/roles/role-diff.ts';
import {
  describeShared,
  renderRoleManifests,
  sharedServiceAccounts,
} from '../../core/manifests/role-manifests.ts';
import { audiencesFor } from '../../core/roles/trust-policy.ts';
import { requestTagKey, type Tags } from '../../core/tags.ts';
import type { Context } from '../context.ts';
import { checkManagedPolicies } from './check-managed-policies.ts';
import { ensureRole } from './ensure-role.ts';
import { warnOfGoneRoles } from './gone-roles.ts';
import { planPruning, pruneRoles } from './prune-roles.ts';
import type { NameRole } from './find-name-roles.ts';
import type { SecondIssuer } from './find-second-issuer.ts';
import type { ObservedRole, ObservedRoles } from './observe-roles.ts';
import { warnOfAudiencesLeftOut, warnOfOthers, warnOfWhatIsNotThere } from './role-warnings.ts';
import { inParallel } from '../parallel.ts';

/** The roles that are wanted. Undefined members: not asked for. */
export type IamRolesInput = {
  /** The cluster's name. */
  readonly name: string;
  readonly partition: string;
  readonly account: string;
  readonly providerArn: string;
  /** The provider's audiences: a new role is pinned to them. */
  readonly audiences: readonly string[];
  /** Those that this run asks for: they are added to roles that are there. */
  readonly askedAudiences: readonly string[];
  /** Another issuer of the same cluster, and one that the roles must no longer trust. */
  readonly secondIssuer: SecondIssuer;
  readonly requests: readonly RoleRequest[];
  readonly skipped: readonly SkippedRequest[];
  /** The user's own tags. */
  readonly tags: Tags;
  /** ARN of a managed policy, or `none`. */
  readonly boundary: string | undefined;
  /** Seconds. */
  readonly maxSessionDuration?: number | undefined;
  /** `/` or `/team/`. */
  readonly rolePath?: string | undefined;
  readonly manifestPaths: ManifestPaths;
  /** Delete the roles of requests that are gone. */
  readonly prune: boolean;
  /** Secrets of requests that are there, and skipped. */
  readonly skippedSecrets: readonly { readonly namespace: string; readonly name: string }[];
  /** Region that the pods of the roles use. */
  readonly podRegion?: string | undefined;
};

/** Roles that were looked at and may be made. */
export type IamRolesPlan = {
  readonly input: IamRolesInput;
  readonly roles: readonly PlannedRole[];
  /** Roles to delete: their requests are gone. */
  readonly pruned: readonly NameRole[];
};

/**
 * Reads, and checks all roles before anything is written: RESOURCE_NOT_OWNED, ISSUER_WOULD_CHANGE,
 * NAME_TAKEN (a role path, a role of another request), INPUT_INVALID (limits). `observed` is what `observeRoles` saw.
 */
export async function planIamRoles(
  context: Context,
  input: IamRolesInput,
  observed: ObservedRoles,
): Promise<IamRolesPlan> {
  const found = observed.roles;
  refuseForeignRoles(
    input.name,
    found.flatMap((one) => (one.found.state === 'foreign' ? [one.found.arn] : [])),
  );
  refuseSharedNames(found);
  const roles = found.map((one) => ({
    request: one.request,
    desired: desiredRole(input, one),
    found: one.found.state === 'owned' ? one.found.role : undefined,
  }));
  refuseOtherIssuers(roles);
  refuseOtherPaths(roles);
  refuseOtherRequests(roles);
  await checkManagedPolicies(context, { ...input, roles });
  warnOfAudiencesLeftOut(context, input.audiences, roles);
  warnOfWhatIsNotThere(context, input.secondIssuer.stop, roles);
  const summary = needsTrustQuota(roles) ? await context.aws.iam.getAccountSummary() : undefined;
  for (const warning of checkPolicySizes(roles, summary?.['AssumeRolePolicySizeQuota'])) {
    context.warn(warning);
  }
  const { name, providerArn, skippedSecrets } = input;
  const wanted = roles.map(({ desired }) => desired.roleName);
  const { listed } = observed;
  const look = { name, providerArn, wanted, skippedSecrets };
  const pruned = input.prune ? await planPruning(context, { ...look, listed }) : [];
  // Flags ask for one role; those of other runs are not gone.
  const isOfRequests = input.requests.some(({ credentials }) => credentials !== undefined);
  if (isOfRequests && !input.prune && listed !== undefined) {
    await warnOfGoneRoles(context, { ...look, listed });
  }
  return { input, roles, pruned };
}

/**
 * Carries a plan out. `write` gets the manifests of each role as soon as it stands, while the calls
 * for others are under way; `known` the roles that stand when something fails half-way.
 */
export async function applyIamRoles(
  context: Context,
  plan: IamRolesPlan,
  tell: {
    readonly write: (manifests: readonly Manifest[]) => void;
    readonly known: (result: IamRolesResult) => void;
  },
): Promise<IamRolesResult> {
  const { input, roles } = plan;
  for (const role of roles) warnOfOthers(context, role, arnOf(input, role));
  const shared = sharedServiceAccounts(input.requests);
  for (const warning of describeShared(shared)) context.warn(warning);
  const standing = new Map<PlannedRole, RoleResult>();
  const ensure = async (role: PlannedRole): Promise<void> => {
    const arn = (await ensureRole(context, role)) ?? arnOf(input, role);
    const { request } = role;
    const { audiences, manifestPaths: paths, podRegion: region } = input;
    const manifests = renderRoleManifests({
      request,
      roleArn: arn,
      shared,
      paths,
      audiences,
      region,
    });
    tell.write(manifests);
    standing.set(role, roleResult(role, { arn, paths }));
  };
  const result = (): IamRolesResult => ({
    roles: roles.map((role) => standing.get(role)).filter((role) => role !== undefined),
    skipped: input.skipped,
  });
  const count = roles.length === 1 ? '1 IAM role' : `${roles.length} IAM roles`;
  const text = `${count} and their policies`;
  context.progress({ kind: 'step', text });
  try {
    if (context.gate.dryRun) for (const role of roles) await ensure(role);
    else await inParallel(roles, ensure);
    await pruneRoles(context, input, plan.pruned);
  } catch (error) {
    tell.known(result());
    throw error;
  }
  return result();
}

function desiredRole(input: IamRolesInput, observed: ObservedRole): DesiredRole {
  const { request, found } = observed;
  const { holder } = request;
  const { also, stop } = input.secondIssuer;
  const role = found.state === 'owned' ? found.role : undefined;
  const subjects = subjectsOf(request);
  const audiences = (trust: {
    readonly providerArn: string;
    readonly audiences: readonly string[];
    readonly asked: readonly string[];
  }): readonly string[] => {
    const { providerArn, audiences: registered, asked } = trust;
    return role === undefined
      ? registered
      : audiencesFor(role.trustPolicy, { providerArn, registered, asked });
  };
  const own = { providerArn: input.providerArn, audiences: input.audiences };
  return {
    name: input.name,
    roleName: observed.roleName,
    description: `Role of ${holder.namespace}/${holder.name}, made by oidc-bootstrap`,
    requestedBy: requestedBy(request, role?.tags[requestTagKey(input.name)]),
    trust: {
      providerArn: input.providerArn,
      subjects,
      audiences: audiences({ ...own, asked: input.askedAudiences }),
      also: also && {
        providerArn: also.providerArn,
        subjects,
        audiences: audiences({ ...also, asked: [] }),
      },
      stop,
    },
    policy: request.policy,
    attach: request.attach,
    detach: request.detach,
    tags: input.tags,
    boundary: input.boundary,
    maxSessionDuration: input.maxSessionDuration,
    path: input.rolePath,
  };
}

/** Two long names whose hashes begin alike: this is unlikely, but one role must not serve two requests. */
function refuseSharedNames(observed: readonly ObservedRole[]): void {
  const names = new Set<string>();
  for (const { roleName, request } of observed) {
    const key = roleName.toLowerCase();
    if (names.has(key)) {
      throw new BootstrapError({
        code: 'NAME_TAKEN',
        message: `two requests would share role "${roleName}", one of them ${request.label}`,
        hint: 'choose another --name',
        details: { resource: 'iam-role', id: roleName },
      });
    }
    names.add(key);
  }
}

/** The ARN a role has, or will have by AWS's rules. */
function arnOf(input: IamRolesInput, { desired, found }: PlannedRole): string {
  const { partition, account } = input;
  const path = desired.path ?? '/';
  return found?.arn ?? roleArn({ partition, account, path, name: desired.roleName });
}

function roleResult(
  { request, desired }: PlannedRole,
  made: { readonly arn: string; readonly paths: ManifestPaths },
): RoleResult {
  const { credentials, holder, serviceAccounts } = request;
  return {
    credentialsRequest: credentials?.name ?? null,
    name: desired.roleName,
    arn: knownOrNull(made.arn),
    namespace: holder.namespace,
    serviceAccounts: serviceAccounts.map(({ name }) => name),
    subjects: desired.trust.subjects,
    secret: credentials?.secret ?? null,
    manifest:
      credentials === undefined ? null : made.paths({ folder: 'manifests', ...credentials.secret }),
  };
}
