// What CloudFront accepts as a distribution's configuration, and what it fills in (facts 4.1).

import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
} from '@aws-sdk/client-cloudfront';
import { cacheTtl } from './cache-policies.ts';
import { checkAliases, checkTls, type Owner } from './cloudfront-names.ts';
import { AwsFault, type World } from '../wire/protocol.ts';

function invalid(code: string, message: string): AwsFault {
  return new AwsFault(400, code, message);
}

/** The bucket and region of an S3 origin's domain name; region undefined for the global form. */
export type BucketDomain = { readonly bucket: string; readonly region: string | undefined };

/** Takes `<bucket>.s3.<region>.<suffix>` or `<bucket>.s3.<suffix>` apart. */
export function bucketOfDomain(domain: string): BucketDomain | undefined {
  const match =
    /^(.+)\.s3(?:[.-]([a-z]{2,4}(?:-[a-z]+)+-\d))?\.amazonaws\.(?:com(?:\.cn)?|eu)$/.exec(domain);
  return match?.[1] === undefined ? undefined : { bucket: match[1], region: match[2] };
}

function checkOrigin(origin: Origin, account: string, world: World): void {
  const domain = origin.DomainName ?? '';
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(domain) || !domain.includes('.')) {
    throw invalid('InvalidArgument', 'The parameter origin name cannot be null or malformed.');
  }
  const path = origin.OriginPath ?? '';
  if (path !== '' && (!path.startsWith('/') || path.endsWith('/'))) {
    throw invalid(
      'InvalidArgument',
      'The parameter OriginPath must begin with / and not end with /.',
    );
  }
  const [s3, custom] = [origin.S3OriginConfig, origin.CustomOriginConfig];
  if ((s3 === undefined) === (custom === undefined)) {
    throw invalid(
      'InvalidOrigin',
      'An origin must have either an S3OriginConfig or a CustomOriginConfig.',
    );
  }
  const bucket = bucketOfDomain(domain);
  if (s3 !== undefined && bucket === undefined) {
    throw invalid(
      'InvalidArgument',
      'The parameter Origin DomainName does not refer to a valid S3 bucket.',
    );
  }
  const identity = s3?.OriginAccessIdentity ?? '';
  const control = origin.OriginAccessControlId ?? '';
  if (identity !== '' && control !== '') {
    throw invalid(
      'IllegalOriginAccessConfiguration',
      'An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).',
    );
  }
  if (identity !== '') {
    const id = /^origin-access-identity\/cloudfront\/(\S+)$/.exec(identity)?.[1] ?? '';
    if (world.cloudfront.originAccessIdentities.get(id)?.account !== account) {
      throw invalid(
        'InvalidOriginAccessIdentity',
        'The specified origin access identity does not exist or is not valid.',
      );
    }
  }
  if (control === '') return;
  const known = world.cloudfront.originAccessControls.get(control);
  if (known?.account !== account) {
    throw invalid(
      'InvalidOriginAccessControl',
      'The specified origin access control does not exist.',
    );
  }
  if (known.config.OriginAccessControlOriginType === 's3' && bucket === undefined) {
    throw invalid(
      'InvalidDomainNameForOriginAccessControl',
      'An origin access control is associated with an origin whose domain name is not supported.',
    );
  }
}

/** A control is for a limited number of distributions. */
function checkControlQuota(control: string, { id }: Owner, world: World): void {
  if (control === '') return;
  const users = [...world.cloudfront.distributions.values()].filter(
    (other) =>
      other.id !== id &&
      (other.config.Origins?.Items ?? []).some((one) => one.OriginAccessControlId === control),
  );
  if (users.length >= world.quotas.distributionsPerControl) {
    throw invalid(
      'TooManyDistributionsAssociatedToOriginAccessControl',
      'The maximum number of distributions have been associated with the specified origin access control.',
    );
  }
}

function sameSet(actual: readonly string[] | undefined, allowed: readonly string[]): boolean {
  return [...(actual ?? [])].toSorted().join() === [...allowed].toSorted().join();
}

const methodSets = [
  ['GET', 'HEAD'],
  ['GET', 'HEAD', 'OPTIONS'],
  ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
];

function checkBehaviour(
  behaviour: DefaultCacheBehavior | CacheBehavior,
  origins: readonly Origin[],
  world: World,
): void {
  if (!origins.some((origin) => origin.Id === behaviour.TargetOriginId)) {
    throw new AwsFault(
      404,
      'NoSuchOrigin',
      'One or more of your origins or origin groups do not exist.',
    );
  }
  const protocols = ['allow-all', 'https-only', 'redirect-to-https'];
  if (!protocols.includes(behaviour.ViewerProtocolPolicy ?? '')) {
    throw invalid('InvalidArgument', 'The parameter ViewerProtocolPolicy is invalid.');
  }
  const policy = behaviour.CachePolicyId ?? '';
  const ttls = [behaviour.MinTTL, behaviour.DefaultTTL, behaviour.MaxTTL];
  if (policy !== '') {
    if (behaviour.ForwardedValues !== undefined) {
      throw invalid(
        'InvalidArgument',
        'The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.',
      );
    }
    if (ttls.some((ttl) => ttl !== undefined)) {
      throw invalid(
        'InvalidArgument',
        'The parameter TTL cannot be used when a cache policy is associated to the cache behavior.',
      );
    }
    if (cacheTtl(policy, world.cloudfront) === undefined) {
      throw new AwsFault(404, 'NoSuchCachePolicy', 'The cache policy does not exist.');
    }
  } else if (behaviour.ForwardedValues === undefined) {
    throw invalid('InvalidArgument', 'The parameter ForwardedValues is required.');
  } else {
    const [min, standard, max] = [ttls[0] ?? 0, ttls[1] ?? 86_400, ttls[2] ?? 31_536_000];
    if (min > standard || standard > max) {
      throw invalid('InvalidTTLOrder', 'The order of MinTTL, DefaultTTL and MaxTTL is not valid.');
    }
  }
  const methods = behaviour.AllowedMethods;
  if (methods !== undefined && !methodSets.some((set) => sameSet(methods.Items, set))) {
    throw invalid('InvalidArgument', 'The parameter AllowedMethods is invalid.');
  }
  const cached = methods?.CachedMethods;
  if (cached !== undefined && !methodSets.slice(0, 2).some((set) => sameSet(cached.Items, set))) {
    throw invalid('InvalidArgument', 'The parameter CachedMethods is invalid.');
  }
}

const httpVersions = ['http1.1', 'http2', 'http3', 'http2and3', 'HTTP1.1', 'HTTP2'];
const priceClasses = ['PriceClass_100', 'PriceClass_200', 'PriceClass_All'];

/** Throws CloudFront's refusal (400, 404 or 409) unless it would take the configuration. */
export function checkDistributionConfig(
  config: DistributionConfig,
  owner: Owner,
  world: World,
): void {
  const { account } = owner;
  if ((config.CallerReference ?? '') === '') {
    throw invalid('InvalidArgument', 'The parameter CallerReference is required.');
  }
  if ((config.Comment ?? '').length > 128) {
    throw invalid('InvalidArgument', 'The parameter Comment is too long.');
  }
  if (config.DefaultRootObject?.startsWith('/') === true) {
    throw invalid(
      'InvalidDefaultRootObject',
      'The parameter DefaultRootObject cannot begin with /.',
    );
  }
  if (!httpVersions.includes(config.HttpVersion ?? 'http2')) {
    throw invalid('InvalidArgument', 'The parameter HttpVersion is invalid.');
  }
  if (!priceClasses.includes(config.PriceClass ?? 'PriceClass_All')) {
    throw invalid('InvalidArgument', 'The parameter PriceClass is invalid.');
  }
  const geo = config.Restrictions?.GeoRestriction;
  if (!['none', 'blacklist', 'whitelist'].includes(geo?.RestrictionType ?? 'none')) {
    throw invalid('InvalidGeoRestrictionParameter', 'The specified geo restriction is not valid.');
  }
  checkTls(config);
  checkAliases(config, owner, world);
  const origins = config.Origins?.Items ?? [];
  if (origins.length === 0) {
    throw invalid('InvalidArgument', 'The parameter Origins must have at least one origin.');
  }
  if (new Set(origins.map((origin) => origin.Id)).size < origins.length) {
    throw invalid('InvalidArgument', 'The parameter Origin Id must be unique.');
  }
  for (const origin of origins) {
    checkOrigin(origin, account, world);
    checkControlQuota(origin.OriginAccessControlId ?? '', owner, world);
  }
  if ((config.CacheBehaviors?.Items ?? []).length > 75) {
    throw invalid(
      'TooManyCacheBehaviors',
      'You cannot create more cache behaviors for the distribution.',
    );
  }
  if (config.DefaultCacheBehavior === undefined) throw invalid('InvalidArgument', 'no behavior');
  checkBehaviour(config.DefaultCacheBehavior, origins, world);
  for (const behaviour of config.CacheBehaviors?.Items ?? []) {
    checkBehaviour(behaviour, origins, world);
  }
}
