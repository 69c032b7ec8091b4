// IAM's operations on roles themselves: creation, reading, trust, settings, boundary, tags, deletion.
// Names are unique in the account whatever their case; nothing here is idempotent that AWS refuses.

import {
  checkPage,
  checkPolicyExists,
  findRole,
  findWritableRole,
  isVisible,
  managedPolicyArn,
  noSuchEntity,
  page,
  quotaExceeded,
  roleName,
} from './iam-operation.ts';
import type { IamCall, IamOperations } from './iam-operation.ts';
import type { IamRole } from './iam-state.ts';
import {
  checkNumber,
  checkRequired,
  checkTagKeys,
  checkTags,
  checkText,
  constraints,
  mergeTags,
  newTags,
  refuseViolations,
  removeTags,
} from './iam-validation.ts';
import { policySize, readTrustPolicy } from './policy-grammar.ts';
import { AwsFault } from '../wire/protocol.ts';
import { readList, readTags } from '../wire/query-request.ts';
import { encodeDocument, tagMembers, type XmlValue } from '../wire/query-response.ts';

const sessionBounds = { min: 3600, max: 43_200 };

/** The role operations by wire name. */
export const roleOperations: IamOperations = {
  CreateRole(call) {
    const { params, world, account } = call;
    refuseViolations(
      checkText('path', params.Path, constraints.path),
      checkRequired('roleName', params.RoleName, constraints.roleName),
      checkRequired(
        'assumeRolePolicyDocument',
        params.AssumeRolePolicyDocument,
        constraints.document,
      ),
      checkText('description', params.Description, constraints.description),
      checkNumber('maxSessionDuration', params.MaxSessionDuration, sessionBounds),
      checkText('permissionsBoundary', params.PermissionsBoundary, constraints.arn),
      checkTags(readTags(params)),
    );
    const { RoleName: name = '', AssumeRolePolicyDocument: trustPolicy = '' } = params;
    const tags = newTags(readTags(params));
    const permissionsBoundary = params.PermissionsBoundary;
    if (permissionsBoundary !== undefined) managedPolicyArn(call, permissionsBoundary);
    checkTrust(call, trustPolicy);
    const path = params.Path ?? '/';
    if (path.startsWith('/aws-service-role/')) {
      throw new AwsFault(400, 'InvalidInput', `Path ${path} is reserved for AWS services.`);
    }
    if ([...account.roles.keys()].some((taken) => taken.toLowerCase() === name.toLowerCase())) {
      throw new AwsFault(409, 'EntityAlreadyExists', `Role with name ${name} already exists.`);
    }
    if (permissionsBoundary !== undefined) checkBoundaryExists(call, permissionsBoundary);
    if (account.roles.size >= world.quotas.roles) {
      throw quotaExceeded('RolesPerAccount', world.quotas.roles);
    }
    const role: IamRole = {
      name,
      id: world.newId('AROA'),
      arn: `arn:${world.partition}:iam::${call.accountId}:role${path}${name}`,
      path,
      description: params.Description,
      maxSessionDuration: Number(params.MaxSessionDuration ?? 3600),
      permissionsBoundary,
      trustPolicy,
      inlinePolicies: new Map(),
      attachedPolicies: [],
      instanceProfiles: [],
      tags,
      createdAt: world.now(),
    };
    account.roles.set(name, role);
    // The answer to a creation lacks what only reads show: description and session duration.
    return {
      Role: {
        ...identityOf(role),
        ...boundaryOf(role),
        ...(role.tags.length > 0 ? { Tags: tagMembers(role.tags) } : {}),
      },
    };
  },

  GetRole(call) {
    const role = findRole(call, roleName(call));
    return {
      Role: {
        ...identityOf(role),
        ...settingsOf(role),
        ...boundaryOf(role),
        ...(role.tags.length > 0 ? { Tags: tagMembers(role.tags) } : {}),
        RoleLastUsed: {},
      },
    };
  },

  ListRoles({ params, account, world }) {
    refuseViolations(
      checkText('pathPrefix', params.PathPrefix, constraints.pathPrefix),
      ...checkPage(params),
    );
    const roles = [...account.roles.values()]
      .filter((role) => isVisible(role, world) && role.path.startsWith(params.PathPrefix ?? '/'))
      .toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    const { items, ...rest } = page(roles, { params, world });
    return { Roles: items.map((role) => ({ ...identityOf(role), ...settingsOf(role) })), ...rest };
  },

  UpdateAssumeRolePolicy(call) {
    const document = call.params.PolicyDocument;
    refuseViolations(checkRequired('policyDocument', document, constraints.document));
    const role = findWritableRole(call, roleName(call));
    checkTrust(call, document ?? '');
    role.trustPolicy = document ?? '';
    return undefined;
  },

  UpdateRole(call) {
    const { Description: description, MaxSessionDuration: duration } = call.params;
    refuseViolations(
      checkText('description', description, constraints.description),
      checkNumber('maxSessionDuration', duration, sessionBounds),
    );
    const role = findWritableRole(call, roleName(call));
    if (description !== undefined) role.description = description;
    if (duration !== undefined) role.maxSessionDuration = Number(duration);
    return {};
  },

  PutRolePermissionsBoundary(call) {
    const boundary = call.params.PermissionsBoundary;
    refuseViolations(checkRequired('permissionsBoundary', boundary, constraints.arn));
    const arn = managedPolicyArn(call, boundary ?? '');
    const role = findWritableRole(call, roleName(call));
    checkBoundaryExists(call, arn);
    role.permissionsBoundary = arn;
    return undefined;
  },

  DeleteRolePermissionsBoundary(call) {
    const role = findWritableRole(call, roleName(call));
    if (role.permissionsBoundary === undefined) {
      throw noSuchEntity(`Role ${role.name} has no permissions boundary.`);
    }
    role.permissionsBoundary = undefined;
    return undefined;
  },

  TagRole(call) {
    const sent = readTags(call.params);
    refuseViolations(
      sent === undefined ? [{ at: 'tags', rule: 'Member must not be null' }] : checkTags(sent),
    );
    const tags = newTags(sent);
    const role = findWritableRole(call, roleName(call));
    role.tags = mergeTags(role.tags, tags);
    return undefined;
  },

  UntagRole(call) {
    const keys = readList(call.params, 'TagKeys');
    refuseViolations(checkTagKeys(keys));
    const role = findWritableRole(call, roleName(call));
    role.tags = removeTags(role.tags, keys ?? []);
    return undefined;
  },

  ListRoleTags(call) {
    refuseViolations(...checkPage(call.params));
    const { items, ...rest } = page(findRole(call, roleName(call)).tags, call);
    return { Tags: tagMembers(items), ...rest };
  },

  DeleteRole(call) {
    const role = findWritableRole(call, roleName(call));
    const left =
      role.instanceProfiles.length > 0
        ? 'must remove roles from instance profile first.'
        : role.attachedPolicies.length > 0
          ? 'must detach all policies first.'
          : role.inlinePolicies.size > 0
            ? 'must delete policies first.'
            : undefined;
    if (left !== undefined) {
      throw new AwsFault(409, 'DeleteConflict', `Cannot delete entity, ${left}`);
    }
    call.account.roles.delete(role.name);
    return undefined;
  },
};

function checkTrust({ world }: IamCall, document: string): void {
  readTrustPolicy(document, world.partition);
  const limit = world.quotas.trustPolicySize;
  if (policySize(document) > limit) throw quotaExceeded('ACLSizePerRole', limit);
}

function checkBoundaryExists(call: IamCall, arn: string): void {
  checkPolicyExists(call, arn, `Scope ARN: ${arn} does not exist or is not attachable.`);
}

function identityOf(role: IamRole): { readonly [name: string]: XmlValue } {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeDocument(role.trustPolicy),
  };
}

function settingsOf(role: IamRole): { readonly [name: string]: XmlValue | undefined } {
  return {
    Description: role.description === '' ? undefined : role.description,
    MaxSessionDuration: role.maxSessionDuration,
  };
}

function boundaryOf(role: IamRole): { readonly [name: string]: XmlValue | undefined } {
  if (role.permissionsBoundary === undefined) return {};
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: role.permissionsBoundary,
    },
  };
}
