// The bucket of a name in the account's regional namespace, which is the default of a new name, and in the
// global one: which is made, which is kept, and what is refused before any write.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newBucket } from '../../local-aws/s3/s3-state.ts';
import { bucketName, openScene, type Outcome, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
const open = [...create, '--public-s3-bucket'];
const inGlobal = ['--bucket-namespace', 'global'];
const inRegional = ['--bucket-namespace', 'account-regional'];
const roles = ['create-iam-roles', '--service-account', 'shop/web'];
const stranger = '444455556666';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

const buckets = (): readonly string[] => [...scene.aws.state.s3.buckets.keys()];

/** Runs in a folder of its own, as another operator would, and checks that nothing was written. */
async function refused(words: readonly string[], region = 'eu-west-1'): Promise<Outcome> {
  const folder = `${scene.root}/another`;
  const before = scene.aws.calls.length;
  const outcome = await scene.run([...words, '--region', region], { folder });
  expect(scene.aws.calls.slice(before).filter((call) => call.write)).toEqual([]);
  return outcome;
}

function addBucket(name: string, account: string, tags: { [key: string]: string } = {}): void {
  const made = newBucket({ name, account, region: 'eu-west-1', created: new Date(0) });
  scene.aws.state.s3.buckets.set(name, { ...made, tags });
}

const ours = { 'oidc-bootstrap/c': 'owned' };

describe('the bucket of a new name', () => {
  it('is in the account regional namespace by default', async () => {
    const { code, json } = await scene.run(create);
    expect([code, json.result.bucket, json.warnings]).toEqual([0, bucketName(), []]);
    const again = await scene.run([...create, ...inRegional]);
    expect([again.code, again.json.changes]).toEqual([0, []]);
  });

  it('is in the global namespace where the flag says so, and stays there without it', async () => {
    const { code, json } = await scene.run([...create, ...inGlobal]);
    expect([code, json.result.bucket, json.warnings]).toEqual([0, 'c-oidc', []]);
    const again = await scene.run(create);
    expect([again.code, again.json.changes]).toEqual([0, []]);
    const staged = await scene.run(['rotate-keys', 'stage', '--name', 'c', '--key-size', '2048']);
    expect(staged.code, staged.stderr).toBe(0);
  });

  it('is named by verify where it is public and others can claim its name one day', async () => {
    await scene.run([...open, ...inGlobal]);
    const { json } = await scene.run(['verify', '--name', 'c']);
    const row = json.result.checks.find(({ id }: { id: string }) => id === 'hosting-namespace');
    expect([row.status, row.subject]).toEqual(['warn', 'c-oidc']);
  });

  it('is in the global namespace where the name does not fit, with a note', async () => {
    const name = 'n'.repeat(33);
    const words = ['create-identity-provider', '--name', name];
    const { code, json } = await scene.run(words);
    expect([code, json.result.bucket]).toEqual([0, `${name}-oidc`]);
    expect(json.warnings.join()).toMatch(/global namespace.*at most 32 characters/);
    expect((await scene.run(words)).json.warnings).toEqual([]);
    const { json: asked, code: usage } = await refused([...words, ...inRegional]);
    expect([usage, asked.error.code]).toEqual([2, 'USAGE']);
    expect(asked.error.message).toContain('at most 32 characters');
  });

  it('is in the global namespace in a Region without the other', async () => {
    const { code, json } = await scene.run([...create, '--region', 'me-south-1']);
    expect([code, json.result.bucket]).toEqual([0, 'c-oidc']);
    expect(json.warnings.join()).toContain('region "me-south-1" has no account regional namespace');
  });

  it('does not need the global name that another account has', async () => {
    addBucket('c-oidc', stranger);
    const { code, json } = await scene.run(create);
    expect([code, json.result.bucket]).toEqual([0, bucketName()]);
    expect((await scene.run(create)).json.changes).toEqual([]);
  });

  it('is planned without credentials, with a placeholder for the account', async () => {
    const env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { code, json } = await scene.run([...open, '--dry-run'], { env });
    expect([code, json.result.bucket, json.result.issuer]).toEqual([0, null, null]);
    expect(JSON.parse(scene.read('01-s3api-create-bucket.json'))).toMatchObject({
      Bucket: 'c-oidc-<account-id>-eu-west-1-an',
      BucketNamespace: 'account-regional',
    });
  });

  it('is not made where S3 refuses its namespace, and the hint names the flag', async () => {
    scene.aws.deny('s3:CreateBucket');
    expect((await scene.run(create)).json.error.hint).toContain('--bucket-namespace global');
    const { json } = await scene.run([...create, ...inGlobal]);
    expect(json.error.hint).toContain('--bucket-namespace account-regional');
  });
});

describe('the bucket that is there', () => {
  it.each([
    [inGlobal, inRegional],
    [inRegional, inGlobal],
  ])('is refused if the flag contradicts it: made with %j', async (first, second) => {
    expect((await scene.run([...create, ...first])).code).toBe(0);
    const { code, json } = await refused([...create, ...second]);
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.hint).toContain('leave out --bucket-namespace');
  });

  it('is not chosen by the program where two are tagged for the name', async () => {
    await scene.run(create);
    addBucket('c-oidc', '111122223333', ours);
    const { code, json } = await refused(create);
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.details.buckets).toEqual([bucketName(), 'c-oidc']);
    addBucket('c-oidc', '111122223333');
    expect((await scene.run(create)).json.changes).toEqual([]);
  });

  it('is found by a caller that may look at its name alone', async () => {
    await scene.run([...create, ...inGlobal]);
    scene.aws.deny('s3:ListBucket', /c-oidc-\d/);
    const { code, json, stderr } = await scene.run(create);
    expect([code, json.changes], stderr).toEqual([0, []]);
  });
});

describe('one name in a second Region', () => {
  it.each([
    ['a private', create],
    ['a public', open],
  ])('is refused, and the Region of %s issuer is named', async (_, words) => {
    expect((await scene.run(words)).code).toBe(0);
    const { code, json } = await refused(words, 'eu-north-1');
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.hint).toBe('run again with --region eu-west-1');
    expect(json.error.details.bucket).toBe(bucketName());
    for (const later of [['rotate-keys', 'stage'], roles]) {
      const run = await refused([...later, '--name', 'c'], 'eu-north-1');
      expect([run.code, run.json.error.hint]).toEqual([5, 'run again with --region eu-west-1']);
    }
  });
});

describe('a bucket that was deleted', () => {
  it.each([
    ['a private', create, inGlobal],
    ['a private', create, inRegional],
    ['a public', open, inGlobal],
    ['a public', open, inRegional],
  ])('is made again under the same name: %s one, %s %j', async (_, words, namespace) => {
    const { json } = await scene.run([...words, ...namespace]);
    const [lost] = buckets();
    scene.aws.state.s3.buckets.clear();
    const key = ['--public-key-file', `${scene.folder}/serviceaccount-signer.public`];
    const again = await scene.run([...words, ...key]);
    expect(again.code, again.stderr).toBe(0);
    expect([again.json.result.issuer, buckets()]).toEqual([json.result.issuer, [lost]]);
  });

  it('cannot be claimed in the regional namespace, and that is said', async () => {
    await scene.run(open);
    scene.aws.state.s3.buckets.clear();
    const { json } = await refused(create);
    expect(json.error.message).toContain('nobody outside this account can make a bucket');
  });

  it.each([
    ['a private', create],
    ['a public', open],
  ])('and claimed by another account stops every run: %s one', async (_, words) => {
    await scene.run([...words, ...inGlobal]);
    scene.aws.state.s3.buckets.clear();
    addBucket('c-oidc', stranger);
    for (const again of [words, [...words, ...inRegional]]) {
      const { code, json } = await refused(again);
      expect([code, json.error.code]).toEqual([5, 'NAME_TAKEN']);
      expect(json.error.hint).toContain('delete the provider now');
    }
    // Without the provider, the distribution still reads what the other account publishes.
    scene.aws.state.iam.accounts.get('111122223333')?.oidcProviders.clear();
    const { code } = await scene.run(words, { folder: `${scene.root}/third` });
    expect(code).toBe(words === create ? 5 : 2);
  });
});
