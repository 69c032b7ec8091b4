// Deletes one object of a bucket that stays: a document of a cluster on a shared hosting.

import deleteObjectsTemplate from '../../../templates/s3/delete-objects.json' with { type: 'json' };
import type { BucketRef } from '../../aws/ports.ts';
import { BootstrapError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';

/** S3 deletes what is not there without a word, so the object is gone in any case. */
export async function deleteObject(
  context: Context,
  { bucket, account }: BucketRef,
  key: string,
): Promise<'deleted'> {
  const id = `${bucket}/${key}`;
  const answers = await context.gate.perform({
    change: { resource: 's3-object', id, action: 'delete', detail: '' },
    requests: [
      {
        service: 's3api',
        operation: 'delete-objects',
        id: key.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, ''),
        input: fillTemplate(deleteObjectsTemplate, { bucket, account, objects: [{ Key: key }] }),
      },
    ],
  });
  for (const { Errors: errors } of answers ?? []) {
    const [error] = Array.isArray(errors) ? errors : [];
    if (error === undefined) continue;
    const code = isJsonObject(error) ? String(error['Code']) : 'unknown';
    throw new BootstrapError({
      code: code === 'AccessDenied' ? 'AWS_ACCESS_DENIED' : 'AWS_REQUEST_FAILED',
      message: `S3 did not delete "${key}" in bucket "${bucket}" (${code})`,
      hint: `allow s3:DeleteObject on ${id}, then run again`,
      details: { resource: 's3-object', id },
    });
  }
  return 'deleted';
}
