// The bucket of a name, under each name that it can have, and what in it a teardown must know: objects of
// others, the issuer that it serves, a rotation under way.

import type { BucketRef } from '../../../aws/ports.ts';
import { bucketNames } from '../../../core/bucket-names.ts';
import { BootstrapError } from '../../../core/errors.ts';
import { bucketArn } from '../../../core/hosting/bucket-policy.ts';
import { isSharedHosting } from '../../../core/hosting/shared-hosting.ts';
import { documentKeys, parseDiscovery } from '../../../core/issuer/discovery.ts';
import { rotationStateKey } from '../../../core/keys/removed-keys.ts';
import type { Target } from '../../../core/target.ts';
import { unlessGone } from '../../unless-gone.ts';
import { notOurs } from '../../../core/teardown/not-ours.ts';
import { nothingFound, type Found, type Spared } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import type { TeardownWish } from '../remains.ts';
import { inTurn } from '../../parallel.ts';
import { bucketThing, keptByObjects, readContent } from '../delete-bucket.ts';
import { refuseClusters } from '../refuse-clusters.ts';
import { isUnreadable, readRotation } from './read-rotation.ts';

/** Buckets of the name; issuer, region and rotation of the one that is ours. */
export type FoundBuckets = Found<BucketRef> & {
  readonly region: string | undefined;
  /** The published issuer. */
  readonly issuer: string | undefined;
  readonly rotation: string | undefined;
  /** Clusters have issuers below that of the hosting. */
  readonly isShared: boolean;
};

/** Reads only. AWS_ACCESS_DENIED where a bucket of the account is closed to the caller. */
export async function findBuckets(
  context: Context,
  target: Target,
  wish: TeardownWish,
): Promise<FoundBuckets> {
  const looks: FoundBuckets[] = [];
  // One after the other: the client is rebuilt for the region of each bucket.
  for (const bucket of bucketNames(target)) {
    const ref = { bucket, account: target.account };
    const look = await unlessGone('NoSuchBucket', findBucket(context, { target, ref, wish }));
    if (look !== undefined) looks.push(look);
  }
  const own = looks.find(({ found, blocked }) => found.length + blocked.length > 0);
  return {
    found: looks.flatMap(({ found }) => found),
    blocked: looks.flatMap(({ blocked }) => blocked),
    kept: looks.flatMap(({ kept }) => kept),
    region: own?.region,
    issuer: own?.issuer,
    rotation: own?.rotation,
    isShared: looks.some(({ isShared }) => isShared),
  };
}

async function findBucket(
  context: Context,
  facts: { readonly target: Target; readonly ref: BucketRef; readonly wish: TeardownWish },
): Promise<FoundBuckets> {
  const { target, ref, wish } = facts;
  const { s3 } = context.aws;
  const none = { ...nothingFound, issuer: undefined, rotation: undefined, isShared: false };
  const presence = await s3.headBucket(ref);
  if (presence.state === 'absent') return { ...none, region: undefined };
  const spared = (reason: string): Spared => ({ ...bucketThing(ref), reason });
  if (presence.state === 'forbidden') {
    const owned = await s3.ownsBucket(ref.bucket);
    if (owned === true) throw closedBucket(ref, target);
    const certain = owned === false ? '' : ' (most likely)';
    return { ...none, region: undefined, kept: [spared(`another account owns it${certain}`)] };
  }
  const { region } = presence;
  if (region !== target.region) context.aws.useBucketRegion(region);
  const tags = await s3.getBucketTags(ref);
  const isShared = isSharedHosting(tags);
  const reason = notOurs(target.name, tags);
  if (reason !== undefined && !isShared) return { ...none, region, kept: [spared(reason)] };
  const [{ clusters, foreignKeys }, [issuer, rotation]] = await inTurn(
    readContent(context, ref, isShared),
    inTurn(readIssuer(context, ref), readRotation(context, ref, rotationStateKey)),
  );
  refuseClusters(target, clusters);
  if (reason !== undefined) return { ...none, isShared, region, kept: [spared(reason)] };
  const read = { region, kept: [], issuer, rotation, isShared };
  return foreignKeys.length > 0 && !wish.detachForeign
    ? { ...read, found: [], blocked: [spared(keptByObjects(foreignKeys))] }
    : { ...read, found: [ref], blocked: [] };
}

/** A document that names no issuer stops nobody from deleting it. */
async function readIssuer(context: Context, ref: BucketRef): Promise<string | undefined> {
  try {
    const stored = await context.aws.s3.getObject(ref, documentKeys.discovery);
    return stored === undefined ? undefined : parseDiscovery(stored.body, ref.bucket).issuer;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

function closedBucket({ bucket }: BucketRef, target: Target): BootstrapError {
  return new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: `access denied: s3:ListBucket on bucket "${bucket}" of this account`,
    hint: `allow s3:ListBucket on ${bucketArn(bucket, target.partition.id)}, or look for a bucket policy or service control policy that denies it`,
    details: { permission: 's3:ListBucket', resource: bucket },
  });
}
