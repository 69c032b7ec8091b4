// The bucket of the documents: private, owned by its account alone, encrypted; tagged in the creating
// call, so that no crash leaves a bucket that nobody owns. Calls run one after another, as S3 wants.

import createTemplate from '../../../templates/s3/create-bucket.json' with { type: 'json' };
import encryptionTemplate from '../../../templates/s3/put-bucket-encryption.json' with { type: 'json' };
import ownershipTemplate from '../../../templates/s3/put-bucket-ownership-controls.json' with { type: 'json' };
import taggingTemplate from '../../../templates/s3/put-bucket-tagging.json' with { type: 'json' };
import accessTemplate from '../../../templates/s3/put-public-access-block.json' with { type: 'json' };
import type { BucketRef, PublicAccessBlock } from '../../aws/ports.ts';
import { hasForeignPublicStatement } from '../../core/hosting/bucket-policy.ts';
import type { WriteRequest } from '../../core/change.ts';
import { isAwsError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Hosting } from '../../core/result.ts';
import { missingTags, ownership, ownTags, tagList, type Tags } from '../../core/tags.ts';
import { fillTemplate, type TemplateValues } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { foreignBucket, type FoundBucket } from './find-hosting.ts';
import type { Target } from '../../core/target.ts';
import { untilBucketVisible } from '../retry-while.ts';

export type BucketInput = {
  readonly target: Target;
  readonly ref: BucketRef;
  readonly found: FoundBucket | undefined;
  readonly hosting: Hosting;
  /** The user's own tags. */
  readonly tags: Tags;
};

/** Makes or repairs everything about the bucket but its policy, which needs the reader. */
export async function ensureBucket(context: Context, input: BucketInput): Promise<void> {
  if (input.found !== undefined) return await repairBucket(context, input, input.found);
  try {
    await createBucket(context, input);
  } catch (error) {
    if (!isAwsError(error, 'BucketAlreadyOwnedByYou')) throw error;
    // An earlier try was applied after all, or another run was faster: ours only if its tags say so.
    const tags = await context.aws.s3.getBucketTags(input.ref);
    const owner = ownership(input.target.name, tags);
    if (owner === 'foreign') throw foreignBucket(input.ref.bucket, input.target.name);
    await repairBucket(context, input, { owner, tags, policy: undefined });
  }
}

async function createBucket(context: Context, input: BucketInput): Promise<void> {
  const { bucket } = input.ref;
  const region = input.target.region;
  await context.gate.perform({
    change: {
      resource: 's3-bucket',
      id: bucket,
      action: 'create',
      detail: `in ${region}, ${input.hosting === 's3-public' ? 'public documents' : 'private'}`,
    },
    requests: [
      {
        service: 's3api',
        operation: 'create-bucket',
        input: fillTemplate(createTemplate, {
          bucket,
          // S3 has no such constraint for us-east-1 and refuses it there.
          locationConstraint: region === 'us-east-1' ? undefined : region,
          tags: tagList(ownTags(input.target.name, input.tags)),
        }),
      },
      accessRequest(input.ref, wantedAccess(input.hosting, undefined)),
      bucketRequest('put-bucket-ownership-controls', ownershipTemplate, input.ref),
      bucketRequest('put-bucket-encryption', encryptionTemplate, input.ref),
    ],
    retry: untilBucketVisible(context),
  });
}

async function repairBucket(
  context: Context,
  input: BucketInput,
  found: Pick<FoundBucket, 'owner' | 'tags' | 'policy'>,
): Promise<void> {
  const { ref, target } = input;
  const update = async (detail: string, request: WriteRequest): Promise<void> => {
    await context.gate.perform({
      change: { resource: 's3-bucket', id: ref.bucket, action: 'update', detail },
      requests: [request],
    });
  };
  const missing = missingTags(ownTags(target.name, input.tags), found.tags);
  if (Object.keys(missing).length > 0) {
    // PutBucketTagging replaces the whole set: what is there is sent again.
    const tags = tagList({ ...found.tags, ...missing });
    await update(
      `tags: ${Object.keys(missing).join(', ')}`,
      bucketRequest('put-bucket-tagging', taggingTemplate, ref, { tags }),
    );
  }
  const access = await context.aws.s3.getPublicAccessBlock(ref);
  const adopted = found.owner === 'ccoctl' ? (access ?? nothingBlocked) : undefined;
  const wanted = wantedAccess(input.hosting, adopted);
  const closing = input.hosting !== 's3-public';
  if (!sameAccess(access ?? nothingBlocked, wanted) && !(closing && found.owner === 'ccoctl')) {
    if (closing && hasForeignPublicStatement(found.policy)) {
      context.warn(
        `bucket "${ref.bucket}": Block Public Access is left off, since a statement of its policy that is not ours makes it public`,
      );
    } else {
      await update('Block Public Access', accessRequest(ref, wanted));
    }
  }
  // ccoctl's older buckets may be read through object ACLs or keys of their own: left as they are.
  if (found.owner === 'ccoctl') return;
  const [objectOwnership, encryption] = await Promise.all([
    context.aws.s3.getObjectOwnership(ref),
    context.aws.s3.getEncryptionAlgorithm(ref),
  ]);
  if (objectOwnership !== 'BucketOwnerEnforced') {
    await update(
      'object ownership: BucketOwnerEnforced',
      bucketRequest('put-bucket-ownership-controls', ownershipTemplate, ref),
    );
  }
  if (encryption !== 'AES256') {
    await update(
      'encryption: SSE-S3',
      bucketRequest('put-bucket-encryption', encryptionTemplate, ref),
    );
  }
}

/** What a bucket without a Block Public Access configuration has. */
const nothingBlocked: PublicAccessBlock = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

/**
 * The four flags. A public layout opens the bucket to policies only, never to ACLs; of an adopted
 * public bucket the ACL flags stay as found, since its objects may be read through ACLs.
 */
function wantedAccess(hosting: Hosting, adopted: PublicAccessBlock | undefined): PublicAccessBlock {
  const open = hosting === 's3-public';
  return {
    BlockPublicAcls: adopted?.BlockPublicAcls ?? true,
    IgnorePublicAcls: adopted?.IgnorePublicAcls ?? true,
    BlockPublicPolicy: !open,
    RestrictPublicBuckets: !open,
  };
}

function sameAccess(found: PublicAccessBlock, wanted: PublicAccessBlock): boolean {
  return (
    found.BlockPublicAcls === wanted.BlockPublicAcls &&
    found.IgnorePublicAcls === wanted.IgnorePublicAcls &&
    found.BlockPublicPolicy === wanted.BlockPublicPolicy &&
    found.RestrictPublicBuckets === wanted.RestrictPublicBuckets
  );
}

function accessRequest(ref: BucketRef, wanted: PublicAccessBlock): WriteRequest {
  return bucketRequest('put-public-access-block', accessTemplate, ref, {
    blockPublicAcls: wanted.BlockPublicAcls,
    ignorePublicAcls: wanted.IgnorePublicAcls,
    blockPublicPolicy: wanted.BlockPublicPolicy,
    restrictPublicBuckets: wanted.RestrictPublicBuckets,
  });
}

function bucketRequest(
  operation: string,
  template: JsonObject,
  ref: BucketRef,
  values: TemplateValues = {},
): WriteRequest {
  const input = fillTemplate(template, { bucket: ref.bucket, account: ref.account, ...values });
  return { service: 's3api', operation, input };
}
