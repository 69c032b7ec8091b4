// Where the documents of an issuer are kept: objects of a bucket, read as they are and written on
// condition of what was read. Every write goes through the gate.

import putTemplate from '../../../templates/s3/put-object.json' with { type: 'json' };
import type { BucketRef, StoredObject } from '../../aws/ports.ts';
import type { Change } from '../../core/change.ts';
import { objectKey } from '../../core/hosting/shared-hosting.ts';
import { ccoctlTagKey } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import type { PlannedChange } from '../gate.ts';
import { untilBucketVisible } from '../retry-while.ts';
import { isConflict } from '../write-conflict.ts';

/** A document to write. */
export type WantedDocument = {
  readonly key: string;
  readonly text: string;
  /** What was read there, and is replaced; undefined: there must be nothing. */
  readonly replaces: Pick<StoredObject, 'etag'> | undefined;
  /** What the change is, as reports show it. */
  readonly detail: string;
  /** How the folder of a dry run names the text. */
  readonly fileName: string;
};

/** Documents by key. */
export type DocumentStore = {
  /** Comes before a key in messages: `s3://bucket/`. */
  readonly label: string;
  readonly read: (key: string) => Promise<StoredObject | undefined>;
  /** False where type or cache headers of a stored object are not those of a published document. */
  readonly isServable: (stored: StoredObject) => boolean;
  /** False where somebody else wrote meanwhile. */
  readonly write: (document: WantedDocument) => Promise<boolean>;
};

/** Every document may be kept five minutes: a new key is everywhere soon, STS is not throttled. */
const documentCacheControl = 'public, max-age=300';

/** The published documents of a bucket. ccoctl finds its objects by tag: an upload to its bucket keeps it. */
export function bucketDocuments(
  context: Context,
  place: ObjectPlace & { readonly name: string; readonly owner: 'ours' | 'ccoctl' },
): DocumentStore {
  const { ref, prefix, name, owner } = place;
  const tagging = new URLSearchParams({ [ccoctlTagKey(name)]: 'owned', Name: name });
  return bucketStore(context, {
    ref,
    prefix,
    resource: 's3-object',
    cacheControl: documentCacheControl,
    tagging: owner === 'ccoctl' ? tagging.toString() : undefined,
    requestId: (key) => key.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, ''),
    retry: untilBucketVisible,
  });
}

/** The rotation state of a bucket: it is not there before the bucket is, and nobody may keep it. */
export function bucketState(context: Context, place: ObjectPlace): DocumentStore {
  return bucketStore(context, {
    ...place,
    resource: 'rotation-state',
    cacheControl: 'no-store',
    tagging: undefined,
    requestId: () => 'rotation',
    retry: undefined,
  });
}

/** A bucket, and the prefix below which the objects are. */
type ObjectPlace = { readonly ref: BucketRef; readonly prefix: string | undefined };

type BucketStore = ObjectPlace & {
  readonly resource: Change['resource'];
  readonly cacheControl: string;
  readonly tagging: string | undefined;
  readonly requestId: (key: string) => string;
  readonly retry: ((context: Context) => NonNullable<PlannedChange['retry']>) | undefined;
};

function bucketStore(context: Context, store: BucketStore): DocumentStore {
  const { ref, prefix, resource, cacheControl, tagging, requestId, retry } = store;
  const read = (key: string): Promise<StoredObject | undefined> =>
    context.aws.s3.getObject(ref, objectKey(prefix, key));
  return {
    label: `s3://${objectKey(ref.bucket, objectKey(prefix, ''))}`,
    read,
    isServable: (stored) =>
      stored.contentType === 'application/json' && stored.cacheControl === cacheControl,
    write: async ({ key, text, replaces, detail, fileName }) => {
      const action = replaces === undefined ? 'create' : 'update';
      const input = fillTemplate(putTemplate, {
        bucket: ref.bucket,
        key: objectKey(prefix, key),
        account: ref.account,
        cacheControl,
        tagging,
        ifMatch: replaces?.etag,
        ifNoneMatch: replaces === undefined ? '*' : undefined,
      });
      const id = requestId(key);
      try {
        await context.gate.perform({
          change: { resource, id: objectKey(prefix, key), action, detail },
          requests: [
            { service: 's3api', operation: 'put-object', id, input, body: { text, fileName } },
          ],
          ...(retry === undefined ? {} : { retry: retry(context) }),
          // An answer that got lost makes the SDK send twice, and the second try meets the first.
          applied: async ({ error }) => isConflict(error) && (await read(key))?.body === text,
        });
        return true;
      } catch (error) {
        if (!isConflict(error)) throw error;
        return false;
      }
    },
  };
}
