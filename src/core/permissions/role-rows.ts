// Permissions on the cluster's IAM roles.

import type { PermissionRow } from './permission-row.ts';

/** Makes and repairs the roles. */
export const makeRoles: PermissionRow = {
  sid: 'Roles',
  actions: [
    'iam:CreateRole',
    'iam:DeleteRolePermissionsBoundary',
    'iam:DeleteRolePolicy',
    'iam:GetRole',
    'iam:GetRolePolicy',
    'iam:ListRolePolicies',
    'iam:PutRolePermissionsBoundary',
    'iam:PutRolePolicy',
    'iam:TagRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:UpdateRole',
  ],
  on: 'roles',
};

/** Looks whether a role is there: IAM may judge a role that is not there as one with the path "/". */
export const lookForRoles: PermissionRow = {
  sid: 'LookForRoles',
  actions: ['iam:GetRole'],
  on: 'roles-to-come',
  when: ['role-path'],
};

/** Takes an audience that is removed from the roles that trust it. */
export const removeAudiences: PermissionRow = {
  sid: 'RolesThatUseAnAudienceYouRemove',
  actions: ['iam:GetRole', 'iam:UpdateAssumeRolePolicy'],
  on: 'roles',
};

/** A probe reads its role, an emergency denies the sessions of the stolen key. */
export const probeAndEmergency: readonly PermissionRow[] = [
  {
    sid: 'RolesForProbeAndEmergency',
    actions: ['iam:GetRole', 'iam:ListRolePolicies', 'iam:PutRolePolicy'],
    on: 'roles',
  },
  { sid: 'ListRolesForEmergency', actions: ['iam:ListRoles'], on: 'everything' },
];

/** Attaches and detaches managed policies. */
export const attachPolicies: PermissionRow = {
  sid: 'ManagedPolicies',
  actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
  on: 'roles',
  optional: 'no managed policy can be attached or detached',
};

/** Checks managed policies before anything is written. */
export const lookAtPolicies: PermissionRow = {
  sid: 'LookAtPolicies',
  actions: ['iam:GetAccountSummary', 'iam:GetPolicy'],
  on: 'everything',
  optional: 'a managed policy that is missing or one too many is noticed only when it is attached',
};

/** Reads many roles with one call. */
export const listRoles: PermissionRow = {
  sid: 'ListRoles',
  actions: ['iam:ListRoles'],
  on: 'everything',
  optional:
    'roles are looked up one by one, and roles of removed audiences or requests are not found',
};

/** Names the managed policies that others attached. */
export const listAttachedPolicies: PermissionRow = {
  sid: 'AttachedPolicies',
  actions: ['iam:ListAttachedRolePolicies'],
  on: 'roles',
  optional: 'policies that others attached are not named, and managed policies cannot be attached',
};

/** Looks at roles, lists and, where asked, quotas. */
export const lookAtRoles: readonly PermissionRow[] = [
  { sid: 'Roles', actions: ['iam:GetRole', 'iam:GetRolePolicy'], on: 'roles' },
  {
    sid: 'Lists',
    actions: ['iam:ListOpenIDConnectProviders', 'iam:ListRoles'],
    on: 'everything',
  },
  {
    sid: 'ForBoundaryAndQuotas',
    actions: ['iam:GetAccountSummary', 'iam:GetPolicy'],
    on: 'everything',
    optional: 'the checks of the permissions boundary and of the quotas are skipped',
  },
  {
    sid: 'ForManagedPolicies',
    actions: ['iam:ListAttachedRolePolicies'],
    on: 'roles',
    optional: 'the check of managed policies (--deep) is skipped',
  },
];

/** Finds every cluster of the account, what serves it, and its roles. */
export const listForInventory: PermissionRow = {
  sid: 'Lists',
  actions: ['cloudfront:ListDistributions', 'iam:ListOpenIDConnectProviders', 'iam:ListRoles'],
  on: 'everything',
};

/** Deletes roles whose request is gone. */
export const pruneRoles: PermissionRow = {
  sid: 'WithPrune',
  actions: ['iam:DeleteRole', 'iam:ListInstanceProfilesForRole'],
  on: 'roles',
  optional: '--prune fails',
};

/** Deletes the roles of a name. */
export const deleteRoles: readonly PermissionRow[] = [
  {
    sid: 'Roles',
    actions: [
      'iam:DeleteRole',
      'iam:DeleteRolePolicy',
      'iam:GetRole',
      'iam:ListAttachedRolePolicies',
      'iam:ListInstanceProfilesForRole',
      'iam:ListRolePolicies',
    ],
    on: 'roles',
  },
  { sid: 'FindRoles', actions: ['iam:ListRoles'], on: 'everything' },
  {
    sid: 'ManagedPolicies',
    actions: ['iam:DetachRolePolicy'],
    on: 'roles',
    optional: 'roles with managed policies are not deleted',
  },
  {
    sid: 'WithDetachForeignProfiles',
    actions: ['iam:RemoveRoleFromInstanceProfile'],
    on: 'everything',
    optional: '--detach-foreign fails at roles in instance profiles',
  },
];
