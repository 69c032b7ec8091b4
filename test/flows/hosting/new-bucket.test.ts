// How a bucket is created: the defaults of S3 are not written. If CreateBucket accepts no tags, the bucket
// is tagged at once, and a run that was killed in between recognizes its own bucket and no other one.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newBucket, type Bucket } from '../../local-aws/s3/s3-state.ts';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
let scene: Scene;

async function open(options: Parameters<typeof openScene>[0] = {}): Promise<void> {
  scene = await openScene({ deployMs: 0, ...options });
  await scene.run(['create-key-pair', '--key-size', '2048']);
}
afterEach(async () => {
  await scene.close();
});

const bucket = (): Bucket | undefined => bucketOf(scene.aws);
const bucketWrites = (): readonly string[] =>
  scene.aws.calls
    .filter(
      ({ service, write, operation }) => service === 's3' && write && !operation.endsWith('Object'),
    )
    .map((call) => call.operation);

describe('a new bucket', () => {
  beforeEach(async () => {
    await open();
  });

  it.each([
    ['private', [], ['s3:CreateBucket', 's3:PutBucketPolicy']],
    [
      'public',
      ['--public-s3-bucket'],
      ['s3:CreateBucket', 's3:PutPublicAccessBlock', 's3:PutBucketPolicy'],
    ],
  ])('gets only the settings that are not the default of AWS: %s', async (_, flags, writes) => {
    const planned = await scene.run([...create, ...flags, '--dry-run']);
    const { code, json } = await scene.run([...create, ...flags]);
    expect(code).toBe(0);
    expect(bucketWrites()).toEqual(writes);
    const told = (changes: typeof json.changes): readonly string[] =>
      changes.filter(({ resource }) => resource === 's3-bucket').map(({ detail }) => detail);
    expect(told(planned.json.changes)).toEqual(told(json.changes));
  });

  it('is created although the organization denies the writes that are not needed', async () => {
    for (const denied of [
      's3:PutBucketPublicAccessBlock',
      's3:PutBucketOwnershipControls',
      's3:PutEncryptionConfiguration',
    ]) {
      scene.aws.deny(denied);
    }
    const { code, stderr } = await scene.run(create);
    expect(code, stderr).toBe(0);
  });
});

describe('a Region whose CreateBucket takes no tags', () => {
  beforeEach(async () => {
    await open({ taggedCreateBucket: false });
  });

  const dieBeforeTagging = async (): Promise<void> => {
    scene.aws.deny('s3:PutBucketTagging');
    expect((await scene.run(create)).code).toBe(4);
    scene.aws.allow('s3:PutBucketTagging');
    expect(bucket()?.tags).toEqual({});
  };

  it('creates the bucket without tags and tags it at once', async () => {
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(bucketWrites()).toEqual([
      's3:CreateBucket',
      's3:CreateBucket',
      's3:PutBucketTagging',
      's3:PutBucketPolicy',
    ]);
    expect(bucket()?.tags).toEqual({ 'oidc-bootstrap/c': 'owned', Name: 'c' });
    const made = json.changes.filter(({ resource }) => resource === 's3-bucket');
    expect(made.map(({ action }) => action)).toEqual(['create', 'update']);
  });

  it('continues a run that was killed before the bucket was tagged', async () => {
    await dieBeforeTagging();
    const { code, stderr } = await scene.run(create);
    expect(code, stderr).toBe(0);
    expect(bucket()?.tags).toMatchObject({ 'oidc-bootstrap/c': 'owned' });
    expect((await scene.run(create)).json.changes).toEqual([]);
  });

  it('does not own an untagged bucket in a folder that did not create it', async () => {
    await dieBeforeTagging();
    const other = `${scene.root}/other`;
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder: other });
    const refused = await scene.run(create, { folder: other });
    expect([refused.code, refused.json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
  });

  it('does not own an untagged bucket with objects, or one created at another time', async () => {
    await dieBeforeTagging();
    const made = bucket();
    const object = { body: Buffer.from('x'), etag: '"e"', contentType: 'text/plain', metadata: {} };
    made?.objects.set('x', {
      ...object,
      cacheControl: undefined,
      tags: {},
      lastModified: new Date(),
      encryption: 'AES256',
    });
    expect((await scene.run(create)).json.error.code).toBe('RESOURCE_NOT_OWNED');
    made?.objects.clear();
    expect((await scene.run(create)).code).toBe(0);
    const facts = { name: bucketName(), region: 'eu-west-1', created: new Date() };
    const byHand = newBucket({ ...facts, account: '111122223333' });
    scene.aws.state.s3.buckets.set(byHand.name, byHand);
    expect((await scene.run(create)).json.error.code).toBe('RESOURCE_NOT_OWNED');
  });
});

describe('the partition aws-eusc', () => {
  it('gets no tags with CreateBucket, neither in a run nor in a plan', async () => {
    await open({ partition: 'aws-eusc' });
    const env = { AWS_REGION: 'eusc-de-east-1' };
    const words = [...create, '--public-s3-bucket'];
    await scene.run([...words, '--dry-run'], { env });
    expect(JSON.parse(scene.read('01-s3api-create-bucket.json'))).toEqual({
      Bucket: 'c-oidc',
      CreateBucketConfiguration: { LocationConstraint: 'eusc-de-east-1' },
    });
    expect((await scene.run(words, { env })).code).toBe(0);
    expect(bucketWrites().slice(0, 2)).toEqual(['s3:CreateBucket', 's3:PutBucketTagging']);
  });
});

describe('the partition aws-cn without an ICP filing', () => {
  it('is named at once as the reason why the issuer cannot be read', async () => {
    await open({ partition: 'aws-cn', icpFiling: false });
    const started = scene.clock.now().getTime();
    const { code, json } = await scene.run([...create, '--public-s3-bucket'], {
      env: { AWS_REGION: 'cn-north-1' },
    });
    expect([code, json.error.code]).toEqual([1, 'ISSUER_UNREACHABLE']);
    expect(json.error.message).toMatch(/401 UnauthorizedAccess.*no ICP filing/);
    expect(json.error.hint).toMatch(/ICP recordal.*--identity-provider-arn/);
    expect(scene.clock.now().getTime() - started).toBeLessThan(60_000);
  });
});
