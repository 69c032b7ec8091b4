// TTLs by cache policy, and how long an answer may stay at the edge.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html

import type { CacheTtl, CloudFrontState } from './cloudfront-state.ts';

const managed: { readonly [id: string]: CacheTtl } = {
  // CachingDisabled
  '4135ea2d-6df8-44a3-9df3-4b5a84be39ad': { min: 0, default: 0, max: 0 },
  // CachingOptimized, CachingOptimizedForUncompressedObjects
  '658327ea-f89d-4fab-a63d-7e88639e58f6': { min: 1, default: 86_400, max: 31_536_000 },
  'b2884449-e4de-46a7-ac36-70bc7f1ddd6d': { min: 1, default: 86_400, max: 31_536_000 },
  // UseOriginCacheControlHeaders, and the one with query strings
  '83da9c7e-98b4-4e11-a168-04f0df8e2c65': { min: 0, default: 0, max: 31_536_000 },
  '4cc15a8a-d715-48a4-82b8-cc0b614638fe': { min: 0, default: 0, max: 31_536_000 },
};

/** TTLs of a managed policy, or of one that a test prepared; undefined: no such policy. */
export function cacheTtl(id: string, state: CloudFrontState): CacheTtl | undefined {
  return state.cachePolicies.get(id) ?? managed[id];
}

/** Seconds an answer with that Cache-Control stays: max-age within min and max, else the default. */
export function secondsToKeep(cacheControl: string | undefined, ttl: CacheTtl): number {
  if (cacheControl === undefined) return Math.max(ttl.min, Math.min(ttl.default, ttl.max));
  if (/\b(?:no-store|no-cache|private)\b/i.test(cacheControl)) return ttl.min;
  const age =
    /\bs-maxage=(\d+)/i.exec(cacheControl)?.[1] ?? /\bmax-age=(\d+)/i.exec(cacheControl)?.[1];
  const wanted = age === undefined ? ttl.default : Number(age);
  return Math.min(Math.max(wanted, ttl.min), ttl.max);
}
