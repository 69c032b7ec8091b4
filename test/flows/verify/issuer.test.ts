// verify --issuer-url alone: the public side of any issuer, without a name, a region or credentials.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWebServer, type WebServerOptions } from '../../local-aws/dns/web-server.ts';
import { openScene, type Outcome, type Scene } from '../scene.ts';
import { findings } from './verify-scene.ts';

const host = 'oidc.example.com';
const issuer = `https://${host}`;
const keyPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...keyPair.publicKey.export({ format: 'jwk' }), kid: 'a', use: 'sig', alg: 'RS256' };
const discovery = {
  issuer,
  jwks_uri: `${issuer}/keys.json`,
  id_token_signing_alg_values_supported: ['RS256'],
};

let scene: Scene;
let site: string;
let server: WebServerOptions;
let stop: () => Promise<void>;
beforeAll(async () => {
  scene = await openScene();
  site = path.join(scene.root, 'site');
  server = { host, folder: site };
  stop = await startWebServer(scene.aws.world, server);
});
beforeEach(() => {
  put('.well-known/openid-configuration', JSON.stringify(discovery));
  put('keys.json', JSON.stringify({ keys: [key] }));
});
afterEach(() => {
  server.redirectTo = undefined;
});
afterAll(async () => {
  await stop();
  await scene.close();
});

function put(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(site, file)), { recursive: true });
  fs.writeFileSync(path.join(site, file), text);
}

async function verify(url = issuer): Promise<Outcome> {
  const env = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_REGION: undefined,
    OIDC_BOOTSTRAP_ENDPOINT_URL: undefined,
  };
  return await scene.run(['verify', '--issuer-url', url], { env });
}

describe('the public side of an issuer', () => {
  it('is green without credentials and without a call of AWS', async () => {
    const { code, json } = await verify();
    expect(code, JSON.stringify(json.error)).toBe(0);
    expect(json.result.issuer).toBe(issuer);
    const ids = (json.result.checks as readonly { readonly id: string }[]).map(({ id }) => id);
    expect(ids).toContain('documents-key');
    expect(scene.aws.calls).toEqual([]);
  });

  const withDiscovery = (change: object) => () =>
    put('.well-known/openid-configuration', JSON.stringify({ ...discovery, ...change }));
  const withKeys = (keys: readonly object[]) => () => put('keys.json', JSON.stringify({ keys }));
  const { d: leaked } = keyPair.privateKey.export({ format: 'jwk' });
  it.each<readonly [fault: string, id: string, text: string, inject: () => void]>([
    [
      'a redirect',
      'documents-discovery',
      'redirects',
      () => (server.redirectTo = 'http://10.0.0.1/'),
    ],
    [
      'no document',
      'documents-discovery',
      'HTTP 404',
      () => fs.rmSync(path.join(site, '.well-known'), { recursive: true }),
    ],
    [
      'a page',
      'documents-discovery',
      'not JSON',
      () => put('.well-known/openid-configuration', '<html>'),
    ],
    [
      '2 MiB',
      'documents-discovery',
      'larger than',
      () => put('.well-known/openid-configuration', ' '.repeat(2 * 1024 * 1024)),
    ],
    [
      'a trailing slash',
      'documents-issuer',
      'letter by letter',
      withDiscovery({ issuer: `${issuer}/` }),
    ],
    [
      'a private jwks_uri',
      'documents-jwks-uri',
      'private address',
      withDiscovery({ jwks_uri: 'https://169.254.169.254/keys' }),
    ],
    [
      'a jwks_uri over HTTP',
      'documents-jwks-uri',
      'not an https URL',
      withDiscovery({ jwks_uri: `http://${host}/keys.json` }),
    ],
    [
      'other algorithms',
      'documents-algorithms',
      'PS256 only',
      withDiscovery({ id_token_signing_alg_values_supported: ['PS256'] }),
    ],
    ['no key', 'documents-key-set', 'no key that STS can use', withKeys([])],
    ['a private key', 'documents-key-set', 'private key of "a"', withKeys([{ ...key, d: leaked }])],
    [
      '101 keys',
      'documents-key-set',
      '101 RSA keys',
      withKeys(Array.from({ length: 101 }, (_, index) => ({ ...key, kid: `k${index}` }))),
    ],
    [
      'a kid of two keys',
      'documents-key',
      'two different keys',
      withKeys([key, { ...key, e: 'AQAD' }]),
    ],
    [
      'a secret',
      'documents-key',
      'symmetric secret',
      withKeys([key, { kty: 'oct', k: 'c2VjcmV0', kid: 'b' }]),
    ],
    [
      'an algorithm of another kind',
      'documents-key',
      'PS256',
      withKeys([{ ...key, alg: 'PS256' }]),
    ],
    [
      'a key for encryption',
      'documents-key',
      'not for signatures',
      withKeys([key, { ...key, kid: 'b', use: 'enc' }]),
    ],
  ])('with %s fails %s first', async (_, id, text, inject) => {
    inject();
    const found = await verify();
    const [first] = findings(found);
    expect([first?.id, first?.detail]).toEqual([id, expect.stringContaining(text)]);
    expect(found.stdout).not.toContain(leaked);
  });

  it.each([
    [
      'a document of 2 MiB',
      /serve the document itself/,
      () => put('.well-known/openid-configuration', ' '.repeat(2 * 1024 * 1024)),
    ],
    ['a page in place of the key set', /serve a key set/, () => put('keys.json', '<html>')],
  ])('with %s has a hint for that', async (_, hint, inject) => {
    inject();
    const [first] = findings(await verify());
    expect(first?.hint).toMatch(hint);
  });

  it('with a set of thousands of keys fails at once, and judges none of them', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({ kid: `k${index}`, kty: 'RSA' }));
    put('keys.json', JSON.stringify({ keys: many }));
    const { json } = await verify();
    expect(json.error.message).toContain('20000 keys');
    expect(json.result.checks.length).toBeLessThan(20);
  });

  it.each([
    ['https://user:secret@oidc.example.com', 'user name or password'],
    ['https://oidc.example.com:8443', 'names the port'],
    ['http://oidc.example.com', 'http://'],
    ['https://10.0.0.1', 'IP address'],
  ])('%s is a usage error', async (url, text) => {
    const { code, stderr } = await verify(url);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('secret');
  });

  it('shows a checklist, and the finding to mend first at its end', async () => {
    put(
      'keys.json',
      JSON.stringify({
        keys: [
          { ...key, kid: 'b' },
          { ...key, kid: 'b' },
        ],
      }),
    );
    const { code, stdout, stderr } = await scene.run(['verify', '--issuer-url', issuer], {
      text: true,
    });
    expect(code).toBe(3);
    expect(stdout).toContain(
      '\nDocuments\n  pass    8 checks; --verbose lists them\n  fail    documents-key: b\n',
    );
    expect(stdout).toMatch(
      /\nfail documents-key\n {2}key "b" is listed twice .*\n {2}to do: .*\n\n\d+ passed, .* 1 failed\.\n$/,
    );
    expect(stderr).toContain('error: documents-key: key "b"');
  });
});
