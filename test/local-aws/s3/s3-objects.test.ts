// Objects of the local S3: conditional writes, metadata, checksums, and what a missing key looks like.

import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { createIssuerBucket, testServer, type TestServer } from '../test-clients.ts';

const Bucket = 'issuer-oidc';
const Key = 'openid/v1/jwks';

async function withBucket(): Promise<
  TestServer & {
    put: (input: Partial<PutObjectCommandInput>) => Promise<string | undefined>;
    putRefusal: (input: Partial<PutObjectCommandInput>) => Promise<readonly unknown[]>;
  }
> {
  const server = await testServer();
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  const put = async (input: Partial<PutObjectCommandInput>) =>
    (await server.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'body', ...input }))).ETag;
  return {
    ...server,
    put,
    putRefusal: async (input) => (await refusal(put(input))).slice(0, 2),
  };
}

describe('conditional writes', () => {
  test('If-None-Match creates an object only once', async () => {
    const { put, putRefusal } = await withBucket();
    await put({ IfNoneMatch: '*' });
    expect(await putRefusal({ IfNoneMatch: '*' })).toEqual([412, 'PreconditionFailed']);
    expect(await putRefusal({ IfNoneMatch: '"etag"' })).toEqual([501, 'NotImplemented']);
  });

  test('If-Match replaces only the content that was read', async () => {
    const { put, putRefusal } = await withBucket();
    expect(await putRefusal({ IfMatch: '"etag"' })).toEqual([404, 'NoSuchKey']);
    const first = (await put({ Body: 'one' })) ?? '';
    const second = (await put({ Body: 'two', IfMatch: first })) ?? '';
    expect(second).not.toBe(first);
    expect(await putRefusal({ IfMatch: first })).toEqual([412, 'PreconditionFailed']);
    expect(await putRefusal({ IfMatch: '*' })).toEqual([501, 'NotImplemented']);
    expect(await putRefusal({ IfMatch: second, IfNoneMatch: '*' })).toEqual([
      501,
      'NotImplemented',
    ]);
  });

  test('If-Match needs the right to read the object', async () => {
    const { aws, put, putRefusal } = await withBucket();
    const etag = (await put({ Body: 'one' })) ?? '';
    aws.deny('s3:GetObject');
    expect(await putRefusal({ Body: 'two', IfMatch: etag })).toEqual([403, 'AccessDenied']);
    await put({ Body: 'two' });
  });

  test('DeleteObject checks If-Match, which needs an existing object', async () => {
    const { s3, put } = await withBucket();
    const remove = (IfMatch?: string) =>
      s3.send(new DeleteObjectCommand({ Bucket, Key, ...(IfMatch && { IfMatch }) }));
    await remove();
    expect((await refusal(remove('"etag"'))).slice(0, 2)).toEqual([404, 'NoSuchKey']);
    const etag = (await put({})) ?? '';
    expect((await refusal(remove('"etag"'))).slice(0, 2)).toEqual([412, 'PreconditionFailed']);
    await remove(etag);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });
});

describe('what is stored', () => {
  test('an upload without headers removes the headers of the previous upload', async () => {
    const { s3, put } = await withBucket();
    await put({
      ContentType: 'application/json',
      CacheControl: 'public, max-age=300',
      Metadata: { purpose: 'jwks' },
      Tagging: 'a=b%20c',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ContentType: 'application/json',
      CacheControl: 'public, max-age=300',
      Metadata: { purpose: 'jwks' },
      ContentLength: 4,
    });
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([
      { Key: 'a', Value: 'b c' },
    ]);
    await put({});
    const after = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect([after.CacheControl, after.Metadata]).toEqual([undefined, {}]);
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([]);
  });

  test('a body without a content type is stored as binary', async () => {
    const { aws, s3 } = await withBucket();
    const response = await fetch(`${aws.endpoint}/${Bucket}/plain`, {
      method: 'PUT',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAOWNER/20260101/eu-west-1/s3/aws4_request, Signature=0',
      },
      body: new Uint8Array([1, 2, 3]),
    });
    expect(response.status).toBe(200);
    const object = await s3.send(new HeadObjectCommand({ Bucket, Key: 'plain' }));
    expect(object.ContentType).toBe('binary/octet-stream');
  });

  test('a streamed body is stored without its chunk framing', async () => {
    const { aws, s3, put } = await withBucket();
    const text = 'jwks '.repeat(40_000);
    await put({ Body: Readable.from([Buffer.from(text)]), ContentLength: text.length });
    const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await object.Body?.transformToString()).toBe(text);
    expect(object.ContentEncoding).toBeUndefined();
    expect(aws.calls.at(-2)?.params['x-amz-decoded-content-length']).toBe(String(text.length));
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'a %s that does not fit the body is refused, a right one taken',
    async (ChecksumAlgorithm) => {
      const { put, putRefusal } = await withBucket();
      // The check value of the CRC catalogue for "123456789", and its SHA digests.
      const right = {
        CRC32: 'y/Q5Jg==',
        CRC32C: '4waSgw==',
        CRC64NVME: 'rosUhgp5mIg=',
        SHA1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
        SHA256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=',
      }[ChecksumAlgorithm];
      const send = (value: string) => ({
        Body: '123456789',
        ChecksumAlgorithm,
        [`Checksum${ChecksumAlgorithm}`]: value,
      });
      await put(send(right));
      const wrong = `${right.startsWith('A') ? 'B' : 'A'}${right.slice(1)}`;
      expect(await putRefusal(send(wrong))).toEqual([400, 'BadDigest']);
    },
  );

  test('every ACL except bucket-owner-full-control is refused', async () => {
    const { put, putRefusal } = await withBucket();
    expect(await putRefusal({ ACL: 'public-read' })).toEqual([
      400,
      'AccessControlListNotSupported',
    ]);
    expect(await putRefusal({ ACL: 'private' })).toEqual([400, 'AccessControlListNotSupported']);
    expect(await put({ ACL: 'bucket-owner-full-control' })).toBeDefined();
  });
});

describe('a missing object', () => {
  test('is a 404 with permission to list and a 403 without it', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const { aws, s3 } = server;
    const get = () => refusal(s3.send(new GetObjectCommand({ Bucket, Key: 'nothing' })));
    expect((await get()).slice(0, 2)).toEqual([404, 'NoSuchKey']);
    aws.deny('s3:ListBucket');
    expect((await get()).slice(0, 2)).toEqual([403, 'AccessDenied']);
    expect((await refusal(s3.send(new ListObjectsV2Command({ Bucket }))))[1]).toBe('AccessDenied');
    aws.allow('s3:ListBucket');
    expect((await get()).slice(0, 2)).toEqual([404, 'NoSuchKey']);
  });

  test('is not in the lists, which have pages by prefix', async () => {
    const { s3, put } = await withBucket();
    for (const name of ['a/1', 'a/2', 'a/3', 'b/1']) await put({ Key: name });
    const first = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', MaxKeys: 2 }));
    expect(first.Contents?.map((item) => item.Key)).toEqual(['a/1', 'a/2']);
    const rest = await s3.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: 'a/',
        ContinuationToken: first.NextContinuationToken ?? '',
      }),
    );
    expect([rest.Contents?.map((item) => item.Key), rest.IsTruncated]).toEqual([['a/3'], false]);
  });
});
