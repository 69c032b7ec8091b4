// Everything that can forbid the hosting of an issuer, checked before the first write:
// the layout asked for against the one found, the partition, and whose resources they are.

import type { OidcProvider, OriginAccessControl, PublicAccessBlock } from '../../aws/ports.ts';
import { bucketOfHost } from '../../core/bucket-names.ts';
import { isClosed } from '../../core/hosting/public-access.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { publicIssuer } from '../../core/partition.ts';
import type { DistributionDomain } from '../../core/hosting/distribution-diff.ts';
import type { DomainWish } from '../../core/hosting/domain.ts';
import { placeholder } from '../../core/placeholder.ts';
import type { Hosting } from '../../core/result.ts';
import type { Context } from '../context.ts';
import { findOriginAccessControl } from './ensure-origin-access-control.ts';
import { findOidcProvider } from '../provider/ensure-oidc-provider.ts';
import {
  deleteProviderCommand,
  findNameProviders,
  type NameProvider,
} from '../provider/find-name-providers.ts';
import {
  noteGlobalNamespace,
  refuseOtherNamespace,
  withTrustedBucket,
} from './bucket-namespace.ts';
import { openingConsequence, refuseClosedBucket } from './check-closed-bucket.ts';
import { findHosting, newBucketRef, type FoundHosting } from './find-hosting.ts';
import { checkDomain, type DomainPlan } from './check-domain.ts';
import { checkMigration, type Migration } from './migrate-to-oac.ts';
import { refuseForeignWriters } from './refuse-foreign-writers.ts';
import { refuseOtherProviders, takeoverRisk } from './refuse-other-issuer.ts';
import { refuseLossyRepair } from './repair-distribution.ts';
import type { HostingWish } from './site.ts';
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
  /** The own domain, where one was asked for in this run. */
  readonly domain: DomainPlan | undefined;
  /** The move from ccoctl's origin access identity to an origin access control, if it was asked for. */
  readonly migration: Migration | undefined;
};

/** Finds and checks; ISSUER_WOULD_CHANGE, RESOURCE_NOT_OWNED, NAME_TAKEN and USAGE come from here. */
export async function checkHosting(
  context: Context,
  target: Target,
  wish: HostingWish,
): Promise<HostingPlan> {
  const { layout, folder, bucketNamespace, domain: domainWish, migrateToOac } = wish;
  context.progress({ kind: 'step', text: `looking for the hosting of "${target.name}"` });
  const { found: looked, taken } = await lookForHosting(context, target, wish);
  const migration = migrateToOac ? await checkMigration(context, target, looked) : undefined;
  const kind = migration === undefined ? looked.kind : 'cloudfront';
  const hosting = kind ?? (layout === 'public' ? 's3-public' : 'cloudfront');
  const isPublic = hosting === 's3-public';
  const recorded = folder.issuer === undefined ? [] : [folder.issuer];
  const findProviders = (): Promise<readonly NameProvider[]> =>
    findNameProviders(context, target, recorded);
  const mayBeLost = isPublic && looked.bucket === undefined && !taken;
  const trusted = mayBeLost ? await findProviders() : undefined;
  const found =
    trusted === undefined || bucketNamespace !== undefined
      ? looked
      : withTrustedBucket(target, looked, trusted);
  const issuer =
    found.issuer ?? (isPublic ? publicIssuer(found.ref.bucket, target) : domainIssuer(domainWish));
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
    const providers = trusted ?? (await findProviders());
    await refuseOtherProviders(context, target, { issuer, bucketGone, providers });
  }
  refuseOtherLayout({ target, found, layout });
  refuseOtherNamespace(target, found, bucketNamespace);
  if (domainWish !== undefined) refusePartition(target);
  const domain =
    domainWish === undefined
      ? undefined
      : await checkDomain(context, target, { wish: domainWish, found });
  refuseForeignWriters(target, found);
  if (!isPublic) refusePartition(target);
  if (isPublic && found.bucket === undefined && provider !== undefined) {
    const { arn, url } = provider;
    const bucket = bucketOfHost(target, new URL(url).host);
    const risk = takeoverRisk({ arn, issuer: url, bucket });
    context.warn(`${risk}; if no cluster uses it, delete it now: ${deleteProviderCommand(arn)}`);
  }
  noteGlobalNamespace(context, target, found, bucketNamespace);
  const originAccessControl =
    hosting === 'cloudfront' ? await findOriginAccessControl(context, target.name) : undefined;
  if (hosting === 'cloudfront' && found.distribution !== undefined) {
    refuseLossyRepair(found.distribution, {
      target,
      bucket: found.ref.bucket,
      originAccessControlId: originAccessControl?.id,
      domain: domain && plannedDomain(domain),
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
    domain,
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
  { folder, bucketNamespace: namespace, domain }: HostingWish,
): Promise<{ readonly found: FoundHosting; readonly taken: boolean }> {
  try {
    const options = { folder, namespace, askedHost: domain?.host };
    return { found: await findHosting(context, target, options), taken: false };
  } catch (error) {
    const taken =
      error instanceof BootstrapError &&
      (error.code === 'RESOURCE_NOT_OWNED' || error.code === 'NAME_TAKEN');
    if (!context.gate.dryRun || !taken) throw error;
    context.warn(
      `${error.message}: a real run ends here (${error.code}); this plan is that of a new name`,
    );
    const found: FoundHosting = {
      ref: newBucketRef(target, namespace),
      prefix: undefined,
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

/** Known before anything is made. */
function domainIssuer(wish: DomainWish | undefined): string | undefined {
  return wish === undefined ? undefined : `https://${wish.host}`;
}

/** The domain as the distribution will have it, as far as it is known. */
function plannedDomain({ host, certificate }: DomainPlan): DistributionDomain {
  const certificateArn =
    certificate.state === 'absent' ? placeholder('certificate-arn') : certificate.arn;
  return { host, certificateArn };
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
      wantedIssuer: layout === 'public' ? publicIssuer(found.ref.bucket, target) : null,
    },
  });
}

/** USAGE where CloudFront cannot serve the documents of that partition. */
export function refusePartition(target: Target): void {
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
