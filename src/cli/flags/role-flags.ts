// The flags of the roles, which create-iam-roles and create-all share: what asks for roles (a folder
// of CredentialsRequests, or service accounts), their policies, and the issuers that they trust.

import {
  attachedPolicyLimits,
  managedPolicyProblem,
} from '../../core/requests/managed-policies.ts';
import type { ObjectName } from '../../core/requests/role-request.ts';
import { parseIdentityProviderArn } from '../../core/roles/iam-names.ts';
import {
  addIssue,
  flagLabel,
  readBoolean,
  readList,
  readText,
  readTexts,
  type Reading,
} from './flags.ts';
import {
  readArn,
  readMaxSessionDuration,
  readPermissionsBoundary,
  readRolePath,
} from './iam-flags.ts';
import { readServiceAccount } from './service-account.ts';

/** One role that flags ask for. */
export type ServiceAccountRole = {
  /** At least one, each once. */
  readonly serviceAccounts: readonly ObjectName[];
  readonly roleName: string | undefined;
  readonly policyFile: string | undefined;
  /** ARNs. */
  readonly attach: readonly string[];
  readonly detach: readonly string[];
};

/** What the flags of the roles say. Undefined: not asked for. */
export type RoleOptions = {
  /** A folder of CredentialsRequests, or the role of service accounts. */
  readonly wanted:
    | { readonly folder: string; readonly enableTechPreview: boolean }
    | ServiceAccountRole;
  /** ARN of a managed policy, or `none`. */
  readonly boundary: string | undefined;
  /** Seconds. */
  readonly maxSessionDuration: number | undefined;
  readonly rolePath: string | undefined;
  /** ARNs of providers: another one to trust, and one to trust no more. */
  readonly alsoTrust: string | undefined;
  readonly stopTrusting: string | undefined;
  /** Delete roles whose request is gone. */
  readonly prune: boolean;
};

/** Reads them; `partition` is that of the account, where it is known. */
export function readRoleOptions(reading: Reading, partition: string | undefined): RoleOptions {
  const alsoTrust = readProvider(reading, 'alsoTrustProviderArn', partition);
  const stopTrusting = readProvider(reading, 'stopTrustingProviderArn', partition);
  if (alsoTrust !== undefined && alsoTrust === stopTrusting) {
    const message = `"${stopTrusting}" is named by --also-trust-provider-arn as well`;
    addIssue(reading, { flag: 'stopTrustingProviderArn', message });
  }
  const prune = readBoolean(reading, 'prune') ?? false;
  if (prune && reading.flags['credentialsRequestsDir'] === undefined) {
    const message = 'needs --credentials-requests-dir, which tells the requests that are there';
    addIssue(reading, { flag: 'prune', message });
  }
  return {
    wanted: readWanted(reading, partition),
    boundary: readPermissionsBoundary(reading, partition),
    maxSessionDuration: readMaxSessionDuration(reading),
    rolePath: readRolePath(reading),
    alsoTrust,
    stopTrusting,
    prune,
  };
}

const ofServiceAccounts = [
  'roleName',
  'policyFile',
  'managedPolicyArn',
  'removeManagedPolicyArn',
] as const;

function readWanted(reading: Reading, partition: string | undefined): RoleOptions['wanted'] {
  const folder = readText(reading, 'credentialsRequestsDir', 'needs a value');
  const accounts = readServiceAccounts(reading);
  const isGiven = (flag: string): boolean => reading.flags[flag] !== undefined;
  const byAccount = isGiven('serviceAccount');
  const byFolder = isGiven('credentialsRequestsDir');
  if (!byFolder && !byAccount) {
    const message = 'or --service-account is required: it says which roles to make';
    addIssue(reading, { flag: 'credentialsRequestsDir', message });
  }
  for (const flag of byFolder ? (['serviceAccount', ...ofServiceAccounts] as const) : []) {
    if (!isGiven(flag)) continue;
    const message = `cannot be given with ${flagLabel(reading.flags, 'credentialsRequestsDir')}, whose requests say it themselves`;
    addIssue(reading, { flag, message });
  }
  for (const flag of byFolder || byAccount ? [] : ofServiceAccounts) {
    if (isGiven(flag)) addIssue(reading, { flag, message: 'needs --service-account' });
  }
  const enableTechPreview = readBoolean(reading, 'enableTechPreview') ?? false;
  if (byFolder || !byAccount) return { folder: folder ?? '', enableTechPreview };
  const attach = readPolicies(reading, 'managedPolicyArn', partition);
  const detach = readPolicies(reading, 'removeManagedPolicyArn', partition);
  const both = detach.find((arn) => attach.includes(arn));
  if (both !== undefined) {
    const message = `"${both}" is named by --managed-policy-arn as well`;
    addIssue(reading, { flag: 'removeManagedPolicyArn', message });
  }
  return {
    serviceAccounts: accounts,
    roleName: readRoleName(reading),
    policyFile: readText(reading, 'policyFile'),
    attach,
    detach,
  };
}

function readServiceAccounts(reading: Reading): readonly ObjectName[] {
  const flag = 'serviceAccount';
  const texts = [...new Set(readTexts(reading, flag))];
  return texts.map((text) => readServiceAccount(reading, { flag, text }));
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
function readRoleName(reading: Reading): string | undefined {
  const flag = 'roleName';
  const text = readText(reading, flag);
  if (text !== undefined && !/^[\w+=,.@-]{1,64}$/.test(text)) {
    const message = `"${text}" is not the name of a role: 1 to 64 letters, digits and + = , . @ _ -`;
    addIssue(reading, { flag, message });
  }
  return text;
}

function readPolicies(
  reading: Reading,
  flag: 'managedPolicyArn' | 'removeManagedPolicyArn',
  partition: string | undefined,
): readonly string[] {
  const arns = readList(reading, flag) ?? [];
  for (const arn of arns) {
    const problem = managedPolicyProblem(arn, { partition });
    if (problem !== undefined) addIssue(reading, { flag, message: `"${arn}" ${problem}` });
  }
  const { most } = attachedPolicyLimits;
  if (arns.length > most) {
    const message = `names ${arns.length} managed policies; a role has at most ${most}`;
    addIssue(reading, { flag, message });
  }
  return arns;
}

function readProvider(
  reading: Reading,
  flag: string,
  partition: string | undefined,
): string | undefined {
  const arn = readArn(reading, { flag, kind: 'oidc-provider', partition });
  if (arn !== undefined && parseIdentityProviderArn(arn) === undefined) {
    const message = `"${arn}" names no issuer: host in lower case, no trailing slash`;
    addIssue(reading, { flag, message });
  }
  return arn;
}
