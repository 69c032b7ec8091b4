// Block Public Access, object ownership and encryption of the bucket: read first, and only what
// differs is written. A new bucket has all three as wanted, and some organizations deny the writes.

import encryptionTemplate from '../../../templates/s3/put-bucket-encryption.json' with { type: 'json' };
import ownershipTemplate from '../../../templates/s3/put-bucket-ownership-controls.json' with { type: 'json' };
import accessTemplate from '../../../templates/s3/put-public-access-block.json' with { type: 'json' };
import type { BucketRef, PublicAccessBlock } from '../../aws/ports.ts';
import { hasForeignPublicStatement } from '../../core/hosting/bucket-policy.ts';
import { differingFlags, nothingBlocked, wantedAccess } from '../../core/hosting/public-access.ts';
import type { WriteRequest } from '../../core/change.ts';
import { isAwsError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Hosting } from '../../core/result.ts';
import { fillTemplate, type TemplateValues } from '../../core/template.ts';
import type { Context } from '../context.ts';
import type { FoundBucket } from './find-bucket.ts';
import { poll } from '../poll.ts';
import { untilBucketVisible } from '../retry-while.ts';

/** The settings as they stand; undefined where there is no such configuration. */
export type BucketSettings = OwnSettings & { readonly access: PublicAccessBlock | undefined };

/** Those that are left as they are on a bucket that ccoctl made. */
type OwnSettings = {
  readonly objectOwnership: string | undefined;
  readonly encryption: string | undefined;
};

/**
 * What S3 gives every new bucket since April 2023.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
 */
export const newBucketSettings: BucketSettings = {
  access: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  objectOwnership: 'BucketOwnerEnforced',
  encryption: 'AES256',
};

/**
 * The settings of a bucket that was just made: S3 may say for seconds that there is none, or show those of
 * a bucket of that name which was deleted. One to be opened is closed, whatever S3 shows.
 */
export async function readNewSettings(
  context: Context,
  { ref, hosting }: { readonly ref: BucketRef; readonly hosting: Hosting },
): Promise<BucketSettings> {
  return await poll(
    context,
    { text: `bucket "${ref.bucket}" to be visible`, pauseMs: 500, limitMs: 60_000 },
    async () => {
      try {
        const shown = await context.aws.s3.getPublicAccessBlock(ref);
        const access = hosting === 's3-public' ? newBucketSettings.access : shown;
        return { access, ...(await readOwnSettings(context, ref, 'ours')) };
      } catch (error) {
        if (!isAwsError(error, 'NoSuchBucket')) throw error;
        return undefined;
      }
    },
  );
}

/** Ownership and encryption; of a bucket of ccoctl's nobody asks. */
export async function readOwnSettings(
  context: Context,
  ref: BucketRef,
  owner: FoundBucket['owner'],
): Promise<OwnSettings> {
  if (owner === 'ccoctl') return { objectOwnership: undefined, encryption: undefined };
  const [objectOwnership, encryption] = await Promise.all([
    context.aws.s3.getObjectOwnership(ref),
    context.aws.s3.getEncryptionAlgorithm(ref),
  ]);
  return { objectOwnership, encryption };
}

/** Writes the settings that differ from what the hosting wants. */
export async function ensureBucketSettings(
  context: Context,
  input: {
    readonly ref: BucketRef;
    readonly hosting: Hosting;
    readonly owner: FoundBucket['owner'];
    readonly policy: JsonObject | undefined;
    readonly settings: BucketSettings;
  },
): Promise<void> {
  const { ref, hosting, owner, settings } = input;
  const update = async (detail: string, request: WriteRequest): Promise<void> => {
    await context.gate.perform({
      change: { resource: 's3-bucket', id: ref.bucket, action: 'update', detail },
      requests: [request],
      retry: untilBucketVisible(context),
    });
  };
  const access = settings.access ?? nothingBlocked;
  const wanted = wantedAccess(hosting, owner === 'ccoctl' ? access : undefined);
  const closing = hosting !== 's3-public';
  if (differingFlags(access, wanted).length > 0 && !(closing && owner === 'ccoctl')) {
    if (closing && hasForeignPublicStatement(input.policy)) {
      context.warn(
        `bucket "${ref.bucket}": Block Public Access is left off, since a statement of its policy that is not ours makes it public`,
      );
    } else {
      await update('Block Public Access', accessRequest(ref, wanted));
    }
  }
  // ccoctl's older buckets may be read through object ACLs or keys of their own: left as they are.
  if (owner === 'ccoctl') return;
  if (settings.objectOwnership !== 'BucketOwnerEnforced') {
    await update(
      'object ownership: BucketOwnerEnforced',
      bucketRequest('put-bucket-ownership-controls', ownershipTemplate, { ref }),
    );
  }
  if (settings.encryption !== 'AES256') {
    await update(
      'encryption: SSE-S3',
      bucketRequest('put-bucket-encryption', encryptionTemplate, { ref }),
    );
  }
}

/** A writing request on the bucket; the template gets its name and the account that must own it. */
export function bucketRequest(
  operation: string,
  template: JsonObject,
  { ref, values = {} }: { readonly ref: BucketRef; readonly values?: TemplateValues },
): WriteRequest {
  const input = fillTemplate(template, { bucket: ref.bucket, account: ref.account, ...values });
  return { service: 's3api', operation, input };
}

function accessRequest(ref: BucketRef, wanted: PublicAccessBlock): WriteRequest {
  return bucketRequest('put-public-access-block', accessTemplate, {
    ref,
    values: {
      blockPublicAcls: wanted.BlockPublicAcls,
      ignorePublicAcls: wanted.IgnorePublicAcls,
      blockPublicPolicy: wanted.BlockPublicPolicy,
      restrictPublicBuckets: wanted.RestrictPublicBuckets,
    },
  });
}
