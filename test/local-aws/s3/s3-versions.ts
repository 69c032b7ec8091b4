// Versions and delete markers: what a bucket with versioning keeps, how it is listed, and how
// DeleteObjects takes it away (facts 3.3, 3.4). Without versioning every object has the id "null".

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { child, childText, parseXml } from '../wire/xml.ts';
import { callerOf, mayAccess, s3Arn } from './s3-access.ts';
import { xmlAnswer } from './s3-bucket.ts';
import type { Bucket, S3Object } from './s3-state.ts';

/**
 * Takes the current object of a key out of the way: with versioning it is kept as an earlier version. While
 * versioning is suspended there is one version or marker with the id "null", which the next one replaces.
 */
function putAside(bucket: Bucket, key: string): void {
  const { versioning } = bucket;
  const existing = bucket.objects.get(key);
  bucket.objects.delete(key);
  if (versioning === undefined) return;
  if (existing !== undefined) bucket.earlier.push({ key, id: idOf(existing), object: existing });
  if (versioning === 'Enabled') return;
  bucket.earlier = bucket.earlier.filter((one) => one.key !== key || one.id !== 'null');
}

/** Makes an object the current one of its key. */
export function storeObject(bucket: Bucket, key: string, object: S3Object, world: World): void {
  putAside(bucket, key);
  if (bucket.versioning === 'Enabled') object.versionId = world.newId('V');
  bucket.objects.set(key, object);
}

/** Deletes the current object; with versioning, also suspended, a delete marker hides it instead. */
export function hideObject(bucket: Bucket, key: string, world: World): void {
  putAside(bucket, key);
  const { versioning } = bucket;
  if (versioning === undefined) return;
  const id = versioning === 'Enabled' ? world.newId('V') : 'null';
  bucket.earlier.push({ key, id, object: undefined });
}

/** Deletes one version or marker for good; what lay below it becomes the current one. */
function deleteVersion(bucket: Bucket, key: string, id: string): void {
  const current = bucket.objects.get(key);
  if (current !== undefined && idOf(current) === id) bucket.objects.delete(key);
  else bucket.earlier = bucket.earlier.filter((one) => one.key !== key || one.id !== id);
  if (bucket.objects.has(key)) return;
  const below = bucket.earlier.findLast((one) => one.key === key);
  if (below?.object === undefined) return;
  bucket.earlier = bucket.earlier.filter((one) => one !== below);
  bucket.objects.set(key, below.object);
}

function idOf(object: S3Object): string {
  return object.versionId ?? 'null';
}

type Listed = {
  readonly key: string;
  readonly id: string;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
};

/** ListObjectVersions: those with a prefix, by key, the newest first, in pages. */
export function listVersions(request: AwsRequest, bucket: Bucket, world: World): AwsResponse {
  const { query } = request;
  if (query.has('delimiter')) {
    throw new AwsFault(501, 'NotImplemented', 'the local AWS lists without delimiter');
  }
  const prefix = query.get('prefix') ?? '';
  const stored = [...bucket.objects.keys(), ...bucket.earlier.map(({ key }) => key)];
  const keys = [...new Set(stored)].filter((key) => key.startsWith(prefix));
  const all: readonly Listed[] = keys.toSorted().flatMap((key) => {
    const current = bucket.objects.get(key);
    const earlier = bucket.earlier.filter((one) => one.key === key).toReversed();
    const versions = [
      ...(current === undefined ? [] : [{ key, id: idOf(current), isMarker: false }]),
      ...earlier.map(({ id, object }) => ({ key, id, isMarker: object === undefined })),
    ];
    return versions.map((version, index) => ({ ...version, isLatest: index === 0 }));
  });
  const [keyMarker, idMarker] = [query.get('key-marker'), query.get('version-id-marker')];
  const start =
    keyMarker === null
      ? 0
      : all.findLastIndex(
          ({ key, id }) => key === keyMarker && (idMarker === null || id === idMarker),
        ) + 1;
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), world.s3.versionPageSize);
  const page = all.slice(start, start + limit);
  const last = page.at(-1);
  const truncated = start + limit < all.length;
  const encode = (key: string): string =>
    query.get('encoding-type') === 'url' ? encodeURIComponent(key).replaceAll('%2F', '/') : key;
  const entry = ({ key, id, isLatest }: Listed) => ({
    Key: encode(key),
    VersionId: id,
    IsLatest: isLatest,
  });
  return xmlAnswer('ListVersionsResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    MaxKeys: limit,
    IsTruncated: truncated,
    ...(truncated && last !== undefined
      ? { NextKeyMarker: encode(last.key), NextVersionIdMarker: last.id }
      : {}),
    Version: page.filter(({ isMarker }) => !isMarker).map(entry),
    DeleteMarker: page.filter(({ isMarker }) => isMarker).map(entry),
  });
}

/**
 * DeleteObjects: 200 whatever happens. Each key is judged by itself; one that the caller may not delete and
 * those of `state.s3.undeletable` are among the errors of the answer.
 */
export function deleteObjects(request: AwsRequest, bucket: Bucket, world: World): AwsResponse {
  const root = parseXml(request.body);
  const objects = root.children.filter(({ name }) => name === 'Object');
  if (root.name !== 'Delete' || objects.length === 0 || objects.length > 1000) {
    throw new AwsFault(400, 'MalformedXML', 'DeleteObjects takes 1 to 1000 objects');
  }
  const errors: { Key: string; Code: string; Message: string }[] = [];
  for (const object of objects) {
    const key = childText(object, 'Key') ?? '';
    const version = child(object, 'VersionId')?.text;
    const actions = [
      's3:DeleteObject',
      ...(version === undefined ? [] : ['s3:DeleteObjectVersion']),
    ];
    const arn = s3Arn(world.partition, bucket.name, key);
    const principal = callerOf(request);
    const isDenied = actions.some(
      (action) =>
        request.isDenied?.(action, arn) === true ||
        !mayAccess({ bucket, key, action, principal }, world),
    );
    const code = isDenied ? 'AccessDenied' : world.s3.undeletable.get(key);
    if (code !== undefined) errors.push({ Key: key, Code: code, Message: 'not deleted' });
    else if (version === undefined) hideObject(bucket, key, world);
    else deleteVersion(bucket, key, version);
  }
  return xmlAnswer('DeleteResult', { Error: errors });
}
