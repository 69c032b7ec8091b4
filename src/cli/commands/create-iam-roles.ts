// create-iam-roles: one web-identity role for each CredentialsRequest, or one for the service accounts
// that flags name, and the manifests for it.
// With --identity-provider-arn only IAM is called: account, partition and issuer stand in the ARN.

import { parseIdentityProviderArn, type IdentityProviderName } from '../../core/roles/iam-names.ts';
import { partitionOfRegion } from '../../core/partition.ts';
import type { IamRolesResult } from '../../core/result.ts';
import type { Tags } from '../../core/tags.ts';
import {
  checkFolder,
  checkFolderHosting,
  checkFolderOwner,
  claimFolder,
} from '../../local/folder-owner.ts';
import { writeManifests } from '../../local/manifest-file.ts';
import { prepareRoleManifests } from '../../local/role-manifests.ts';
import { readWantedRoles } from '../../local/wanted-roles.ts';
import { findSecondIssuer } from '../../workflows/roles/find-second-issuer.ts';
import { findRoleTrust } from '../../workflows/roles/find-role-trust.ts';
import type { HostingFlags } from '../../workflows/hosting/site.ts';
import { applyIamRoles, planIamRoles, type IamRolesPlan } from '../../workflows/roles/iam-roles.ts';
import { describePruning } from '../../workflows/roles/prune-roles.ts';
import type { Context } from '../../workflows/context.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { RoleRequest } from '../../core/requests/role-request.ts';
import { observeRoles } from '../../workflows/roles/observe-roles.ts';
import { inTurn } from '../../workflows/parallel.ts';
import {
  addIssue,
  finishReading,
  readAudiences,
  readAwsOptions,
  readBoolean,
  readTags,
  startReading,
  type Flags,
} from '../flags/flags.ts';
import { readArn } from '../flags/iam-flags.ts';
import { readHostingFlags } from '../flags/hosting-flags.ts';
import { readRoleOptions, type RoleOptions } from '../flags/role-flags.ts';
import { heading, table, type Page } from '../output/page.ts';
import { nextSteps } from '../output/describe-provider.ts';
import { skippedSummary } from '../output/skipped-summary.ts';
import type { AwsOptions, Session } from '../session/session.ts';
import { targetOf } from '../flags/target.ts';
import { confirmYes } from '../session/confirm.ts';

export type Options = AwsOptions &
  RoleOptions &
  HostingFlags & {
    readonly identityProvider: (IdentityProviderName & { readonly arn: string }) | undefined;
    /** Audiences of the provider that existing roles must trust too. */
    readonly audiences: readonly string[];
    readonly tags: Tags;
    readonly yes: boolean;
    /** Region that was given: not one of IAM's, which has none. */
    readonly podRegion: string | undefined;
  };

/** A region of each partition, for the one service that has no regions: IAM. */
const homeRegions: { readonly [partition: string]: string } = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const arn = readArn(reading, { flag: 'identityProviderArn', kind: 'oidc-provider' });
  const provider = arn === undefined ? undefined : parseIdentityProviderArn(arn);
  const region = flags.region ?? homeRegions[provider?.partition ?? ''];
  const options: Options = {
    ...readAwsOptions({ ...reading, flags: { ...flags, region } }),
    ...readRoleOptions(reading, provider?.partition ?? partitionOfRegion(String(region))?.id),
    identityProvider:
      arn === undefined || provider === undefined ? undefined : { ...provider, arn },
    ...readHostingFlags(reading),
    audiences: readAudiences(reading, 'audience') ?? [],
    tags: readTags(reading),
    yes: readBoolean(reading, 'yes') ?? false,
    podRegion: typeof flags.region === 'string' ? flags.region : undefined,
  };
  const flag = 'identityProviderArn';
  const partition = partitionOfRegion(options.region)?.id;
  if (arn !== undefined && provider === undefined) {
    addIssue(reading, {
      flag,
      message: `"${arn}" names no issuer: host in lower case, no trailing slash`,
    });
  } else if (
    provider !== undefined &&
    partition !== undefined &&
    partition !== provider.partition
  ) {
    const message = `"${arn}" is in partition "${provider.partition}", region "${options.region}" in "${partition}"`;
    addIssue(reading, { flag, message });
  }
  const { issuerUrl } = options;
  if (issuerUrl !== undefined && provider !== undefined && provider.issuer !== issuerUrl) {
    const message = `"${arn}" is the provider of another issuer than --issuer-url "${issuerUrl}"; give one of the two`;
    addIssue(reading, { flag, message });
  }
  finishReading(reading);
  return options;
}

/** Makes or updates the roles; the manifests are written once the roles are there. */
export async function run(options: Options, session: Session): Promise<IamRolesResult> {
  const { host, folder, warn } = session;
  const { requests, skipped, skippedSecrets, warnings } = readWantedRoles(options.wanted, {
    cwd: host.cwd,
    partition: options.identityProvider?.partition ?? partitionOfRegion(options.region)?.id,
  });
  for (const warning of warnings) warn(warning);
  if (options.prune) refuseEmptyPrune(requests);
  if (options.dryRun) noteSkipped(session, skipped);
  checkFolder(folder, options);
  if (options.identityProvider === undefined) checkFolderHosting(folder, options);
  const { name, region, identityProvider: provider } = options;
  const context = await session.connect({ ...options, skipCaller: provider !== undefined });
  const target =
    provider === undefined
      ? targetOf(context, options)
      : { account: provider.account, partition: { id: provider.partition } };
  const [trust, observed] = await inTurn(
    findRoleTrust(context, {
      ...(provider ?? { target: targetOf(context, options), hosting: options }),
      asked: options.audiences,
    }),
    observeRoles(context, { name, requests }),
  );
  const { account } = target;
  const { alsoTrust: also, stopTrusting: stop } = options;
  const secondIssuer = await findSecondIssuer(context, {
    name,
    account,
    providerArn: trust.providerArn,
    flags: { also, stop },
  });
  const sharedHosting = provider === undefined ? options.sharedHosting : undefined;
  const owner = { name, account, region, issuer: trust.issuer, sharedHosting };
  checkFolderOwner(folder, owner);
  const files = prepareRoleManifests(folder, requests);
  for (const warning of files.warnings) warn(warning);
  for (const reminder of files.reminders) session.remind(reminder);
  const input = {
    name,
    account,
    manifestPaths: files.manifestPaths,
    partition: target.partition.id,
    providerArn: trust.providerArn,
    audiences: trust.audiences,
    askedAudiences: options.audiences,
    secondIssuer,
    podRegion: options.podRegion,
    requests,
    skipped,
    tags: options.tags,
    boundary: options.boundary,
    maxSessionDuration: options.maxSessionDuration,
    rolePath: options.rolePath,
    prune: options.prune,
    skippedSecrets,
  };
  const plan = await planIamRoles(context, input, observed);
  await approvePruning(context, { session, plan, yes: options.yes });
  if (!context.gate.dryRun) claimFolder(folder, owner);
  return await applyIamRoles(context, plan, {
    write: (manifests) => writeManifests(folder, manifests),
    known: session.keepResult,
  });
}

/** USAGE: an empty folder, which a failed download leaves, would delete every role. */
export function refuseEmptyPrune(requests: readonly RoleRequest[]): void {
  if (requests.length > 0) return;
  throw new BootstrapError({
    code: 'USAGE',
    message:
      '--prune with a folder that holds no CredentialsRequest for AWS would delete every role',
    hint: 'check --credentials-requests-dir; "oidc-bootstrap delete --keep-issuer" deletes all roles and the IAM provider',
  });
}

/** Shows what `--prune` deletes; the user approves it on the terminal or with `--yes`. */
export async function approvePruning(
  context: Context,
  approval: { readonly session: Session; readonly plan: IamRolesPlan; readonly yes: boolean },
): Promise<void> {
  const { session, plan, yes } = approval;
  const pruning = describePruning(plan.pruned);
  if (pruning === undefined || context.gate.dryRun) return;
  await confirmYes(session.host, { ...pruning, yes });
}

/** Names in a plan, which shows changes only, what was left out. */
export function noteSkipped(session: Session, skipped: IamRolesResult['skipped']): void {
  if (skipped.length === 0) return;
  session.note(skippedSummary(skipped));
}

/** Where the Secrets go. */
const secretStep =
  'new OpenShift cluster: copy manifests/ into the installer’s folder before `openshift-install create cluster`';

/** What the manifests of the pod identity webhook are for. */
export const serviceAccountStep =
  'pods, except on OpenShift: `kubectl apply -f serviceaccounts/` (with the pod identity webhook), or the patches in pods/ (without)';

/** What exists now, and what to do next. */
export function describe(result: IamRolesResult, page: Page): string {
  const secrets = result.roles.some(({ secret }) => secret !== null) ? [secretStep] : [];
  const steps = result.roles.length === 0 ? [] : [...secrets, serviceAccountStep];
  return [...describeRoles(result, page), ...nextSteps(steps, page)].join('\n');
}

/** More roles than this are counted; `--verbose` lists them. */
const mostRolesListed = 10;

/** The roles as a table of Secret (or service account) and ARN, and what was skipped; shared with create-all. */
export function describeRoles(result: IamRolesResult, page: Page): readonly string[] {
  const { roles, skipped } = result;
  const rows = roles.map((role) => [
    role.secret === null
      ? `${role.namespace}/${role.serviceAccounts[0] ?? ''}`
      : `${role.secret.namespace}/${role.secret.name}`,
    role.arn ?? `${role.name} (ARN known after the real run)`,
  ]);
  const holder = roles.every(({ secret }) => secret === null) ? 'service account' : 'secret';
  const listed =
    roles.length === 0
      ? ['no roles requested']
      : roles.length > mostRolesListed && !page.verbose
        ? [`${roles.length} roles (--verbose lists them)`]
        : [heading(page, `Roles (${roles.length})`), ...table(page, [holder, 'role'], rows)];
  if (skipped.length === 0) return listed;
  const names = page.verbose
    ? skipped.map(
        ({ file, name, reason }) => `  ${name === '' ? 'a document' : name} in ${file}: ${reason}`,
      )
    : [];
  const more = page.verbose ? ':' : ' (--verbose lists them)';
  return [...listed, '', `${skippedSummary(skipped)}${more}`, ...names];
}
