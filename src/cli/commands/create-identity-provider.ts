// create-identity-provider: documents, hosting and the IAM OIDC provider of a cluster.
// Checks everything that can forbid it before the first write.

import { clusterFiles, clusterPaths } from '../../core/cluster/cluster-files.ts';
import type { Platform } from '../../core/cluster/platform.ts';
import { rotationPaths } from '../../core/cluster/rotation-file.ts';
import { audienceSlips } from '../../core/issuer/audience-slips.ts';
import { renderAuthenticationManifest } from '../../core/manifests/authentication-manifest.ts';
import { BootstrapError } from '../../core/errors.ts';
import { chooseKeys, type KeysAtHand } from '../../core/keys/key-choice.ts';
import type { IdentityProviderResult } from '../../core/result.ts';
import {
  checkFolder,
  checkFolderHosting,
  checkFolderOwner,
  claimFolder,
  ownerFile,
  readFolderOwner,
  type FolderOwner,
} from '../../local/folder-owner.ts';
import {
  checkClusterFiles,
  removeOtherPlatforms,
  writeClusterFiles,
} from '../../local/cluster-files.ts';
import { writeManifests } from '../../local/manifest-file.ts';
import type { OutputFolder } from '../../local/output-folder.ts';
import { hostingKind } from '../../workflows/hosting/kinds/index-of-kinds.ts';
import type { HostingFlags, SitePlan } from '../../workflows/hosting/site.ts';
import type { Context } from '../../workflows/context.ts';
import type { Target } from '../../core/target.ts';
import {
  ensureHostingOnly,
  ensureIdentityProvider,
  type ChooseKeys,
  type IdentityProvider,
} from '../../workflows/issuer/identity-provider.ts';
import { nameOtherAudiences } from '../../workflows/provider/ensure-oidc-provider.ts';
import {
  describeRemoval,
  planAudienceRemoval,
  removeProviderAudiences,
  type AudienceRemoval,
} from '../../workflows/roles/remove-audiences.ts';
import { confirmNameOrYes, confirmYes } from '../session/confirm.ts';
import {
  addIssue,
  finishReading,
  readAwsOptions,
  readBoolean,
  startReading,
  type Flags,
  type Reading,
} from '../flags/flags.ts';
import { readKeysAtHand } from '../flags/keys-at-hand.ts';
import { readProviderOptions, type ProviderOptions } from '../flags/provider-flags.ts';
import { describeProvider, nextSteps } from '../output/describe-provider.ts';
import type { Page } from '../output/page.ts';
import type { AwsOptions, Session } from '../session/session.ts';
import { targetOf } from '../flags/target.ts';

export type Options = AwsOptions &
  ProviderOptions & {
    /** No document, provider or key. */
    readonly hostingOnly: boolean;
  };

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const options = {
    ...readAwsOptions(reading),
    ...readProviderOptions(reading),
    hostingOnly: readBoolean(reading, 'hostingOnly') ?? false,
  };
  if (options.hostingOnly) refuseBesideHostingOnly(reading);
  finishReading(reading);
  return options;
}

/** Flags about keys, the provider, or documents that are served elsewhere. */
function refuseBesideHostingOnly(reading: Reading): void {
  for (const flag of ['publicKeyFile', 'audience', 'removeAudience', 'issuerUrl']) {
    if (reading.flags[flag] === undefined) continue;
    addIssue(reading, {
      flag,
      message: 'does not go with --hosting-only, which makes no document and no provider',
    });
  }
}

/** Makes or repairs the identity provider. */
export async function run(options: Options, session: Session): Promise<IdentityProviderResult> {
  checkFolder(session.folder, options);
  checkFolderHosting(session.folder, options);
  if (options.hostingOnly) return await runHostingOnly(options, session);
  const atHand = readKeysAtHand(
    { files: options.publicKeyFiles, cwd: session.host.cwd },
    session.folder,
  );
  const context = await session.connect(options);
  const check = await checkIdentityProvider(context, { options, session });
  const { publishedKeys: published, removedKeys: removed } = check.plan.found;
  const trusted = check.plan.provider !== undefined;
  const publishedElsewhere = !check.plan.publishes;
  const choose: ChooseKeys = (facts) =>
    chooseKeys({ atHand, trusted, publishedElsewhere, ...facts });
  choose({ published, removed });
  const provider = await applyIdentityProvider(context, {
    options,
    session,
    check,
    chooseKeys: choose,
    atHand,
  });
  return provider.result;
}

async function runHostingOnly(options: Options, session: Session): Promise<IdentityProviderResult> {
  const context = await session.connect(options);
  const { plan } = await checkIdentityProvider(context, { options, session });
  return await ensureHostingOnly(context, {
    plan,
    tags: options.tags,
    claim: claimFor(context, { session, plan, options }),
    known: session.keepResult,
  });
}

/** Marks the output folder, but not in a dry run. */
function claimFor(
  context: Context,
  facts: {
    readonly session: Session;
    readonly plan: SitePlan;
    readonly options: HostingFlags & { readonly platform: Platform | undefined };
  },
): (issuer: string | null) => void {
  const { session, plan, options } = facts;
  const { sharedHosting, platform } = options;
  return (issuer) => {
    if (context.gate.dryRun) return;
    const owner = ownerOf(plan.target, issuer);
    claimFolder(session.folder, { ...owner, sharedHosting, platform });
  };
}

/** What is going to be done, found permissible. */
export type ProviderCheck = {
  readonly plan: SitePlan;
  readonly removal: AudienceRemoval | undefined;
};

/** Everything that can forbid the work, and the approval of what cannot be undone, before any write. */
export async function checkIdentityProvider(
  context: Context,
  input: { readonly options: AwsOptions & ProviderOptions; readonly session: Session },
): Promise<ProviderCheck> {
  const { options, session } = input;
  const target = targetOf(context, options);
  for (const slip of audienceSlips(options.audiences ?? [])) context.warn(slip);
  checkFolderOwner(session.folder, ownerOf(target, null));
  const owner = readFolderOwner(session.folder);
  checkClusterFiles(session.folder, clusterPaths);
  const kind = await hostingKind(options);
  const plan = await kind.check(context, target, {
    layout: options.layout,
    migrateToOac: options.migrateToOac,
    domain: options.domain,
    bucketNamespace: options.bucketNamespace,
    folder: {
      claimed: owner !== undefined,
      issuer: owner?.issuer ?? undefined,
      sharedHosting: owner?.sharedHosting,
    },
  });
  checkFolderOwner(session.folder, ownerOf(target, plan.issuer ?? null));
  // Without credentials the plan has read nothing, so that a missing issuer proves nothing.
  if (context.caller !== undefined) refuseLostIssuer(session.folder, plan);
  if (plan.provider !== undefined) {
    const spoken = [...(options.audiences ?? []), ...options.removeAudiences];
    nameOtherAudiences(context, plan.provider, spoken);
  } else if (options.removeAudiences.length > 0) {
    context.warn('--remove-audience: there is no provider yet, so nothing is removed');
  }
  const removal =
    plan.provider === undefined || options.removeAudiences.length === 0
      ? undefined
      : await planAudienceRemoval(context, {
          name: options.name,
          provider: plan.provider,
          add: options.audiences ?? [],
          remove: options.removeAudiences,
        });
  const { yes } = options;
  if (plan.opens !== undefined && !context.gate.dryRun) {
    await confirmNameOrYes(session.host, { consequence: plan.opens, name: options.name, yes });
  }
  if (removal !== undefined && !context.gate.dryRun) {
    await confirmYes(session.host, { ...describeRemoval(removal), yes });
  }
  return { plan, removal };
}

/** Carries it out, writes the manifest, and keeps what is known for the report of a failure. */
export async function applyIdentityProvider(
  context: Context,
  input: {
    readonly options: AwsOptions & ProviderOptions;
    readonly session: Session;
    readonly check: ProviderCheck;
    readonly chooseKeys: ChooseKeys;
    readonly atHand: KeysAtHand;
    /** How a failure shows the result so far. */
    readonly shown?: (result: IdentityProviderResult) => unknown;
  },
): Promise<IdentityProvider> {
  const { options, session } = input;
  const { plan, removal } = input.check;
  const shown = input.shown ?? ((result) => result);
  const platform = platformOf(options, session);
  const provider = await ensureIdentityProvider(context, {
    plan,
    chooseKeys: input.chooseKeys,
    atHand: input.atHand,
    audiences: options.audiences,
    tags: options.tags,
    platform,
    claim: claimFor(context, { session, plan, options }),
    known: (result) => session.keepResult(shown(result)),
  });
  writeManifests(session.folder, [renderAuthenticationManifest(provider.issuer)]);
  writeClusterFiles(session.folder, clusterFiles(platform ?? 'kubernetes', provider), clusterPaths);
  if (platform !== undefined) removeOtherPlatforms(session.folder, platform, rotationPaths);
  if (removal === undefined) return provider;
  const audiences = await removeProviderAudiences(context, { name: options.name, removal });
  return { ...provider, audiences, result: { ...provider.result, audiences } };
}

/** As the flag says, else as an earlier run in the folder; a change is reported. */
function platformOf({ platform }: ProviderOptions, session: Session): Platform | undefined {
  const before = readFolderOwner(session.folder)?.platform;
  if (platform !== undefined && before !== undefined && platform !== before) {
    session.warn(
      `--platform was "${before}" in this folder and is "${platform}" now: the files under cluster/ are replaced`,
    );
  }
  if (platform !== undefined && platform !== before) session.announceSteps();
  return platform ?? before;
}

/** Refuses a folder whose issuer AWS does not have: this run would create another issuer. */
function refuseLostIssuer(folder: OutputFolder, plan: SitePlan): void {
  const issuer = readFolderOwner(folder)?.issuer ?? null;
  if (issuer === null || plan.issuer !== undefined) return;
  throw new BootstrapError({
    code: 'FILE_EXISTS',
    message: `output folder "${folder.root}" belongs to issuer "${issuer}", but AWS has no resources of it`,
    hint:
      'if an earlier run with --domain began it, give that flag again; for a new issuer, choose another output folder ' +
      'with --output-dir',
    details: { file: ownerFile, issuer },
  });
}

function ownerOf(target: Target, issuer: string | null): FolderOwner {
  return { name: target.name, account: target.account, region: target.region, issuer };
}

/** What exists now, and what to do next. */
export function describe(result: IdentityProviderResult, page: Page): string {
  return [...describeProvider(result, page), ...nextSteps(result.clusterSteps, page)].join('\n');
}
