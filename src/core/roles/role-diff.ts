// A role as it should be against the role that is there: each difference is one change.
// What a flag did not ask for, and what others added, is left alone.

import type { WriteRequest } from '../change.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { policySize, samePolicy } from '../policy.ts';
import {
  createRole,
  deleteBoundary,
  deleteRolePolicy,
  putBoundary,
  putRolePolicy,
  tagRole,
  updateSessionDuration,
  updateTrustPolicy,
} from '../requests/role-requests.ts';
import { ccoctlTagKey, missingTags, ownTags, requestTagKey, type Tags } from '../tags.ts';
import { denialIsOver, denyPolicyName } from './older-sessions.ts';
import { mergeTrustPolicy, renderTrustPolicy, type Trust } from './trust-policy.ts';

/** What a role should be. Undefined members: not asked for, so left as they are. */
export type DesiredRole = {
  /** The cluster's name. */
  readonly name: string;
  readonly roleName: string;
  readonly description: string;
  /** Whose Secret the role is for: `<namespace>/<secret>`. */
  readonly requestedBy: string;
  readonly trust: Trust;
  /** The inline policy, as compact JSON. */
  readonly policy: string;
  /** The user's own tags. */
  readonly tags: Tags;
  /** ARN, or `none`: there shall be no boundary. */
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
  /** ARNs; empty where they may not be listed. */
  readonly attachedPolicies: readonly string[];
};

/** When a role is looked at, for what ends by itself. */
export type At = { readonly now: Date };

/** One difference, and the request that removes it. */
export type RoleChange = { readonly detail: string; readonly request: WriteRequest };

/** The requests that make the role: two calls. */
export function newRoleRequests(desired: DesiredRole): readonly WriteRequest[] {
  return [
    createRole({
      roleName: desired.roleName,
      path: desired.path ?? '/',
      description: desired.description,
      trustPolicy: renderTrustPolicy(desired.trust),
      maxSessionDuration: desired.maxSessionDuration,
      permissionsBoundaryArn: desired.boundary === 'none' ? undefined : desired.boundary,
      tags: roleTags(desired),
    }),
    putRolePolicy(desired.roleName, desired.policy),
  ];
}

/**
 * What has to change about a role that is there. Our tags come first: a crash never leaves an
 * adopted role that only half follows us without them. Less trust comes before more permissions.
 */
export function diffRole(
  desired: DesiredRole,
  found: FoundRole,
  { now }: At,
): readonly RoleChange[] {
  const changes: RoleChange[] = [];
  const { name: role } = found;
  const tags = missingTags(roleTags(desired), found.tags);
  if (Object.keys(tags).length > 0) {
    const keys = Object.keys(tags).join(', ');
    changes.push({ detail: `tags: ${keys}`, request: tagRole(role, tags) });
  }
  const boundary = boundaryChange(desired, found);
  if (boundary !== undefined) changes.push(boundary);
  const trust = mergeTrustPolicy(found.trustPolicy, desired.trust);
  if (trust.policy !== undefined) {
    changes.push({ detail: trust.detail, request: updateTrustPolicy(role, trust.policy) });
  }
  if (found.policy === undefined || !samePolicy(found.policy, parsed(desired.policy))) {
    const detail = `inline policy: ${found.policy === undefined ? 'added' : 'brought up to date'}`;
    changes.push({ detail, request: putRolePolicy(role, desired.policy) });
  }
  const denial = found.otherPolicies.find((policy) => policy.name === denyPolicyName);
  if (denial !== undefined && denialIsOver(denial.document, now)) {
    changes.push({
      detail: `inline policy "${denyPolicyName}": removed, no session that it denies can live any more`,
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

/** Non-whitespace characters that the role's policies will have: trust, and all inline ones together. */
export function policySizes(
  desired: DesiredRole,
  found: FoundRole | undefined,
): { readonly trust: number; readonly inline: number } {
  const merged =
    found === undefined
      ? renderTrustPolicy(desired.trust)
      : (mergeTrustPolicy(found.trustPolicy, desired.trust).policy ?? found.trustPolicy);
  const others = found?.otherPolicies ?? [];
  return {
    trust: policySize(JSON.stringify(merged)),
    inline: others.reduce(
      (sum, other) => sum + policySize(JSON.stringify(other.document)),
      policySize(desired.policy),
    ),
  };
}

/** What others added to the role, in words; empty where there is nothing. */
export function keptOfOthers(desired: DesiredRole, found: FoundRole): readonly string[] {
  const ours = [...Object.keys(roleTags(desired)), ccoctlTagKey(desired.name)];
  const tags = Object.keys(found.tags).filter((key) => !ours.includes(key));
  const kept = mergeTrustPolicy(found.trustPolicy, desired.trust).kept;
  return [
    ...kept.map((statement) => `trust statement "${statement}"`),
    ...found.otherPolicies
      .filter((policy) => policy.name !== denyPolicyName)
      .map((policy) => `inline policy "${policy.name}"`),
    ...found.attachedPolicies.map((arn) => `attached policy "${arn}"`),
    ...tags.map((key) => `tag "${key}"`),
  ];
}

function roleTags({ name, tags, requestedBy }: DesiredRole): Tags {
  return { ...ownTags(name, tags), [requestTagKey(name)]: requestedBy };
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
