// The bucket is deleted last, since its name may then be free for anybody. Every version and delete marker of
// our objects is deleted first; objects of others keep the bucket, unless the user has them deleted too.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html

import deleteTemplate from '../../../templates/s3/delete-bucket.json' with { type: 'json' };
import deleteObjectsTemplate from '../../../templates/s3/delete-objects.json' with { type: 'json' };
import type { BucketRef, ObjectVersion } from '../../aws/ports.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { publishedKeys } from '../../core/issuer/discovery.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { stillTrusted } from '../provider/find-trust.ts';
import { deletedOrGone } from '../delete-steps.ts';

/** Versions that are looked at and deleted at a time; S3 takes 1,000 in a request. */
const batchSize = 10_000;
const requestSize = 1_000;

/** How often S3 may say that a bucket which was emptied is not empty, or an object cannot be deleted now. */
const mostRounds = 5;

/** A bucket in plans and results. */
export function bucketThing({ bucket }: BucketRef): Thing {
  return { resource: 's3-bucket', id: bucket };
}

/** Keys in the bucket that this program and ccoctl do not write. */
export async function foreignKeys(context: Context, ref: BucketRef): Promise<readonly string[]> {
  const versions = await context.aws.s3.listVersions(ref, batchSize);
  return [...new Set(versions.map(({ key }) => key).filter((key) => !isOurKey(key)))];
}

/** Why a bucket stays that holds objects of others. */
export function keptByObjects(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).map((key) => `"${key}"`);
  const more = keys.length > shown.length ? ` and ${keys.length - shown.length} more` : '';
  return `others put objects in it: ${shown.join(', ')}${more}; --detach-foreign deletes it anyway`;
}

/** Empties and deletes the bucket, unless `findTrust` finds a provider that trusts it once the documents are gone. */
export async function deleteBucket(
  context: Context,
  ref: BucketRef,
  options: {
    readonly detachForeign: boolean;
    readonly findTrust: () => Promise<string | undefined>;
  },
): Promise<'deleted' | 'gone'> {
  return await deletedOrGone('NoSuchBucket', async () => {
    for (let round = 1; ; round += 1) {
      await emptyBucket(context, ref, options);
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

async function emptyBucket(
  context: Context,
  ref: BucketRef,
  { detachForeign }: { readonly detachForeign: boolean },
): Promise<void> {
  for (let troubled = 0; ;) {
    const versions = await context.aws.s3.listVersions(ref, batchSize);
    const foreign = versions.map(({ key }) => key).filter((key) => !isOurKey(key));
    if (foreign.length > 0 && !detachForeign) throw notEmpty(ref, foreign);
    if (versions.length === 0) return;
    const failed = await deleteVersions(context, ref, versions);
    if (context.gate.dryRun) return;
    // What a full look left out comes next; else S3 tells whether the bucket is empty.
    if (failed.length === 0 && versions.length < batchSize) return;
    if (failed.length === 0) continue;
    troubled += 1;
    const isPassing = failed.every(({ code }) => passing.includes(code));
    if (!isPassing || troubled === mostRounds) throw notDeleted(ref, failed);
    await context.clock.sleep(1_000 * troubled);
  }
}

/** Trouble with one object that passes. */
const passing = ['InternalError', 'SlowDown', 'ServiceUnavailable', 'OperationAborted'];

type FailedObject = { readonly key: string; readonly code: string };

/** DeleteObjects is a success even where it deleted nothing: what failed stands in its answer. */
async function deleteVersions(
  context: Context,
  ref: BucketRef,
  versions: readonly ObjectVersion[],
): Promise<readonly FailedObject[]> {
  const { bucket, account } = ref;
  const keys = [...new Set(versions.map(({ key }) => key))];
  const shown = keys.length > 5 ? `${keys.length} objects` : keys.join(', ');
  const count = versions.length === keys.length ? '' : ` (${versions.length} versions)`;
  const batches = Array.from({ length: Math.ceil(versions.length / requestSize) }, (_, index) =>
    versions.slice(index * requestSize, (index + 1) * requestSize),
  );
  const answers =
    (await context.gate.perform({
      change: {
        resource: 's3-object',
        id: `${bucket}/*`,
        action: 'delete',
        detail: `${shown}${count}`,
      },
      requests: batches.map((batch, index) => ({
        service: 's3api',
        operation: 'delete-objects',
        ...(batches.length === 1 ? {} : { id: String(index + 1) }),
        input: fillTemplate(deleteObjectsTemplate, {
          bucket,
          account,
          objects: batch.map(({ key, id }) => ({ Key: key, VersionId: id })),
        }),
      })),
    })) ?? [];
  return answers.flatMap(({ Errors: errors }) => (Array.isArray(errors) ? errors.map(failed) : []));
}

function failed(error: Json): FailedObject {
  const { Key: key, Code: code } = isJsonObject(error) ? error : {};
  return {
    key: typeof key === 'string' ? key : '',
    code: typeof code === 'string' ? code : 'unknown',
  };
}

function isOurKey(key: string): boolean {
  return publishedKeys.includes(key) || key === rotationStateKey;
}

function notEmpty({ bucket }: BucketRef, keys: readonly string[]): BootstrapError {
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: `bucket "${bucket}" is not deleted: ${keptByObjects([...new Set(keys)])}`,
    details: { resource: 's3-bucket', id: bucket },
  });
}

function notDeleted({ bucket }: BucketRef, objects: readonly FailedObject[]): BootstrapError {
  const shown = objects.slice(0, 3).map(({ key, code }) => `"${key}" (${code})`);
  const more = objects.length > shown.length ? ` and ${objects.length - shown.length} more` : '';
  const denied = objects.every(({ code }) => code === 'AccessDenied');
  return new BootstrapError({
    code: denied ? 'AWS_ACCESS_DENIED' : 'AWS_REQUEST_FAILED',
    message: `S3 did not delete ${shown.join(', ')}${more} in bucket "${bucket}"`,
    hint: denied
      ? 'allow s3:DeleteObject and s3:DeleteObjectVersion on the objects; a bucket policy or an object lock may deny it'
      : 'run the same command again: it goes on from here',
    details: { resource: 's3-bucket', id: bucket, objects },
  });
}
