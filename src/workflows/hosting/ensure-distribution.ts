// The CloudFront distribution whose default domain is the issuer. It is never made a second time for
// an issuer that lives: its domain is what every token and role names.

import createTemplate from '../../../templates/cloudfront/create-distribution-with-tags.json' with { type: 'json' };
import tagTemplate from '../../../templates/cloudfront/tag-resource.json' with { type: 'json' };
import updateTemplate from '../../../templates/cloudfront/update-distribution.json' with { type: 'json' };
import type { Distribution } from '../../aws/ports.ts';
import { planDistribution, type DistributionPlan } from '../../core/hosting/distribution-diff.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { callerReference, distributionReference } from '../../core/names.ts';
import { bucketHost } from '../../core/partition.ts';
import { placeholder } from '../../core/placeholder.ts';
import { missingTags, ownTags, tagList, type Tags } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { findReferencedDistribution } from './find-distribution.ts';
import type { Target } from '../../core/target.ts';
import { poll } from '../poll.ts';

/** Where the documents are served from; ids are placeholders in a dry run. */
export type DistributionRef = {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
};

export type DistributionInput = {
  readonly target: Target;
  readonly bucket: string;
  /** Undefined for an adopted distribution, whose access identity is kept. */
  readonly originAccessControlId: string | undefined;
  readonly found: Distribution | undefined;
  readonly tags: Tags;
};

/** Makes the distribution, or puts right what is ours of the one found. */
export async function ensureDistribution(
  context: Context,
  input: DistributionInput,
): Promise<DistributionRef> {
  if (input.found !== undefined) return await repairDistribution(context, input, input.found);
  for (let generation = 1; ; generation += 1) {
    try {
      return await createDistribution(context, input, generation);
    } catch (error) {
      if (!isAwsError(error, 'DistributionAlreadyExists')) throw error;
      // An earlier try of ours, which was applied after all.
      const found = await findReferencedDistribution(context, input.target);
      if (found !== undefined) return await repairDistribution(context, input, found);
      // Or one that is no more: whether AWS frees the reference of a deleted one is not documented.
      if (generation === mostGenerations) throw referenceTaken(input.target.name, error);
    }
  }
}

const mostGenerations = 9;

async function createDistribution(
  context: Context,
  input: DistributionInput,
  generation: number,
): Promise<DistributionRef> {
  const { target, bucket } = input;
  const answers = await context.gate.perform({
    change: {
      resource: 'cloudfront-distribution',
      id: distributionReference(target.name),
      action: 'create',
      detail: 'HTTPS only, GET and HEAD, no caching',
    },
    requests: [
      {
        service: 'cloudfront',
        operation: 'create-distribution-with-tags',
        input: fillTemplate(createTemplate, {
          reference: callerReference(target.name, generation),
          comment: distributionReference(target.name),
          bucket,
          bucketHost: bucketHost(bucket, target.region, target.partition),
          originAccessControlId: input.originAccessControlId,
          tags: tagList(ownTags(target.name, input.tags)),
        }),
      },
    ],
  });
  const created = answers?.[0]?.['Distribution'];
  if (isJsonObject(created)) {
    const id = String(created['Id']);
    return { id, arn: arnOf(target, id), domainName: String(created['DomainName']) };
  }
  const id = placeholder('distribution-id');
  return { id, arn: arnOf(target, id), domainName: placeholder('distribution-domain-name') };
}

async function repairDistribution(
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
  return { id: found.id, arn: arnOf(target, found.id), domainName: found.domainName };
}

/** UpdateDistribution replaces everything: read, change what is ours, send with the ETag; once more on 412. */
async function repairConfig(
  context: Context,
  input: DistributionInput & { readonly found: Distribution },
  originAccessControlId: string,
): Promise<void> {
  const { target, found } = input;
  const planFor = (current: Distribution): DistributionPlan =>
    planDistribution(current.config, {
      bucketHost: bucketHost(input.bucket, target.region, target.partition),
      originAccessControlId,
    });
  const attempt = async (current: Distribution): Promise<void> => {
    const plan = planFor(current);
    if (plan.config === undefined) return;
    await context.gate.perform({
      change: updateOf(current.id, plan.detail),
      requests: [updateRequest(current, plan.config)],
      applied: async ({ error }) => {
        if (!isAwsError(error, 'PreconditionFailed', 'InvalidIfMatchVersion')) return false;
        const now = await context.aws.cloudfront.getDistribution(current.id);
        return now !== undefined && planFor(now).config === undefined;
      },
    });
  };
  try {
    await attempt(found);
  } catch (error) {
    if (!isAwsError(error, 'PreconditionFailed', 'InvalidIfMatchVersion')) throw error;
    const current = await context.aws.cloudfront.getDistribution(found.id);
    if (current === undefined) throw error;
    await attempt(current);
  }
}

/** Waits until all edges have the configuration; WAIT_TIMED_OUT after the context's limit. */
export async function waitUntilDeployed(context: Context, id: string): Promise<void> {
  let changedAt: Date | undefined;
  await poll(
    context,
    {
      text: `CloudFront distribution ${id} (usually 3 to 15 min)`,
      since: () => changedAt,
      pauseMs: 5_000,
      maxPauseMs: 20_000,
    },
    async () => {
      const distribution = await context.aws.cloudfront.getDistribution(id);
      changedAt = distribution?.lastModified;
      return distribution?.status === 'Deployed' ? true : undefined;
    },
  );
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

/** Two colons: CloudFront has no region. */
function arnOf(target: Target, id: string): string {
  return `arn:${target.partition.id}:cloudfront::${target.account}:distribution/${id}`;
}

function referenceTaken(name: string, cause: unknown): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `CloudFront has distributions with the caller reference "${distributionReference(name)}" and all that follow it, and none of them is tagged as made for "${name}"`,
    hint: `choose another --name; if one really is this cluster's, tag it "oidc-bootstrap/${name}" = "owned" by hand`,
    details: { resource: 'cloudfront-distribution', id: distributionReference(name) },
    cause,
  });
}
