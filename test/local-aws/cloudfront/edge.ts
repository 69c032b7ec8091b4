// CloudFront's viewer edge, and S3 as an anonymous reader meets it: what STS, IAM and the program's
// own check get for `https://<host><path>`. TLS on the way in is assumed.

import type { CacheBehavior, DefaultCacheBehavior, Origin } from '@aws-sdk/client-cloudfront';
import { cacheTtl, secondsToKeep } from './cache-policies.ts';
import { bucketOfDomain, type BucketDomain } from './cloudfront-config.ts';
import { servedConfig, type CachedAnswer, type LocalDistribution } from './cloudfront-state.ts';
import type { EdgeAnswer, World } from '../wire/protocol.ts';
import { mayAccess } from '../s3/s3-access.ts';
import { objectHeaders } from '../s3/s3-object.ts';
import { matchesWildcard, type Principal } from '../s3/s3-policy.ts';
import { servingHost } from '../dns/dns-state.ts';
import { toXml } from '../wire/xml.ts';

/** A host that no name server knows, or that nobody serves yet: there is no answer at all. */
export class UnreachableHost extends Error {
  constructor(host: string) {
    super(`getaddrinfo ENOTFOUND ${host}`);
    this.name = 'UnreachableHost';
  }
}

/** What a reader sends; `path` begins with `/`, is not decoded, and may have a query. */
export type EdgeRequest = {
  readonly host: string;
  readonly path: string;
  /** `GET` by default. */
  readonly method?: string;
};

function errorAnswer(status: number, code: string, message: string): EdgeAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from(toXml('Error', { Code: code, Message: message })),
  };
}

const accessDenied = (): EdgeAnswer => errorAnswer(403, 'AccessDenied', 'Access Denied');

/** Who asks S3, and the condition keys that come with it. */
type Reader = {
  readonly principal: Principal;
  readonly context: { readonly [key: string]: string };
  /** S3 decrypts KMS objects for nobody here: no key policy is known. */
  readonly key: string;
};

function readBucket(domain: BucketDomain, reader: Reader, world: World): EdgeAnswer {
  const bucket = world.s3.buckets.get(domain.bucket);
  if (bucket === undefined) {
    return errorAnswer(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  if (domain.region !== undefined && domain.region !== bucket.region) {
    return errorAnswer(
      301,
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
    );
  }
  if (domain.region === undefined && bucket.region !== 'us-east-1') {
    // The global name of a new bucket elsewhere: S3 redirects, and nobody here follows.
    const location = `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${reader.key}`;
    const answer = errorAnswer(307, 'TemporaryRedirect', 'Please re-send this request');
    return { ...answer, headers: { ...answer.headers, location } };
  }
  const { principal, context, key } = reader;
  if (principal.kind === 'anonymous' && !world.icpFiling) {
    return errorAnswer(
      401,
      'UnauthorizedAccess',
      'You are not authorized to perform this operation',
    );
  }
  if (!mayAccess({ bucket, key, action: 's3:GetObject', principal, context }, world)) {
    return accessDenied();
  }
  const object = bucket.objects.get(key);
  if (object === undefined) {
    return mayAccess({ bucket, action: 's3:ListBucket', principal, context }, world)
      ? errorAnswer(404, 'NoSuchKey', 'The specified key does not exist.')
      : accessDenied();
  }
  if (object.encryption !== 'AES256') return accessDenied();
  return { status: 200, headers: objectHeaders(object), body: object.body };
}

/** The principal an origin makes CloudFront speak with. */
function originReader(
  origin: Origin,
  distribution: LocalDistribution,
  key: string,
  world: World,
): Reader {
  const control = world.cloudfront.originAccessControls.get(origin.OriginAccessControlId ?? '');
  if (control !== undefined && control.config.SigningBehavior !== 'never') {
    return {
      key,
      principal: { kind: 'service', name: 'cloudfront.amazonaws.com' },
      context: {
        'aws:sourcearn': distribution.arn,
        'aws:sourceaccount': distribution.account,
        'aws:principalisawsservice': 'true',
        'aws:principalservicename': 'cloudfront.amazonaws.com',
      },
    };
  }
  const identityId = (origin.S3OriginConfig?.OriginAccessIdentity ?? '').split('/').at(-1) ?? '';
  const identity = world.cloudfront.originAccessIdentities.get(identityId);
  if (identity !== undefined) {
    const { id, s3CanonicalUserId: canonicalUserId } = identity;
    return { key, principal: { kind: 'oai', id, canonicalUserId }, context: {} };
  }
  return { key, principal: { kind: 'anonymous' }, context: {} };
}

function purged(entry: CachedAnswer, world: World, now: number): boolean {
  return [...world.cloudfront.invalidations.values()].some(
    (invalidation) =>
      invalidation.distributionId === entry.distributionId &&
      invalidation.completesAt <= now &&
      entry.storedAt < invalidation.completesAt &&
      invalidation.paths.some((path) =>
        path.endsWith('*') ? entry.path.startsWith(path.slice(0, -1)) : entry.path === path,
      ),
  );
}

function ttlOf(behaviour: DefaultCacheBehavior | CacheBehavior, world: World) {
  const policy = behaviour.CachePolicyId ?? '';
  if (policy !== '') return cacheTtl(policy, world.cloudfront) ?? { min: 0, default: 0, max: 0 };
  return {
    min: behaviour.MinTTL ?? 0,
    default: behaviour.DefaultTTL ?? 86_400,
    max: behaviour.MaxTTL ?? 31_536_000,
  };
}

function viewDistribution(
  distribution: LocalDistribution,
  request: EdgeRequest,
  world: World,
): EdgeAnswer {
  const now = world.now();
  const config = servedConfig(distribution, now);
  if (config === undefined || config.Enabled !== true) throw new UnreachableHost(request.host);
  const [asked = '/'] = request.path.split('?');
  const path = asked === '/' ? `/${config.DefaultRootObject ?? ''}` : asked;
  const behaviour =
    config.CacheBehaviors?.Items?.find((candidate) =>
      matchesWildcard(`/${(candidate.PathPattern ?? '').replace(/^\//, '')}`, path),
    ) ?? config.DefaultCacheBehavior;
  const allowed = behaviour?.AllowedMethods?.Items ?? ['GET', 'HEAD'];
  const method = request.method ?? 'GET';
  if (behaviour === undefined || !(allowed as readonly string[]).includes(method)) {
    return errorAnswer(403, 'MethodNotAllowed', 'This distribution is not configured to allow it.');
  }
  const cacheKey = `${distribution.id} ${path}`;
  const kept = world.cloudfront.edgeCache.get(cacheKey);
  const time = now.getTime();
  if (kept !== undefined && time < kept.expiresAt && !purged(kept, world, time)) {
    const age = String(Math.floor((time - kept.storedAt) / 1000));
    const xCache = kept.answer.status >= 400 ? 'Error from cloudfront' : 'Hit from cloudfront';
    const headers = { ...kept.answer.headers, 'x-cache': xCache, age };
    return { ...kept.answer, headers };
  }
  const origin = config.Origins?.Items?.find(
    (candidate) => candidate.Id === behaviour.TargetOriginId,
  );
  const domain = bucketOfDomain(origin?.DomainName ?? '');
  const key = decodeURIComponent(`${origin?.OriginPath ?? ''}${path}`.slice(1));
  const fetched =
    origin === undefined || domain === undefined
      ? errorAnswer(502, 'BadGateway', 'The origin cannot be reached.')
      : readBucket(domain, originReader(origin, distribution, key, world), world);
  const custom = config.CustomErrorResponses?.Items?.find(
    (response) => response.ErrorCode === fetched.status,
  );
  const seconds =
    fetched.status >= 400
      ? (custom?.ErrorCachingMinTTL ?? 10)
      : secondsToKeep(fetched.headers['cache-control'], ttlOf(behaviour, world));
  if (seconds > 0) {
    world.cloudfront.edgeCache.set(cacheKey, {
      distributionId: distribution.id,
      path,
      answer: fetched,
      storedAt: time,
      expiresAt: time + seconds * 1000,
    });
  }
  const xCache = fetched.status >= 400 ? 'Error from cloudfront' : 'Miss from cloudfront';
  return { ...fetched, headers: { ...fetched.headers, 'x-cache': xCache } };
}

/**
 * The distribution that answers for a host: by its own domain name, or by an alias where DNS sends the
 * name to CloudFront and the edge has a certificate for it (SNI). A name that DNS sends to CloudFront and
 * that no distribution has, finds no certificate: there is no answer.
 */
function distributionOf(host: string, world: World): LocalDistribution | undefined {
  const all = [...world.cloudfront.distributions.values()];
  const own = all.find((candidate) => candidate.domainName === host);
  if (own !== undefined) return own;
  const target = servingHost(host, world);
  if (target === undefined || !all.some(({ domainName }) => domainName === target)) {
    return undefined;
  }
  return all.find((candidate) => candidate.config.Aliases?.Items?.includes(host) === true);
}

/**
 * What the host answers. Throws `UnreachableHost` for hosts that nobody serves: unknown ones,
 * disabled distributions, and those never deployed yet.
 */
export function fetchEdge(request: EdgeRequest, world: World): EdgeAnswer {
  const distribution = distributionOf(request.host, world);
  if (distribution !== undefined) return viewDistribution(distribution, request, world);
  const domain = bucketOfDomain(request.host);
  if (domain === undefined) throw new UnreachableHost(request.host);
  const method = request.method ?? 'GET';
  if (method !== 'GET' && method !== 'HEAD') return accessDenied();
  const key = decodeURIComponent((request.path.split('?')[0] ?? '').slice(1));
  if (key === '') return accessDenied();
  return readBucket(domain, { key, principal: { kind: 'anonymous' }, context: {} }, world);
}
