// Deletes objects for good: every version and delete marker of them. An object without its version would only be
// hidden in a bucket with versioning, and the bucket could never be deleted.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html

import deleteObjectsTemplate from '../../../templates/s3/delete-objects.json' with { type: 'json' };
import type { BucketRef, ObjectVersion } from '../../aws/ports.ts';
import { BootstrapError } from '../../core/errors.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';

/** Versions that are looked at and deleted at a time; S3 takes 1,000 in a request. */
export const batchSize = 10_000;
const requestSize = 1_000;

/** How often S3 may say that an object cannot be deleted now. */
const mostRounds = 5;

/** Which versions are deleted, and how the plan names them. */
type Selection = {
  /** `<bucket>/<key>`, or `<bucket>/*` */
  readonly id: string;
  readonly prefix?: string;
  /** Those of a look that are deleted; throws where one of them must not be. */
  readonly choose: (versions: readonly ObjectVersion[]) => readonly ObjectVersion[];
};

/** `gone` where there was nothing to delete. AWS_ACCESS_DENIED or AWS_REQUEST_FAILED with what S3 kept. */
export async function deleteVersions(
  context: Context,
  ref: BucketRef,
  selection: Selection,
): Promise<'deleted' | 'gone'> {
  const { prefix, choose } = selection;
  const look = { most: batchSize, ...(prefix === undefined ? {} : { prefix }) };
  let fate: 'deleted' | 'gone' = 'gone';
  for (let troubled = 0; ;) {
    const versions = await context.aws.s3.listVersions(ref, look);
    const chosen = choose(versions);
    if (chosen.length === 0) return fate;
    fate = 'deleted';
    const failed = await performDelete(context, ref, { id: selection.id, versions: chosen });
    if (context.gate.dryRun) return fate;
    // What a full look left out comes next; else S3 has deleted all of them.
    if (failed.length === 0 && versions.length < batchSize) return fate;
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
async function performDelete(
  context: Context,
  { bucket, account }: BucketRef,
  { id, versions }: { readonly id: string; readonly versions: readonly ObjectVersion[] },
): Promise<readonly FailedObject[]> {
  const batches = Array.from({ length: Math.ceil(versions.length / requestSize) }, (_, index) =>
    versions.slice(index * requestSize, (index + 1) * requestSize),
  );
  const name = id
    .slice(bucket.length)
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const answers =
    (await context.gate.perform({
      change: { resource: 's3-object', id, action: 'delete', detail: described(id, versions) },
      requests: batches.map((batch, index) => {
        const parts = [name, batches.length === 1 ? '' : String(index + 1)].filter(Boolean);
        return {
          service: 's3api',
          operation: 'delete-objects',
          ...(parts.length === 0 ? {} : { id: parts.join('-') }),
          input: fillTemplate(deleteObjectsTemplate, {
            bucket,
            account,
            objects: batch.map((version) => ({ Key: version.key, VersionId: version.id })),
          }),
        };
      }),
    })) ?? [];
  return answers.flatMap(({ Errors: errors }) => (Array.isArray(errors) ? errors.map(failed) : []));
}

/** The keys that the id does not tell, and how many versions where that is more. */
function described(id: string, versions: readonly ObjectVersion[]): string {
  const keys = [...new Set(versions.map(({ key }) => key))];
  const count = versions.length === keys.length ? '' : `${versions.length} versions`;
  if (keys.every((key) => id.endsWith(`/${key}`))) return count;
  const shown = keys.length > 5 ? `${keys.length} objects` : keys.join(', ');
  return count === '' ? shown : `${shown} (${count})`;
}

function failed(error: Json): FailedObject {
  const { Key: key, Code: code } = isJsonObject(error) ? error : {};
  return {
    key: typeof key === 'string' ? key : '',
    code: typeof code === 'string' ? code : 'unknown',
  };
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
