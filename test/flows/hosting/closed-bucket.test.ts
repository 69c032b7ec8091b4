// A bucket that its owner closed is not opened without approval. A discovery document with the bucket URL
// does not mean the public layout if the distribution, provider or roles name another issuer.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicAccessBlock, type Bucket } from '../../local-aws/s3/s3-state.ts';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import { makeCcoctlCluster, type CcoctlCluster } from './ccoctl-cluster.ts';
import { bucketName, bucketOf, openScene, type Outcome, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/demo');
const provider = ['create-identity-provider', '--name', 'c'];
const all = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
const url = 'https://c-oidc.s3.eu-west-1.amazonaws.com';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

function bucket(): Bucket {
  const found = bucketOf(scene.aws);
  if (found === undefined) throw new Error('there is no bucket');
  return found;
}

/** Changes the issuer in the discovery document by hand. */
function setIssuer(from: string, to: string): void {
  const object = bucket().objects.get('.well-known/openid-configuration');
  if (object === undefined) throw new Error('there is no discovery document');
  object.body = Buffer.from(object.body.toString().replaceAll(from, to));
}

/** Runs the program and checks that it wrote nothing. */
async function refusedWithoutWrite(words: readonly string[]): Promise<Outcome> {
  const before = scene.aws.calls.length;
  const outcome = await scene.run(words);
  const writes = scene.aws.calls.slice(before).filter((call) => call.write);
  expect(writes.map((call) => call.operation)).toEqual([]);
  return outcome;
}

describe('a private cluster of an old ccoctl whose discovery document has the bucket URL', () => {
  let cluster: CcoctlCluster;
  beforeEach(async () => {
    cluster = await makeCcoctlCluster(scene.aws, {
      name: 'c',
      layout: 'private',
      advance: scene.clock.advance,
    });
    setIssuer(cluster.issuer, url);
  });

  it.each([
    ['create-identity-provider', provider],
    ['create-all', all],
    ['ccoctl’s own flag', [...all, '--create-private-s3-bucket']],
    ['the public layout', [...provider, '--public-s3-bucket', '--yes']],
    ['a rotation', ['rotate-keys', 'stage', '--name', 'c']],
  ])('is refused before any write, and the error names both issuers: %s', async (_, words) => {
    const { code, json } = await refusedWithoutWrite(words);
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.details).toMatchObject({ issuer: url, wantedIssuer: cluster.issuer });
    expect(json.error.hint).not.toMatch(/delete/);
    expect(bucket().publicAccessBlock).toEqual(publicAccessBlock(true));
  });

  it('is adopted after the document was corrected as the hint says', async () => {
    const { json: refused } = await scene.run(all);
    expect(refused.error.hint).toContain('.well-known/openid-configuration in the bucket by hand');
    setIssuer(url, cluster.issuer);
    const { code, json, stderr } = await scene.run(all);
    expect(code, stderr).toBe(0);
    expect(json.result.identityProvider).toMatchObject({
      issuer: cluster.issuer,
      hosting: 'cloudfront-oai',
    });
    expect(bucket().publicAccessBlock).toEqual(publicAccessBlock(true));
  });

  it('is recognized by its provider without its distribution, and by its roles without both', async () => {
    scene.aws.state.cloudfront.distributions.clear();
    const byProvider = await refusedWithoutWrite(provider);
    expect(byProvider.json.error.message).toContain('IAM provider "');
    expect(byProvider.json.error.details.wantedIssuer).toBe(cluster.issuer);
    iamAccount(scene.aws.state.iam, '111122223333').oidcProviders.clear();
    const byRole = await refusedWithoutWrite([...provider, '--public-s3-bucket', '--yes']);
    expect(byRole.code).toBe(5);
    expect(byRole.json.error.message).toContain(
      'role "c-openshift-ingress-operator-cloud-credentials"',
    );
    expect(byRole.json.error.details.wantedIssuer).toBe(cluster.issuer);
  });
});

describe('a public bucket whose owner turned Block Public Access on', () => {
  const open = [...provider, '--public-s3-bucket'];
  const own = `https://${bucketName()}.s3.eu-west-1.amazonaws.com`;
  beforeEach(async () => {
    await scene.run(['create-key-pair', '--key-size', '2048']);
    expect((await scene.run(open)).code).toBe(0);
    bucket().publicAccessBlock = publicAccessBlock(true);
  });

  it.each([
    ['create-identity-provider', provider],
    ['create-all', all],
    ['a dry run', [...provider, '--dry-run']],
    ['a rotation', ['rotate-keys', 'stage', '--name', 'c']],
  ])('stays closed without --public-s3-bucket: %s', async (_, words) => {
    const { code, json } = await refusedWithoutWrite(words);
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.details).toMatchObject({ issuer: own, wantedIssuer: null });
    expect(json.error.hint).toContain('--public-s3-bucket');
  });

  it('stays closed without approval, and if a wrong name is typed', async () => {
    const { code, json } = await refusedWithoutWrite(open);
    expect([code, json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
    expect(json.error.hint).toContain('--yes');
    expect((await scene.run(open, { answers: ['y'] })).code).toBe(130);
    expect(bucket().publicAccessBlock).toEqual(publicAccessBlock(true));
  });

  it.each([
    ['--yes', [...open, '--yes'], undefined],
    ['the typed name', open, ['c']],
  ])('is opened by --public-s3-bucket with %s', async (_, words, answers) => {
    const { code, json } = await scene.run(words, answers === undefined ? {} : { answers });
    expect(code).toBe(0);
    expect(json.changes.map(({ detail }) => detail)).toEqual(['Block Public Access']);
    expect((await scene.run(provider)).json.changes).toEqual([]);
  });

  it('does not stop rotate-keys status', async () => {
    expect((await scene.run(['rotate-keys', 'status', '--name', 'c'])).code).toBe(0);
  });

  it('is refused if somebody put a distribution before it, and the error names both issuers', async () => {
    const other = await makeCcoctlCluster(scene.aws, {
      name: 'hand',
      layout: 'private',
      advance: scene.clock.advance,
    });
    for (const { config } of scene.aws.state.cloudfront.distributions.values()) {
      for (const origin of config.Origins?.Items ?? []) {
        Object.assign(origin, { DomainName: `${bucketName()}.s3.eu-west-1.amazonaws.com` });
      }
    }
    const { code, json } = await refusedWithoutWrite([...open, '--yes']);
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.details).toMatchObject({ issuer: own, wantedIssuer: other.issuer });
  });
});

describe('a first run of the public layout that was interrupted', () => {
  it('is continued without approval while the bucket is empty', async () => {
    await scene.run(['create-key-pair', '--key-size', '2048']);
    scene.aws.deny('s3:PutBucketPublicAccessBlock');
    const open = [...provider, '--public-s3-bucket'];
    expect((await scene.run(open)).code).toBe(4);
    expect(bucket().publicAccessBlock).toEqual(publicAccessBlock(true));
    scene.aws.allow('s3:PutBucketPublicAccessBlock');
    const { code, json } = await scene.run(open);
    expect(code, json.error?.message).toBe(0);
    expect(json.result.hosting).toBe('s3-public');
  });
});
