// What is left of a hosting in a bucket: the bucket, distributions, own domain, origin access control and
// ccoctl's identity, each found by itself, so that a teardown which was cut off is finished by the next.

import type { DistributionSummary } from '../../../aws/ports.ts';
import { bucketOfHost } from '../../../core/bucket-names.ts';
import { publicIssuer } from '../../../core/partition.ts';
import type { Target } from '../../../core/target.ts';
import { nothingFound } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { inTurn } from '../../parallel.ts';
import { bucketThing } from '../delete-bucket.ts';
import { distributionThing } from '../delete-distribution.ts';
import { findBuckets, type FoundBuckets } from '../remains/find-buckets.ts';
import { certificateThing } from '../find-certificates.ts';
import { findDistributions } from '../remains/find-distributions.ts';
import { findDomain } from '../remains/find-domain.ts';
import { findAccess, withoutUsed } from '../remains/find-origin-access.ts';
import { recordThing } from '../find-records.ts';
import { otherRegion } from '../wrong-bucket.ts';
import type { HostingRemains, TeardownWish } from '../remains.ts';
import { removeBucketHosting } from '../remains/remove-bucket-hosting.ts';

/** Reads only. AWS_ACCESS_DENIED where a bucket of the account is closed to the caller. */
export async function findBucketRemains(
  context: Context,
  given: Target,
  wish: TeardownWish,
): Promise<HostingRemains> {
  const hasCloudFront = given.partition.cloudfrontRegion !== undefined;
  const [bucket, named] = await inTurn(
    findBuckets(context, given, wish),
    hasCloudFront ? findAccess(context, given.name) : Promise.resolve(nothingFound),
  );
  const target = { ...given, region: bucket.region ?? given.region };
  const distributions = hasCloudFront
    ? await findDistributions(context, { target, issuer: bucket.issuer, wish })
    : { ...nothingFound, own: [], others: [], isShared: false };
  refuseOtherRegion(given, bucket, distributions.found);
  const issuers = [bucket.issuer, wish.recordedIssuer].filter((issuer) => issuer !== undefined);
  const domain = hasCloudFront
    ? await findDomain(context, { target, distributions, issuers })
    : { ...nothingFound, hosts: [], leading: [], proofs: [], certificates: [] };
  const access = withoutUsed(named, distributions.others);
  const aliases = distributions.found.flatMap((one) => [one.domainName, ...one.aliases]);
  const hosts = [...aliases.filter((host) => !host.startsWith('*')), ...domain.hosts];
  // A shared hosting has no document of its own, and is never public.
  const served = bucket.isShared
    ? []
    : bucket.found.map((ref) => bucket.issuer ?? publicIssuer(ref.bucket, target));
  return {
    issuers: [...new Set([...served, ...hosts.map((host) => `https://${host}`)])],
    owned: [
      ...distributions.found.map(distributionThing),
      ...domain.leading.map(recordThing),
      ...domain.proofs.map(recordThing),
      ...domain.certificates.map(certificateThing),
      ...access.found.map(({ thing }) => thing),
      ...bucket.found.map(bucketThing),
    ],
    blocked: [...distributions.blocked, ...domain.blocked, ...access.blocked, ...bucket.blocked],
    kept: [...distributions.kept, ...domain.kept, ...access.kept, ...bucket.kept],
    isShared: bucket.isShared || distributions.isShared,
    rotation: bucket.rotation,
    remove: async (where, steps) => {
      await removeBucketHosting(where, steps, {
        target,
        distributions,
        domain,
        access,
        bucket,
        wish,
      });
    },
  };
}

/** ISSUER_WOULD_CHANGE where the distribution reads a regional bucket that is in another region. */
function refuseOtherRegion(
  target: Target,
  bucket: FoundBuckets,
  distributions: readonly DistributionSummary[],
): void {
  if (bucket.found.length + bucket.blocked.length > 0) return;
  const places = distributions.flatMap(({ originDomainNames }) =>
    originDomainNames.map((host) => bucketOfHost(target, host)),
  );
  const other = places.find((place) => place !== undefined && place.region !== target.region);
  if (other === undefined) return;
  const what = `bucket "${other.bucket}" is`;
  throw otherRegion({ target, what, ...other, issuer: undefined });
}
