// Compares a role with its desired settings: each difference is one change. Settings without a flag,
// and everything that others added, are kept.

import type { WriteRequest } from '../change.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { policySize, samePolicy } from '../policy.ts';
import {
  attachPolicy,
  createRole,
  deleteBoundary,
  deleteRolePolicy,
  detachPolicy,
  putBoundary,
  putRolePolicy,
  tagRole,
  updateSessionDuration,
  updateTrustPolicy,
} from '../requests/role-requests.ts';
import {
  ccoctlTagKey,
  missingTags,
  ownTags,
  policiesTagKey,
  requestTagKey,
  type Tags,
} from '../tags.ts';
import { isRecorded, policyRecord } from './attached-policies.ts';
import { denialIsOver, denyPolicyName } from './older-sessions.ts';
import { mergeTrusts, renderTrusts, type DesiredTrust } from './second-issuer.ts';

/** What a role should be. Undefined members: not asked for, so left as they are. */
export type DesiredRole = {
  /** The cluster's name. */
  readonly name: string;
  readonly roleName: string;
  readonly description: string;
  /** Whom the role is for, as its tag records it. */
  readonly requestedBy: string;
  readonly trust: DesiredTrust;
  /** The inline policy, as compact JSON, or `none` to have none. */
  readonly policy: string | undefined;
  /** ARNs of managed policies that it must have, and that it must not have. */
  readonly attach: readonly string[];
  readonly detach: readonly string[];
  /** The user's own tags. */
  readonly tags: Tags;
  /** ARN, or `none` for no boundary. */
  readonly boundary: string | undefined;
  /** Seconds. */
  readonly maxSessionDuration: number | undefined;
  /** `/` or `/team/`. */
  readonly path: string | undefined;
};

/** What a role is. */
export type FoundRole = {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly permissionsBoundaryArn: string | undefined;
  readonly trustPolicy: JsonObject;
  readonly tags: Tags;
  /** The inline policy that carries the role's name. */
  readonly policy: JsonObject | undefined;
  readonly otherPolicies: readonly { readonly name: string; readonly document: JsonObject }[];
  /** ARNs; undefined where they may not be listed. */
  readonly attachedPolicies: readonly string[] | undefined;
};

/** The time of the comparison, for a Deny that ends by itself. */
export type At = { readonly now: Date };

/** One difference, and the request that removes it. */
export type RoleChange = { readonly detail: string; readonly request: WriteRequest };

/** The requests that make the role: one call, and one for each of its policies. */
export function newRoleRequests(desired: DesiredRole): readonly WriteRequest[] {
  const { roleName, policy } = desired;
  return [
    createRole({
      roleName,
      path: desired.path ?? '/',
      description: desired.description,
      trustPolicy: renderTrusts(desired.trust),
      maxSessionDuration: desired.maxSessionDuration,
      permissionsBoundaryArn: desired.boundary === 'none' ? undefined : desired.boundary,
      tags: roleTags(desired, undefined),
    }),
    ...(policy === undefined || policy === 'none' ? [] : [putRolePolicy(roleName, policy)]),
    ...desired.attach.map((arn) => attachPolicy(roleName, arn)),
  ];
}

/**
 * The changes of an existing role. Our tags come first: after a crash, a partly changed role is
 * marked as ours. Less trust comes before more permissions.
 */
export function diffRole(
  desired: DesiredRole,
  found: FoundRole,
  { now }: At,
): readonly RoleChange[] {
  const changes: RoleChange[] = [];
  const { name: role } = found;
  const tags = missingTags(roleTags(desired, found), found.tags);
  if (Object.keys(tags).length > 0) {
    const keys = Object.keys(tags).join(', ');
    changes.push({ detail: `tags: ${keys}`, request: tagRole(role, tags) });
  }
  const boundary = boundaryChange(desired, found);
  if (boundary !== undefined) changes.push(boundary);
  const trust = mergeTrusts(found.trustPolicy, desired.trust);
  if (trust.policy !== undefined) {
    changes.push({ detail: trust.detail, request: updateTrustPolicy(role, trust.policy) });
  }
  changes.push(...policyChanges(desired, found));
  const denial = found.otherPolicies.find((policy) => policy.name === denyPolicyName);
  if (denial !== undefined && denialIsOver(denial.document, now)) {
    changes.push({
      detail: `inline policy "${denyPolicyName}": removed, all sessions that it denies have expired`,
      request: deleteRolePolicy(role, denyPolicyName),
    });
  }
  const duration = desired.maxSessionDuration;
  if (duration !== undefined && duration !== found.maxSessionDuration) {
    changes.push({
      detail: `session duration: ${found.maxSessionDuration}s to ${duration}s`,
      request: updateSessionDuration(role, duration),
    });
  }
  return changes;
}

/** Our inline policy, then the managed policies that are named; fewer permissions come first. */
function policyChanges(desired: DesiredRole, found: FoundRole): readonly RoleChange[] {
  const { policy } = desired;
  const { name: role, attachedPolicies: attached = [] } = found;
  const changes: RoleChange[] = desired.detach
    .filter((arn) => attached.includes(arn))
    .map((arn) => ({
      detail: `managed policy detached: ${arn}`,
      request: detachPolicy(role, arn),
    }));
  if (policy === 'none') {
    const detail = 'inline policy: removed, the request has no statements';
    if (found.policy !== undefined) {
      changes.push({ detail, request: deleteRolePolicy(role, role) });
    }
  } else if (
    policy !== undefined &&
    (found.policy === undefined || !samePolicy(found.policy, parsed(policy)))
  ) {
    const detail = `inline policy: ${found.policy === undefined ? 'added' : 'updated'}`;
    changes.push({ detail, request: putRolePolicy(role, policy) });
  }
  const added = desired.attach.filter((arn) => !attached.includes(arn));
  return [
    ...changes,
    ...added.map((arn) => ({
      detail: `managed policy attached: ${arn}`,
      request: attachPolicy(role, arn),
    })),
  ];
}

/** Non-whitespace characters that the role's policies will have: trust, and all inline ones together. */
export function policySizes(
  desired: DesiredRole,
  found: FoundRole | undefined,
): { readonly trust: number; readonly inline: number } {
  const merged =
    found === undefined
      ? renderTrusts(desired.trust)
      : (mergeTrusts(found.trustPolicy, desired.trust).policy ?? found.trustPolicy);
  const others = found?.otherPolicies ?? [];
  const own =
    desired.policy ?? (found?.policy === undefined ? 'none' : JSON.stringify(found.policy));
  return {
    trust: policySize(JSON.stringify(merged)),
    inline: others.reduce(
      (sum, other) => sum + policySize(JSON.stringify(other.document)),
      own === 'none' ? 0 : policySize(own),
    ),
  };
}

/** How many managed policies the role will have. */
export function attachedCount(desired: DesiredRole, found: FoundRole | undefined): number {
  const there = (found?.attachedPolicies ?? []).filter((arn) => !desired.detach.includes(arn));
  return new Set([...there, ...desired.attach]).size;
}

/** What others added to the role, in words; empty where there is nothing. */
export function keptOfOthers(desired: DesiredRole, found: FoundRole): readonly string[] {
  const { name } = desired;
  const own = [ccoctlTagKey(name), policiesTagKey(name)];
  const ours = [...Object.keys(roleTags(desired, found)), ...own];
  const tags = Object.keys(found.tags).filter((key) => !ours.includes(key));
  const kept = mergeTrusts(found.trustPolicy, desired.trust).kept;
  const record = found.tags[policiesTagKey(name)];
  return [
    ...kept.map((statement) => `trust statement "${statement}"`),
    ...found.otherPolicies
      .filter((policy) => policy.name !== denyPolicyName)
      .map((policy) => `inline policy "${policy.name}"`),
    ...(found.attachedPolicies ?? [])
      .filter((arn) => !isNamed(desired, arn) && !isRecorded(record, arn))
      .map((arn) => `attached policy "${arn}"`),
    ...tags.map((key) => `tag "${key}"`),
  ];
}

/** The managed policies that an earlier run attached and this one does not name. */
export function keptOfEarlierRuns(desired: DesiredRole, found: FoundRole): readonly string[] {
  const record = found.tags[policiesTagKey(desired.name)];
  return (found.attachedPolicies ?? []).filter(
    (arn) => !isNamed(desired, arn) && isRecorded(record, arn),
  );
}

function isNamed({ attach, detach }: DesiredRole, arn: string): boolean {
  return attach.includes(arn) || detach.includes(arn);
}

function roleTags(desired: DesiredRole, found: FoundRole | undefined): Tags {
  const { name, tags, requestedBy } = desired;
  const record = policyRecord(desired, {
    record: found?.tags[policiesTagKey(name)],
    attached: found?.attachedPolicies ?? [],
  });
  return {
    ...ownTags(name, tags),
    [requestTagKey(name)]: requestedBy,
    ...(record === undefined ? {} : { [policiesTagKey(name)]: record }),
  };
}

function boundaryChange(desired: DesiredRole, found: FoundRole): RoleChange | undefined {
  const { boundary } = desired;
  const there = found.permissionsBoundaryArn;
  if (boundary === undefined || boundary === (there ?? 'none')) return undefined;
  return boundary === 'none'
    ? { detail: 'permissions boundary: removed', request: deleteBoundary(found.name) }
    : {
        detail: `permissions boundary: ${boundary}`,
        request: putBoundary(found.name, boundary),
      };
}

function parsed(policy: string): JsonObject {
  const document: unknown = JSON.parse(policy);
  return isJsonObject(document) ? document : {};
}
