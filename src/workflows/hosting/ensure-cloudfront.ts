// Access control, certificate and distribution in front of a bucket, in this order. Reads of CloudFront may
// show for a while what a delete took away a moment ago; only a write tells. What is gone then is made anew,
// unless it is a distribution by which something knows an issuer: that one has no second.

import type { BucketRef, Distribution, OriginAccessControl } from '../../aws/ports.ts';
import { isAwsError } from '../../core/errors.ts';
import type { DistributionDomain } from '../../core/hosting/distribution-diff.ts';
import { readingDistribution } from '../../core/hosting/bucket-policy.ts';
import type { Tags } from '../../core/tags.ts';
import type { Context } from '../context.ts';
import type { HostingPlan } from './check-hosting.ts';
import { isDisabled } from './delete-distribution.ts';
import { ensureCertificate } from './ensure-certificate.ts';
import { ensureDistribution } from './ensure-distribution.ts';
import { ensureOriginAccessControl } from './ensure-origin-access-control.ts';
import { distributionGone } from './find-distribution.ts';
import type { DistributionRef } from './repair-distribution.ts';

/** CloudFront in front of a bucket. */
export type Origin = {
  readonly distribution: DistributionRef;
  /** Undefined for an adopted distribution with an origin access identity. */
  readonly originAccessControlId: string | undefined;
  /** An own domain that was asked for. */
  readonly domain: DistributionDomain | undefined;
};

/** What was read of CloudFront, as far as no write has shown that it is gone. */
type Shown = {
  readonly distribution: Distribution | undefined;
  readonly originAccessControl: OriginAccessControl | undefined;
};

/**
 * Makes or repairs them. ISSUER_WOULD_CHANGE where the distribution of an issuer that is published or
 * trusted turns out to be gone.
 */
export async function ensureCloudFront(
  context: Context,
  plan: HostingPlan,
  input: { readonly ref: BucketRef; readonly tags: Tags },
): Promise<Origin> {
  let shown: Shown = {
    distribution: plan.found.distribution,
    originAccessControl: plan.originAccessControl,
  };
  for (;;) {
    try {
      return await attempt(context, { plan, shown }, input);
    } catch (error) {
      const left = withoutGone(plan, shown, error);
      if (left === undefined) throw error;
      shown = left;
    }
  }
}

async function attempt(
  context: Context,
  { plan, shown }: { readonly plan: HostingPlan; readonly shown: Shown },
  { ref, tags }: { readonly ref: BucketRef; readonly tags: Tags },
): Promise<Origin> {
  const { target, hosting } = plan;
  const originAccessControlId =
    hosting === 'cloudfront'
      ? await ensureOriginAccessControl(context, target.name, shown.originAccessControl)
      : undefined;
  const domain = await ensureCertificate(context, {
    target,
    domain: plan.domain,
    originAccessControlId,
    tags,
  });
  const distribution = await ensureDistribution(context, {
    target,
    bucket: ref.bucket,
    originAccessControlId,
    found: shown.distribution,
    domain,
    tags,
  });
  return { distribution, originAccessControlId, domain };
}

/** What is left of what was shown, by an error that says what of it is gone; undefined for any other. */
function withoutGone(plan: HostingPlan, shown: Shown, error: unknown): Shown | undefined {
  const { distribution, originAccessControl } = shown;
  if (isAwsError(error, 'NoSuchDistribution') && distribution !== undefined) {
    if (!mayBeGone(plan))
      throw distributionGone(plan.issuer ?? `https://${distribution.domainName}`);
    return { ...shown, distribution: undefined };
  }
  const isControlGone = isAwsError(
    error,
    'InvalidOriginAccessControl',
    'NoSuchOriginAccessControl',
  );
  if (isControlGone && originAccessControl !== undefined) {
    return { ...shown, originAccessControl: undefined };
  }
  return undefined;
}

/**
 * Whether the distribution that was found may be shown although it was deleted, and another one may take
 * its place: it is disabled, and no document, provider or bucket policy knows it.
 */
export function mayBeGone({ found, provider }: Pick<HostingPlan, 'found' | 'provider'>): boolean {
  const { distribution, live, bucket, prefix } = found;
  const isShared = prefix !== undefined && readingDistribution(bucket?.policy) !== undefined;
  return (
    distribution !== undefined &&
    isDisabled(distribution) &&
    !live &&
    provider === undefined &&
    !isShared
  );
}
