// Reading buckets as a whole: HeadBucket, ListBuckets, GetBucketLocation, ListObjectsV2,
// and DeleteBucket.

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { s3Arn } from './s3-access.ts';
import type { Bucket } from './s3-state.ts';
import { toXml } from '../wire/xml.ts';

/** Namespace of all S3 answers. */
const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** 200 with the bucket's region; the refusals come from `accessBucket`. */
export function headBucket(bucket: Bucket): AwsResponse {
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': bucket.region, 'content-type': 'application/xml' },
  };
}

/** The caller's own buckets by name, narrowed by `prefix` and `bucket-region`, in pages. */
export function listBuckets(request: AwsRequest, world: World): AwsResponse {
  if (request.account === undefined) throw new AwsFault(403, 'AccessDenied', 'Access Denied');
  const { query } = request;
  const limit = Number(query.get('max-buckets') ?? 10_000);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new AwsFault(400, 'InvalidArgument', 'Argument max-buckets must be 1 to 10000');
  }
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
  const region = query.get('bucket-region');
  const matching = [...world.s3.buckets.values()]
    .filter((bucket) => bucket.account === request.account)
    .filter((bucket) => bucket.name.startsWith(query.get('prefix') ?? '') && bucket.name > after)
    .filter((bucket) => region === null || bucket.region === region)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const page = matching.slice(0, limit);
  const last = page.at(-1);
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: { ID: request.account },
    Buckets: {
      Bucket: page.map((bucket) => ({
        Name: bucket.name,
        CreationDate: bucket.created.toISOString(),
        BucketRegion: bucket.region,
        BucketArn: s3Arn(world.partition, bucket.name),
      })),
    },
    ...(query.has('prefix') ? { Prefix: query.get('prefix') ?? '' } : {}),
    ...(page.length < matching.length && last !== undefined
      ? { ContinuationToken: Buffer.from(last.name).toString('base64') }
      : {}),
  });
}

/** An answer with an XML body in S3's namespace. */
export function xmlAnswer(name: string, value: Parameters<typeof toXml>[1]): AwsResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: toXml(name, value, s3Namespace),
  };
}

/** Empty for us-east-1, as S3 has it. */
export function bucketLocation(bucket: Bucket): AwsResponse {
  return xmlAnswer('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region);
}

/** Keys in order, with prefix, start-after and continuation; no delimiter. */
export function listObjects(request: AwsRequest, bucket: Bucket): AwsResponse {
  const { query } = request;
  if (query.has('delimiter')) {
    throw new AwsFault(501, 'NotImplemented', 'the local AWS lists without delimiter');
  }
  const encode = (key: string): string =>
    query.get('encoding-type') === 'url' ? encodeURIComponent(key).replaceAll('%2F', '/') : key;
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const token = query.get('continuation-token');
  const after =
    token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64').toString();
  const prefix = query.get('prefix') ?? '';
  const matching = [...bucket.objects.entries()]
    .filter(([key]) => key.startsWith(prefix) && key > after)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const page = matching.slice(0, limit);
  const truncated = page.length < matching.length;
  const last = page.at(-1)?.[0] ?? '';
  return xmlAnswer('ListBucketResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    KeyCount: page.length,
    MaxKeys: limit,
    IsTruncated: truncated,
    ...(truncated ? { NextContinuationToken: Buffer.from(last).toString('base64') } : {}),
    Contents: page.map(([key, object]) => ({
      Key: encode(key),
      LastModified: object.lastModified.toISOString(),
      ETag: object.etag,
      Size: object.body.length,
      StorageClass: 'STANDARD',
    })),
  });
}

/** 409 `BucketNotEmpty` while there are objects, versions or delete markers. */
export function deleteBucket(bucket: Bucket, world: World): AwsResponse {
  if (bucket.objects.size > 0 || bucket.earlier.length > 0) {
    const versions =
      bucket.earlier.length > 0 ? '. You must delete all versions in the bucket.' : '';
    const text = `The bucket you tried to delete is not empty${versions}`;
    throw new AwsFault(409, 'BucketNotEmpty', text);
  }
  world.s3.buckets.delete(bucket.name);
  world.s3.deleted.set(bucket.name, world.now().getTime() + world.s3.nameLagMs);
  return { status: 204 };
}
