// Checks that forbid changing the roles, for all roles before the first write: roles not owned, roles
// that trust another issuer, paths that cannot change, policies beyond IAM's limits.

import { maxInlinePolicySize } from '../requests/policy-grammar.ts';
import { BootstrapError, InputError, type InputIssue } from '../errors.ts';
import type { RoleRequest } from '../requests/role-request.ts';
import { issuerHostOf } from './iam-names.ts';
import { knownOrNull } from '../placeholder.ts';
import { namedBeside } from './second-issuer.ts';
import { policySizes, type DesiredRole, type FoundRole } from './role-diff.ts';
import { ownerTagKey } from '../tags.ts';
import { otherIssuers, trustsProvider } from './trust-policy.ts';

/** A role as it should be and, where it is ours already, as it is. */
export type PlannedRole = {
  readonly request: RoleRequest;
  readonly desired: DesiredRole;
  readonly found: FoundRole | undefined;
};

/** The most that IAM ever takes for a trust policy, and what accounts have unless they ask for more. */
export const trustLimits = { most: 8192, usual: 2048, nearUsual: 1900 } as const;

/** RESOURCE_NOT_OWNED (exit 5), naming every role that is there without our tag or ccoctl's. */
export function refuseForeignRoles(name: string, arns: readonly string[]): void {
  if (arns.length === 0) return;
  const key = ownerTagKey(name);
  throw new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `${counted(arns, 'role')} not owned by "${name}": ${list(arns)}`,
    hint: `choose another --name; to adopt a role that belongs to this cluster, tag it "${key}" = "owned" by hand`,
    details: { resource: 'iam-role', ids: arns },
  });
}

/**
 * ISSUER_WOULD_CHANGE (exit 5) where roles of ours let in another issuer's tokens and not this one's,
 * unless a flag names that issuer too: then they are moved on purpose.
 */
export function refuseOtherIssuers(roles: readonly PlannedRole[]): void {
  const others = roles.flatMap(({ desired, found }) => {
    const named = [desired.trust.providerArn, ...namedBeside(desired.trust)];
    if (found === undefined || named.some((arn) => trustsProvider(found.trustPolicy, arn))) {
      return [];
    }
    const issuers = otherIssuers(found.trustPolicy, desired.trust.providerArn);
    return issuers.length === 0 ? [] : [{ role: found.name, issuers, desired }];
  });
  const [first] = others;
  if (first === undefined) return;
  const wantedIssuer = knownOrNull(`https://${issuerHostOf(first.desired.trust.providerArn)}`);
  const wanted = wantedIssuer === null ? 'the new issuer' : `"${wantedIssuer}"`;
  const issuers = [...new Set(others.flatMap((other) => other.issuers))];
  const names = others.map((other) => other.role);
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `${names.length === 1 ? '1 role trusts' : `${names.length} roles trust`} issuer ${list(issuers)}, not ${wanted}: ${list(names)}`,
    hint:
      'give the --name (to create-iam-roles: or the --identity-provider-arn) of the cluster these roles are for; ' +
      'to move these roles to another issuer of the same cluster, name the one that they trust: --also-trust-provider-arn (both at first), then --stop-trusting-provider-arn',
    details: { issuer: issuers[0] ?? null, issuers, wantedIssuer, roles: names },
  });
}

/** NAME_TAKEN (exit 5) where a role stands under another path than the one asked for. */
export function refuseOtherPaths(roles: readonly PlannedRole[]): void {
  const moved = roles.flatMap(({ desired, found }) =>
    found === undefined || desired.path === undefined || desired.path === found.path
      ? []
      : [{ found, path: desired.path }],
  );
  const [first] = moved;
  if (first === undefined) return;
  const arns = moved.map(({ found }) => found.arn);
  throw new BootstrapError({
    code: 'NAME_TAKEN',
    message: `${counted(arns, 'role')} under another path than "${first.path}": ${list(arns)}`,
    hint: `a role's path cannot change: give --role-path ${first.found.path}, or omit it`,
    details: { resource: 'iam-role', ids: arns, path: first.found.path, wantedPath: first.path },
  });
}

/** True where a trust policy is long enough for the account's own quota to matter. */
export function needsTrustQuota(roles: readonly PlannedRole[]): boolean {
  return roles.some((role) => policySizes(role.desired, role.found).trust > trustLimits.nearUsual);
}

/**
 * Throws INPUT_INVALID (exit 2) with each request whose policies are beyond IAM's limits; gives
 * warnings for those that may be. `trustQuota`: the account's AssumeRolePolicySizeQuota, if known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function checkPolicySizes(
  roles: readonly PlannedRole[],
  trustQuota: number | undefined,
): readonly string[] {
  const limit = Math.min(trustQuota ?? trustLimits.most, trustLimits.most);
  const issues: InputIssue[] = [];
  const warnings: string[] = [];
  for (const { request, desired, found } of roles) {
    const { trust, inline } = policySizes(desired, found);
    const { credentials } = request;
    const place = { file: credentials?.file, line: credentials?.line };
    const role = `role "${desired.roleName}" of ${request.label}`;
    const field = (inRequest: string, flag: string): string =>
      credentials === undefined ? flag : inRequest;
    if (trust > limit) {
      const message = `the trust policy of ${role} would have ${trust} characters; IAM accepts ${limit} in this account`;
      const named = field('spec.serviceAccountNames', '--service-account');
      issues.push({ ...place, field: named, message });
    } else if (trust > trustLimits.nearUsual) {
      warnings.push(
        `the trust policy of ${role} has ${trust} characters; the quota of the account is ${trustQuota ?? trustLimits.usual} unless it was raised (Service Quotas, iam, L-C07B4B0D)`,
      );
    }
    if (inline > maxInlinePolicySize) {
      const message = `the inline policies of ${role} would have ${inline} characters together; IAM accepts ${maxInlinePolicySize}`;
      const named = field('spec.providerSpec.statementEntries', '--policy-file');
      issues.push({ ...place, field: named, message });
    }
  }
  if (issues.length > 0) {
    throw new InputError(
      issues,
      'ask for several roles, or shorten statements and names; the quota of trust policies can be raised to 8,192 characters under Service Quotas (iam, L-C07B4B0D)',
    );
  }
  return warnings;
}

function counted(items: readonly string[], noun: string): string {
  return items.length === 1 ? `1 ${noun} is` : `${items.length} ${noun}s are`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `"${item}"`).join(', ');
}
