// Versions of the local S3: what keeps a bucket from being deleted, and how it is taken away.

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { testServer } from '../test-clients.ts';

const Bucket = 'issuer-oidc';
const Key = 'keys.json';

describe('versions', () => {
  test('suspended versioning keeps earlier versions and has one version "null"', async () => {
    const { s3, aws } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const bucket = aws.state.s3.buckets.get(Bucket);
    if (bucket === undefined) throw new Error('no bucket');
    const put = () => s3.send(new PutObjectCommand({ Bucket, Key, Body: '1' }));
    const list = async () => {
      const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      return [listed.Versions ?? [], listed.DeleteMarkers ?? []].map((some) =>
        some.map(({ VersionId }) => (VersionId === 'null' ? 'null' : 'V')),
      );
    };
    bucket.versioning = 'Enabled';
    await put();
    bucket.versioning = 'Suspended';
    await put();
    await put();
    expect(await list()).toEqual([['null', 'V'], []]);
    for (let times = 0; times < 2; times += 1) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      expect(await list()).toEqual([['V'], ['null']]);
    }
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toThrow('not empty');
  });

  test('without versioning an object is the version "null", and DeleteObjects removes it', async () => {
    const { s3 } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
    const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions?.map((one) => [one.Key, one.VersionId])).toEqual([[Key, 'null']]);
    const Delete = { Objects: [{ Key, VersionId: 'null' }] };
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  test('with versioning they are listed in pages and keep the bucket, markers alone too', async () => {
    const { s3, aws } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const bucket = aws.state.s3.buckets.get(Bucket);
    if (bucket !== undefined) bucket.versioning = 'Enabled';
    for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect((await refusal(s3.send(new GetObjectCommand({ Bucket, Key }))))[1]).toBe('NoSuchKey');
    aws.state.s3.versionPageSize = 2;
    const first = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const second = await s3.send(
      new ListObjectVersionsCommand({
        Bucket,
        KeyMarker: first.NextKeyMarker,
        VersionIdMarker: first.NextVersionIdMarker,
      }),
    );
    expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
    const versions = [...(first.Versions ?? []), ...(second.Versions ?? [])];
    const [marker] = first.DeleteMarkers ?? [];
    expect(versions).toHaveLength(2);

    const markerOnly = { Objects: [{ Key, VersionId: marker?.VersionId }] };
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: markerOnly }));
    const shown = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await shown.Body?.transformToString()).toBe('two');
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const all = versions.map(({ VersionId }) => ({ Key, VersionId }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: all } }));
    expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toEqual([
      409,
      'BucketNotEmpty',
      expect.stringContaining('You must delete all versions'),
    ]);
  });

  test('DeleteObjects is a success that names the keys it did not delete', async () => {
    const { s3, aws } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
    aws.state.s3.undeletable.set(Key, 'AccessDenied');
    const Delete = { Objects: [{ Key }] };
    const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Errors?.map((one) => [one.Key, one.Code])).toEqual([[Key, 'AccessDenied']]);
  });

  test('DeleteObjects judges each key by itself', async () => {
    const { s3, aws } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const keys = ['a/one', 'b/one', 'c/one'];
    for (const one of keys) await s3.send(new PutObjectCommand({ Bucket, Key: one, Body: '1' }));
    aws.deny('s3:DeleteObject', /\/b\//);
    aws.deny('s3:DeleteObjectVersion', /\/c\//);
    const Objects = keys.map((one) => ({ Key: one, VersionId: 'null' }));
    const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Errors?.map((one) => [one.Key, one.Code])).toEqual([
      ['b/one', 'AccessDenied'],
      ['c/one', 'AccessDenied'],
    ]);
    expect([...(aws.state.s3.buckets.get(Bucket)?.objects.keys() ?? [])]).toEqual([
      'b/one',
      'c/one',
    ]);
    aws.allow('s3:DeleteObject');
    const unversioned = { Objects: [{ Key: 'c/one' }] };
    expect(await s3.send(new DeleteObjectsCommand({ Bucket, Delete: unversioned }))).toMatchObject({
      $metadata: { httpStatusCode: 200 },
    });
    expect([...(aws.state.s3.buckets.get(Bucket)?.objects.keys() ?? [])]).toEqual(['b/one']);
  });

  test('ListObjectVersions has those of a prefix, and tells the latest', async () => {
    const { s3, aws } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const bucket = aws.state.s3.buckets.get(Bucket);
    if (bucket !== undefined) bucket.versioning = 'Enabled';
    for (const one of ['a/one', 'a/one', 'ab/one', 'b/one']) {
      await s3.send(new PutObjectCommand({ Bucket, Key: one, Body: '1' }));
    }
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'ab/one' }));
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'a' }));
    expect(listed.Versions?.map((one) => [one.Key, one.IsLatest])).toEqual([
      ['a/one', true],
      ['a/one', false],
      ['ab/one', false],
    ]);
    expect(listed.DeleteMarkers?.map((one) => [one.Key, one.IsLatest])).toEqual([['ab/one', true]]);
  });
});
