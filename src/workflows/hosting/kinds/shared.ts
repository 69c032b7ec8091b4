// An issuer on a hosting that many clusters share: one bucket, one distribution and one constant policy.
// The cluster has the objects below its name and nothing else; where the hosting stands as it should,
// a run writes there and in IAM alone. Whose a prefix is, its issuer and the tag of the provider say.

import { bucketOfHost } from '../../../core/bucket-names.ts';
import { readingDistribution } from '../../../core/hosting/bucket-policy.ts';
import { sharedHostingTags } from '../../../core/hosting/shared-hosting.ts';
import { AwsError, BootstrapError } from '../../../core/errors.ts';
import { providerArn } from '../../../core/issuer/discovery.ts';
import type { Target } from '../../../core/target.ts';
import type { Context } from '../../context.ts';
import { findOidcProvider } from '../../provider/ensure-oidc-provider.ts';
import { findNameProviders } from '../../provider/find-name-providers.ts';
import { checkDomain } from '../check-domain.ts';
import { noteGlobalNamespace, refuseOtherNamespace } from '../bucket-namespace.ts';
import { refusePartition, type HostingPlan } from '../check-hosting.ts';
import { findOriginAccessControl } from '../ensure-origin-access-control.ts';
import { findHosting, type FoundHosting } from '../find-hosting.ts';
import { refuseForeignWriters } from '../refuse-foreign-writers.ts';
import { refuseOtherPlace, refuseOtherProviders } from '../refuse-other-issuer.ts';
import { refuseLossyRepair } from '../repair-distribution.ts';
import type { HostingKind, HostingWish, SitePlan } from '../site.ts';
import { documentsOf, ensureSite, siteOf } from './bucket.ts';

type FindOptions = NonNullable<Parameters<typeof findHosting>[2]>;

/** A prefix of the hosting of that name. */
export function sharedKind(hosting: string): HostingKind {
  return {
    findIssuer: async (context, target) => {
      const { found } = await findShared(context, { target, hosting }, {});
      if (found.issuer === undefined) {
        await refuseOtherPlace(context, target, { found, sharedHosting: hosting });
      }
      return found.issuer;
    },
    // Only delete needs it, and what it loads is large.
    findRemains: async (context, target) => {
      const { found } = await findShared(context, { target, hosting }, { readKeys: false });
      const { sharedRemains } = await import('./shared-remains.ts');
      return await sharedRemains(context, { target, hosting, found });
    },
    check: async (context, target, wish) => await check(context, { target, hosting }, wish),
    open: async (context, target) => {
      const { found } = await findShared(context, { target, hosting }, { readKeys: false });
      const { bucket, issuer, live } = found;
      if (bucket === undefined || issuer === undefined || !live) {
        await refuseOtherPlace(context, target, { found, sharedHosting: hosting });
        return undefined;
      }
      return siteOf(context, { target, found, issuer, hosting: 'cloudfront', origin: undefined });
    },
  };
}

type Place = { readonly target: Target; readonly hosting: string };

type FoundShared = { readonly host: Target; readonly found: FoundHosting };

/** What the hosting has for the cluster, and where it is: a cluster may be in another region than its hosting. */
async function findShared(
  context: Context,
  { target, hosting }: Place,
  options: FindOptions,
): Promise<FoundShared> {
  const look = async (host: Target): Promise<FoundShared> => ({
    host,
    found: await findHosting(context, host, { ...options, prefix: target.name }),
  });
  const here = { ...target, name: hosting };
  let region: string | undefined;
  try {
    const looked = await look(here);
    region = regionRead(here, looked.found);
    if (region === undefined || region === here.region) return looked;
  } catch (error) {
    region = regionNamed(error);
    if (region === undefined || region === here.region) throw readable(error, hosting);
  }
  context.aws.useBucketRegion(region);
  return await look({ ...here, region });
}

/** Of the bucket that the distribution reads; a run elsewhere may have left a bucket that it does not. */
function regionRead(host: Target, { distribution }: FoundHosting): string | undefined {
  const read = distribution?.originDomainNames.map((origin) => bucketOfHost(host, origin));
  return read?.find((bucket) => bucket !== undefined)?.region;
}

/** Of the refusal of a hosting that is in another region. */
function regionNamed(error: unknown): string | undefined {
  const elsewhere = error instanceof BootstrapError && error.code === 'ISSUER_WOULD_CHANGE';
  const region = elsewhere ? error.details?.['region'] : undefined;
  return typeof region === 'string' ? region : undefined;
}

async function check(context: Context, place: Place, wish: HostingWish): Promise<SitePlan> {
  const { target, hosting } = place;
  const { folder, bucketNamespace: namespace, domain: domainWish } = wish;
  refusePartition(target);
  context.progress({ kind: 'step', text: `looking for the shared hosting "${hosting}"` });
  const askedHost = domainWish?.host;
  const { host, found } = await findShared(context, place, { folder, namespace, askedHost });
  const issuer = found.issuer ?? (askedHost && `https://${askedHost}/${target.name}`);
  const { name, account, partition } = target;
  const arn = issuer && providerArn({ issuer, account, partition: partition.id });
  const provider = arn === undefined ? undefined : await findOidcProvider(context, { name, arn });
  if (provider === undefined) {
    const recorded = folder.issuer === undefined ? [] : [folder.issuer];
    const sharedHost = issuer && new URL(issuer).host;
    const providers = await findNameProviders(context, target, recorded, sharedHost);
    await refuseOtherProviders(context, target, { issuer, bucketGone: false, providers });
  }
  refuseLostDistribution(hosting, found);
  refuseOtherNamespace(host, found, namespace);
  const domain = domainWish && (await checkDomain(context, host, { wish: domainWish, found }));
  refuseForeignWriters(host, found);
  noteGlobalNamespace(context, host, found, namespace);
  const plan = await planHosting(context, { host, found, issuer, provider, domain });
  return {
    target,
    issuer,
    provider,
    opens: undefined,
    publishes: true,
    found: documentsOf(found),
    ensure: async (_, { tags, hostingOnly, claim }) => {
      try {
        // The tags of one cluster are not those of the hosting.
        const own = hostingOnly ? { ...tags, ...sharedHostingTags } : sharedHostingTags;
        const site = await ensureSite(context, plan, { tags: own, hostingOnly, claim });
        return { ...site, target };
      } catch (error) {
        throw writable(error, place);
      }
    },
  };
}

/** A new distribution would take the bucket from the one by which the other clusters are known. */
function refuseLostDistribution(hosting: string, { bucket, distribution }: FoundHosting): void {
  const arn = readingDistribution(bucket?.policy);
  if (distribution !== undefined || arn === undefined) return;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the distribution of the shared hosting "${hosting}" is gone, or no longer tagged as its own: "${arn}"`,
    hint:
      `if it is there, tag it "oidc-bootstrap/${hosting}" = "owned" by hand, then run again; ` +
      'if not, the issuers on it cannot come back: move their clusters to a hosting of another name',
    details: { issuer: null, wantedIssuer: null, resource: 'cloudfront-distribution', id: arn },
  });
}

async function planHosting(
  context: Context,
  facts: {
    readonly host: Target;
    readonly found: FoundHosting;
    readonly issuer: string | undefined;
    readonly provider: HostingPlan['provider'];
    readonly domain: HostingPlan['domain'];
  },
): Promise<HostingPlan> {
  const { host, found, issuer, provider, domain } = facts;
  const { ref, bucket, distribution } = found;
  try {
    const access =
      bucket === undefined ? undefined : await context.aws.s3.getPublicAccessBlock(ref);
    const originAccessControl = await findOriginAccessControl(context, host.name);
    if (distribution !== undefined) {
      refuseLossyRepair(distribution, {
        target: host,
        bucket: ref.bucket,
        originAccessControlId: originAccessControl?.id,
      });
    }
    const hosting = 'cloudfront';
    const opens = undefined;
    return {
      target: host,
      found,
      hosting,
      originAccessControl,
      issuer,
      provider,
      access,
      opens,
      domain,
      migration: undefined,
    };
  } catch (error) {
    throw readable(error, host.name);
  }
}

/** Every command on a cluster reads its hosting: who may not is told what it takes. */
function readable(error: unknown, hosting: string): unknown {
  return withHint(
    error,
    `the shared hosting "${hosting}" must be readable for the operators of its clusters (\`oidc-bootstrap help hosting\`)`,
  );
}

/** A hosting that is not there, or not as it should be, is for somebody who may change it. */
function writable(error: unknown, { target, hosting }: Place): unknown {
  return withHint(
    error,
    `the shared hosting "${hosting}" is to be made or repaired: have somebody who may do that run ` +
      `oidc-bootstrap create-identity-provider --hosting-only --shared-hosting ${hosting} --name ${target.name}, then run again`,
  );
}

function withHint(error: unknown, hint: string): unknown {
  if (!(error instanceof AwsError) || error.code !== 'AWS_ACCESS_DENIED') return error;
  const { code, message, details, awsCode, operation, status } = error;
  const own = error.hint === undefined ? '' : `; ${error.hint}`;
  const whole = { code, message, hint: `${hint}${own}`, details, awsCode, operation, status };
  return new AwsError({ ...whole, cause: error });
}
