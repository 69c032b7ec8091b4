// Objects: conditional writes, metadata that a new upload replaces, ETags (facts 3.3).

import { createHash } from 'node:crypto';
import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { callerOf, mayAccess } from './s3-access.ts';
import { xmlAnswer } from './s3-bucket.ts';
import type { Bucket, S3Object } from './s3-state.ts';
import { checkTags, tagSet } from './s3-tags.ts';
import { hideObject, storeObject } from './s3-versions.ts';

/** An object operation on a bucket the caller may use that way. */
export type ObjectRequest = {
  readonly request: AwsRequest;
  readonly bucket: Bucket;
  readonly key: string;
  readonly world: World;
};

function preconditionFailed(condition: string): AwsFault {
  return new AwsFault(
    412,
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  );
}

function notImplemented(): AwsFault {
  return new AwsFault(
    501,
    'NotImplemented',
    'A header you provided implies functionality that is not implemented',
  );
}

function noSuchKey(): AwsFault {
  return new AwsFault(404, 'NoSuchKey', 'The specified key does not exist.');
}

/** ETags with or without quotes are the same. */
function sameEtag(header: string, etag: string): boolean {
  return header.replaceAll('"', '') === etag.replaceAll('"', '');
}

function checkWriteConditions(request: AwsRequest, existing: S3Object | undefined): void {
  const [ifMatch, ifNoneMatch] = [request.headers['if-match'], request.headers['if-none-match']];
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw notImplemented();
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw notImplemented();
    if (existing !== undefined) throw preconditionFailed('If-None-Match');
  }
  if (ifMatch !== undefined) {
    if (ifMatch === '*') throw notImplemented();
    if (existing === undefined) throw noSuchKey();
    if (!sameEtag(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
  }
}

function checkAcl(request: AwsRequest, bucket: Bucket): void {
  const acl = request.headers['x-amz-acl'];
  const grants = Object.keys(request.headers).some((name) => name.startsWith('x-amz-grant-'));
  if (acl === undefined && !grants) return;
  // The one canned ACL that says what is enforced anyway is let through.
  if (bucket.ownership === 'BucketOwnerEnforced') {
    if (acl === 'bucket-owner-full-control' && !grants) return;
    throw new AwsFault(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  throw new AwsFault(501, 'NotImplemented', 'the local AWS has no ACLs');
}

const storedHeaders = ['content-disposition', 'content-encoding', 'content-language', 'expires'];

function readMetadata(request: AwsRequest): { [header: string]: string } {
  const metadata: { [header: string]: string } = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined) continue;
    if (name.startsWith('x-amz-meta-')) metadata[name] = value;
    if (!storedHeaders.includes(name)) continue;
    // aws-chunked is how the request travels, not part of the object.
    const kept = value.split(',').filter((coding) => coding.trim() !== 'aws-chunked');
    if (kept.join(',') !== '') metadata[name] = kept.join(',');
  }
  return metadata;
}

/** Stores the object whole: a new upload replaces body, headers and tags. */
export function putObject({ request, bucket, key, world }: ObjectRequest): AwsResponse {
  if (request.headers['x-amz-copy-source'] !== undefined) throw notImplemented();
  if (Buffer.byteLength(key) > 1024) {
    throw new AwsFault(400, 'KeyTooLongError', 'Your key is too long');
  }
  checkAcl(request, bucket);
  checkWriteConditions(request, bucket.objects.get(key));
  const encryption =
    request.headers['x-amz-server-side-encryption'] ?? bucket.encryption?.algorithm ?? 'AES256';
  const tagging = new URLSearchParams(request.headers['x-amz-tagging'] ?? '');
  const object: S3Object = {
    body: request.body,
    etag: `"${createHash('md5').update(request.body).digest('hex')}"`,
    contentType: request.headers['content-type'] || 'binary/octet-stream',
    cacheControl: request.headers['cache-control'],
    metadata: readMetadata(request),
    tags: checkTags(
      [...tagging].map(([tag, value]) => ({ key: tag, value })),
      10,
    ),
    lastModified: world.now(),
    encryption,
  };
  storeObject(bucket, key, object, world);
  return {
    status: 200,
    headers: { etag: object.etag, 'x-amz-server-side-encryption': encryption },
  };
}

/**
 * The object, or 404 `NoSuchKey` for a caller that may list the bucket, 403 `AccessDenied` for
 * all others.
 */
function findObject({ request, bucket, key, world }: ObjectRequest): S3Object {
  const object = bucket.objects.get(key);
  if (object !== undefined) return object;
  if (mayAccess({ bucket, action: 's3:ListBucket', principal: callerOf(request) }, world)) {
    throw noSuchKey();
  }
  throw new AwsFault(403, 'AccessDenied', 'Access Denied');
}

/** The headers under which an object is served. */
export function objectHeaders(object: S3Object): { [name: string]: string } {
  const { tags } = object;
  return {
    'content-type': object.contentType,
    ...(object.cacheControl === undefined ? {} : { 'cache-control': object.cacheControl }),
    ...object.metadata,
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'x-amz-server-side-encryption': object.encryption,
    ...(Object.keys(tags).length === 0
      ? {}
      : { 'x-amz-tagging-count': String(Object.keys(tags).length) }),
  };
}

/** GetObject and HeadObject: whole objects, with If-Match and If-None-Match. */
export function getObject(target: ObjectRequest): AwsResponse {
  const object = findObject(target);
  const { headers } = target.request;
  const [ifMatch, ifNoneMatch] = [headers['if-match'], headers['if-none-match']];
  if (ifMatch !== undefined && ifMatch !== '*' && !sameEtag(ifMatch, object.etag)) {
    throw preconditionFailed('If-Match');
  }
  if (ifNoneMatch !== undefined && (ifNoneMatch === '*' || sameEtag(ifNoneMatch, object.etag))) {
    return { status: 304, headers: { etag: object.etag } };
  }
  return { status: 200, headers: objectHeaders(object), body: object.body };
}

/** An empty tag set is an answer here, not a 404 as for buckets. */
export function getObjectTagging(target: ObjectRequest): AwsResponse {
  return xmlAnswer('Tagging', tagSet(findObject(target).tags));
}

/** 204 whether or not there was one; If-Match must hold, and needs an object. */
export function deleteObject({ request, bucket, key, world }: ObjectRequest): AwsResponse {
  const existing = bucket.objects.get(key);
  if (
    request.headers['x-amz-if-match-last-modified-time'] !== undefined ||
    request.headers['x-amz-if-match-size'] !== undefined
  ) {
    throw notImplemented();
  }
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined) {
    if (existing === undefined) throw noSuchKey();
    if (ifMatch !== '*' && !sameEtag(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
  }
  hideObject(bucket, key, world);
  return { status: 204 };
}
