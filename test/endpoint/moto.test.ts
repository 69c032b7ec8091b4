// The program against moto, an AWS emulator of a separate project: what both agree on was not made to
// agree by us. Where moto is more lenient than AWS, passing here proves nothing; these are known
// (moto 5.2.5) and are proven on the local AWS instead:
// - CreateBucket drops the tags it is sent: they are put back by hand below, as AWS would have kept them
// - OriginAccessControlId and S3OriginConfig of a distribution are forgotten, so that a second run of
//   the private layout sees a distribution without access control: only the fresh create runs here
// - AddClientID and RemoveClientID are missing: the audiences of an existing provider stay as they are
// - a distribution is Deployed at the first look, and there is no edge: the proxy serves the documents
// - CreateBucket ignores the namespace that it is sent: any account gets a name of the regional one
// - CreateOpenIDConnectProvider asks nobody for the documents; trust policies, size quotas, boundaries,
//   ExpectedBucketOwner, public policies under Block Public Access, ETags of CloudFront: not checked
// In one thing moto is stricter than AWS, and wrong: see conditional-denials.ts.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../fixtures/made-requests.ts';
import { openScene, type Scene } from '../flows/scene.ts';
import { awsCli } from './aws-cli.ts';
import { startMoto, type MotoServer } from './moto-server.ts';
import { startRecordingProxy, type RecordingProxy } from './recording-proxy.ts';

const name = 'my-cluster';
const region = 'eu-west-1';
/** In the regional namespace of moto's account. */
const bucket = `${name}-oidc-123456789012-${region}-an`;
const credentials = { AWS_ACCESS_KEY_ID: 'AKIAMOTO', AWS_SECRET_ACCESS_KEY: 'secret' };

let moto: MotoServer;
let proxy: RecordingProxy;
/** Only its folder, clock and way to run the program are used: AWS is moto here. */
let scene: Scene;

beforeEach(async () => {
  moto = await startMoto();
  proxy = await startRecordingProxy(moto.endpoint, bucket);
  scene = await openScene();
  writeMadeRequests(path.join(scene.root, 'requests'), 7);
});

afterEach(async () => {
  await scene.close();
  await proxy.close();
  await moto.close();
});

function createAll(...more: readonly string[]) {
  const place = ['--name', name, '--region', region, '--endpoint-url', proxy.endpoint];
  const requests = ['--credentials-requests-dir', 'requests', '--key-size', '2048'];
  const env = { ...credentials, OIDC_BOOTSTRAP_EDGE_URL: proxy.edgeUrl };
  return scene.run(['create-all', ...place, ...requests, ...more], { env });
}

/** The AWS CLI on moto itself, past the count. */
function cli(...words: readonly string[]): Promise<unknown> {
  return awsCli({ endpoint: moto.endpoint, credentials, region }, words);
}

async function keepBucketTags(): Promise<void> {
  const tags = `TagSet=[{Key=oidc-bootstrap/${name},Value=owned},{Key=Name,Value=${name}}]`;
  await cli('s3api', 'put-bucket-tagging', '--bucket', bucket, '--tagging', tags);
}

describe('create-all on moto', () => {
  it('makes the public layout with seven roles in one call more than ccoctl', async () => {
    const { code, json, stderr } = await createAll('--public-s3-bucket');

    expect({ code, error: code === 0 ? '' : stderr }).toEqual({ code: 0, error: '' });
    expect(json.result).toMatchObject({
      identityProvider: {
        hosting: 's3-public',
        issuer: `https://${bucket}.s3.${region}.amazonaws.com`,
      },
      iamRoles: { roles: { length: 7 } },
    });
    // moto gives a new bucket neither ownership controls nor encryption, as AWS does: two more writes.
    expect(proxy.calls.length).toBeLessThanOrEqual(32 + 2);
    const roles = (await cli('iam', 'list-roles')) as { readonly Roles: readonly unknown[] };
    expect(roles.Roles).toHaveLength(7);
  });

  it('sends no write in a second run of the public layout', async () => {
    await createAll('--public-s3-bucket');
    await keepBucketTags();
    proxy.calls.length = 0;

    const { code, json } = await createAll('--public-s3-bucket');

    expect({ code, changes: json.changes }).toEqual({ code: 0, changes: [] });
    expect(proxy.calls.filter(({ write }) => write)).toEqual([]);
    expect(proxy.calls.length).toBeGreaterThan(0);
  });

  it('makes the private layout with a closed bucket, the distribution before the provider, and seven roles', async () => {
    const { code, json, stderr } = await createAll();

    expect({ code, error: code === 0 ? '' : stderr }).toEqual({ code: 0, error: '' });
    expect(json.result).toMatchObject({
      identityProvider: {
        hosting: 'cloudfront',
        issuer: expect.stringMatching(/^https:\/\/[a-z0-9]+\.cloudfront\.net$/) as unknown,
      },
      iamRoles: { roles: { length: 7 } },
    });
    const writes = proxy.calls.filter(({ write }) => write).map(({ operation }) => operation);
    expect(writes.indexOf('cloudfront:CreateDistributionWithTags')).toBeLessThan(
      writes.indexOf('iam:CreateOpenIDConnectProvider'),
    );
    const access = await cli('s3api', 'get-public-access-block', '--bucket', bucket);
    expect(access).toEqual({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    });
    const document = await cli('s3api', 'head-object', '--bucket', bucket, '--key', 'keys.json');
    expect(document).toMatchObject({
      ContentType: 'application/json',
      CacheControl: 'public, max-age=300',
    });
  });
});
