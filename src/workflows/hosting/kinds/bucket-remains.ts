// What is left of a hosting in a bucket: the bucket, distributions, own domain, origin access control and
// ccoctl's identity, each found by itself, so that a teardown which was cut off is finished by the next.

import type { BucketRef, Distribution, DistributionSummary } from '../../../aws/ports.ts';
import { bucketOfHost } from '../../../core/bucket-names.ts';
import { publicIssuer } from '../../../core/partition.ts';
import type { Target } from '../../../core/target.ts';
import { nothingFound, type Found } from '../../../core/teardown/thing.ts';
import type { Context } from '../../context.ts';
import { inTurn } from '../../parallel.ts';
import { bucketThing, deleteBucket } from '../../teardown/delete-bucket.ts';
import { deleteCertificate } from '../../teardown/delete-certificate.ts';
import { deleteDistribution, distributionThing } from '../../teardown/delete-distribution.ts';
import { deleteLeading, deleteProof } from '../../teardown/delete-records.ts';
import { findBuckets, type FoundBuckets } from '../../teardown/find-buckets.ts';
import { certificateThing } from '../../teardown/find-certificates.ts';
import { findDistributions } from '../../teardown/find-distributions.ts';
import { findDomain, type FoundDomain } from '../../teardown/find-domain.ts';
import { findAccess, withoutUsed, type Access } from '../../teardown/find-origin-access.ts';
import { recordThing } from '../../teardown/find-records.ts';
import type { Steps } from '../../teardown/steps.ts';
import { otherRegion } from '../find-bucket.ts';
import type { HostingRemains, TeardownWish } from '../remains.ts';

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
    : { ...nothingFound, own: [], others: [] };
  refuseOtherRegion(given, bucket, distributions.found);
  const issuers = [bucket.issuer, wish.recordedIssuer].filter((issuer) => issuer !== undefined);
  const domain = hasCloudFront
    ? await findDomain(context, { target, distributions, issuers })
    : { ...nothingFound, hosts: [], leading: [], proofs: [], certificates: [] };
  const access = withoutUsed(named, distributions.others);
  const aliases = distributions.found.flatMap((one) => [one.domainName, ...one.aliases]);
  const hosts = [...aliases.filter((host) => !host.startsWith('*')), ...domain.hosts];
  const served = bucket.found.map((ref) => bucket.issuer ?? publicIssuer(ref.bucket, target));
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
    rotation: bucket.rotation,
    remove: async (where, steps) => {
      await remove(where, steps, { target, distributions, domain, access, bucket, wish });
    },
  };
}

type Parts = {
  readonly target: Target;
  readonly distributions: Found<Distribution>;
  readonly domain: FoundDomain;
  readonly access: Found<Access>;
  readonly bucket: Found<BucketRef>;
  readonly wish: TeardownWish;
};

/** Distributions, own domain, then what they read the bucket with, then the bucket: its name is free afterwards. */
async function remove(context: Context, steps: Steps, parts: Parts): Promise<void> {
  const { domain, access, bucket, wish } = parts;
  const { standing, leading } = await removeDistributions(context, steps, parts);
  const buckets = bucket.found.map(bucketThing);
  if (standing !== undefined) {
    const ofDomain = [
      ...leading.map(recordThing),
      ...domain.proofs.map(recordThing),
      ...domain.certificates.map(certificateThing),
    ];
    steps.leave(ofDomain, `distribution "${standing}" still has the domain`);
    const readers = [...access.found.map(({ thing }) => thing), ...buckets];
    steps.leave(readers, `distribution "${standing}" still reads the bucket`);
    return;
  }
  await removeCertificates(context, steps, parts);
  for (const { thing, remove: removeAccess } of access.found) {
    await steps.attempt(thing, async () => await removeAccess(context));
  }
  for (const ref of bucket.found) {
    context.progress({ kind: 'step', text: `bucket ${ref.bucket}` });
    await steps.attempt(bucketThing(ref), async () => await deleteBucket(context, ref, wish));
  }
}

/**
 * Each with what leads to it. The records go while it is still there, disabled: no name ever leads to a
 * distribution that is gone, and a next run can tell by their value that they are ours.
 */
async function removeDistributions(
  context: Context,
  steps: Steps,
  { target, distributions, domain, wish }: Parts,
): Promise<{
  /** One that is still there. */
  readonly standing: string | undefined;
  /** Records that were not tried. */
  readonly leading: FoundDomain['leading'];
}> {
  let standing = distributions.blocked[0]?.id;
  let leading = domain.leading;
  for (const distribution of distributions.found) {
    const { id, domainName } = distribution;
    const unlink = async (): Promise<boolean> => {
      const toHere = leading.filter((one) => one.distributionDomainName === domainName);
      leading = leading.filter((one) => !toHere.includes(one));
      const fates: boolean[] = [];
      for (const records of toHere) {
        const work = async () => await deleteLeading(context, target, records);
        fates.push(await steps.attempt(recordThing(records), work));
      }
      return !fates.includes(false);
    };
    context.progress({ kind: 'step', text: `distribution ${id}` });
    const gone = await steps.attempt(
      distributionThing(distribution),
      async () => await deleteDistribution(context, id, { wait: wish.wait, unlink }),
    );
    if (!gone) standing = id;
  }
  return { standing, leading };
}

/** The record goes before the certificate, which alone tells its name. */
async function removeCertificates(
  context: Context,
  steps: Steps,
  { target, domain, wish }: Parts,
): Promise<void> {
  let proofLeft: string | undefined;
  for (const proof of domain.proofs) {
    const work = async () => await deleteProof(context, proof);
    if (!(await steps.attempt(recordThing(proof), work))) proofLeft = proof.name;
  }
  if (proofLeft !== undefined) {
    const reason = `its validation record "${proofLeft}" is still there`;
    steps.leave(domain.certificates.map(certificateThing), reason);
    return;
  }
  for (const certificate of domain.certificates) {
    const { wait } = wish;
    context.progress({ kind: 'step', text: `certificate of ${certificate.host}` });
    await steps.attempt(
      certificateThing(certificate),
      async () => await deleteCertificate(context, certificate, { target, wait }),
    );
  }
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
