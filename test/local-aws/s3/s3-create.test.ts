// Creating buckets in the local S3: names, regions, defaults, names that are taken.

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { isBucketName } from './s3-create.ts';
import { testServer } from '../test-clients.ts';

const Bucket = 'issuer-oidc';

describe('creating a bucket', () => {
  test('sets the tags of the call, Block Public Access, ownership and encryption', async () => {
    const { s3 } = await testServer();
    const badTag = { Tags: [{ Key: 'Name', Value: 'a & <b>' }] };
    const refused = s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: badTag }));
    expect((await refusal(refused)).slice(0, 2)).toEqual([400, 'InvalidTag']);
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { Tags: [{ Key: 'oidc/issuer', Value: 'owned' }] },
      }),
    );
    expect(await s3.send(new GetBucketTaggingCommand({ Bucket }))).toMatchObject({
      TagSet: [{ Key: 'oidc/issuer', Value: 'owned' }],
    });
    expect(await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).toMatchObject({
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(await s3.send(new GetBucketEncryptionCommand({ Bucket }))).toMatchObject({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    });
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  });

  test.each([
    'ab',
    'Upper',
    'under_score',
    '-begin',
    'end-',
    'a..b',
    '192.168.1.1',
    'xn--abc',
    'sthree-abc',
    'amzn-s3-demo-abc',
    'abc-s3alias',
    'abc--ol-s3',
    'abc--table-s3',
    'abc-an',
    'a'.repeat(64),
  ])('refuses the name %s', async (name) => {
    const { s3 } = await testServer();
    expect(await refusal(s3.send(new CreateBucketCommand({ Bucket: name })))).toMatchObject([
      400,
      'InvalidBucketName',
      expect.anything(),
    ]);
  });

  test('refuses invalid names that the SDK itself does not send', () => {
    // To the SDK these are an access point and a directory bucket.
    expect(['abc.mrap', 'abc--x-s3', 'abc.def', 'abc'].filter(isBucketName)).toEqual([
      'abc.def',
      'abc',
    ]);
  });

  test.each([
    ['eu-west-1', 'us-east-1', 'InvalidLocationConstraint'],
    ['us-east-1', 'us-east-1', 'InvalidLocationConstraint'],
    ['eu-west-1', 'nowhere', 'InvalidLocationConstraint'],
    ['eu-west-1', 'eu-central-1', 'IllegalLocationConstraintException'],
    ['us-east-1', 'eu-central-1', 'IllegalLocationConstraintException'],
    ['eu-central-1', 'EU', 'InvalidLocationConstraint'],
  ])('at %s refuses the location constraint %s with %s', async (region, constraint, code) => {
    const { s3Of } = await testServer();
    const call = s3Of({ region }).send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: constraint as 'EU' },
      }),
    );
    expect((await refusal(call)).slice(0, 2)).toEqual([400, code]);
  });

  test('needs a location constraint away from us-east-1', async () => {
    const { aws } = await testServer();
    const response = await fetch(`${aws.endpoint}/${Bucket}`, {
      method: 'PUT',
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAOWNER/20260101/eu-west-1/s3/aws4_request, Signature=0',
      },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('IllegalLocationConstraintException');
  });

  test('maps EU to eu-west-1, and returns no location for us-east-1', async () => {
    const { s3, s3Of } = await testServer();
    await s3Of({ region: 'us-east-1' }).send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'EU' } }),
    );
    expect((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('eu-west-1');
    const first = s3Of({ region: 'us-east-1' });
    await first.send(new CreateBucketCommand({ Bucket: 'first-oidc' }));
    const location = await first.send(new GetBucketLocationCommand({ Bucket: 'first-oidc' }));
    expect(location.LocationConstraint).toBeUndefined();
  });

  test('is a conflict for an own name, except for a repetition without tags in us-east-1', async () => {
    const { s3Of } = await testServer();
    const [west, east] = [s3Of({}), s3Of({ region: 'us-east-1' })];
    const tagged = { CreateBucketConfiguration: { Tags: [{ Key: 'a', Value: 'b' }] } };
    await west.send(new CreateBucketCommand({ Bucket }));
    await east.send(new CreateBucketCommand({ Bucket: 'east-oidc', ...tagged }));
    const owned = [409, 'BucketAlreadyOwnedByYou'];
    const again = async (call: Promise<unknown>) => (await refusal(call)).slice(0, 2);
    expect(await again(west.send(new CreateBucketCommand({ Bucket })))).toEqual(owned);
    expect(await again(east.send(new CreateBucketCommand({ Bucket })))).toEqual(owned);
    const repeated = new CreateBucketCommand({ Bucket: 'east-oidc', ...tagged });
    expect(await again(east.send(repeated))).toEqual(owned);
    await east.send(new CreateBucketCommand({ Bucket: 'east-oidc' }));
    expect(await east.send(new GetBucketTaggingCommand({ Bucket: 'east-oidc' }))).toMatchObject({
      TagSet: [{ Key: 'a', Value: 'b' }],
    });
    const stranger = s3Of({ accessKeyId: 'AKIAOTHER' });
    expect(await again(stranger.send(new CreateBucketCommand({ Bucket })))).toEqual([
      409,
      'BucketAlreadyExists',
    ]);
  });

  test('refuses an ACL together with BucketOwnerEnforced', async () => {
    const { s3 } = await testServer();
    const call = s3.send(new CreateBucketCommand({ Bucket, ACL: 'public-read' }));
    expect((await refusal(call)).slice(0, 2)).toEqual([400, 'InvalidBucketAclWithObjectOwnership']);
  });
});

describe('the account regional namespace', () => {
  const regional = 'issuer-oidc-111122223333-eu-west-1-an';
  const create = (Bucket: string) =>
    new CreateBucketCommand({ Bucket, BucketNamespace: 'account-regional' });

  test('has names of one account and Region, made with the header', async () => {
    const { s3, s3Of } = await testServer();
    const bare = s3.send(new CreateBucketCommand({ Bucket: regional }));
    expect((await refusal(bare)).slice(0, 2)).toEqual([400, 'MissingNamespaceHeader']);
    const refused = [
      [s3, 'issuer-oidc', 'InvalidNamespaceHeader'],
      [s3, 'issuer-oidc-444455556666-eu-west-1-an', 'InvalidBucketName'],
      [s3, 'issuer-oidc-111122223333-eu-north-1-an', 'InvalidBucketName'],
      [s3Of({ region: 'eu-north-1' }), regional, 'InvalidBucketName'],
    ] as const;
    for (const [client, name, code] of refused) {
      const call = refusal(client.send(create(name)));
      expect((await call).slice(0, 2)).toEqual([400, code]);
    }
    await s3.send(create(regional));
    expect((await s3.send(new HeadBucketCommand({ Bucket: regional }))).BucketRegion).toBe(
      'eu-west-1',
    );
  });

  test('keeps a name from other accounts after its bucket was deleted; the global one does not', async () => {
    const { s3, s3Of } = await testServer();
    await s3.send(create(regional));
    await s3.send(new CreateBucketCommand({ Bucket }));
    for (const name of [regional, Bucket]) await s3.send(new DeleteBucketCommand({ Bucket: name }));
    const attacker = s3Of({ accessKeyId: 'AKIAOTHER' });
    expect((await refusal(attacker.send(create(regional)))).slice(0, 2)).toEqual([
      400,
      'InvalidBucketName',
    ]);
    await attacker.send(new CreateBucketCommand({ Bucket }));
  });

  test.each(['me-south-1', 'me-central-1'])('is not in %s', async (region) => {
    const { s3Of } = await testServer();
    const call = s3Of({ region }).send(create(`issuer-oidc-111122223333-${region}-an`));
    expect((await refusal(call)).slice(0, 2)).toEqual([400, 'InvalidArgument']);
  });
});

describe('a region whose CreateBucket accepts no tags', () => {
  test.each([{ taggedCreateBucket: false }, { partition: 'aws-eusc' }])(
    'it is refused with them and works without: %j',
    async (options) => {
      const { s3, aws } = await testServer(options);
      const tagged = { Tags: [{ Key: 'Name', Value: 'a' }] };
      const refused = s3.send(
        new CreateBucketCommand({ Bucket, CreateBucketConfiguration: tagged }),
      );
      expect(await refusal(refused)).toEqual([
        400,
        'UnsupportedArgument',
        'The request contained an unsupported argument.',
      ]);
      expect(aws.state.s3.buckets.size).toBe(0);
      await s3.send(new CreateBucketCommand({ Bucket }));
      expect(aws.state.s3.buckets.get(Bucket)?.tags).toEqual({});
    },
  );
});
