// The bucket is deleted last, since its name may then be free for anybody. Every version and delete marker of
// our objects is deleted first; objects of others keep the bucket, unless the user has them deleted too.

import deleteTemplate from '../../../templates/s3/delete-bucket.json' with { type: 'json' };
import type { BucketRef, ObjectVersion } from '../../aws/ports.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { contentOf, type BucketContent } from '../../core/hosting/bucket-content.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { stillTrusted } from '../provider/find-trust.ts';
import { deletedOrGone } from '../delete-steps.ts';
import { batchSize, deleteVersions } from './delete-versions.ts';

/** How often S3 may say that a bucket which was emptied is not empty. */
const mostRounds = 5;

/** A bucket in plans and results. */
export function bucketThing({ bucket }: BucketRef): Thing {
  return { resource: 's3-bucket', id: bucket };
}

/** What is in the bucket; no cluster of a shared hosting is overlooked. */
export async function readContent(
  context: Context,
  ref: BucketRef,
  isShared: boolean,
): Promise<BucketContent> {
  const most = isShared ? Number.POSITIVE_INFINITY : batchSize;
  return contentOf(await context.aws.s3.listVersions(ref, { most }), { isShared });
}

/** Why a bucket stays that holds objects of others. */
export function keptByObjects(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).map((key) => `"${key}"`);
  const more = keys.length > shown.length ? ` and ${keys.length - shown.length} more` : '';
  return `others put objects in it: ${shown.join(', ')}${more}; --detach-foreign deletes it anyway`;
}

type Options = {
  readonly detachForeign: boolean;
  readonly isShared: boolean;
  /** A provider that trusts what the bucket served, once nothing is in it any more. */
  readonly findTrust: () => Promise<string | undefined>;
};

/** Empties and deletes the bucket, unless IAM trusts what it served. */
export async function deleteBucket(
  context: Context,
  ref: BucketRef,
  options: Options,
): Promise<'deleted' | 'gone'> {
  return await deletedOrGone('NoSuchBucket', async () => {
    for (let round = 1; ; round += 1) {
      await deleteVersions(context, ref, {
        id: `${ref.bucket}/*`,
        choose: (versions) => mayGo(ref, versions, options),
      });
      const trusting = context.gate.dryRun ? undefined : await options.findTrust();
      if (trusting !== undefined) throw stillTrusted(bucketThing(ref), trusting);
      try {
        await performDelete(context, ref);
        return;
      } catch (error) {
        if (!isAwsError(error, 'BucketNotEmpty') || round === mostRounds) throw error;
        await context.clock.sleep(1_000 * round);
      }
    }
  });
}

async function performDelete(context: Context, ref: BucketRef): Promise<void> {
  const { bucket, account } = ref;
  await context.gate.perform({
    change: { resource: 's3-bucket', id: bucket, action: 'delete', detail: '' },
    requests: [
      {
        service: 's3api',
        operation: 'delete-bucket',
        input: fillTemplate(deleteTemplate, { bucket, account }),
      },
    ],
    applied: async ({ error }) => isAwsError(error, 'NoSuchBucket'),
  });
}

/** All of them; AWS_REQUEST_FAILED where others put one there, or a cluster came to the shared hosting. */
function mayGo(
  { bucket }: BucketRef,
  versions: readonly ObjectVersion[],
  { isShared, detachForeign }: Options,
): readonly ObjectVersion[] {
  const { clusters, foreignKeys } = contentOf(versions, { isShared });
  const reason =
    clusters.length > 0
      ? `another run put a cluster on the shared hosting: "${clusters.join('", "')}"`
      : foreignKeys.length > 0 && !detachForeign
        ? keptByObjects(foreignKeys)
        : undefined;
  if (reason === undefined) return versions;
  throw new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `bucket "${bucket}" is not deleted: ${reason}`,
    details: { resource: 's3-bucket', id: bucket },
  });
}
