// Buckets of the local S3: whose they are, where, and how they are configured.

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { createIssuerBucket, owner, testServer } from '../test-clients.ts';

const Bucket = 'issuer-oidc';

describe('the owner and region of a bucket', () => {
  test('HeadBucket returns the region, also with status 301 and 403', async () => {
    const { s3, s3Of } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const head = async (client: typeof s3, ExpectedBucketOwner?: string) =>
      client.send(
        new HeadBucketCommand({ Bucket, ...(ExpectedBucketOwner && { ExpectedBucketOwner }) }),
      );
    expect((await head(s3, owner)).BucketRegion).toBe('eu-west-1');
    const refused = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (reason: unknown) =>
          reason as { $metadata: { httpStatusCode: number }; $response: { headers: object } },
      );
      return [error?.$metadata.httpStatusCode, error?.$response.headers];
    };
    const region = expect.objectContaining({ 'x-amz-bucket-region': 'eu-west-1' });
    expect(await refused(head(s3Of({ region: 'eu-central-1' })))).toEqual([301, region]);
    expect(await refused(head(s3Of({ region: 'us-east-1' })))).toEqual([400, region]);
    expect(await refused(head(s3Of({ accessKeyId: 'AKIAOTHER' })))).toEqual([403, region]);
    expect(await refused(head(s3, '444455556666'))).toEqual([403, region]);
    expect((await refusal(s3.send(new HeadBucketCommand({ Bucket: 'nobody-oidc' }))))[0]).toBe(404);
  });

  test('every operation checks the expected owner, which must be an account id', async () => {
    const { s3 } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const put = (ExpectedBucketOwner: string) =>
      refusal(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'b', ExpectedBucketOwner })));
    expect((await put('444455556666')).slice(0, 2)).toEqual([403, 'AccessDenied']);
    expect((await put('somebody')).slice(0, 2)).toEqual([400, 'InvalidBucketOwnerAWSAccountID']);
    const policy = s3.send(
      new GetBucketPolicyCommand({ Bucket, ExpectedBucketOwner: '444455556666' }),
    );
    expect((await refusal(policy)).slice(0, 2)).toEqual([403, 'AccessDenied']);
  });

  test('a request to another region is redirected, and one from another account is refused', async () => {
    const { s3, s3Of } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    const list = (client: typeof s3) => refusal(client.send(new ListObjectsV2Command({ Bucket })));
    expect((await list(s3Of({ region: 'eu-central-1' }))).slice(0, 2)).toEqual([
      301,
      'PermanentRedirect',
    ]);
    expect((await list(s3Of({ region: 'us-east-1' }))).slice(0, 2)).toEqual([
      400,
      'AuthorizationHeaderMalformed',
    ]);
    await s3Of({ region: 'af-south-1' }).send(new CreateBucketCommand({ Bucket: 'opt-in-oidc' }));
    const optIn = s3.send(new ListObjectsV2Command({ Bucket: 'opt-in-oidc' }));
    expect((await refusal(optIn)).slice(0, 2)).toEqual([400, 'IllegalLocationConstraintException']);
    expect((await list(s3Of({ accessKeyId: 'AKIAOTHER' }))).slice(0, 2)).toEqual([
      403,
      'AccessDenied',
    ]);
  });

  test('ListBuckets lists the account’s own buckets by prefix, in pages', async () => {
    const { s3, s3Of } = await testServer();
    for (const name of ['one-oidc', 'two-oidc', 'two-more']) {
      await s3.send(new CreateBucketCommand({ Bucket: name }));
    }
    const other = s3Of({ accessKeyId: 'AKIAOTHER' });
    await other.send(new CreateBucketCommand({ Bucket: 'two-foreign' }));
    const first = await s3.send(new ListBucketsCommand({ Prefix: 'two', MaxBuckets: 1 }));
    expect(first.Buckets).toMatchObject([{ Name: 'two-more', BucketRegion: 'eu-west-1' }]);
    const rest = await s3.send(
      new ListBucketsCommand({ Prefix: 'two', ContinuationToken: first.ContinuationToken ?? '' }),
    );
    expect(rest.Buckets).toMatchObject([{ Name: 'two-oidc' }]);
    expect(rest.ContinuationToken).toBeUndefined();
  });
});

describe('configuring a bucket', () => {
  test('PutBucketTagging replaces the whole set and checks it', async () => {
    const { s3 } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect((await refusal(s3.send(new GetBucketTaggingCommand({ Bucket })))).slice(0, 2)).toEqual([
      404,
      'NoSuchTagSet',
    ]);
    const put = (...TagSet: { Key: string; Value: string }[]) =>
      s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    await put({ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' });
    await put({ Key: 'c', Value: '3' });
    expect(await s3.send(new GetBucketTaggingCommand({ Bucket }))).toMatchObject({
      TagSet: [{ Key: 'c', Value: '3' }],
    });
    for (const Key of ['aws:x', 'a*b', '', 'k'.repeat(129)]) {
      expect((await refusal(put({ Key, Value: '' }))).slice(0, 2)).toEqual([400, 'InvalidTag']);
    }
    const twice = put({ Key: 'd', Value: '1' }, { Key: 'd', Value: '2' });
    expect((await refusal(twice))[1]).toBe('InvalidTag');
    const many = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    expect((await refusal(put(...many)))[0]).toBe(400);
  });

  test('a read of deleted configuration is a 404 with its own code', async () => {
    const { aws, s3 } = await testServer();
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    const bucket = aws.state.s3.buckets.get(Bucket);
    Object.assign(bucket ?? {}, { ownership: undefined, encryption: undefined });
    const codes = await Promise.all([
      refusal(s3.send(new GetPublicAccessBlockCommand({ Bucket }))),
      refusal(s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))),
      refusal(s3.send(new GetBucketEncryptionCommand({ Bucket }))),
      refusal(s3.send(new GetBucketPolicyCommand({ Bucket }))),
    ]);
    expect(codes.map(([status, code]) => [status, code])).toEqual([
      [404, 'NoSuchPublicAccessBlockConfiguration'],
      [404, 'OwnershipControlsNotFoundError'],
      [404, 'ServerSideEncryptionConfigurationNotFoundError'],
      [404, 'NoSuchBucketPolicy'],
    ]);
  });

  test('two configuration writes at the same time are a conflict', async () => {
    const { s3 } = await testServer({ latencyMs: 30 });
    await s3.send(new CreateBucketCommand({ Bucket }));
    const writes = await Promise.allSettled([
      s3.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
        }),
      ),
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
          },
        }),
      ),
    ]);
    const failed = writes.flatMap((write) => (write.status === 'rejected' ? [write.reason] : []));
    expect(failed.map(String)).toEqual([expect.stringContaining('OperationAborted')]);
  });

  test('a bucket with objects cannot be deleted', async () => {
    const server = await testServer();
    await createIssuerBucket(server);
    const call = server.s3.send(new DeleteBucketCommand({ Bucket }));
    expect((await refusal(call)).slice(0, 2)).toEqual([409, 'BucketNotEmpty']);
    server.aws.state.s3.buckets.get(Bucket)?.objects.clear();
    await server.s3.send(new DeleteBucketCommand({ Bucket }));
    expect((await refusal(server.s3.send(new HeadBucketCommand({ Bucket }))))[0]).toBe(404);
  });

  test('the name of a deleted bucket is not free at once', async () => {
    const server = await testServer();
    server.aws.state.s3.nameLagMs = 60_000;
    const create = (accessKeyId: string) =>
      server.s3Of({ accessKeyId }).send(new CreateBucketCommand({ Bucket }));
    await create('AKIAOWNER');
    await server.s3.send(new DeleteBucketCommand({ Bucket }));
    for (const accessKeyId of ['AKIAOWNER', 'AKIAOTHER']) {
      const answer = await refusal(create(accessKeyId));
      expect(answer.slice(0, 2)).toEqual([409, 'OperationAborted']);
    }
    server.advance(60);
    await create('AKIAOTHER');
  });
});
