import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicAccessBlock } from '../../local-aws/s3/s3-state.ts';
import { dropAnswerOf } from '../meanwhile.ts';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';

const names = ['--name', 'c'];
const create = ['create-identity-provider', ...names];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

const writes = (): readonly string[] =>
  scene.aws.calls.filter((call) => call.write).map((call) => call.operation);

async function edge(url: string): Promise<{ status: number; body: string; headers: Headers }> {
  const { host, pathname } = new URL(url);
  const answer = await fetch(`${scene.aws.edgeUrl.replace('{host}', host)}${pathname}`);
  return { status: answer.status, body: await answer.text(), headers: answer.headers };
}

describe('create-identity-provider, private layout', () => {
  it('creates an issuer that serves only its documents, and a provider that trusts it', async () => {
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    const { issuer, jwksUri, keyIds, identityProviderArn } = json.result;
    expect(issuer).toMatch(/^https:\/\/[a-z0-9]+\.cloudfront\.net$/);
    expect(json.result).toMatchObject({
      hosting: 'cloudfront',
      bucket: bucketName(),
      audiences: ['openshift', 'sts.amazonaws.com'],
      distribution: { domainName: new URL(issuer).host },
    });
    expect(identityProviderArn).toBe(
      `arn:aws:iam::111122223333:oidc-provider/${new URL(issuer).host}`,
    );

    const discovery = await edge(`${issuer}/.well-known/openid-configuration`);
    expect(JSON.parse(discovery.body)).toMatchObject({ issuer, jwks_uri: jwksUri });
    expect(discovery.headers.get('content-type')).toBe('application/json');
    expect(discovery.headers.get('cache-control')).toBe('public, max-age=300');
    const [keys, mirror] = [await edge(jwksUri), await edge(`${issuer}/openid/v1/jwks`)];
    expect(keys.body).toBe(mirror.body);
    expect(JSON.parse(keys.body).keys.map((key: { kid: string }) => key.kid)).toEqual(keyIds);
    expect((await edge(`${issuer}/.oidc-bootstrap/rotation.json`)).status).toBe(403);
    expect(
      (await edge(`https://${bucketName()}.s3.eu-west-1.amazonaws.com/keys.json`)).status,
    ).toBe(403);

    expect(scene.read('manifests/cluster-authentication-02-config.yaml')).toContain(
      `serviceAccountIssuer: ${issuer}`,
    );
    expect(JSON.parse(scene.read('oidc-bootstrap.json'))).toEqual({
      schemaVersion: 1,
      name: 'c',
      account: '111122223333',
      region: 'eu-west-1',
      issuer,
    });
  });

  it('tags the bucket in the call that creates it, so that a crash cannot leave it without an owner', async () => {
    await scene.run(create);
    expect(writes()[0]).toBe('s3:CreateBucket');
    expect(writes()).not.toContain('s3:PutBucketTagging');
    expect(scene.aws.snapshot()).toMatchObject({});
  });

  it('changes nothing when it runs again', async () => {
    await scene.run(create);
    const before = scene.aws.calls.length;
    const again = await scene.run(create);
    expect(again.code).toBe(0);
    expect(again.json.changes).toEqual([]);
    expect(scene.aws.calls.slice(before).filter((call) => call.write)).toEqual([]);
  });

  it('makes exactly the changes that it planned', async () => {
    const plan = await scene.run([...create, '--dry-run']);
    expect(plan.code).toBe(0);
    expect(plan.json.result.issuer).toBeNull();
    expect(writes()).toEqual([]);
    const real = await scene.run(create);
    const shape = (changes: typeof real.json.changes) =>
      changes.map(({ resource, action }) => `${action} ${resource}`);
    expect(shape(plan.json.changes)).toEqual(shape(real.json.changes));
  });

  it('keeps the private layout although a later run asks for the public layout', async () => {
    const first = await scene.run(create);
    const before = writes().length;
    const { code, json } = await scene.run([...create, '--public-s3-bucket']);
    expect(code).toBe(5);
    expect(json.error.code).toBe('ISSUER_WOULD_CHANGE');
    expect(json.error.details).toMatchObject({
      issuer: first.json.result.issuer,
      wantedIssuer: `https://${bucketName()}.s3.eu-west-1.amazonaws.com`,
    });
    expect(writes()).toHaveLength(before);
  });

  it('times out while the distribution is in progress, and a later run continues', async () => {
    const late = await scene.run([...create, '--timeout', '1m']);
    expect(late.code).toBe(6);
    expect(late.json.error.code).toBe('WAIT_TIMED_OUT');
    expect(late.json.result).toMatchObject({ hosting: 'cloudfront', identityProviderArn: null });
    scene.clock.advance(10 * 60_000);
    const again = await scene.run(create);
    expect(again.code).toBe(0);
    expect(again.json.changes.map((change) => change.resource)).toEqual(['iam-oidc-provider']);
  });

  it('exits with 130 after Ctrl-C while it waits for CloudFront, and a later run continues', async () => {
    const cut = await scene.run(create, { onSleep: (interrupt) => interrupt() });
    expect(cut.code).toBe(130);
    expect(cut.json.error.code).toBe('INTERRUPTED');
    expect((await scene.run(create)).code).toBe(0);
  });

  it('stops if the distribution of a published issuer was deleted by hand', async () => {
    const first = await scene.run(create);
    scene.aws.state.cloudfront.distributions.clear();
    const { code, json } = await scene.run(create);
    expect(code).toBe(5);
    expect(json.error.code).toBe('ISSUER_WOULD_CHANGE');
    expect(json.error.details.issuer).toBe(first.json.result.issuer);
  });

  it('creates a new distribution with the next caller reference after the documents were deleted too', async () => {
    const first = await scene.run(create);
    scene.aws.state.cloudfront.distributions.clear();
    bucketOf(scene.aws)?.objects.clear();
    scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.clear();
    const fresh = `${scene.root}/fresh`;
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder: fresh });
    const { code, json, stderr } = await scene.run(create, { folder: fresh });
    expect(code, stderr).toBe(0);
    expect(json.result.issuer).not.toBe(first.json.result.issuer);
    const [made, ...others] = [...scene.aws.state.cloudfront.distributions.values()];
    expect(made?.config).toMatchObject({
      CallerReference: expect.stringMatching(/^oidc-bootstrap\/c\/E[A-Z0-9]+$/),
      Comment: 'oidc-bootstrap/c',
    });
    expect(others).toEqual([]);
    expect((await scene.run(create, { folder: fresh })).json.changes).toEqual([]);
  });

  it('finds the distribution of an interrupted run by origin and tags, whatever its comment', async () => {
    scene.aws.deny('s3:PutBucketPolicy');
    expect((await scene.run(create)).code).toBe(4);
    scene.aws.allow('s3:PutBucketPolicy');
    const [made] = scene.aws.state.cloudfront.distributions.values();
    if (made !== undefined) made.config = { ...made.config, Comment: 'renamed by hand' };
    const again = await scene.run(create);
    expect(again.code, again.stderr).toBe(0);
    expect(again.json.result.issuer).toBe(`https://${made?.domainName}`);
    expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
  });

  it('creates no second distribution after somebody removed the tags of the first', async () => {
    scene.aws.deny('s3:PutBucketPolicy');
    expect((await scene.run(create)).code).toBe(4);
    scene.aws.allow('s3:PutBucketPolicy');
    const [made] = scene.aws.state.cloudfront.distributions.values();
    if (made === undefined) throw new Error('nothing was made');
    Object.assign(made, { config: { ...made.config, Comment: '' }, tags: {} });
    const folder = `${scene.root}/fresh`;
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder });
    const { code, json } = await scene.run(create, { folder });
    expect([code, json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
    expect(json.error.details.id).toBe(made.id);
    expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
  });

  it('names the missing permission, keeps what was created, and shows the command for IAM', async () => {
    scene.aws.deny('iam:CreateOpenIDConnectProvider');
    const { code, json } = await scene.run(create);
    expect(code).toBe(4);
    expect(json.error.code).toBe('AWS_ACCESS_DENIED');
    expect(json.error.message).toContain('iam:CreateOpenIDConnectProvider');
    expect(json.error.hint).toContain(
      `aws iam create-open-id-connect-provider --url ${json.result.issuer}`,
    );
  });
});

describe('create-identity-provider, public layout', () => {
  const open = [...create, '--public-s3-bucket'];

  it('makes only the published documents public', async () => {
    const { code, json } = await scene.run(open);
    expect(code).toBe(0);
    const issuer = `https://${bucketName()}.s3.eu-west-1.amazonaws.com`;
    expect(json.result).toMatchObject({ issuer, hosting: 's3-public', distribution: null });
    expect((await edge(`${issuer}/keys.json`)).status).toBe(200);
    expect((await edge(`${issuer}/.oidc-bootstrap/rotation.json`)).status).toBe(403);
  });

  it('is kept if the second run does not have the flag', async () => {
    await scene.run(open);
    const again = await scene.run(create);
    expect(again.code).toBe(0);
    expect(again.json.changes).toEqual([]);
  });

  it('cannot be changed to the private layout', async () => {
    await scene.run(open);
    const { json } = await scene.run([...create, '--create-private-s3-bucket']);
    expect(json.error.code).toBe('ISSUER_WOULD_CHANGE');
  });

  it('shows the AWS error and what to do if the account blocks public access', async () => {
    const { accountBlocks } = scene.aws.state.s3;
    accountBlocks.set('111122223333', publicAccessBlock(true));
    const { code, json } = await scene.run(open);
    expect(code).toBe(4);
    expect(json.error.message).toMatch(/prevented by the BlockPublicPolicy setting/);
    expect(json.error.hint).toMatch(/the bucket, the account or the organization/);
    accountBlocks.clear();
    expect((await scene.run(open)).code).toBe(0);
  });

  it('names the account’s Block Public Access if S3 accepts the policy but refuses readers', async () => {
    const flags = { ...publicAccessBlock(false), RestrictPublicBuckets: true };
    scene.aws.state.s3.accountBlocks.set('111122223333', flags);
    const { code, json } = await scene.run([...open, '--timeout', '1m']);
    expect([code, json.error.code]).toEqual([1, 'ISSUER_UNREACHABLE']);
    expect(json.error.hint).toMatch(/Block Public Access of the account/);
    expect(json.result.identityProviderArn).toBeNull();
  });

  it('names a missing permission at once, without waiting for Block Public Access', async () => {
    scene.aws.deny('s3:PutBucketPolicy');
    const from = scene.aws.calls.length;
    const { code, json } = await scene.run(open);
    expect(code).toBe(4);
    expect(json.error.message).toMatch(/no identity-based policy allows the s3:PutBucketPolicy/);
    expect(json.error.hint).toMatch(/add "s3:PutBucketPolicy"/);
    const puts = scene.aws.calls.slice(from).map((call) => call.operation);
    expect(puts.filter((operation) => operation === 's3:PutBucketPolicy')).toHaveLength(1);
  });

  it('waits until the changed Block Public Access setting allows the policy', async () => {
    await scene.close();
    scene = await openScene({ s3SettingsMs: 12_000 });
    await scene.run(['create-key-pair', '--key-size', '2048']);
    expect((await scene.run(open)).code).toBe(0);
  });
});

describe('a resource of somebody else', () => {
  it('stops the run if it is a bucket of another account', async () => {
    const words = [...create, '--bucket-namespace', 'global'];
    const other = await scene.run(words, { env: { AWS_ACCESS_KEY_ID: 'AKIAOTHER' } });
    expect(other.code).toBe(0);
    const { code, json } = await scene.run(words, { folder: `${scene.root}/mine` });
    expect(code).toBe(5);
    expect(json.error.code).toBe('NAME_TAKEN');
    const key = ['--public-key-file', `${scene.folder}/serviceaccount-signer.public`];
    const plan = await scene.run([...words, '--dry-run', ...key], {
      folder: `${scene.root}/mine`,
    });
    expect(plan.code).toBe(0);
    expect(plan.json.warnings.join()).toMatch(/bucket "c-oidc" exists.*ends here \(NAME_TAKEN\)/);
  });

  it('is a warning in a dry run, which still writes the documents', async () => {
    await scene.run(create);
    const bucket = bucketOf(scene.aws);
    if (bucket === undefined) throw new Error('nothing was made');
    Object.assign(bucket, { tags: [] });
    const folder = `${scene.root}/new`;
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder });
    expect((await scene.run(create, { folder })).json.error.code).toBe('RESOURCE_NOT_OWNED');
    const { code, json } = await scene.run([...create, '--dry-run'], { folder });
    expect(code).toBe(0);
    expect(json.warnings.join()).toMatch(/ends here \(RESOURCE_NOT_OWNED\)/);
    expect(fs.readdirSync(folder)).toEqual(
      expect.arrayContaining(['02-openid-configuration', '03-keys.json']),
    );
  });
});

describe('a dry run for a live issuer', () => {
  it('does not wait for documents that it only plans to change', async () => {
    await scene.run(create);
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder: `${scene.root}/other` });
    const key = 'other/serviceaccount-signer.public';
    const { code, json } = await scene.run([...create, '--dry-run', '--public-key-file', key]);
    expect(code).toBe(0);
    expect(json.changes.map((change) => `${change.action} ${change.id}`)).toEqual([
      'update keys.json',
      'update openid/v1/jwks',
    ]);
  });
});

describe('a change that somebody made by hand', () => {
  it('is repaired, and each difference is reported once', async () => {
    await scene.run(create);
    const { s3, cloudfront } = scene.aws.state;
    const bucket = s3.buckets.get(bucketName());
    const [distribution] = cloudfront.distributions.values();
    if (bucket === undefined || distribution === undefined) throw new Error('nothing was made');
    bucket.objects.delete('openid/v1/jwks');
    distribution.config = { ...distribution.config, Enabled: false };
    for (const control of cloudfront.originAccessControls.values()) {
      control.config = { ...control.config, SigningBehavior: 'never' };
    }
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.changes.map(({ resource, action, detail }) => [resource, action, detail])).toEqual([
      [
        'cloudfront-origin-access-control',
        'update',
        'signs every request to the bucket again (sigv4, always)',
      ],
      ['cloudfront-distribution', 'update', 'enabled'],
      ['s3-object', 'create', 'key set, where API servers of OpenShift look'],
    ]);
    expect((await scene.run(create)).json.changes).toEqual([]);
  });

  it('is reported although the answer to the repair was lost', async () => {
    await scene.run(create);
    const [distribution] = scene.aws.state.cloudfront.distributions.values();
    if (distribution === undefined) throw new Error('nothing was made');
    distribution.config = { ...distribution.config, Enabled: false };
    dropAnswerOf(scene.aws, 'cloudfront:UpdateDistribution');
    const { code, json } = await scene.run(create);
    expect(code).toBe(0);
    expect(json.changes.map((change) => change.detail)).toEqual(['enabled']);
  });
});
