// What the local CloudFront remembers: plain mutable data. Whether a distribution is deployed is
// never stored, it follows from the clock: `previousConfig` is served until `deployedAt`.

import type { DistributionConfig, OriginAccessControlConfig } from '@aws-sdk/client-cloudfront';
import type { EdgeAnswer } from '../wire/protocol.ts';

export type LocalDistribution = {
  id: string;
  arn: string;
  /** `d....cloudfront.net` */
  domainName: string;
  account: string;
  /** What the API shows; served from `deployedAt` on. */
  config: DistributionConfig;
  /** What edges serve until then; undefined: nothing. */
  previousConfig: DistributionConfig | undefined;
  /** Milliseconds since the epoch. */
  deployedAt: number;
  etag: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  lastModified: Date;
  tags: { [key: string]: string };
};

export type LocalOriginAccessControl = {
  id: string;
  account: string;
  etag: string;
  config: OriginAccessControlConfig;
};

/** A legacy origin access identity, as ccoctl makes for a private bucket. */
export type LocalOriginAccessIdentity = {
  id: string;
  account: string;
  etag: string;
  s3CanonicalUserId: string;
  callerReference: string;
  comment: string;
};

export type LocalInvalidation = {
  id: string;
  distributionId: string;
  callerReference: string;
  paths: string[];
  created: Date;
  /** Milliseconds since the epoch. */
  completesAt: number;
};

export type CachedAnswer = {
  distributionId: string;
  path: string;
  answer: EdgeAnswer;
  storedAt: number;
  expiresAt: number;
};

export type CloudFrontState = {
  distributions: Map<string, LocalDistribution>;
  /** `<account> <caller reference>` of every distribution there ever was. */
  usedReferences: Set<string>;
  originAccessControls: Map<string, LocalOriginAccessControl>;
  originAccessIdentities: Map<string, LocalOriginAccessIdentity>;
  invalidations: Map<string, LocalInvalidation>;
  /** Cache policies beyond the managed ones, by id: TTLs in seconds. */
  cachePolicies: Map<string, CacheTtl>;
  /** What the edge holds, by `<distribution id> <path>`. */
  edgeCache: Map<string, CachedAnswer>;
  /** Most items a list answers at once, whatever MaxItems asks; tests lower it to see paging. */
  pageSize: number;
  /** Until an invalidation is complete. */
  invalidationMs: number;
  /** Until ListDistributions shows a new distribution; tests raise it. */
  listLagMs: number;
  /** How long DeleteDistribution still says that a deployed, disabled distribution is not disabled. */
  disabledLagMs: number;
  /** How long a control or identity stays in use after its distribution was deleted. */
  releaseLagMs: number;
  /** Controls and identities of deleted distributions, and until when they are in use. */
  released: Map<string, number>;
  /** Ids of distributions with a flat-rate pricing plan: tests put them here. */
  pricingPlans: Set<string>;
};

/** TTLs of a cache policy, in seconds. */
export type CacheTtl = { min: number; default: number; max: number };

/** A CloudFront without distributions. */
export function newCloudFrontState(): CloudFrontState {
  return {
    distributions: new Map(),
    usedReferences: new Set(),
    originAccessControls: new Map(),
    originAccessIdentities: new Map(),
    invalidations: new Map(),
    cachePolicies: new Map(),
    edgeCache: new Map(),
    pageSize: 100,
    invalidationMs: 15_000,
    listLagMs: 0,
    disabledLagMs: 1_000,
    releaseLagMs: 1_000,
    released: new Map(),
    pricingPlans: new Set(),
  };
}

/** `InProgress` until `deployedAt`, then `Deployed`. */
export function distributionStatus(distribution: LocalDistribution, now: Date): string {
  return now.getTime() >= distribution.deployedAt ? 'Deployed' : 'InProgress';
}

/** The configuration that edges serve at that moment; undefined: the domain does not answer. */
export function servedConfig(
  distribution: LocalDistribution,
  now: Date,
): DistributionConfig | undefined {
  return now.getTime() >= distribution.deployedAt
    ? distribution.config
    : distribution.previousConfig;
}
