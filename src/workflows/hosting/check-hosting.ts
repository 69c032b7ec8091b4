// Everything that can forbid the hosting of an issuer, checked before the first write:
// the layout asked for against the one found, the partition, and whose resources they are.

import type { OidcProvider, OriginAccessControl, PublicAccessBlock } from '../../aws/ports.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { bucketName } from '../../core/names.ts';
import type { Hosting } from '../../core/result.ts';
import type { Context } from '../context.ts';
import { findOriginAccessControl } from './ensure-origin-access-control.ts';
import { findOidcProvider } from '../provider/ensure-oidc-provider.ts';
import { deleteProviderCommand } from '../provider/find-name-providers.ts';
import { isClosed, openingConsequence, refuseClosedBucket } from './check-closed-bucket.ts';
import { checkMigration, type Migration } from './migrate-to-oac.ts';
import { findHosting, publicIssuer, type FolderFacts, type FoundHosting } from './find-hosting.ts';
import { refuseForeignWriters } from './refuse-foreign-writers.ts';
import { refuseOtherProviders, takeoverRisk } from './refuse-other-issuer.ts';
import { refuseLossyRepair } from './repair-distribution.ts';
import type { Target } from '../../core/target.ts';

/** The layout asked for by flag; undefined: whatever is there, private for a new name. */
export type Layout = 'private' | 'public' | undefined;

/** What is there, what it will be, and what already trusts it. */
export type HostingPlan = {
  readonly target: Target;
  readonly found: FoundHosting;
  readonly hosting: Hosting;
  /** The one of our name, where the layout wants one and it is there. */
  readonly originAccessControl: OriginAccessControl | undefined;
  /** Undefined while it takes a new distribution to know it. */
  readonly issuer: string | undefined;
  /** The issuer's provider, if there is one already. */
  readonly provider: OidcProvider | undefined;
  /** Block Public Access of the bucket, where there is a bucket. */
  readonly access: PublicAccessBlock | undefined;
  /** What is going to be opened that somebody closed, in words: needs approval. */
  readonly opens: string | undefined;
  /** The move from ccoctl's origin access identity to an origin access control, if it was asked for. */
  readonly migration: Migration | undefined;
};

/** Finds and checks; ISSUER_WOULD_CHANGE, RESOURCE_NOT_OWNED, NAME_TAKEN and USAGE come from here. */
export async function checkHosting(
  context: Context,
  target: Target,
  wanted: { readonly layout: Layout; readonly migrateToOac: boolean; readonly folder: FolderFacts },
): Promise<HostingPlan> {
  const { layout, migrateToOac, folder } = wanted;
  context.progress({ kind: 'step', text: `looking for the hosting of "${target.name}"` });
  const { found, taken } = await lookForHosting(context, target, folder);
  const migration = migrateToOac ? await checkMigration(context, target, found) : undefined;
  const kind = migration === undefined ? found.kind : 'cloudfront';
  const hosting = kind ?? (layout === 'public' ? 's3-public' : 'cloudfront');
  const isPublic = hosting === 's3-public';
  const issuer = found.issuer ?? (isPublic ? publicIssuer(target) : undefined);
  const { account, partition } = target;
  const provider =
    issuer === undefined
      ? undefined
      : await findOidcProvider(context, {
          name: target.name,
          arn: providerArn({ issuer, account, partition: partition.id }),
        });
  const access =
    found.bucket === undefined ? undefined : await context.aws.s3.getPublicAccessBlock(found.ref);
  if (found.kind === 's3-public' && (isClosed(access) || (found.live && provider === undefined))) {
    const asked = layout === 'public' || !isClosed(access);
    await refuseClosedBucket(context, target, { found, asked });
  } else if (provider === undefined && !taken) {
    const bucketGone = found.bucket === undefined;
    await refuseOtherProviders(context, target, { issuer, bucketGone, recorded: folder.issuer });
  }
  refuseOtherLayout({ target, found, layout });
  refuseForeignWriters(target, found);
  if (!isPublic) refusePartition(target);
  if (isPublic && found.bucket === undefined && provider !== undefined) {
    const { arn, url } = provider;
    const risk = takeoverRisk({ arn, issuer: url, ofBucket: true });
    context.warn(`${risk}; if no cluster uses it, delete it now: ${deleteProviderCommand(arn)}`);
  }
  const originAccessControl =
    hosting === 'cloudfront' ? await findOriginAccessControl(context, target.name) : undefined;
  if (hosting === 'cloudfront' && found.distribution !== undefined) {
    refuseLossyRepair(found.distribution, {
      target,
      bucket: found.ref.bucket,
      originAccessControlId: originAccessControl?.id,
    });
  }
  const opens = isPublic ? openingConsequence(found, access) : undefined;
  return {
    target,
    found,
    hosting,
    originAccessControl,
    issuer,
    provider,
    access,
    opens,
    migration,
  };
}

/**
 * What the name has. A dry run may be asked for a key's documents alone, under any name: where the
 * name is somebody else's, it says so and plans as for a new one.
 */
async function lookForHosting(
  context: Context,
  target: Target,
  folder: FolderFacts,
): Promise<{ readonly found: FoundHosting; readonly taken: boolean }> {
  try {
    return { found: await findHosting(context, target, { folder }), taken: false };
  } catch (error) {
    const taken =
      error instanceof BootstrapError &&
      (error.code === 'RESOURCE_NOT_OWNED' || error.code === 'NAME_TAKEN');
    if (!context.gate.dryRun || !taken) throw error;
    context.warn(
      `${error.message}: a real run ends here (${error.code}); this plan is that of a new name`,
    );
    const found: FoundHosting = {
      ref: { bucket: bucketName(target.name), account: target.account },
      bucket: undefined,
      kind: undefined,
      issuer: undefined,
      live: false,
      distribution: undefined,
      publishedKeys: [],
      removedKeys: [],
      managedKeyIds: [],
    };
    return { found, taken: true };
  }
}

function refuseOtherLayout(facts: { target: Target; found: FoundHosting; layout: Layout }): void {
  const { target, found, layout } = facts;
  if (found.kind === undefined || layout === undefined) return;
  const isPublic = found.kind === 's3-public';
  if (isPublic === (layout === 'public')) return;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the issuer of "${target.name}" is ${found.issuer ?? 'being made'} (${found.kind}); another layout would change it`,
    hint:
      'the layout that is there is kept: leave out ' +
      (isPublic ? '--create-private-s3-bucket' : '--public-s3-bucket') +
      (isPublic ? ' and --public-s3-bucket=false' : ' and --create-private-s3-bucket=false') +
      ', as flag and as OIDC_BOOTSTRAP_ variable',
    details: {
      issuer: found.issuer ?? null,
      wantedIssuer: layout === 'public' ? publicIssuer(target) : null,
    },
  });
}

function refusePartition(target: Target): void {
  const problem = target.partition.cloudfrontProblem;
  if (problem === undefined) return;
  throw new BootstrapError({
    code: 'USAGE',
    message: `the private layout cannot work in region "${target.region}": ${problem}`,
    hint:
      'ways out: --public-s3-bucket (a bucket whose published documents anyone may read), or hosting the issuer ' +
      'from an account of the partition "aws", registering its URL as an IAM OIDC provider here, and giving that to ' +
      'create-iam-roles with --identity-provider-arn; nothing was created',
    details: { partition: target.partition.id, region: target.region },
  });
}
