// The output and the errors that only create-all has, beyond those of its three commands.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bucketName, openScene, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const all = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
const small = ['--key-size', '2048'];
const otherArn = 'arn:aws:iam::111122223333:oidc-provider/other.example.com';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

const writes = (): number => scene.aws.calls.filter((call) => call.write).length;

it('refuses before any write a provider ARN that is not of its own issuer', async () => {
  const { code, json } = await scene.run([...all, '--identity-provider-arn', otherArn]);
  expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
  expect(json.error.details).toEqual({ issuer: null, wantedIssuer: 'https://other.example.com' });
  expect(json.error.hint).toContain('create-iam-roles');
  expect(writes()).toBe(0);
});

it('accepts the provider ARN of its own issuer, and refuses another one', async () => {
  const { json: first } = await scene.run([...all, ...small]);
  const { identityProviderArn, issuer } = first.result.identityProvider;
  const before = writes();
  const same = await scene.run([...all, '--identity-provider-arn', identityProviderArn]);
  expect([same.code, same.json.changes]).toEqual([0, []]);
  const other = await scene.run([...all, '--identity-provider-arn', otherArn]);
  expect([other.code, other.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
  expect(other.json.error.details.issuer).toBe(issuer);
  expect(writes()).toBe(before);
});

it('plans without credentials in the folder of a live issuer and keeps the manifests there', async () => {
  await scene.run([...all, ...small]);
  const manifest = 'manifests/cluster-authentication-02-config.yaml';
  const before = scene.read(manifest);
  const nobody = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
  const { code, json } = await scene.run([...all, '--dry-run'], { env: nobody });
  expect(code).toBe(0);
  expect(json.warnings.join()).toContain('plan for an empty account');
  expect(json.changes.map(({ action }) => action)).toContain('create');
  expect(scene.read(manifest)).toBe(before);
});

it('plans the signing key as a change only if there is no key yet', async () => {
  const keyChanges = async (words: readonly string[]): Promise<readonly string[]> => {
    const { json } = await scene.run(words);
    const made = json.changes.filter(({ resource }) => resource === 'signing-key');
    return made.map(({ action, id, detail }) => `${action} ${id}: ${detail}`);
  };
  const made = ['create serviceaccount-signer.private: RSA, 2048 bits'];
  expect(await keyChanges([...all, ...small, '--dry-run'])).toEqual(made);
  expect(await keyChanges([...all, ...small])).toEqual(made);
  expect(await keyChanges([...all, '--dry-run'])).toEqual([]);
});

it('shows each AWS call and its duration with --verbose only', async () => {
  const call = /^s3:CreateBucket \d+ ms$/m;
  const plain = await scene.run([...all, ...small, '--dry-run']);
  expect(plain.stderr).not.toMatch(/ \d+ ms/);
  expect((await scene.run([...all, ...small, '--verbose'])).stderr).toMatch(call);
});

it('shows each step with --verbose', async () => {
  const { stderr } = await scene.run([...all, ...small, '--verbose']);
  const steps = stderr
    .split('\n')
    .filter((line) => /^(?:looking|bucket|CloudFront in|documents|IAM OIDC|2 IAM)/.test(line));
  // The two looks go side by side.
  expect(steps.slice(0, 2).toSorted()).toEqual([
    'looking for the hosting of "c"',
    'looking for the roles of 2 CredentialsRequests',
  ]);
  expect(steps.slice(2)).toEqual([
    `bucket ${bucketName()}`,
    `CloudFront in front of ${bucketName()}`,
    expect.stringMatching(/^documents of https:\/\/\w+\.cloudfront\.net$/),
    expect.stringMatching(/^IAM OIDC provider arn:/),
    '2 IAM roles and their policies',
  ]);
});

it('gives working steps to start again after the distribution of a published issuer was deleted', async () => {
  const { json: first } = await scene.run([...all, ...small]);
  const { issuer, bucket } = first.result.identityProvider;
  scene.aws.state.cloudfront.distributions.clear();
  const gone = await scene.run(all);
  expect([gone.code, gone.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
  expect(gone.json.error.hint).toMatch(
    /delete its IAM provider, its roles and the documents .* --output-dir/,
  );

  scene.aws.state.s3.buckets.get(bucket)?.objects.clear();
  const anew = path.join(scene.root, 'anew');
  const trusted = await scene.run([...all, ...small], { folder: anew });
  expect([trusted.code, trusted.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
  expect(trusted.json.error.hint).toContain('aws iam delete-open-id-connect-provider');
  expect(trusted.json.error.details).toMatchObject({ issuer, wantedIssuer: null });

  scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.clear();
  const half = await scene.run([...all, ...small], { folder: anew });
  expect([half.code, half.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
  expect(half.json.error.message).toMatch(/^2 roles trust issuer "https:.*", not the new issuer: /);
  expect(half.json.error.details).toMatchObject({ issuer, wantedIssuer: null });

  scene.aws.state.iam.accounts.get('111122223333')?.roles.clear();
  const { code, json } = await scene.run([...all, ...small], { folder: anew });
  expect(code).toBe(0);
  expect(json.result.identityProvider.issuer).not.toBe(issuer);
});

it('ends with what would change, what changed, or that nothing changed, and removes the applied plan', async () => {
  const text = { text: true };
  const folder = path.resolve('test/fixtures/credentials-requests/demo');
  const elsewhere = { ...text, folder: path.join(scene.root, 'elsewhere') };
  const other = await scene.run([...all.slice(0, -1), folder, ...small, '--dry-run'], elsewhere);
  expect(other.stderr).toMatch(/^note: 2 CredentialsRequests skipped: /m);
  const plan = await scene.run([...all, ...small, '--dry-run'], text);
  expect(lastLine(plan.stdout)).toMatch(
    /^Plan: \d+ to create, \d+ to update, 0 to delete\. This was a dry run: nothing was written to AWS\.$/,
  );
  expect(requestFiles()).not.toEqual([]);

  const first = await scene.run([...all, ...small], text);
  expect(first.stdout).not.toContain('Nothing changed');
  expect(lastLine(first.stdout)).toMatch(/^Done: \d+ created, \d+ updated, 0 deleted\.$/);
  expect(first.stderr).toMatch(/^note: removed \d+ request files of an earlier dry run$/m);
  expect(requestFiles()).toEqual([]);

  const second = await scene.run([...all], text);
  expect(second.stdout.split('\n')[0]).toBe('Nothing changed: everything is up to date.');
  expect(lastLine(second.stdout)).toBe('Nothing changed: everything is up to date.');
  const quiet = await scene.run([...all, '--quiet'], text);
  expect(quiet.stderr).toBe('');
});

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const requestFiles = (): readonly string[] =>
  fs.readdirSync(scene.folder).filter((name) => /^\d\d-/.test(name));
