// The bucket of the documents: private, owned by its account alone, encrypted; tagged in the creating
// call where S3 takes that, at once after it elsewhere. Calls run one after another, as S3 wants.

import createTemplate from '../../../templates/s3/create-bucket.json' with { type: 'json' };
import taggingTemplate from '../../../templates/s3/put-bucket-tagging.json' with { type: 'json' };
import type { BucketRef, PublicAccessBlock } from '../../aws/ports.ts';
import { namespaceOf } from '../../core/bucket-names.ts';
import type { WriteRequest } from '../../core/change.ts';
import { isAwsError } from '../../core/errors.ts';
import { isSharedHosting } from '../../core/hosting/shared-hosting.ts';
import type { Hosting } from '../../core/result.ts';
import { missingTags, ownership, ownTags, tagList, type Tags } from '../../core/tags.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import {
  bucketRequest,
  ensureBucketSettings,
  newBucketSettings,
  readNewSettings,
  readOwnSettings,
  type BucketSettings,
} from './bucket-settings.ts';
import { type FoundBucket } from './find-bucket.ts';
import { foreignBucket, refuseOtherUse } from './wrong-bucket.ts';
import type { Target } from '../../core/target.ts';
import { untilNameFree } from '../retry-while.ts';

export type BucketInput = {
  readonly target: Target;
  readonly ref: BucketRef;
  readonly found: FoundBucket | undefined;
  /** Block Public Access of the bucket found. */
  readonly access: PublicAccessBlock | undefined;
  readonly hosting: Hosting;
  /** The user's own tags. */
  readonly tags: Tags;
};

/** Makes or repairs everything about the bucket but its policy, which needs the reader; tells which it was. */
export async function ensureBucket(
  context: Context,
  input: BucketInput,
): Promise<'made' | 'found'> {
  const { ref, found } = input;
  if (found !== undefined) {
    await repairBucket(context, input, { found, access: input.access });
    return 'found';
  }
  try {
    await createBucket(context, input);
  } catch (error) {
    if (!isAwsError(error, 'BucketAlreadyOwnedByYou')) throw error;
    // An earlier try was applied after all, or another run was faster: ours only if its tags say so,
    // or where this run sent the request twice and it stands there without any.
    const tags = await context.aws.s3.getBucketTags(ref);
    const owner = ownership(input.target.name, tags);
    const untagged = error.attempts > 1 && Object.keys(tags).length === 0;
    if (owner === 'foreign' && !(untagged && (await context.aws.s3.isEmpty(ref)))) {
      throw foreignBucket(ref.bucket, input.target.name);
    }
    if (owner !== 'foreign') {
      refuseOtherUse(ref, { target: input.target, tags, shared: isSharedHosting(input.tags) });
    }
    await repairBucket(context, input, {
      found: { owner: owner === 'ccoctl' ? owner : 'ours', tags, policy: undefined },
      access: await context.aws.s3.getPublicAccessBlock(ref),
    });
    return 'found';
  }
  const settings = context.gate.dryRun
    ? newBucketSettings
    : await readNewSettings(context, { ref, hosting: input.hosting });
  await ensureSettings(context, input, { owner: 'ours', policy: undefined, settings });
  return 'made';
}

async function createBucket(context: Context, input: BucketInput): Promise<void> {
  const { ref, target } = input;
  const tags = tagList(ownTags(target.name, input.tags));
  const isRegional = namespaceOf(ref.bucket) === 'account-regional';
  const create = (tagged: boolean): WriteRequest => ({
    service: 's3api',
    operation: 'create-bucket',
    input: fillTemplate(createTemplate, {
      bucket: ref.bucket,
      // S3 takes a name of the regional namespace only with its namespace; the global one is its default.
      bucketNamespace: isRegional ? 'account-regional' : undefined,
      // S3 has no such constraint for us-east-1 and refuses it there.
      locationConstraint: target.region === 'us-east-1' ? undefined : target.region,
      tags: tagged ? tags : undefined,
    }),
  });
  const send = async (requests: readonly WriteRequest[]): Promise<void> => {
    await context.gate.perform({
      change: {
        resource: 's3-bucket',
        id: ref.bucket,
        action: 'create',
        detail: `in ${target.region}, ${input.hosting === 's3-public' ? 'public documents' : 'private'}`,
      },
      requests,
      retry: untilNameFree(context),
    });
  };
  const tagLater = [
    create(false),
    bucketRequest('put-bucket-tagging', taggingTemplate, { ref, values: { tags } }),
  ];
  if (!target.partition.createsTaggedBuckets) return await send(tagLater);
  try {
    await send([create(true)]);
  } catch (error) {
    // Some Regions do not know tags in this call yet. A run killed between the two requests that
    // follow finds its bucket again: the output folder was claimed for the name before.
    if (!isAwsError(error, 'UnsupportedArgument')) throw error;
    await send(tagLater);
  }
}

async function repairBucket(
  context: Context,
  input: BucketInput,
  state: {
    readonly found: Pick<FoundBucket, 'owner' | 'tags' | 'policy'>;
    readonly access: PublicAccessBlock | undefined;
  },
): Promise<void> {
  const { ref, target } = input;
  const { owner, tags, policy } = state.found;
  const missing = missingTags(ownTags(target.name, input.tags), tags);
  if (Object.keys(missing).length > 0) {
    await context.gate.perform({
      change: {
        resource: 's3-bucket',
        id: ref.bucket,
        action: 'update',
        detail: `tags: ${Object.keys(missing).join(', ')}`,
      },
      requests: [
        bucketRequest('put-bucket-tagging', taggingTemplate, {
          ref,
          // PutBucketTagging replaces the whole set: what is there is sent again.
          values: { tags: tagList({ ...tags, ...missing }) },
        }),
      ],
    });
  }
  const settings = { ...(await readOwnSettings(context, ref, owner)), access: state.access };
  await ensureSettings(context, input, { owner, policy, settings });
}

async function ensureSettings(
  context: Context,
  { ref, hosting }: BucketInput,
  found: Pick<FoundBucket, 'owner' | 'policy'> & { readonly settings: BucketSettings },
): Promise<void> {
  await ensureBucketSettings(context, { ref, hosting, ...found });
}
