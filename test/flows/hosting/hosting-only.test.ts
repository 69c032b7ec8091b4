// Hosting first, key later: for a signer that needs the issuer's host name before it makes its key.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bucketOf, openScene, type Scene } from '../scene.ts';

const create = ['create-identity-provider', '--name', 'c'];
let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
});
afterEach(async () => {
  await scene.close();
});

it.each([[[]], [['--public-s3-bucket']]])(
  'hosting alone has no document, key or provider, and a run with a key goes on (flags %j)',
  async (flags) => {
    const only = [...create, '--hosting-only', ...flags];
    const { code, json, stderr } = await scene.run(only);
    expect(code, stderr).toBe(0);
    const { issuer } = json.result;
    expect(json.result).toMatchObject({ keyIds: [], identityProviderArn: null, clusterSteps: [] });
    expect(issuer).toMatch(/^https:\/\//);
    expect(bucketOf(scene.aws)?.objects.size).toBe(0);
    expect(json.changes.map(({ resource }) => resource)).not.toContain('iam-oidc-provider');
    const again = await scene.run(only);
    expect([again.code, again.json.changes, again.json.result.issuer]).toEqual([0, [], issuer]);

    const { stdout } = await scene.run(only, { text: true });
    expect(stdout).toContain(issuer);
    expect(stdout).not.toContain('identity provider');

    const early = await scene.run(create);
    expect([early.code, early.json.error.code]).toEqual([2, 'FILE_UNREADABLE']);
    await scene.run(['create-key-pair', '--key-size', '2048']);
    const whole = await scene.run(create);
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.json.result.issuer).toBe(issuer);
    expect(whole.json.result.keyIds).toHaveLength(1);
    const after = await scene.run(only);
    expect([after.code, after.json.changes]).toEqual([0, []]);
    expect(after.json.result.identityProviderArn).toBe(whole.json.result.identityProviderArn);
  },
);

it('hosting alone takes no flag about keys, provider or documents that are served elsewhere', async () => {
  fs.writeFileSync(path.join(scene.root, 'key.pem'), '');
  const words = [
    '--public-key-file',
    'key.pem',
    '--audience',
    'a',
    '--issuer-url',
    'https://a.example.com',
  ];
  const { code, json } = await scene.run([...create, '--hosting-only', ...words]);
  expect([code, json.error.code]).toEqual([2, 'USAGE']);
  for (const flag of ['--public-key-file', '--audience', '--issuer-url']) {
    expect(JSON.stringify(json.error)).toContain(flag);
  }
  expect(scene.aws.calls).toEqual([]);
});
