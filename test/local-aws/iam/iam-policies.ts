// IAM's operations on policies: inline ones of a role, attachments, and managed policies as far as
// boundaries and attachments need them, and the account's summary of counts and quotas.

import {
  checkPage,
  checkPolicyExists,
  findRole,
  findWritableRole,
  managedPolicyArn,
  noSuchEntity,
  page,
  quotaExceeded,
  roleName,
} from './iam-operation.ts';
import type { IamCall, IamOperations } from './iam-operation.ts';
import type { IamManagedPolicy } from './iam-state.ts';
import { checkRequired, checkText, constraints, refuseViolations } from './iam-validation.ts';
import { checkIdentityPolicy, policySize } from './policy-grammar.ts';
import { AwsFault } from '../wire/protocol.ts';
import { encodeDocument } from '../wire/query-response.ts';

const managedPolicySize = 6144;
const attachedPoliciesPerRole = 10;
const policiesPerAccount = 1500;

/** The policy operations by wire name. */
export const policyOperations: IamOperations = {
  PutRolePolicy(call) {
    const { PolicyName: name, PolicyDocument: document } = call.params;
    refuseViolations(
      checkRequired('policyName', name, constraints.policyName),
      checkRequired('policyDocument', document, constraints.document),
    );
    const role = findWritableRole(call, roleName(call));
    checkIdentityPolicy(document ?? '', { kind: 'inline', partition: call.world.partition });
    const others = [...role.inlinePolicies].filter(([other]) => other !== name);
    const size = others.reduce(
      (sum, [, text]) => sum + policySize(text),
      policySize(document ?? ''),
    );
    const limit = call.world.quotas.inlinePolicySize;
    if (size > limit) {
      throw new AwsFault(
        409,
        'LimitExceeded',
        `Maximum policy size of ${limit} bytes exceeded for role ${role.name}`,
      );
    }
    role.inlinePolicies.set(name ?? '', document ?? '');
    return undefined;
  },

  GetRolePolicy(call) {
    const name = policyName(call);
    const role = findRole(call, roleName(call));
    const document = role.inlinePolicies.get(name);
    if (document === undefined) throw noRolePolicy(name);
    return {
      RoleName: role.name,
      PolicyName: name,
      PolicyDocument: encodeDocument(document),
    };
  },

  ListRolePolicies(call) {
    refuseViolations(...checkPage(call.params));
    const role = findRole(call, roleName(call));
    const { items, ...rest } = page([...role.inlinePolicies.keys()].toSorted(), call);
    return { PolicyNames: items, ...rest };
  },

  DeleteRolePolicy(call) {
    const name = policyName(call);
    const role = findWritableRole(call, roleName(call));
    if (!role.inlinePolicies.delete(name)) throw noRolePolicy(name);
    return undefined;
  },

  AttachRolePolicy(call) {
    const arn = managedPolicyArn(call, call.params.PolicyArn);
    const role = findWritableRole(call, roleName(call));
    const refusal = `Policy ${arn} does not exist or is not attachable.`;
    checkPolicyExists(call, arn, refusal);
    if (isOfServices(arn)) throw noSuchEntity(refusal);
    if (role.attachedPolicies.includes(arn)) return undefined;
    if (role.attachedPolicies.length >= attachedPoliciesPerRole) {
      throw quotaExceeded('PoliciesPerRole', attachedPoliciesPerRole);
    }
    role.attachedPolicies.push(arn);
    return undefined;
  },

  DetachRolePolicy(call) {
    const arn = managedPolicyArn(call, call.params.PolicyArn);
    const role = findWritableRole(call, roleName(call));
    if (!role.attachedPolicies.includes(arn)) {
      throw noSuchEntity(`Policy ${arn} was not found.`);
    }
    role.attachedPolicies = role.attachedPolicies.filter((attached) => attached !== arn);
    return undefined;
  },

  ListAttachedRolePolicies(call) {
    refuseViolations(...checkPage(call.params));
    const role = findRole(call, roleName(call));
    const { items, ...rest } = page(role.attachedPolicies, call);
    return {
      AttachedPolicies: items.map((arn) => ({
        PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
        PolicyArn: arn,
      })),
      ...rest,
    };
  },

  ListInstanceProfilesForRole(call) {
    refuseViolations(...checkPage(call.params));
    const role = findRole(call, roleName(call));
    const { items, ...rest } = page(role.instanceProfiles, call);
    return {
      InstanceProfiles: items.map((name) => ({
        Path: '/',
        InstanceProfileName: name,
        InstanceProfileId: `AIPA${name.toUpperCase()}`,
        Arn: `arn:${call.world.partition}:iam::${call.accountId}:instance-profile/${name}`,
        CreateDate: role.createdAt,
        Roles: [],
      })),
      ...rest,
    };
  },

  RemoveRoleFromInstanceProfile(call) {
    const profile = call.params.InstanceProfileName ?? '';
    const role = findWritableRole(call, roleName(call));
    if (!role.instanceProfiles.includes(profile)) {
      throw noSuchEntity(`Instance Profile ${profile} cannot be found.`);
    }
    role.instanceProfiles = role.instanceProfiles.filter((name) => name !== profile);
    return undefined;
  },

  CreatePolicy(call) {
    const { params, world, account } = call;
    refuseViolations(
      checkRequired('policyName', params.PolicyName, constraints.policyName),
      checkText('path', params.Path, constraints.path),
      checkRequired('policyDocument', params.PolicyDocument, constraints.document),
    );
    const { PolicyName: name = '', PolicyDocument: document = '', Path: path = '/' } = params;
    checkIdentityPolicy(document, { kind: 'managed', partition: world.partition });
    if (policySize(document) > managedPolicySize) {
      throw quotaExceeded('PolicySize', managedPolicySize);
    }
    const taken = [...account.policies.values()].some(
      (policy) => policy.name.toLowerCase() === name.toLowerCase(),
    );
    if (taken) {
      throw new AwsFault(
        409,
        'EntityAlreadyExists',
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      );
    }
    const policy: IamManagedPolicy = {
      arn: `arn:${world.partition}:iam::${call.accountId}:policy${path}${name}`,
      name,
      id: world.newId('ANPA'),
      path,
      document,
      createdAt: world.now(),
    };
    account.policies.set(policy.arn, policy);
    return {
      Policy: {
        PolicyName: name,
        PolicyId: policy.id,
        Arn: policy.arn,
        Path: path,
        DefaultVersionId: 'v1',
        AttachmentCount: 0,
        PermissionsBoundaryUsageCount: 0,
        IsAttachable: true,
        CreateDate: policy.createdAt,
        UpdateDate: policy.createdAt,
      },
    };
  },

  GetPolicy(call) {
    const arn = managedPolicyArn(call, call.params.PolicyArn);
    checkPolicyExists(call, arn, `Policy ${arn} was not found.`);
    return {
      Policy: {
        PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
        Arn: arn,
        Path: arn.slice(arn.indexOf(':policy') + ':policy'.length, arn.lastIndexOf('/') + 1),
        DefaultVersionId: 'v1',
        IsAttachable: !isOfServices(arn),
      },
    };
  },

  GetAccountSummary({ account, world }) {
    const summary = {
      Providers: account.oidcProviders.size,
      Roles: account.roles.size,
      RolesQuota: world.quotas.roles,
      AssumeRolePolicySizeQuota: world.quotas.trustPolicySize,
      RolePolicySizeQuota: world.quotas.inlinePolicySize,
      AttachedPoliciesPerRoleQuota: attachedPoliciesPerRole,
      Policies: account.policies.size,
      PoliciesQuota: policiesPerAccount,
      PolicySizeQuota: managedPolicySize,
      VersionsPerPolicyQuota: 5,
      Users: 0,
      UsersQuota: 5000,
      InstanceProfiles: 0,
      InstanceProfilesQuota: 1000,
      GlobalEndpointTokenVersion: 1,
    };
    return { SummaryMap: new Map(Object.entries(summary)) };
  },
};

/** Policies of service-linked roles are for these roles alone. */
function isOfServices(arn: string): boolean {
  return arn.includes(':policy/aws-service-role/');
}

function policyName({ params }: IamCall): string {
  refuseViolations(checkRequired('policyName', params.PolicyName, constraints.policyName));
  return params.PolicyName ?? '';
}

function noRolePolicy(name: string): AwsFault {
  return noSuchEntity(`The role policy with name ${name} cannot be found.`);
}
