// The distributions of a name: those that carry its tag and are known by comment, origin or issuer. All
// others of the account are told too: they may use what is ours.

import type { Distribution, DistributionSummary } from '../../../aws/ports.ts';
import { bucketNames } from '../../../core/bucket-names.ts';
import { distributionAdditions } from '../../../core/hosting/distribution-additions.ts';
import { isSharedHosting } from '../../../core/hosting/shared-hosting.ts';
import { ccoctlReference, distributionReference } from '../../../core/names.ts';
import { bucketHost } from '../../../core/partition.ts';
import type { Target } from '../../../core/target.ts';
import { notOurs, sharedWith } from '../../../core/teardown/not-ours.ts';
import type { Found, Spared } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { isTaggedFor } from '../find-distribution.ts';
import type { TeardownWish } from '../remains.ts';
import { distributionThing } from '../delete-distribution.ts';

/** Distributions of the account, sorted by what becomes of them. */
export type FoundDistributions = Found<Distribution> & {
  /** Ours, with those that others put to use. */
  readonly own: readonly Distribution[];
  readonly others: readonly DistributionSummary[];
  /** One of ours serves a shared hosting. */
  readonly isShared: boolean;
};

/** Reads only. */
export async function findDistributions(
  context: Context,
  facts: {
    readonly target: Target;
    /** The published one. */
    readonly issuer: string | undefined;
    readonly wish: TeardownWish;
  },
): Promise<FoundDistributions> {
  const { target, issuer, wish } = facts;
  const { name, region, partition } = target;
  const origins = bucketNames(target).map((bucket) => bucketHost(bucket, region, partition));
  const host = issuer === undefined ? undefined : new URL(issuer).host;
  const own: Distribution[] = [];
  const found: Distribution[] = [];
  const blocked: Spared[] = [];
  const kept: Spared[] = [];
  const others: DistributionSummary[] = [];
  let isShared = false;
  for (const summary of await context.aws.cloudfront.listDistributions()) {
    const { comment, originDomainNames, domainName, aliases } = summary;
    const isCandidate =
      [distributionReference(name), ccoctlReference(name)].includes(comment) ||
      originDomainNames.some((origin) => origins.includes(origin)) ||
      (host !== undefined && [domainName, ...aliases].includes(host));
    if (!isCandidate) {
      others.push(summary);
      continue;
    }
    const spared = (reason: string): Spared => ({ ...distributionThing(summary), reason });
    const tags = await context.aws.cloudfront.getTags(summary.arn);
    const reason = isTaggedFor(name, summary, tags) ? sharedWith(name, tags) : notOurs(name, tags);
    if (reason !== undefined) {
      kept.push(spared(reason));
      others.push(summary);
      continue;
    }
    const distribution = await context.aws.cloudfront.getDistribution(summary.id);
    if (distribution === undefined) continue;
    isShared ||= isSharedHosting(tags);
    own.push(distribution);
    const additions = wish.detachForeign
      ? []
      : distributionAdditions(distribution.config, {
          bucketHost: originDomainNames.find((origin) => origins.includes(origin)) ?? '',
          // With no document left, the first alias is the domain that it was made with.
          issuerHost: host ?? aliases[0] ?? domainName,
        });
    if (additions.length === 0) found.push(distribution);
    else blocked.push(spared(keptByUsers(additions)));
  }
  return { found, own, blocked, kept, others, isShared };
}

function keptByUsers(additions: readonly string[]): string {
  return `others added to it: ${additions.join(', ')}; --detach-foreign deletes it anyway`;
}
