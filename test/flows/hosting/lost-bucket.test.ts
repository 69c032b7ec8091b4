// An issuer at a bucket URL whose bucket was deleted: anybody can create a bucket of that name and sign
// tokens for every role. As long as IAM trusts the issuer, the first message says so.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newBucket } from '../../local-aws/s3/s3-state.ts';
import { openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
const inGlobal = ['--bucket-namespace', 'global'];
const host = 'c-oidc.s3.eu-west-1.amazonaws.com';
const arn = `arn:aws:iam::111122223333:oidc-provider/${host}`;
const command = `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}`;
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.run(['create-key-pair', '--key-size', '2048']);
  expect((await scene.run([...create, '--public-s3-bucket', ...inGlobal])).code).toBe(0);
  scene.aws.state.s3.buckets.clear();
});
afterEach(async () => {
  await scene.close();
});

const writes = (): number => scene.aws.calls.filter((call) => call.write).length;

function takeBucket(account: string): void {
  const facts = { name: 'c-oidc', account, region: 'eu-west-1', created: new Date() };
  scene.aws.state.s3.buckets.set('c-oidc', newBucket(facts));
}

describe('an issuer whose bucket was deleted', () => {
  it.each([
    ['the folder of the issuer', 'out'],
    ['another folder', 'other'],
  ])('is refused with the command that deletes its provider: %s', async (_, folder) => {
    const before = writes();
    const { code, json } = await scene.run(create, { folder: `${scene.root}/${folder}` });
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.message).toMatch(/is gone, and IAM provider .* still trusts it/);
    expect(json.error.hint).toMatch(new RegExp(`^delete the provider now: ${command}`));
    expect(json.error.details).toMatchObject({
      issuer: `https://${host}`,
      identityProviderArn: arn,
    });
    expect(writes()).toBe(before);
  });

  it('is found without permission to list providers', async () => {
    scene.aws.deny('iam:ListOpenIDConnectProviders');
    const { json } = await scene.run(create);
    expect(json.error.hint).toContain(command);
  });

  it('is found from another region', async () => {
    const { json } = await scene.run([...create, '--region', 'eu-north-1'], {
      folder: `${scene.root}/other`,
    });
    expect(json.error.hint).toContain(command);
  });

  it('is the first warning of a run that asks for the public layout', async () => {
    const { json } = await scene.run([...create, '--public-s3-bucket']);
    expect(json.error.code).toBe('KEY_NOT_PUBLISHED');
    expect(json.warnings[0]).toContain(command);
  });

  it('gives no warning after the provider was deleted', async () => {
    scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.clear();
    const { json } = await scene.run(create);
    expect(json.error.code).toBe('FILE_EXISTS');
    const anew = `${scene.root}/anew`;
    await scene.run(['create-key-pair', '--key-size', '2048'], { folder: anew });
    expect((await scene.run(create, { folder: anew })).code).toBe(0);
  });
});

describe('an issuer whose bucket name belongs to another account', () => {
  it('is refused with the command that deletes its provider', async () => {
    takeBucket('444455556666');
    for (const words of [create, [...create, '--public-s3-bucket']]) {
      const { code, json } = await scene.run(words);
      expect([code, json.error.code]).toEqual([5, 'NAME_TAKEN']);
      expect(json.error.message).toContain(`trusts IAM provider "${arn}"`);
      expect(json.error.hint).toContain(
        `delete the provider now, unless the bucket is yours: ${command}`,
      );
    }
  });

  it('gets the usual error for a taken name if no provider trusts it', async () => {
    takeBucket('444455556666');
    scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.clear();
    const { json } = await scene.run([...create, ...inGlobal]);
    expect(json.error.message).not.toContain('trusts');
    expect(json.error.hint).toMatch(
      /^another account owns it: choose another --name, or give --bucket-namespace account-regional/,
    );
  });
});
