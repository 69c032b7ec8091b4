// Another operator makes changes between the checks of a run and its writes: none of these changes is
// lost, no revoked key is published again, and the issuer that was published first is kept.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { newBucket, type S3Object } from '../../local-aws/s3/s3-state.ts';
import { meanwhile } from '../meanwhile.ts';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
const publicKey = 'serviceaccount-signer.public';
const privateKey = 'serviceaccount-signer.private';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

const bucket = () => {
  const found = bucketOf(scene.aws);
  if (found === undefined) throw new Error('there is no bucket');
  return found;
};

/** Puts an object as another operator would. */
function put(key: string, content: unknown): void {
  const object: S3Object = {
    body: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    etag: `"${key}-${bucket().objects.size}-${String(content).length}-other"`,
    contentType: 'application/json',
    cacheControl: 'public, max-age=300',
    metadata: {},
    tags: {},
    lastModified: scene.clock.now(),
    encryption: 'AES256',
  };
  bucket().objects.set(key, object);
}

const body = (key: string): string => bucket().objects.get(key)?.body.toString() ?? '';
const kids = (key: string): readonly string[] =>
  (JSON.parse(body(key)) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

/** Makes a second key in another folder; returns its kid. */
async function otherKey(): Promise<string> {
  const made = await scene.run(['create-key-pair', '--key-size', '2048'], {
    folder: `${scene.root}/other`,
  });
  return made.json.result.keyId as string;
}

/** An issuer with two keys, and a rotation that revokes the first one when `operation` arrives. */
async function revokedMeanwhile(operation: string): Promise<{ revoked: string; left: string }> {
  const first = await scene.run(create);
  const revoked = first.json.result.keyIds[0] as string;
  const left = await otherKey();
  await scene.run([...create, '--public-key-file', `other/${publicKey}`]);
  const document = JSON.parse(body('keys.json')) as { keys: { kid: string }[] };
  const rest = { keys: document.keys.filter(({ kid }) => kid !== revoked) };
  meanwhile(scene.aws, operation, () => {
    const removed = [{ keyId: revoked, reason: 'revoked', at: '2026-01-01T00:00:00Z' }];
    put('.oidc-bootstrap/rotation.json', { schemaVersion: 1, removed });
    put('keys.json', rest);
    put('openid/v1/jwks', rest);
  });
  return { revoked, left };
}

describe('a key that a rotation revokes while a create command runs', () => {
  it('is not published again with the key set', async () => {
    const { left } = await revokedMeanwhile('s3:GetPublicAccessBlock');
    for (const key of ['keys.json', 'openid/v1/jwks']) {
      const object = bucket().objects.get(key);
      if (object !== undefined) object.cacheControl = undefined;
    }
    const { code, json } = await scene.run(create);
    expect([code, json.error?.code]).toEqual([5, 'KEY_REVOKED']);
    expect([kids('keys.json'), kids('openid/v1/jwks')]).toEqual([[left], [left]]);
  });

  it('is not published again with the second copy of the key set', async () => {
    const { left } = await revokedMeanwhile('s3:GetPublicAccessBlock');
    bucket().objects.delete('openid/v1/jwks');
    for (const file of [publicKey, privateKey]) fs.rmSync(path.join(scene.folder, file));
    const { code, json } = await scene.run(create);
    expect(json.error).toBeUndefined();
    expect(code).toBe(0);
    expect([kids('keys.json'), kids('openid/v1/jwks')]).toEqual([[left], [left]]);
    expect(json.result.keyIds).toEqual([left]);
  });
});

describe('two operators who create the same name at the same time', () => {
  it('publish one key, unless a flag names the second one', async () => {
    await otherKey();
    const other = fs.readFileSync(`${scene.root}/other/${publicKey}`, 'utf8');
    expect(other).toContain('PUBLIC KEY');
    const published = { keys: [{ kty: 'RSA', kid: 'theirs', n: 'AQAB', e: 'AQAB' }] };
    meanwhile(scene.aws, 'cloudfront:CreateDistributionWithTags', () =>
      put('keys.json', published),
    );
    const { code, json } = await scene.run(create);
    expect([code, json.error?.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    expect(kids('keys.json')).toEqual(['theirs']);

    const named = await scene.run([...create, '--public-key-file', `out/${publicKey}`]);
    expect(named.code).toBe(0);
    expect(kids('keys.json')).toHaveLength(2);
  });

  it('do not change a bucket of that name that neither of them created', async () => {
    meanwhile(scene.aws, 's3:CreateBucket', () => {
      // Created by hand, without a tag.
      const [account, region] = ['111122223333', 'eu-west-1'];
      const made = newBucket({ name: bucketName(), account, region, created: scene.clock.now() });
      scene.aws.state.s3.buckets.set(made.name, made);
    });
    const { code, json } = await scene.run(create);
    expect([code, json.error?.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
  });

  it('keep the issuer that was published first', async () => {
    const issuer = `https://${bucketName()}.s3.eu-west-1.amazonaws.com`;
    const document = { issuer, jwks_uri: `${issuer}/keys.json` };
    const key = '.well-known/openid-configuration';
    meanwhile(scene.aws, 'cloudfront:CreateDistributionWithTags', () => put(key, document));
    const { code, json } = await scene.run(create);
    expect([code, json.error?.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.details.issuer).toBe(issuer);
    expect(JSON.parse(body(key))).toEqual(document);
  });
});

describe('what somebody adds during a run', () => {
  it('is kept in the bucket policy', async () => {
    await scene.run(create);
    const policy = JSON.parse(bucket().policy ?? '{}') as { Statement: { Sid: string }[] };
    const [ours] = policy.Statement;
    bucket().policy = JSON.stringify({ ...policy, Statement: policy.Statement.slice(1) });
    const added = { Sid: 'Audit', Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket' };
    const statement = { ...added, Resource: `arn:aws:s3:::${bucketName()}` };
    meanwhile(scene.aws, 's3:GetPublicAccessBlock', () => {
      bucket().policy = JSON.stringify({
        ...policy,
        Statement: [...policy.Statement.slice(1), statement],
      });
    });
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.warnings.join()).toContain('Audit');
    const after = JSON.parse(bucket().policy ?? '{}') as { Statement: object[] };
    expect(after.Statement).toContainEqual(statement);
    expect(after.Statement).toContainEqual(ours);
  });

  it('is kept in a trust policy, also if it is added while the run waits for CloudFront', async () => {
    const requests = path.resolve('test/fixtures/credentials-requests/sweep');
    const all = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
    await scene.run(all);
    const { roles } = iamAccount(scene.aws.state.iam, '111122223333');
    const [role] = roles.values();
    const [distribution] = scene.aws.state.cloudfront.distributions.values();
    if (role === undefined || distribution === undefined) throw new Error('nothing was made');
    distribution.config = { ...distribution.config, Enabled: false };
    const trust = JSON.parse(role.trustPolicy) as { Statement: { Condition?: object }[] };
    role.trustPolicy = JSON.stringify({
      ...trust,
      Statement: trust.Statement.map(({ Condition: _, ...statement }) => statement),
    });
    const added = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 'sts:AssumeRole',
    };
    let slept = false;
    const { code } = await scene.run(all, {
      onSleep: () => {
        if (slept) return;
        slept = true;
        const now = JSON.parse(role.trustPolicy) as { Statement: object[] };
        role.trustPolicy = JSON.stringify({ ...now, Statement: [...now.Statement, added] });
      },
    });
    expect([code, slept]).toEqual([0, true]);
    const after = JSON.parse(role.trustPolicy) as { Statement: object[] };
    expect(after.Statement).toHaveLength(2);
    expect(after.Statement).toContainEqual(added);
    expect(after.Statement).toContainEqual(trust.Statement[0]);
  });
});
