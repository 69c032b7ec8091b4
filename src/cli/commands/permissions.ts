// permissions: the least-privilege IAM policy of a command, filled in offline. In text, stdout is the
// policy itself, so that it can be sent to a file for `aws iam create-policy`.

import { permissionCommands, type PermissionCommand } from '../../core/permissions/commands.ts';
import { sidOf, type Situation } from '../../core/permissions/permission-row.ts';
import {
  managedPolicyLimit,
  permissionsPolicy,
  policyLength,
  rowsFor,
  type PermissionsPolicy,
} from '../../core/permissions/permissions-policy.ts';
import type { PermissionTarget } from '../../core/permissions/resources.ts';
import { partitionById, partitionIds } from '../../core/partition.ts';
import {
  addIssue,
  finishReading,
  readChoice,
  readName,
  readRequired,
  readText,
  startReading,
  type Flags,
  type Reading,
} from '../flags/flags.ts';
import { readLayout, readRolePath } from '../flags/iam-flags.ts';
import { readDomain } from '../flags/domain.ts';
import { readHostingFlags, refuseBesideSharedHosting } from '../flags/hosting-flags.ts';
import type { Session } from '../session/session.ts';

export type Options = {
  readonly command: PermissionCommand;
  readonly target: PermissionTarget;
};

export type PermissionsResult = {
  /** Whose permissions they are. */
  readonly command: PermissionCommand;
  readonly policy: PermissionsPolicy;
  /** Statements that may be left out, and what is lost then. */
  readonly optional: readonly { readonly sid: string; readonly without: string }[];
};

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const command = readCommand(reading);
  const rolePath = readPatternPath(reading);
  const { issuerUrl, sharedHosting } = readHostingFlags(reading);
  const domain = readDomain(reading);
  const target = {
    name: readNameAlone(reading),
    account: readAccount(reading),
    partition: readChoice(reading, { flag: 'partition', of: partitionIds }) ?? 'aws',
    rolePath,
    sharedHosting,
    hostedZoneId: domain?.hostedZoneId,
  };
  const situations = readSituations(reading, {
    ...target,
    issuerUrl,
    hasDomain: domain !== undefined,
  });
  finishReading(reading);
  return { command, target: { ...target, situations } };
}

function readCommand(reading: Reading): PermissionCommand {
  const word = readText(reading, 'step');
  const found = permissionCommands.find((command) => command === word);
  if (found !== undefined) return found;
  reading.issues.push({
    message: `a command is required: one of ${permissionCommands.join(', ')}`,
  });
  return 'create-all';
}

/** A path before the name is a slip: it has a flag of its own. */
function readNameAlone(reading: Reading): string {
  const given = reading.flags.name;
  if (typeof given !== 'string' || !given.includes('/')) return readName(reading);
  addIssue(reading, {
    flag: 'name',
    message: `"${given}" holds a path; give the cluster's name alone, and the path of its roles with --role-path`,
  });
  return '';
}

function readAccount(reading: Reading): string {
  const account = readRequired(reading, 'account');
  if (account !== '' && !/^\d{12}$/.test(account)) {
    addIssue(reading, { flag: 'account', message: `"${account}" is not an account of 12 digits` });
  }
  return account;
}

/** `*`, `?` and `$` are legal in a path, and have a meaning in the ARN of a policy. */
function readPatternPath(reading: Reading): string {
  const rolePath = readRolePath(reading) ?? '/';
  if (/[*?$]/.test(rolePath)) {
    const message = `"${rolePath}" holds one of * ? $, which are wildcards in a policy: write the policy by hand`;
    addIssue(reading, { flag: 'rolePath', message });
  }
  return rolePath;
}

function readSituations(
  reading: Reading,
  target: Omit<PermissionTarget, 'situations'> & {
    readonly issuerUrl: string | undefined;
    readonly hasDomain: boolean;
  },
): readonly Situation[] {
  const isPublic = readLayout(reading) === 'public';
  const elsewhere = target.issuerUrl !== undefined;
  if (target.sharedHosting !== undefined && isPublic)
    refuseBesideSharedHosting(reading, 'publicS3Bucket');
  if (elsewhere && isPublic) {
    const message = 'is about hosting, and with --issuer-url the documents are served elsewhere';
    addIssue(reading, { flag: 'publicS3Bucket', message });
  }
  const hasCloudFront = partitionById(target.partition)?.cloudfrontRegion !== undefined;
  return [
    ...(elsewhere ? [] : (['bucket'] as const)),
    target.sharedHosting === undefined ? 'own-hosting' : 'shared-hosting',
    ...(hasCloudFront && !elsewhere
      ? [isPublic ? ('public-bucket' as const) : ('cloudfront' as const)]
      : []),
    ...(target.hasDomain ? (['domain'] as const) : []),
    ...(target.rolePath === '/' ? [] : (['role-path'] as const)),
  ];
}

/** Fills the policy in; needs neither network nor credentials. */
export async function run(
  { command, target }: Options,
  session: Session,
): Promise<PermissionsResult> {
  const optional = rowsFor(command, target).flatMap((row) =>
    row.optional === undefined ? [] : [{ sid: sidOf(row), without: row.optional }],
  );
  for (const { sid, without } of optional)
    session.note(`${sid} may be left out; without it, ${without}`);
  const policy = permissionsPolicy(command, target);
  const length = policyLength(policy);
  if (length > managedPolicyLimit) {
    session.warn(
      `the policy has ${length} characters, and IAM takes ${managedPolicyLimit} in a managed policy: leave optional statements out, or put them into a second policy`,
    );
  }
  return { command, policy, optional };
}

/** The policy alone. */
export function describe({ policy }: PermissionsResult): string {
  return JSON.stringify(policy, undefined, 2);
}
