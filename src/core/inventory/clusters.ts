// Which clusters an account has: the names that the tags of its OIDC providers tell, and that the URL of a
// bucket tells where tags cannot be read. A provider may be all that is left of one.

import type { Phase } from '../rotation/state.ts';
import type { Hosting } from '../result.ts';
import type { Partition } from '../partition.ts';
import { otherOwners, ownership, type Tags } from '../tags.ts';

/** The account that is listed. */
export type Account = {
  readonly id: string;
  readonly region: string;
  readonly partition: Partition;
};

/** A cluster of the account, as `list` shows it. Null where it could not be read. */
export type ListedCluster = {
  readonly name: string;
  readonly issuer: string;
  readonly hosting: Hosting | 'external' | null;
  /** The hosting that the cluster shares with others; null where it has one of its own. */
  readonly sharedHosting: string | null;
  /** Of the bucket; null where there is none, or it may not be looked at. */
  readonly region: string | null;
  readonly providerArn: string;
  readonly audiences: readonly string[];
  /** Kids that the issuer serves. */
  readonly keyIds: readonly string[];
  readonly keyAgeDays: number | null;
  /** How many roles trust the provider. */
  readonly roles: number | null;
  readonly phase: Phase | null;
  readonly owner: 'oidc-bootstrap' | 'ccoctl';
};

/** The `result` of `list`. */
export type ListResult = { readonly clusters: readonly ListedCluster[] };

/** A provider and one of the names that it was made for. */
export type OwnedProvider = {
  readonly name: string;
  readonly owner: ListedCluster['owner'];
};

/**
 * The names that tags tell: a provider may carry several. Who may tag it may write anything there: names go
 * into the names of buckets and into commands, so that only what can be a name is one.
 */
export function namesOf(tags: Tags): readonly OwnedProvider[] {
  return otherOwners('', tags)
    .filter((name) => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name))
    .map((name) => ({
      name,
      owner: ownership(name, tags) === 'ccoctl' ? 'ccoctl' : 'oidc-bootstrap',
    }));
}

/** Whole days since that moment; null where it is not known. */
export function daysSince(time: string | undefined, now: Date): number | null {
  const from = time === undefined ? Number.NaN : Date.parse(time);
  if (Number.isNaN(from)) return null;
  return Math.max(0, Math.floor((now.getTime() - from) / 86_400_000));
}

/** How an issuer is hosted, told by its host and what serves it. */
export function hostingOf(facts: {
  readonly issuer: string;
  readonly bucketHosts: readonly string[];
  /** Domains and aliases of distributions; undefined where they may not be listed. */
  readonly distributionHosts: readonly string[] | undefined;
  readonly owner: ListedCluster['owner'];
}): ListedCluster['hosting'] {
  const { host } = new URL(facts.issuer);
  if (facts.bucketHosts.includes(host)) return 's3-public';
  const behind = facts.owner === 'ccoctl' ? 'cloudfront-oai' : 'cloudfront';
  if (facts.distributionHosts === undefined)
    return host.endsWith('.cloudfront.net') ? behind : null;
  if (facts.distributionHosts.includes(host)) return behind;
  // Its distribution is gone: the domain tells what it was.
  return host.endsWith('.cloudfront.net') && facts.bucketHosts.length > 0 ? behind : 'external';
}
