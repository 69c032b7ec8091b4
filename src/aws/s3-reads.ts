// Reads of S3. Every one names the account that must own the bucket; what is not configured is a
// 404 with a code of its own. HEAD has no body, so its answer is judged by status and header.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html

import type {
  GetPublicAccessBlockCommandOutput,
  ListObjectVersionsCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, InputError } from '../core/errors.ts';
import { isRegionName } from '../core/partition.ts';
import { unless, type Attempt } from './attempt.ts';
import type { S3ControlService, S3Service } from './sdk-clients.ts';
import { readBody } from './object-body.ts';
import { decodePolicy } from './policy-document.ts';
import type {
  BucketPresence,
  BucketRef,
  ObjectVersion,
  PublicAccessBlock,
  S3Reads,
} from './ports.ts';
import { tagsOf } from './tag-list.ts';
import { endlessList, mostPages, pagesOf } from './pages.ts';

const maxObjectBytes = 1024 * 1024;

/** S3 reads over a client for the region that `region()` gives at the time of the call. */
export function s3Reads(options: {
  readonly attempt: Attempt;
  readonly open: (region: string) => Promise<S3Service>;
  readonly openControl: (region: string) => Promise<S3ControlService>;
  readonly region: () => string;
}): S3Reads {
  const ask = <Output>(
    operation: string,
    input: object,
    send: (service: S3Service) => Promise<Output>,
    region: string = options.region(),
  ): Promise<Output> =>
    options.attempt({ operation: `s3:${operation}`, input, region }, async () =>
      send(await options.open(region)),
    );

  /** S3 names the bucket's region even when it refuses; the second look is made there. */
  const head = async (ref: BucketRef, region: string): Promise<BucketPresence> => {
    const input = owned(ref);
    try {
      const answer = await ask(
        'HeadBucket',
        input,
        ({ client, sdk }) => client.send(new sdk.HeadBucketCommand(input)),
        region,
      );
      const found = answer.BucketRegion ?? '';
      // It becomes part of a host name.
      return { state: 'present', region: isRegionName(found) ? found : region };
    } catch (error) {
      if (!(error instanceof AwsError) || error.status === undefined) throw error;
      if (error.status === 404) return { state: 'absent' };
      const found = bucketRegionIn(error);
      if (found !== undefined && found !== region && region === options.region()) {
        return head(ref, found);
      }
      if (error.status === 403) return { state: 'forbidden', region: found };
      throw error;
    }
  };

  return {
    headBucket: (ref) => head(ref, options.region()),

    ownsBucket: (bucket) => {
      const input = { Prefix: bucket, MaxBuckets: 1000 };
      const listed = ask('ListBuckets', input, async ({ client, sdk }) => {
        for await (const page of pagesOf(sdk.paginateListBuckets({ client }, input))) {
          if ((page.Buckets ?? []).some(({ Name }) => Name === bucket)) return true;
        }
        return false;
      });
      return unless(['AccessDenied'], listed);
    },

    isEmpty: async (ref) => {
      const input = { ...owned(ref), MaxKeys: 1 };
      const answer = await ask('ListObjectsV2', input, ({ client, sdk }) =>
        client.send(new sdk.ListObjectsV2Command(input)),
      );
      return (answer.Contents ?? []).length === 0;
    },

    getBucketTags: async (ref) => {
      const input = owned(ref);
      const answer = await unless(
        ['NoSuchTagSet'],
        ask('GetBucketTagging', input, ({ client, sdk }) =>
          client.send(new sdk.GetBucketTaggingCommand(input)),
        ),
      );
      return tagsOf(answer?.TagSet);
    },

    getPublicAccessBlock: async (ref) => {
      const input = owned(ref);
      const answer = await unless(
        ['NoSuchPublicAccessBlockConfiguration'],
        ask('GetPublicAccessBlock', input, ({ client, sdk }) =>
          client.send(new sdk.GetPublicAccessBlockCommand(input)),
        ),
      );
      return accessBlock(answer);
    },

    getAccountAccessBlock: async (account) => {
      const region = options.region();
      const call = { operation: 's3:GetAccountPublicAccessBlock', input: {}, region };
      const answer = await unless(
        ['NoSuchPublicAccessBlockConfiguration'],
        options.attempt(call, async () => {
          const { client, sdk } = await options.openControl(region);
          return client.send(sdk.accountAccessBlock(account));
        }),
      );
      return accessBlock(answer);
    },

    getObjectOwnership: async (ref) => {
      const input = owned(ref);
      const answer = await unless(
        ['OwnershipControlsNotFoundError'],
        ask('GetBucketOwnershipControls', input, ({ client, sdk }) =>
          client.send(new sdk.GetBucketOwnershipControlsCommand(input)),
        ),
      );
      return answer?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    },

    getEncryptionAlgorithm: async (ref) => {
      const input = owned(ref);
      const answer = await unless(
        ['ServerSideEncryptionConfigurationNotFoundError'],
        ask('GetBucketEncryption', input, ({ client, sdk }) =>
          client.send(new sdk.GetBucketEncryptionCommand(input)),
        ),
      );
      return answer?.ServerSideEncryptionConfiguration?.Rules?.[0]
        ?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
    },

    getBucketPolicy: async (ref) => {
      const input = owned(ref);
      const answer = await unless(
        ['NoSuchBucketPolicy'],
        ask('GetBucketPolicy', input, ({ client, sdk }) =>
          client.send(new sdk.GetBucketPolicyCommand(input)),
        ),
      );
      if (answer === undefined) return undefined;
      return decodePolicy(answer.Policy ?? '', { operation: 's3:GetBucketPolicy', of: ref.bucket });
    },

    listVersions: (ref, { most, prefix }) =>
      ask('ListObjectVersions', owned(ref), async ({ client, sdk }) => {
        const all: ObjectVersion[] = [];
        const asked = { ...owned(ref), ...(prefix === undefined ? {} : { Prefix: prefix }) };
        let input: ListObjectVersionsCommandInput = asked;
        for (let count = 1; count <= mostPages; count += 1) {
          const page = await client.send(new sdk.ListObjectVersionsCommand(input));
          for (const { Key: key, VersionId: id = 'null', IsLatest } of page.Versions ?? []) {
            if (key !== undefined) all.push({ key, id, isCurrent: IsLatest !== false });
          }
          for (const { Key: key, VersionId: id = 'null' } of page.DeleteMarkers ?? []) {
            if (key !== undefined) all.push({ key, id, isCurrent: false });
          }
          const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
          const ends = page.IsTruncated !== true || KeyMarker === undefined;
          if (ends || all.length >= most) return all.slice(0, most);
          input = {
            ...asked,
            KeyMarker,
            ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }),
          };
        }
        throw endlessList();
      }),

    getObject: async (ref, key) => {
      const input = { ...owned(ref), Key: key };
      return unless(
        ['NoSuchKey'],
        ask('GetObject', input, async ({ client, sdk }) => {
          const answer = await client.send(new sdk.GetObjectCommand(input));
          const body = await readBody(answer.Body, maxObjectBytes);
          if (body === undefined) throw tooLarge(ref.bucket, key);
          return {
            body,
            etag: answer.ETag ?? '',
            contentType: answer.ContentType,
            cacheControl: answer.CacheControl,
          };
        }),
      );
    },
  };
}

function accessBlock(
  answer: GetPublicAccessBlockCommandOutput | undefined,
): PublicAccessBlock | undefined {
  const flags = answer?.PublicAccessBlockConfiguration;
  if (flags === undefined) return undefined;
  return {
    BlockPublicAcls: flags.BlockPublicAcls === true,
    IgnorePublicAcls: flags.IgnorePublicAcls === true,
    BlockPublicPolicy: flags.BlockPublicPolicy === true,
    RestrictPublicBuckets: flags.RestrictPublicBuckets === true,
  };
}

function owned(ref: BucketRef) {
  return { Bucket: ref.bucket, ExpectedBucketOwner: ref.account };
}

function bucketRegionIn(error: AwsError): string | undefined {
  const region: unknown = error.details?.['bucketRegion'];
  return typeof region === 'string' ? region : undefined;
}

function tooLarge(bucket: string, key: string): InputError {
  return new InputError(
    [
      {
        message: `object "${key}" in bucket "${bucket}" is too large: at most ${maxObjectBytes} bytes are read`,
      },
    ],
    'this program never writes objects of that size: find out who wrote it',
  );
}
