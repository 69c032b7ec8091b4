// Takes a hosting in a bucket down: distributions, own domain, what they read the bucket with, and the bucket.
// What needs something that is still there stays, and is told.

import type { Distribution } from '../../../aws/ports.ts';
import { bucketHost } from '../../../core/partition.ts';
import type { Target } from '../../../core/target.ts';
import type { Found } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { bucketThing, deleteBucket } from '../delete-bucket.ts';
import { deleteCertificate } from '../delete-certificate.ts';
import { deleteDistribution, distributionThing } from '../delete-distribution.ts';
import { deleteLeading, deleteProof } from '../delete-records.ts';
import { certificateThing } from '../find-certificates.ts';
import type { FoundBuckets } from './find-buckets.ts';
import type { FoundDomain } from './find-domain.ts';
import type { Access } from './find-origin-access.ts';
import { recordThing } from '../find-records.ts';
import { findTrust } from '../../provider/find-trust.ts';
import type { Steps } from '../../delete-steps.ts';
import type { TeardownWish } from '../remains.ts';

type Parts = {
  readonly target: Target;
  readonly distributions: Found<Distribution>;
  readonly domain: FoundDomain;
  readonly access: Found<Access>;
  readonly bucket: FoundBuckets;
  readonly wish: TeardownWish;
};

/** Distributions, own domain, then what they read the bucket with, then the bucket: its name is free afterwards. */
export async function removeBucketHosting(
  context: Context,
  steps: Steps,
  parts: Parts,
): Promise<void> {
  const { target, domain, access, bucket, wish } = parts;
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
    const host = bucketHost(ref.bucket, target.region, target.partition);
    const { detachForeign } = wish;
    const { isShared } = bucket;
    const trusting = (): Promise<string | undefined> => findTrust(context, target, [host]);
    const options = { detachForeign, isShared, findTrust: trusting };
    await steps.attempt(bucketThing(ref), async () => await deleteBucket(context, ref, options));
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
      async () =>
        await deleteDistribution(context, id, {
          wait: wish.wait,
          findTrust: (now) => findTrust(context, target, [now.domainName, ...now.aliases]),
          unlink,
        }),
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
