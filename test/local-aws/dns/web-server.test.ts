// Web servers of a test, as STS and the program's own check reach them.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { testServer } from '../test-clients.ts';
import { startWebServer, type WebServerOptions } from './web-server.ts';

const host = 'oidc.k3s.example.com';

async function served(options: Partial<WebServerOptions> = {}) {
  const server = await testServer();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-web-'));
  fs.writeFileSync(path.join(folder, 'keys.json'), '{"keys":[]}');
  const stop = await startWebServer(server.aws.world, { host, folder, ...options });
  onTestFinished(async () => {
    await stop();
    fs.rmSync(folder, { recursive: true });
  });
  return server;
}

test('a web server with a trusted certificate serves the files of its folder', async () => {
  const server = await served();
  const answer = await server.read(host, '/keys.json');
  expect([answer.status, answer.body.toString()]).toEqual([200, '{"keys":[]}']);
  expect((await server.read(host, '/other')).status).toBe(404);
  const url = server.aws.edgeUrl.replace('{host}', host);
  expect(await (await fetch(`${url}/keys.json`)).text()).toBe('{"keys":[]}');
});

test.each<[string, Partial<WebServerOptions>]>([
  ['an expired certificate', { expired: true }],
  ['a certificate of another host', { certificateFor: 'other.example.com' }],
  ['a certificate of a CA that nobody trusts', { untrusted: true }],
])('with %s there is no answer', async (_, options) => {
  const server = await served(options);
  await expect(server.read(host, '/keys.json')).rejects.toThrow(host);
  const url = server.aws.edgeUrl.replace('{host}', host);
  await expect(fetch(`${url}/keys.json`)).rejects.toThrow('fetch failed');
});

test('a redirect is answered as it is', async () => {
  const server = await served({ redirectTo: 'https://elsewhere.example.com/' });
  const answer = await server.read(host, '/keys.json');
  expect([answer.status, answer.headers['location']]).toEqual([
    302,
    'https://elsewhere.example.com/',
  ]);
});
