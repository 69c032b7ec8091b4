// An issuer whose documents are in a bucket of its own: behind CloudFront with OAC, behind ccoctl's
// distribution with an OAI, or open to readers. What is found in the bucket decides which it is.

import type { BucketRef } from '../../../aws/ports.ts';
import { readerOf } from '../../../core/hosting/bucket-policy.ts';
import { objectKey } from '../../../core/hosting/shared-hosting.ts';
import { isMoved } from '../../../core/hosting/distribution-diff.ts';
import { jwksUriFor } from '../../../core/issuer/discovery.ts';
import { rotationStateKey } from '../../../core/keys/removed-keys.ts';
import { knownOrNull } from '../../../core/placeholder.ts';
import type { Hosting } from '../../../core/result.ts';
import type { Tags } from '../../../core/tags.ts';
import type { Target } from '../../../core/target.ts';
import type { Context } from '../../context.ts';
import { nameUnserved, waitUntilServed, type ServedDocuments } from '../wait-until-served.ts';
import { isKnownClosed, refuseClosedBucket } from '../check-closed-bucket.ts';
import { foundDomain } from '../check-domain.ts';
import { checkHosting, type HostingPlan } from '../check-hosting.ts';
import { bucketDocuments, bucketState } from '../document-store.ts';
import { ensureBucket } from '../ensure-bucket.ts';
import { ensureBucketPolicy } from '../ensure-bucket-policy.ts';
import { ensureCloudFront, mayBeGone, type Origin } from '../ensure-cloudfront.ts';
import { waitUntilDeployed } from '../ensure-distribution.ts';
import { ensureHostRecords, notServedYet } from '../ensure-domain-records.ts';
import { cachingDistributionId, findHosting, type FoundHosting } from '../find-hosting.ts';
import { migrateToOac } from '../migrate-to-oac.ts';
import { isStateExposed, protectState } from '../protect-state.ts';
import { refuseOtherPlace } from '../refuse-other-issuer.ts';
import type { FoundDocuments, HostingKind, PublishedSite, Site, SitePlan } from '../site.ts';

/** A bucket for one issuer. */
export const bucketKind: HostingKind = {
  findIssuer: async (context, target) => {
    const found = await findHosting(context, target);
    if (found.issuer === undefined) {
      await refuseOtherPlace(context, target, { found, sharedHosting: undefined });
    }
    return found.issuer;
  },
  check: async (context, target, wish) => {
    const plan = await checkHosting(context, target, wish);
    const { issuer, provider, opens, found } = plan;
    return {
      target,
      issuer,
      provider,
      opens,
      publishes: true,
      found: documentsOf(found),
      ensure: (context, input) => ensureSite(context, plan, input),
    };
  },
  // Only delete needs it, and what it loads is large.
  findRemains: async (context, target, wish) =>
    await (await import('./bucket-remains.ts')).findBucketRemains(context, target, wish),
  open: async (context, target, { forStatus }) => {
    // A rotation reads keys and state itself; an emergency must not fail over the keys it replaces.
    const found = await findHosting(context, target, { readKeys: false });
    const { bucket, issuer, live, kind } = found;
    if (bucket === undefined || issuer === undefined || kind === undefined || !live) {
      await refuseOtherPlace(context, target, { found, sharedHosting: undefined });
      return undefined;
    }
    if (kind === 's3-public' && !forStatus) {
      const closed = await isKnownClosed(context, found.ref);
      if (closed) await refuseClosedBucket(context, target, { found, asked: false });
    }
    return siteOf(context, { target, found, issuer, hosting: kind, origin: undefined });
  },
};

/** Makes or repairs bucket, access and distribution, as the plan says. */
export async function ensureSite(
  context: Context,
  plan: HostingPlan,
  input: Parameters<SitePlan['ensure']>[1],
): Promise<Site> {
  const { target, hosting, domain } = plan;
  const { tags, claim } = input;
  const found = { ...plan.found, kind: hosting };
  const { ref } = found;
  const step = (text: string): void => context.progress({ kind: 'step', text });
  // An own domain is the issuer from the start: a rerun without the flag must not make another one.
  const foundIssuer = mayBeGone(plan) ? undefined : found.issuer;
  claim((domain === undefined ? foundIssuer : plan.issuer) ?? null);
  step(`bucket ${ref.bucket}`);
  const fate = await ensureBucket(context, {
    target,
    ref,
    found: found.bucket,
    access: plan.access,
    hosting,
    tags,
  });

  if (hosting !== 's3-public') step(`CloudFront in front of ${ref.bucket}`);
  const origin =
    hosting === 's3-public' ? undefined : await ensureOrigin(context, plan, { ref, tags });
  const path = found.prefix === undefined ? '' : `/${found.prefix}`;
  // Where the one that was found is gone, the new one has another domain.
  const isNew =
    domain === undefined &&
    origin !== undefined &&
    origin.distribution.id !== found.distribution?.id;
  const known = isNew ? undefined : plan.issuer;
  const issuer = known ?? `https://${origin?.distribution.domainName ?? ''}${path}`;
  claim(knownOrNull(issuer));
  if (plan.migration === undefined) {
    await ensureBucketPolicy(context, {
      target,
      ref,
      found: found.bucket?.policy,
      isNew: fate === 'made',
      reader: readerOf({
        hosting,
        distributionArn: origin?.distribution.arn,
        prefix: found.prefix,
      }),
    });
  }
  const led = { target, domain, distributionDomainName: origin?.distribution.domainName ?? '' };
  await ensureHostRecords(context, led);
  const late = notServedYet(context, led);
  const site = siteOf(context, { target, found, issuer, hosting, origin, late });
  return {
    ...site,
    serve: (documents) => serveWhenDeployed(context, { plan, origin, site }, documents),
  };
}

async function ensureOrigin(
  context: Context,
  plan: HostingPlan,
  input: { ref: BucketRef; tags: Tags },
): Promise<Origin> {
  const { target, found, migration, originAccessControl } = plan;
  return migration === undefined
    ? await ensureCloudFront(context, plan, input)
    : {
        ...(await migrateToOac(context, {
          target,
          found,
          migration,
          originAccessControl,
          ...input,
        })),
        domain: undefined,
      };
}

/** Waits for a distribution that was made or changed, and then until the documents are served. */
async function serveWhenDeployed(
  context: Context,
  made: { readonly plan: HostingPlan; readonly origin: Origin | undefined; readonly site: Site },
  documents: Parameters<Site['serve']>[0],
): Promise<void> {
  const { plan, origin, site } = made;
  const { found } = plan;
  if (!context.gate.dryRun && origin !== undefined) {
    await waitUntilDeployed(context, origin.distribution.id);
  }
  if (context.gate.dryRun && !found.live) return;
  const moved = found.distribution !== undefined && isMoved(found.distribution.config);
  // Of an issuer in use whose distribution somebody else took over: what comes is not ours to wait for.
  if (moved && plan.provider !== undefined) {
    await nameUnserved(context, { issuer: site.issuer, texts: documents.texts });
  } else {
    await site.serve(documents);
  }
}

/** The site of a bucket, where it is known; `origin` is told where it was made or looked at. */
export function siteOf(
  context: Context,
  facts: {
    readonly target: Target;
    readonly found: FoundHosting;
    readonly issuer: string;
    readonly hosting: Hosting;
    readonly origin: Origin | undefined;
    /** The error where the issuer is not served in time; the usual one where not given. */
    readonly late?: ServedDocuments['notServedYet'];
  },
): PublishedSite {
  const { target, found, issuer, hosting, origin, late } = facts;
  const { ref, prefix, bucket } = found;
  const place = { target, found };
  const distribution = origin?.distribution;
  const domain = origin?.domain ?? foundDomain(found.distribution, issuer);
  const accessControlId = origin?.originAccessControlId;
  return {
    target,
    issuer,
    jwksUri: jwksUriFor(issuer, bucket?.discovery?.parsed),
    store: bucketDocuments(context, {
      ref,
      prefix,
      name: target.name,
      owner: bucket?.owner ?? 'ours',
    }),
    state: {
      ...bucketState(context, { ref, prefix }),
      protect: (options) => protectState(context, place, options),
      isExposed: isStateExposed(place),
      shown: objectKey(prefix, rotationStateKey),
      anonymous: {
        url: `${issuer}/${rotationStateKey}`,
        isRefused: (answer) => answer.ok && (answer.status === 403 || answer.status === 404),
      },
    },
    found: documentsOf(found),
    serve: ({ changed, texts }) =>
      waitUntilServed(context, {
        issuer,
        cachingDistributionId: cachingDistributionId(found),
        changed,
        texts,
        notServedYet: late,
      }),
    described: {
      hosting,
      bucket: knownOrNull(ref.bucket),
      distribution:
        distribution === undefined
          ? null
          : {
              id: knownOrNull(distribution.id),
              arn: knownOrNull(distribution.arn),
              domainName: knownOrNull(distribution.domainName),
            },
      originAccessControlId: accessControlId === undefined ? null : knownOrNull(accessControlId),
      domain: domain?.host ?? null,
      certificateArn:
        domain?.certificateArn === undefined ? null : knownOrNull(domain.certificateArn),
      prefix: prefix ?? null,
    },
  };
}

/** What was read of the documents. */
export function documentsOf({ bucket, ...found }: FoundHosting): FoundDocuments {
  return {
    discovery: bucket?.discovery,
    jwks: bucket?.jwks,
    jwksMirror: bucket?.jwksMirror,
    publishedKeys: found.publishedKeys,
    removedKeys: found.removedKeys,
    managedKeyIds: found.managedKeyIds,
  };
}
