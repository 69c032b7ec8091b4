// The CloudFront distribution whose default domain is the issuer. It is never made a second time for
// an issuer that lives: its domain is what every token and role names.

import createTemplate from '../../../templates/cloudfront/create-distribution-with-tags.json' with { type: 'json' };
import viewerCertificateTemplate from '../../../templates/cloudfront/viewer-certificate.json' with { type: 'json' };
import type { Distribution } from '../../aws/ports.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { callerReference, distributionReference } from '../../core/names.ts';
import { bucketHost } from '../../core/partition.ts';
import { placeholder } from '../../core/placeholder.ts';
import { ownTags, tagList } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { aliasRefused } from './refused-alias.ts';
import { distributionsFor, findReferencedDistribution } from './find-distribution.ts';
import {
  distributionArn,
  repairDistribution,
  untilCertificateKnown,
  type DistributionInput,
  type DistributionRef,
} from './repair-distribution.ts';
import { poll } from '../poll.ts';
import { unlessGone } from '../unless-gone.ts';

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
      if (isAwsError(error, 'CNAMEAlreadyExists') && input.domain !== undefined) {
        const found = await findWithAlias(context, input.target, input.domain.host);
        if (found !== undefined) return await repairDistribution(context, input, found);
        throw aliasRefused(input.domain.host, error);
      }
      if (!isAwsError(error, 'DistributionAlreadyExists')) throw error;
      // An earlier try of ours, which was applied after all.
      const found = await findReferencedDistribution(context, input.target, error);
      if (found !== undefined) {
        const repaired = await unlessGone(
          'NoSuchDistribution',
          repairDistribution(context, input, found),
        );
        if (repaired !== undefined) return repaired;
      }
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
  const { target, bucket, domain } = input;
  let madeBefore: Distribution | undefined;
  const answers = await context.gate.perform({
    change: {
      resource: 'cloudfront-distribution',
      id: distributionReference(target.name),
      action: 'create',
      detail: `${domain === undefined ? '' : `${domain.host}, `}HTTPS only, GET and HEAD, no caching`,
    },
    requests: [
      {
        service: 'cloudfront',
        operation: 'create-distribution-with-tags',
        input: fillTemplate(createTemplate, {
          reference: callerReference(target.name, {
            originAccessControlId: input.originAccessControlId ?? '',
            generation,
          }),
          comment: distributionReference(target.name),
          bucket,
          bucketHost: bucketHost(bucket, target.region, target.partition),
          originAccessControlId: input.originAccessControlId,
          aliases: domain === undefined ? undefined : { Quantity: 1, Items: [domain.host] },
          viewerCertificate:
            domain === undefined
              ? { CloudFrontDefaultCertificate: true }
              : fillTemplate(viewerCertificateTemplate, { certificateArn: domain.certificateArn }),
          tags: tagList(ownTags(target.name, input.tags)),
        }),
      },
    ],
    retry: untilCertificateKnown(context),
    applied: async ({ error }) => {
      if (domain === undefined || !isAwsError(error, 'CNAMEAlreadyExists')) return false;
      madeBefore = await findWithAlias(context, target, domain.host);
      return madeBefore !== undefined;
    },
  });
  if (madeBefore !== undefined) {
    const { id, domainName } = madeBefore;
    return { id, arn: distributionArn(target, id), domainName };
  }
  const created = answers?.[0]?.['Distribution'];
  if (isJsonObject(created)) {
    const id = String(created['Id']);
    return { id, arn: distributionArn(target, id), domainName: String(created['DomainName']) };
  }
  const id = placeholder('distribution-id');
  return {
    id,
    arn: distributionArn(target, id),
    domainName: placeholder('distribution-domain-name'),
  };
}

/** An earlier try of ours, which was applied after all: CloudFront may name the alias before the reference. */
async function findWithAlias(
  context: Context,
  target: Target,
  host: string,
): Promise<Distribution | undefined> {
  const { owned } = await distributionsFor(context, target);
  return owned?.aliases.includes(host) === true ? owned : undefined;
}

/** How long a distribution that was made or changed may be missing in reads. */
const longestAbsenceMs = 2 * 60_000;

/**
 * Waits until all edges have the configuration; WAIT_TIMED_OUT after the context's limit. `isChanged` tells
 * whether a read shows what was just written: an earlier state would be shown as deployed. AWS_REQUEST_FAILED
 * where it is gone, once reads had the time to show it.
 */
export async function waitUntilDeployed(
  context: Context,
  id: string,
  isChanged: (distribution: Distribution) => boolean = () => true,
): Promise<void> {
  let changedAt: Date | undefined;
  let missingSince: number | undefined;
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
      const now = context.clock.now().getTime();
      missingSince = distribution === undefined ? (missingSince ?? now) : undefined;
      if (missingSince !== undefined && now - missingSince > longestAbsenceMs)
        throw goneMeanwhile(id);
      changedAt = distribution?.lastModified;
      const isThere = distribution?.status === 'Deployed' && isChanged(distribution);
      return isThere ? true : undefined;
    },
  );
}

function goneMeanwhile(id: string): BootstrapError {
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `distribution "${id}" was deleted while this run waited for it`,
    hint: 'another run, of `delete` most likely, took it down: wait until that has ended, then run again',
    details: { resource: 'cloudfront-distribution', id },
  });
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
