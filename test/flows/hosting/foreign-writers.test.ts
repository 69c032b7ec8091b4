// A bucket policy that lets another account write the documents is refused before any write. What
// somebody added to a statement of ours is named when it is removed.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bucket } from '../../local-aws/s3/s3-state.ts';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
  await scene.run(['create-key-pair', '--key-size', '2048']);
  expect((await scene.run(create)).code).toBe(0);
});
afterEach(async () => {
  await scene.close();
});

type Policy = { readonly Statement: { Sid: string; Resource: string[] }[] };

/** Changes the policy of the bucket by hand. */
function edit(change: (policy: Policy) => void): Bucket {
  const bucket = bucketOf(scene.aws);
  if (bucket?.policy === undefined) throw new Error('there is no policy');
  const policy = JSON.parse(bucket.policy) as Policy;
  change(policy);
  bucket.policy = JSON.stringify(policy);
  return bucket;
}

const writer = {
  Sid: 'Partner',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::444455556666:root' },
  Action: ['s3:PutObject', 's3:DeleteObject'],
  Resource: [`arn:aws:s3:::${bucketName()}/*`],
};

describe('a bucket policy statement that lets another account write', () => {
  it.each([
    ['create-identity-provider', create],
    ['rotate-keys stage', ['rotate-keys', 'stage', '--name', 'c']],
  ])('is refused before any write: %s', async (_, words) => {
    edit((policy) => policy.Statement.push(writer));
    const before = scene.aws.calls.length;
    const { code, json } = await scene.run(words);
    expect([code, json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
    expect(json.error.message).toMatch(/sign tokens for every role: statement "Partner"$/);
    expect(json.error.details).toEqual({ bucket: bucketName(), statements: ['Partner'] });
    expect(scene.aws.calls.slice(before).filter((call) => call.write)).toEqual([]);
  });

  it('does not stop a rotation under way, which warns of it', async () => {
    expect((await scene.run(['rotate-keys', 'stage', '--name', 'c'])).code).toBe(0);
    edit((policy) => policy.Statement.push(writer));
    const { code, json } = await scene.run(['rotate-keys', 'rollback', '--name', 'c']);
    expect(code).toBe(0);
    expect(json.warnings.join('\n')).toContain('statement "Partner"');
  });
});

describe('a path that somebody added to our read statement', () => {
  it('is named when the statement is replaced', async () => {
    const before = bucketOf(scene.aws)?.policy;
    const bucket = edit((policy) => {
      const reader = policy.Statement.find(({ Sid }) => Sid === 'AllowCloudFrontOAC');
      reader?.Resource.push(`arn:aws:s3:::${bucketName()}/logo.png`);
    });
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.warnings).toEqual([
      expect.stringContaining('goes: AllowCloudFrontOAC: logo.png; it stays where'),
    ]);
    expect(bucket.policy).toBe(before);
    expect((await scene.run(create)).json).toMatchObject({ changes: [], warnings: [] });
  });
});
