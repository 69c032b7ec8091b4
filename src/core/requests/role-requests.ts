// The writing requests of a role, each a filled template. Documents inside them are compact JSON.

import attachedTemplate from '../../../templates/iam/attached-role-policy.json' with { type: 'json' };
import createTemplate from '../../../templates/iam/create-role.json' with { type: 'json' };
import deleteBoundaryTemplate from '../../../templates/iam/delete-role-permissions-boundary.json' with { type: 'json' };
import deletePolicyTemplate from '../../../templates/iam/delete-role-policy.json' with { type: 'json' };
import putBoundaryTemplate from '../../../templates/iam/put-role-permissions-boundary.json' with { type: 'json' };
import putPolicyTemplate from '../../../templates/iam/put-role-policy.json' with { type: 'json' };
import tagTemplate from '../../../templates/iam/tag-role.json' with { type: 'json' };
import trustTemplate from '../../../templates/iam/update-assume-role-policy.json' with { type: 'json' };
import updateTemplate from '../../../templates/iam/update-role.json' with { type: 'json' };
import type { WriteRequest } from '../change.ts';
import type { JsonObject } from '../json.ts';
import { tagList, type Tags } from '../tags.ts';
import { fillTemplate, type TemplateValues } from '../template.ts';

/** A role as it is created. */
export type NewRole = {
  readonly roleName: string;
  readonly path: string;
  readonly description: string;
  readonly trustPolicy: JsonObject;
  /** Seconds; undefined: IAM's default, an hour. */
  readonly maxSessionDuration: number | undefined;
  readonly permissionsBoundaryArn: string | undefined;
  readonly tags: Tags;
};

/** CreateRole, with all settings that it accepts in one call. */
export function createRole(role: NewRole): WriteRequest {
  const { trustPolicy, tags, ...others } = role;
  const filled = { ...others, trustPolicy: JSON.stringify(trustPolicy), tags: tagList(tags) };
  return request('create-role', createTemplate, filled);
}

/** PutRolePolicy: the inline policy that carries the role's name. `policy` is JSON. */
export function putRolePolicy(roleName: string, policy: string): WriteRequest {
  return request('put-role-policy', putPolicyTemplate, { roleName, policy });
}

/** DeleteRolePolicy: an inline policy by its name. */
export function deleteRolePolicy(roleName: string, policyName: string): WriteRequest {
  return request('delete-role-policy', deletePolicyTemplate, { roleName, policyName });
}

/** UpdateAssumeRolePolicy: the whole trust policy. */
export function updateTrustPolicy(roleName: string, trustPolicy: JsonObject): WriteRequest {
  const policy = JSON.stringify(trustPolicy);
  return request('update-assume-role-policy', trustTemplate, { roleName, policy });
}

/** TagRole: adds or replaces these tags. */
export function tagRole(roleName: string, tags: Tags): WriteRequest {
  return request('tag-role', tagTemplate, { roleName, tags: tagList(tags) });
}

/** UpdateRole: the session duration, in seconds. */
export function updateSessionDuration(roleName: string, maxSessionDuration: number): WriteRequest {
  return request('update-role', updateTemplate, { roleName, maxSessionDuration });
}

/** PutRolePermissionsBoundary. */
export function putBoundary(roleName: string, permissionsBoundaryArn: string): WriteRequest {
  const values = { roleName, permissionsBoundaryArn };
  return request('put-role-permissions-boundary', putBoundaryTemplate, values);
}

/** DeleteRolePermissionsBoundary. */
export function deleteBoundary(roleName: string): WriteRequest {
  return request('delete-role-permissions-boundary', deleteBoundaryTemplate, { roleName });
}

/** AttachRolePolicy: a managed policy. */
export function attachPolicy(roleName: string, policyArn: string): WriteRequest {
  return request('attach-role-policy', attachedTemplate, { roleName, policyArn });
}

/** DetachRolePolicy: a managed policy. */
export function detachPolicy(roleName: string, policyArn: string): WriteRequest {
  return request('detach-role-policy', attachedTemplate, { roleName, policyArn });
}

function request(
  operation: string,
  template: JsonObject,
  values: TemplateValues & { readonly roleName: string },
): WriteRequest {
  const input = fillTemplate(template, values);
  return { service: 'iam', operation, id: values.roleName, input };
}
