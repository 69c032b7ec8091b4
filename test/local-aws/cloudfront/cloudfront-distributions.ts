// Distributions: created once per CallerReference, changed whole and against their ETag, deployed
// after a while, deleted only when disabled and deployed (facts 4.2, 4.4, 4.5).

import type { DistributionConfig, Tags } from '@aws-sdk/client-cloudfront';
import { checkIfMatch, pageAnswer, resourceAnswer, signedAccount } from './cloudfront-answers.ts';
import { checkDistributionConfig } from './cloudfront-config.ts';
import { completeConfig, requiredForUpdate } from './cloudfront-defaults.ts';
import {
  distributionConfig,
  distributionConfigWithTags,
  readShape,
  writeShape,
} from './cloudfront-shapes.ts';
import { distributionStatus, servedConfig, type LocalDistribution } from './cloudfront-state.ts';
import { checkCloudFrontTags } from './cloudfront-tags.ts';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { parseXml, type XmlValue } from '../wire/xml.ts';

/** The caller's distribution of that id, or 404 `NoSuchDistribution`. */
export function findDistribution(request: AwsRequest, id: string, world: World): LocalDistribution {
  const distribution = world.cloudfront.distributions.get(id);
  if (distribution?.account === signedAccount(request)) return distribution;
  throw new AwsFault(404, 'NoSuchDistribution', 'The specified distribution does not exist.');
}

function distributionXml(distribution: LocalDistribution, world: World): XmlValue {
  const invalidations = [...world.cloudfront.invalidations.values()].filter(
    (invalidation) =>
      invalidation.distributionId === distribution.id &&
      invalidation.completesAt > world.now().getTime(),
  );
  return {
    Id: distribution.id,
    ARN: distribution.arn,
    Status: distributionStatus(distribution, world.now()),
    LastModifiedTime: distribution.lastModified.toISOString(),
    InProgressInvalidationBatches: invalidations.length,
    DomainName: distribution.domainName,
    ActiveTrustedSigners: { Enabled: false, Quantity: 0 },
    ActiveTrustedKeyGroups: { Enabled: false, Quantity: 0 },
    DistributionConfig: writeShape(distribution.config, distributionConfig),
  };
}

/** CreateDistribution and CreateDistributionWithTags (`tagged`). */
export function createDistribution(
  request: AwsRequest,
  tagged: boolean,
  world: World,
): AwsResponse {
  const account = signedAccount(request);
  const root = parseXml(request.body);
  const name = tagged ? 'DistributionConfigWithTags' : 'DistributionConfig';
  if (root.name !== name) throw new AwsFault(400, 'MalformedXML', `expected ${name}`);
  const read = readShape(root, tagged ? distributionConfigWithTags : distributionConfig, name);
  const { DistributionConfig: config, Tags: tagSet } = (
    tagged ? read : { DistributionConfig: read, Tags: { Items: [] } }
  ) as { DistributionConfig: DistributionConfig; Tags: Tags };
  const tags = checkCloudFrontTags(tagSet, {});
  checkDistributionConfig(config, { account }, world);

  const own = [...world.cloudfront.distributions.values()].filter(
    (distribution) => distribution.account === account,
  );
  const used = `${account} ${config.CallerReference}`;
  if (world.cloudfront.usedReferences.has(used)) {
    const taken = own.find(
      (distribution) => distribution.config.CallerReference === config.CallerReference,
    );
    throw new AwsFault(
      409,
      'DistributionAlreadyExists',
      `The caller reference that you are using to create a distribution is associated with another distribution. Already exists: ${taken?.id ?? 'deleted'}`,
    );
  }
  if (own.length >= world.quotas.distributions) {
    throw new AwsFault(
      400,
      'TooManyDistributions',
      'Processing your request would cause you to exceed the maximum number of distributions allowed.',
    );
  }
  const id = world.newId('E');
  const suffix = world.partition === 'aws-cn' ? 'cloudfront.cn' : 'cloudfront.net';
  const distribution: LocalDistribution = {
    id,
    arn: `arn:${world.partition}:cloudfront::${account}:distribution/${id}`,
    domainName: `${world.newId('d').toLowerCase()}.${suffix}`,
    account,
    config: completeConfig(config),
    previousConfig: undefined,
    deployedAt: world.now().getTime() + world.deployMs,
    etag: world.newId('E'),
    createdAt: world.now().getTime(),
    lastModified: world.now(),
    tags,
  };
  world.cloudfront.distributions.set(id, distribution);
  world.cloudfront.usedReferences.add(used);
  return resourceAnswer({
    status: 201,
    name: 'Distribution',
    value: distributionXml(distribution, world),
    etag: distribution.etag,
    location: `distribution/${id}`,
  });
}

/** GetDistribution. */
export function getDistribution(request: AwsRequest, id: string, world: World): AwsResponse {
  const distribution = findDistribution(request, id, world);
  return resourceAnswer({
    name: 'Distribution',
    value: distributionXml(distribution, world),
    etag: distribution.etag,
  });
}

/** GetDistributionConfig. */
export function getDistributionConfig(request: AwsRequest, id: string, world: World): AwsResponse {
  const distribution = findDistribution(request, id, world);
  return resourceAnswer({
    name: 'DistributionConfig',
    value: writeShape(distribution.config, distributionConfig),
    etag: distribution.etag,
  });
}

/** UpdateDistribution: the old configuration is served until the new one is deployed. */
export function updateDistribution(request: AwsRequest, id: string, world: World): AwsResponse {
  const distribution = findDistribution(request, id, world);
  const root = parseXml(request.body);
  if (root.name !== 'DistributionConfig') {
    throw new AwsFault(400, 'MalformedXML', 'expected DistributionConfig');
  }
  const config = readShape(root, distributionConfig, 'DistributionConfig') as DistributionConfig;
  checkIfMatch(request, distribution.etag);
  const missing = requiredForUpdate.filter((member) => config[member] === undefined);
  if (missing.length > 0 || config.CallerReference !== distribution.config.CallerReference) {
    throw new AwsFault(
      400,
      'IllegalUpdate',
      missing.length > 0
        ? `The update is missing ${missing.join(', ')}.`
        : 'The update contains modifications that are not allowed: CallerReference.',
    );
  }
  checkDistributionConfig(config, distribution, world);
  const now = world.now();
  checkCertificateChange(config, distribution, now);
  distribution.previousConfig = servedConfig(distribution, now);
  distribution.config = completeConfig(config);
  distribution.deployedAt = now.getTime() + world.deployMs;
  distribution.etag = world.newId('E');
  distribution.lastModified = now;
  return resourceAnswer({
    name: 'Distribution',
    value: distributionXml(distribution, world),
    etag: distribution.etag,
  });
}

/** One viewer certificate is deployed at a time: the next one waits for it. */
function checkCertificateChange(
  config: DistributionConfig,
  { config: current, previousConfig, deployedAt }: LocalDistribution,
  now: Date,
): void {
  const certificateOf = (one: DistributionConfig): string | undefined =>
    one.ViewerCertificate?.ACMCertificateArn;
  const isDeploying =
    now.getTime() < deployedAt &&
    previousConfig !== undefined &&
    certificateOf(previousConfig) !== certificateOf(current);
  if (!isDeploying || certificateOf(config) === certificateOf(current)) return;
  throw new AwsFault(
    400,
    'IllegalUpdate',
    'Only one viewer certificate change may be in progress at a time.',
  );
}

/** Ids of the controls and identities with which a distribution reads its origins. */
export function accessIdsOf(config: DistributionConfig): readonly string[] {
  return (config.Origins?.Items ?? []).flatMap((origin) => {
    const identity = origin.S3OriginConfig?.OriginAccessIdentity ?? '';
    const ids = [origin.OriginAccessControlId ?? '', identity.split('/').at(-1) ?? ''];
    return ids.filter((id) => id !== '');
  });
}

/** DeleteDistribution: 409 `DistributionNotDisabled` until it is disabled and deployed. */
export function deleteDistribution(request: AwsRequest, id: string, world: World): AwsResponse {
  const distribution = findDistribution(request, id, world);
  checkIfMatch(request, distribution.etag);
  if (
    distribution.config.Enabled !== false ||
    world.now().getTime() < distribution.deployedAt + world.cloudfront.disabledLagMs
  ) {
    throw new AwsFault(
      409,
      'DistributionNotDisabled',
      'The distribution you are trying to delete has not been disabled.',
    );
  }
  if (world.cloudfront.pricingPlans.has(id)) {
    throw new AwsFault(
      412,
      'PreconditionFailed',
      "You can't delete this distribution while it's subscribed to a pricing plan. Cancel the pricing plan, then you can delete the distribution.",
    );
  }
  world.cloudfront.distributions.delete(id);
  const until = world.now().getTime() + world.cloudfront.releaseLagMs;
  for (const used of accessIdsOf(distribution.config)) world.cloudfront.released.set(used, until);
  const certificate = distribution.config.ViewerCertificate?.ACMCertificateArn;
  if (certificate !== undefined) {
    world.acm.formerUsers.set(certificate, {
      user: distribution.arn,
      until: world.now().getTime() + world.acm.releaseMs,
    });
  }
  return { status: 204 };
}

/** ListDistributions: the newest last, without tags. */
export function listDistributions(request: AwsRequest, world: World): AwsResponse {
  const account = signedAccount(request);
  return pageAnswer({
    request,
    pageSize: world.cloudfront.pageSize,
    name: 'DistributionList',
    itemName: 'DistributionSummary',
    items: [...world.cloudfront.distributions.values()].filter(
      (distribution) =>
        distribution.account === account &&
        // Without a lag it is listed at once, whatever a test does to the clock.
        (world.cloudfront.listLagMs === 0 ||
          world.now().getTime() >= distribution.createdAt + world.cloudfront.listLagMs),
    ),
    write: (distribution) => {
      const { CallerReference: _reference, Logging: _logging, ...config } = distribution.config;
      return {
        Id: distribution.id,
        ARN: distribution.arn,
        Status: distributionStatus(distribution, world.now()),
        LastModifiedTime: distribution.lastModified.toISOString(),
        DomainName: distribution.domainName,
        ...(writeShape(
          {
            Aliases: config.Aliases,
            Origins: config.Origins,
            OriginGroups: config.OriginGroups,
            DefaultCacheBehavior: config.DefaultCacheBehavior,
            CacheBehaviors: config.CacheBehaviors,
            CustomErrorResponses: config.CustomErrorResponses,
            Comment: config.Comment,
            PriceClass: config.PriceClass,
            Enabled: config.Enabled,
            ViewerCertificate: config.ViewerCertificate,
            Restrictions: config.Restrictions,
            WebACLId: config.WebACLId,
            HttpVersion: config.HttpVersion,
            IsIPV6Enabled: config.IsIPV6Enabled,
            Staging: config.Staging,
          },
          distributionConfig,
        ) as object),
      };
    },
  });
}
