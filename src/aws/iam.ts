// The part of the SDK's IAM client that the program uses, and nothing else of it:
// this module is loaded by import(), and only what is named here ends up in its bundle.

import {
  AddClientIDToOpenIDConnectProviderCommand,
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagOpenIDConnectProviderCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { clientConfig, prepared, type ClientSettings } from './client-config.ts';
import type { WriteTable } from './write-table.ts';

export {
  GetAccountSummaryCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  paginateListAttachedRolePolicies,
  paginateListInstanceProfilesForRole,
  paginateListRolePolicies,
  paginateListRoles,
} from '@aws-sdk/client-iam';

/** An IAM client; the SDK finds the partition's endpoint by the region. */
export function createClient(settings: ClientSettings): IAMClient {
  return prepared(new IAMClient(clientConfig(settings)), settings);
}

/** Writing operations by their AWS CLI name. */
export const writes: WriteTable = {
  'add-client-id-to-open-id-connect-provider': [
    'AddClientIDToOpenIDConnectProvider',
    AddClientIDToOpenIDConnectProviderCommand,
  ],
  'attach-role-policy': ['AttachRolePolicy', AttachRolePolicyCommand],
  'create-open-id-connect-provider': [
    'CreateOpenIDConnectProvider',
    CreateOpenIDConnectProviderCommand,
  ],
  'create-role': ['CreateRole', CreateRoleCommand],
  'delete-open-id-connect-provider': [
    'DeleteOpenIDConnectProvider',
    DeleteOpenIDConnectProviderCommand,
  ],
  'delete-role': ['DeleteRole', DeleteRoleCommand],
  'delete-role-permissions-boundary': [
    'DeleteRolePermissionsBoundary',
    DeleteRolePermissionsBoundaryCommand,
  ],
  'delete-role-policy': ['DeleteRolePolicy', DeleteRolePolicyCommand],
  'detach-role-policy': ['DetachRolePolicy', DetachRolePolicyCommand],
  'put-role-permissions-boundary': [
    'PutRolePermissionsBoundary',
    PutRolePermissionsBoundaryCommand,
  ],
  'put-role-policy': ['PutRolePolicy', PutRolePolicyCommand],
  'remove-client-id-from-open-id-connect-provider': [
    'RemoveClientIDFromOpenIDConnectProvider',
    RemoveClientIDFromOpenIDConnectProviderCommand,
  ],
  'remove-role-from-instance-profile': [
    'RemoveRoleFromInstanceProfile',
    RemoveRoleFromInstanceProfileCommand,
  ],
  'tag-open-id-connect-provider': ['TagOpenIDConnectProvider', TagOpenIDConnectProviderCommand],
  'tag-role': ['TagRole', TagRoleCommand],
  'update-assume-role-policy': ['UpdateAssumeRolePolicy', UpdateAssumeRolePolicyCommand],
  'update-role': ['UpdateRole', UpdateRoleCommand],
};
