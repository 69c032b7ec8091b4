// The guide for k3s with a web server of its own: documents rendered from what an API server lists,
// served from a folder, provider and role of that issuer, and a pod's token that STS accepts.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../../cli/fake-host.ts';
import { startWebServer } from '../../local-aws/dns/web-server.ts';
import { askSts, mintToken } from '../rotation/api-server.ts';
import { bucketOf, openScene, type Scene } from '../scene.ts';
import {
  documentFiles,
  issuer,
  newKey,
  openDocumentsScene,
  type DocumentsScene,
} from './documents-scene.ts';

const [signer, earlier] = [newKey(), newKey()];
const host = issuer.slice('https://'.length);
const subject = 'system:serviceaccount:shop:web';
const roleArn = 'arn:aws:iam::111122223333:role/web';
let cloud: Scene;
let documents: DocumentsScene;
let stop: () => Promise<void>;

beforeEach(async () => {
  cloud = await openScene({ deployMs: 0 });
  documents = openDocumentsScene();
  fs.mkdirSync(documents.site);
  stop = await startWebServer(cloud.aws.world, { host, folder: documents.site });
});
afterEach(async () => {
  await stop();
  documents.close();
  await cloud.close();
});

/** The IAM side, made by the program: the provider, and a role that trusts one service account. */
async function trustIssuer(): Promise<void> {
  const words = ['create-all', '--name', 'k3s', '--issuer-url', issuer];
  const role = ['--service-account', 'shop/web', '--role-name', 'web'];
  const { code, stderr } = await cloud.run([...words, ...role]);
  expect(code, stderr).toBe(0);
  // IAM is seen everywhere a little later.
  cloud.clock.advance(60_000);
}

const ask = (key: typeof signer): Promise<string> => {
  const claims = { issuer, subject, audience: 'sts.amazonaws.com', now: cloud.clock.now() };
  return askSts(cloud.aws.endpoint, { token: mintToken(key.secret, claims), roleArn });
};

it('has tokens of the API server accepted, also after a night in which it was down', async () => {
  const keySet = documents.keySet('api-server.json', [signer, earlier]);
  const rendered = await documents.render([keySet]);
  expect(rendered.code, rendered.err).toBe(0);
  await trustIssuer();
  expect(await ask(signer)).toBe('accepted');
  expect(await ask(earlier)).toBe('accepted');

  // The timer of every night: `kubectl get --raw` fails and leaves an empty file.
  documents.file('api-server.json', '');
  const down = await documents.render([keySet]);
  expect([down.code, down.json.error.code]).toEqual([2, 'INPUT_INVALID']);
  cloud.clock.advance(2 * 3_600_000);
  expect(await ask(signer)).toBe('accepted');

  documents.keySet('api-server.json', [signer, earlier]);
  expect((await documents.render([keySet])).json.changes).toEqual([]);
  const removed = await documents.render([keySet], ['--remove-key', earlier.kid]);
  expect(removed.code, removed.err).toBe(0);
  cloud.clock.advance(2 * 3_600_000);
  expect(await ask(signer)).toBe('accepted');
  expect(await ask(earlier)).toBe('InvalidIdentityTokenException');
});

it('has tokens accepted where the documents are made from a PEM file', async () => {
  const rendered = await documents.render([documents.file('sa.pub', signer.pem)]);
  expect(rendered.code, rendered.err).toBe(0);
  await trustIssuer();
  expect(await ask(signer)).toBe('accepted');
  expect(await ask(earlier)).toBe('InvalidIdentityTokenException');
});

it('writes the very bytes that create-identity-provider publishes', async () => {
  const keySet = documents.keySet('keys.json', [signer, { ...earlier, kid: 'signer-2' }]);
  const file = path.join(documents.root, keySet);
  const made = await cloud.run([
    'create-identity-provider',
    '--name',
    'c',
    '--public-key-file',
    file,
  ]);
  expect(made.code, made.stderr).toBe(0);
  const words = ['--issuer-url', made.json.result.issuer, '--public-key-file', file];
  const { code, err } = await runCli(['render-documents', ...words, '--documents-dir', 'site'], {
    cwd: documents.root,
  });
  expect(code, err).toBe(0);
  const objects = bucketOf(cloud.aws)?.objects;
  for (const name of documentFiles) {
    expect(documents.read(name)).toBe(objects?.get(name)?.body.toString());
  }
});
