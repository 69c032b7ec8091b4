// A distribution that was found: the tags it lacks, and what is ours of its configuration. An update
// replaces the whole of it, so it is refused where something that was read could not be sent back.

import tagTemplate from '../../../templates/cloudfront/tag-resource.json' with { type: 'json' };
import updateTemplate from '../../../templates/cloudfront/update-distribution.json' with { type: 'json' };
import type { Distribution } from '../../aws/ports.ts';
import {
  planDistribution,
  type DistributionDomain,
  type DistributionPlan,
} from '../../core/hosting/distribution-diff.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { bucketHost } from '../../core/partition.ts';
import { missingTags, ownTags, tagList, type Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { retryWhile } from '../retry-while.ts';
import { aliasRefused } from './refused-alias.ts';
import { isStaleEtag, whileEtagIsStale } from './stale-etag.ts';

/** Where the documents are served from; ids are placeholders in a dry run. */
export type DistributionRef = {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
};

/** What a distribution is made from, or repaired to. */
export type DistributionInput = {
  readonly target: Target;
  readonly bucket: string;
  /** Undefined for an adopted distribution, whose access identity is kept. */
  readonly originAccessControlId: string | undefined;
  readonly found: Distribution | undefined;
  /** Undefined: aliases and certificate are left as they are. */
  readonly domain?: DistributionDomain | undefined;
  readonly tags: Tags;
};

/** Makes the changes that the distribution needs; none where all is right. */
export async function repairDistribution(
  context: Context,
  input: DistributionInput,
  found: Distribution,
): Promise<DistributionRef> {
  const { target } = input;
  const missing = missingTags(
    ownTags(target.name, input.tags),
    await context.aws.cloudfront.getTags(found.arn),
  );
  if (Object.keys(missing).length > 0) {
    await context.gate.perform({
      change: updateOf(found.id, `tags: ${Object.keys(missing).join(', ')}`),
      requests: [
        {
          service: 'cloudfront',
          operation: 'tag-resource',
          input: fillTemplate(tagTemplate, { arn: found.arn, tags: tagList(missing) }),
        },
      ],
    });
  }
  if (input.originAccessControlId !== undefined) {
    await repairConfig(context, { ...input, found }, input.originAccessControlId);
  }
  return { id: found.id, arn: distributionArn(target, found.id), domainName: found.domainName };
}

/**
 * Before the first write: a repair that would lose settings which this version does not know is
 * AWS_REQUEST_FAILED. Where the access control is not there yet, the distribution needs a repair.
 */
export function refuseLossyRepair(
  distribution: Distribution,
  wanted: Pick<DistributionInput, 'target' | 'bucket' | 'originAccessControlId' | 'domain'>,
): void {
  const plan = planRepair(distribution, wanted, wanted.originAccessControlId ?? '');
  if (plan.config !== undefined) refuseLoss(distribution, plan.detail);
}

function planRepair(
  { config }: Distribution,
  { target, bucket, domain }: Pick<DistributionInput, 'target' | 'bucket' | 'domain'>,
  originAccessControlId: string,
): DistributionPlan {
  return planDistribution(config, {
    bucketHost: bucketHost(bucket, target.region, target.partition),
    originAccessControlId,
    domain,
  });
}

function refuseLoss({ id, unknownSettings }: Distribution, detail: string): void {
  if (unknownSettings.length === 0) return;
  throw new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `distribution "${id}" needs a repair (${detail}), but it has settings that this version does not know and would drop: ${unknownSettings.join(', ')}`,
    hint: 'run a newer version of this program, or make the repair by hand in the CloudFront console and run again; nothing was changed on the distribution',
    details: { resource: 'cloudfront-distribution', id, unknownSettings, repair: detail },
  });
}

/** UpdateDistribution replaces everything: read, change what is ours, send with the ETag; again on 412. */
async function repairConfig(
  context: Context,
  input: DistributionInput & { readonly found: Distribution },
  originAccessControlId: string,
): Promise<void> {
  const { found } = input;
  const planFor = (current: Distribution): DistributionPlan =>
    planRepair(current, input, originAccessControlId);
  const attempt = async (current: Distribution): Promise<void> => {
    const plan = planFor(current);
    if (plan.config === undefined) return;
    refuseLoss(current, plan.detail);
    await context.gate.perform({
      change: updateOf(current.id, plan.detail),
      requests: [updateRequest(current, plan.config)],
      retry: untilCertificateKnown(context),
      applied: async ({ error }) => {
        if (!isStaleEtag(error)) return false;
        const now = await context.aws.cloudfront.getDistribution(current.id);
        return now !== undefined && planFor(now).config === undefined;
      },
    });
  };
  let current: Distribution | undefined = found;
  try {
    await whileEtagIsStale(context, async () => {
      current ??= await context.aws.cloudfront.getDistribution(found.id);
      const now = current;
      current = undefined;
      if (now !== undefined) await attempt(now);
    });
  } catch (error) {
    if (!isAwsError(error, 'CNAMEAlreadyExists') || input.domain === undefined) throw error;
    throw aliasRefused(input.domain.host, error);
  }
}

function updateRequest(
  current: Distribution,
  config: JsonObject,
): { service: 'cloudfront'; operation: string; input: JsonObject } {
  return {
    service: 'cloudfront',
    operation: 'update-distribution',
    input: fillTemplate(updateTemplate, { id: current.id, etag: current.etag, config }),
  };
}

function updateOf(
  id: string,
  detail: string,
): { resource: 'cloudfront-distribution'; id: string; action: 'update'; detail: string } {
  return { resource: 'cloudfront-distribution', id, action: 'update', detail };
}

/**
 * CloudFront may not see a certificate for a minute after ACM has issued it.
 * https://github.com/hashicorp/terraform-provider-aws/issues/4687
 */
export function untilCertificateKnown(context: Context): ReturnType<typeof retryWhile> {
  return retryWhile(context, ({ error }) =>
    isAwsError(error, 'InvalidViewerCertificate')
      ? { text: 'CloudFront to know the certificate', limitMs: 60_000 }
      : undefined,
  );
}

/** ARN of a distribution. Two colons: CloudFront has no region. */
export function distributionArn(target: Target, id: string): string {
  return `arn:${target.partition.id}:cloudfront::${target.account}:distribution/${id}`;
}
