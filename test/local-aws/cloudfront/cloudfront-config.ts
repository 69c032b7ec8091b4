// What CloudFront accepts as a distribution's configuration, and what it fills in (facts 4.1).

import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
} from '@aws-sdk/client-cloudfront';
import { covers, isKnownToCloudFront, statusOf } from '../acm/acm-state.ts';
import { servingHost } from '../dns/dns-state.ts';
import { cacheTtl } from './cache-policies.ts';
import type { LocalDistribution } from './cloudfront-state.ts';
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

/** Keys of viewer certificates. */
const keyAlgorithms = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-prime256v1'];

/** Whose configuration it is: of a distribution that there is already, also what it is now. */
type Owner = { readonly account: string } & Partial<
  Pick<LocalDistribution, 'id' | 'domainName' | 'config'>
>;

/** True where DNS sends a name to CloudFront for another distribution than that of this domain. */
function isLedAway(alias: string, domainName: string | undefined, world: World): boolean {
  const target = servingHost(alias, world);
  return target !== undefined && /\.cloudfront\.(?:net|cn)$/.test(target) && target !== domainName;
}

/** A name of its own needs a certificate that covers it, and belongs to one distribution. */
function checkAliases(config: DistributionConfig, owner: Owner, world: World): void {
  const { account, id, domainName } = owner;
  const aliases = config.Aliases?.Items ?? [];
  const certificate = config.ViewerCertificate;
  const byDefault = certificate?.CloudFrontDefaultCertificate ?? certificate === undefined;
  const found = world.acm.certificates.get(certificate?.ACMCertificateArn ?? '');
  const usable =
    found !== undefined &&
    found.account === account &&
    found.region === 'us-east-1' &&
    statusOf(found, world) === 'ISSUED' &&
    isKnownToCloudFront(found, world) &&
    keyAlgorithms.includes(found.keyAlgorithm);
  const covered = usable ? found.names : undefined;
  if (!byDefault && (covered === undefined || certificate?.SSLSupportMethod === undefined)) {
    throw invalid(
      'InvalidViewerCertificate',
      'The specified SSL certificate does not exist, is not in us-east-1 region, or is not valid.',
    );
  }
  if (aliases.some((alias) => covered === undefined || !covers(covered, alias))) {
    throw invalid(
      'InvalidViewerCertificate',
      'To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.',
    );
  }
  if (aliases.some((alias) => alias !== alias.toLowerCase())) {
    throw invalid('InvalidArgument', 'The parameter CNAME contains upper-case letters.');
  }
  const others = [...world.cloudfront.distributions.values()].filter((other) => other.id !== id);
  const isTaken = (alias: string): boolean =>
    others.some((other) =>
      (other.config.Aliases?.Items ?? []).some(
        (taken) =>
          taken === alias ||
          // Names may overlap by a wildcard within one account only.
          (other.account !== account && (covers([taken], alias) || covers([alias], taken))),
      ),
    );
  if (aliases.some(isTaken)) {
    throw new AwsFault(
      409,
      'CNAMEAlreadyExists',
      'One or more of the CNAMEs you provided are already associated with a different resource.',
    );
  }
  const before = owner.config?.Aliases?.Items ?? [];
  const added = aliases.filter((alias) => !before.includes(alias));
  if (added.some((alias) => isLedAway(alias, domainName, world))) {
    throw new AwsFault(
      409,
      'CNAMEAlreadyExists',
      'One or more aliases specified for the distribution includes an incorrectly configured DNS record that points to another CloudFront distribution. You must update the DNS record to correct the problem.',
    );
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
  checkAliases(config, owner, world);
  const origins = config.Origins?.Items ?? [];
  if (origins.length === 0) {
    throw invalid('InvalidArgument', 'The parameter Origins must have at least one origin.');
  }
  if (new Set(origins.map((origin) => origin.Id)).size < origins.length) {
    throw invalid('InvalidArgument', 'The parameter Origin Id must be unique.');
  }
  for (const origin of origins) checkOrigin(origin, account, world);
  if (config.DefaultCacheBehavior === undefined) throw invalid('InvalidArgument', 'no behavior');
  checkBehaviour(config.DefaultCacheBehavior, origins, world);
  for (const behaviour of config.CacheBehaviors?.Items ?? []) {
    checkBehaviour(behaviour, origins, world);
  }
}
