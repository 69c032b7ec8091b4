// An issuer whose documents somebody else serves: the IAM side only, after a look at the documents as
// STS reads them. What STS would refuse ends the command before any write.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMadeRequests } from '../../fixtures/made-requests.ts';
import { startWebServer, type WebServerOptions } from '../../local-aws/dns/web-server.ts';
import { openScene, type Scene } from '../scene.ts';

const host = 'oidc.k3s.example.com';
const issuer = `https://${host}`;
const create = ['create-identity-provider', '--name', 'c', '--issuer-url', issuer];
const all = ['create-all', '--name', 'c', '--credentials-requests-dir', 'requests'];
const other = { AWS_ACCESS_KEY_ID: 'AKIAOTHER' };

const rsa = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const [key, stranger] = [rsa(), rsa()];
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const jwk = (one: KeyObject, kid: string): object => ({ ...one.export({ format: 'jwk' }), kid });
const pem = (one: KeyObject): string => String(one.export({ type: 'spki', format: 'pem' }));

let scene: Scene;
let site: string;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  scene = await openScene();
  site = path.join(scene.root, 'site');
  stops = [];
  writeMadeRequests(path.join(scene.root, 'requests'), 7);
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await scene.close();
});

/** Puts documents where the web server serves them; text goes as it is. */
function put(file: string, document: unknown): void {
  fs.mkdirSync(path.dirname(path.join(site, file)), { recursive: true });
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  fs.writeFileSync(path.join(site, file), text);
}

async function serve(options: Partial<WebServerOptions> = {}): Promise<void> {
  put('.well-known/openid-configuration', { issuer, jwks_uri: `${issuer}/openid/v1/jwks` });
  put('openid/v1/jwks', { keys: [jwk(key, 'k3s-1'), jwk(ec, 'k3s-2')] });
  stops.push(await startWebServer(scene.aws.world, { host, folder: site, ...options }));
}

const writes = (from = 0): number =>
  scene.aws.calls.slice(from).filter((call) => call.write).length;

describe('an issuer that is served elsewhere', () => {
  it('gets provider and roles, and nothing of hosting; a second run writes nothing', async () => {
    await serve();
    const words = [...all, '--issuer-url', issuer];
    const { code, json, stderr } = await scene.run(words);
    expect(code, stderr).toBe(0);
    expect(json.warnings).toEqual([]);
    expect(json.result).toMatchObject({
      keyPair: null,
      identityProvider: {
        issuer,
        jwksUri: `${issuer}/openid/v1/jwks`,
        keyIds: ['k3s-1', 'k3s-2'],
        identityProviderArn: `arn:aws:iam::111122223333:oidc-provider/${host}`,
        hosting: 'external',
        bucket: null,
        distribution: null,
        originAccessControlId: null,
        domain: null,
        certificateArn: null,
        prefix: null,
      },
    });
    expect(json.result.iamRoles.roles).toHaveLength(7);
    expect(JSON.parse(scene.read('oidc-bootstrap.json'))).toMatchObject({ issuer });
    expect(fs.existsSync(path.join(scene.folder, 'serviceaccount-signer.private'))).toBe(false);
    const fresh = scene.aws.calls.length;
    expect(fresh).toBeLessThanOrEqual(20);
    expect(scene.aws.calls.filter(({ service }) => !['iam', 'sts'].includes(service))).toEqual([]);
    const again = await scene.run(words);
    expect([again.code, again.json.changes, writes(fresh)]).toEqual([0, [], 0]);
    const roles = ['create-iam-roles', ...all.slice(1), '--issuer-url', issuer];
    const alone = await scene.run(roles);
    expect([alone.code, alone.json.changes]).toEqual([0, []]);
  });

  it('is trusted in two accounts, with a folder each', async () => {
    await serve();
    expect((await scene.run(create)).code).toBe(0);
    const mixed = await scene.run(create, { env: other });
    expect([mixed.code, mixed.json.error.code]).toEqual([2, 'FILE_EXISTS']);
    const folder = path.join(scene.root, 'other');
    const second = await scene.run(create, { env: other, folder });
    expect(second.code, second.stderr).toBe(0);
    expect(second.json.result.identityProviderArn).not.toContain('111122223333');
  });

  it('is never joined by a second one where the flag is forgotten or names another', async () => {
    await serve();
    await scene.run(create);
    const before = writes();
    for (const words of [
      create.slice(0, 3),
      [...create.slice(0, 3), '--issuer-url', `${issuer}/b`],
    ]) {
      put('b/.well-known/openid-configuration', {
        issuer: `${issuer}/b`,
        jwks_uri: `${issuer}/openid/v1/jwks`,
      });
      const folder = path.join(scene.root, 'fresh');
      const { code, json } = await scene.run(words, { folder });
      expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
      expect(json.error.hint).toContain(`--issuer-url ${issuer}`);
    }
    expect(writes()).toBe(before);
  });

  it('takes a key that it publishes, under whatever id, and refuses another before any write', async () => {
    await serve();
    fs.writeFileSync(path.join(scene.root, 'own.pem'), pem(key));
    fs.writeFileSync(path.join(scene.root, 'stranger.pem'), pem(stranger));
    const refused = await scene.run([...create, '--public-key-file', 'stranger.pem']);
    expect([refused.code, refused.json.error.code, writes()]).toEqual([5, 'KEY_NOT_PUBLISHED', 0]);
    const taken = await scene.run([...create, '--public-key-file', 'own.pem']);
    expect(taken.code, taken.stderr).toBe(0);
    expect(taken.json.result.keyIds).toEqual(['k3s-1', 'k3s-2']);
  });

  it('takes no flags of hosting', async () => {
    for (const flag of ['--public-s3-bucket', '--create-private-s3-bucket']) {
      const { code, json } = await scene.run([...create, flag]);
      expect([code, json.error.code]).toEqual([2, 'USAGE']);
      expect(json.error.message).toContain(flag);
    }
    expect(scene.aws.calls).toEqual([]);
  });

  it('may have its key set on another host', async () => {
    await serve();
    const keysHost = 'keys.example.com';
    const folder = path.join(scene.root, 'keys');
    fs.mkdirSync(folder);
    fs.copyFileSync(path.join(site, 'openid/v1/jwks'), path.join(folder, 'jwks'));
    stops.push(await startWebServer(scene.aws.world, { host: keysHost, folder }));
    put('.well-known/openid-configuration', { issuer, jwks_uri: `https://${keysHost}/jwks` });
    const { code, json, stderr } = await scene.run(create);
    expect(code, stderr).toBe(0);
    expect(json.result.jwksUri).toBe(`https://${keysHost}/jwks`);
  });
});

describe('documents that STS would refuse are named before any write:', () => {
  const discovery = '.well-known/openid-configuration';
  const many = (kty: string): object[] =>
    Array.from({ length: 101 }, (_, n) => jwk(kty === 'RSA' ? key : ec, `${kty}-${n}`));

  it.each<[string, string, unknown, string]>([
    [
      'another issuer',
      discovery,
      { issuer: `${issuer}/`, jwks_uri: `${issuer}/k` },
      '--service-account-issuer=',
    ],
    ['no JSON', discovery, '<html>', 'discovery document'],
    [
      'a private jwks_uri',
      discovery,
      { issuer, jwks_uri: 'https://10.0.0.5:6443/openid/v1/jwks' },
      '--service-account-jwks-uri=',
    ],
    [
      'a jwks_uri without TLS',
      discovery,
      { issuer, jwks_uri: `http://${host}/k` },
      '--service-account-jwks-uri=',
    ],
    ['no key', 'openid/v1/jwks', { keys: [] }, 'at least one RSA key'],
    [
      'no key that STS takes',
      'openid/v1/jwks',
      { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'a' }] },
      'at least one RSA key',
    ],
    ['101 RSA keys', 'openid/v1/jwks', { keys: many('RSA') }, 'remove the keys'],
    ['101 EC keys', 'openid/v1/jwks', { keys: many('EC') }, 'remove the keys'],
  ])('%s', async (_, file, document, hint) => {
    await serve();
    put(file, document);
    const { code, json } = await scene.run(create);
    expect([code, json.error.code, writes()]).toEqual([1, 'ISSUER_UNREACHABLE', 0]);
    expect(json.error.hint).toContain(hint);
  });

  it('a private key in the key set', async () => {
    await serve();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    put('openid/v1/jwks', { keys: [jwk(privateKey, 'leaked')] });
    const { code, json, stdout } = await scene.run(create);
    expect([code, json.error.code, writes()]).toEqual([2, 'INPUT_INVALID', 0]);
    expect(stdout).not.toContain(String(privateKey.export({ format: 'jwk' }).d));
  });

  it.each<[string, Partial<WebServerOptions>, string]>([
    ['a redirect', { redirectTo: 'https://www.example.com/' }, 'redirect'],
    ['an expired certificate', { expired: true }, 'cannot be read'],
    ['a certificate of another host', { certificateFor: 'other.example.com' }, 'cannot be read'],
  ])('%s', async (_, options, message) => {
    await serve(options);
    const { code, json } = await scene.run(create);
    expect([code, json.error.code, writes()]).toEqual([1, 'ISSUER_UNREACHABLE', 0]);
    expect(json.error.message).toContain(message);
  });
});
