// Which keys are published: a key file is not added to a live issuer only because it is in the folder,
// and no published key is removed.

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bucketName, bucketOf, openScene, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const create = ['create-identity-provider', '--name', 'c'];
const all = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
const small = ['--key-size', '2048'];
const privateName = 'serviceaccount-signer.private';
const publicName = 'serviceaccount-signer.public';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

const writes = (): number => scene.aws.calls.filter((call) => call.write).length;
const at = (...parts: readonly string[]): string => path.join(scene.root, ...parts);

function makeKeys(bits = 2048): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function put(folder: string, files: { readonly [name: string]: string }): string {
  fs.mkdirSync(at(folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(at(folder, name), text);
  return at(folder);
}

describe('a live issuer', () => {
  it('gets no new key from create-all in an empty folder, and keeps its published keys', async () => {
    const first = await scene.run([...all, ...small]);
    const before = writes();
    const { code, json } = await scene.run(all, { folder: at('empty') });
    expect(code).toBe(0);
    expect(json.changes).toEqual([]);
    expect(json.result.keyPair).toBeNull();
    expect(json.result.identityProvider.keyIds).toEqual(first.json.result.identityProvider.keyIds);
    expect(writes()).toBe(before);
    expect(fs.existsSync(at('empty', privateName))).toBe(false);
    expect(fs.existsSync(at('empty', 'tls'))).toBe(false);
    expect(fs.existsSync(at('empty', 'oidc-bootstrap.json'))).toBe(true);
  });

  it.each([
    { what: 'key pair', names: [privateName, publicName] },
    { what: 'public key', names: [publicName] },
    { what: 'private key', names: [privateName] },
  ])('does not get a $what published only because it is in the folder', async ({ names }) => {
    await scene.run([...all, ...small]);
    const before = writes();
    const made = makeKeys();
    const texts: Record<string, string> = {
      [privateName]: made.privateKey,
      [publicName]: made.publicKey,
    };
    const folder = put('stray', Object.fromEntries(names.map((name) => [name, texts[name] ?? ''])));
    const { code, json } = await scene.run(all, { folder });
    expect(code).toBe(5);
    expect(json.error.code).toBe('KEY_NOT_PUBLISHED');
    expect(writes()).toBe(before);
    expect(fs.readdirSync(folder).toSorted()).toEqual(names.toSorted());
  });

  it('gets the other key of the folder published with the flag that the hint shows', async () => {
    await scene.run(['create-key-pair', ...small]);
    await scene.run(create);
    const folder = put('stray', { [publicName]: makeKeys().publicKey });
    const refused = await scene.run(create, { folder });
    const file = /--public-key-file (\S+);/.exec(refused.json.error.hint ?? '')?.[1] ?? '';
    const { code, json } = await scene.run([...create, '--public-key-file', file], { folder });
    expect(code).toBe(0);
    expect(json.result.keyIds).toHaveLength(2);
  });

  it('stops the run if IAM trusts it and its keys are gone, and gets no new key', async () => {
    await scene.run([...all, ...small]);
    const { objects } = bucketOf(scene.aws) ?? {};
    objects?.delete('keys.json');
    objects?.delete('openid/v1/jwks');
    const { code, json } = await scene.run(all, { folder: at('empty') });
    expect(code).toBe(5);
    expect(json.error.code).toBe('KEY_NOT_PUBLISHED');
    expect(fs.existsSync(at('empty', privateName))).toBe(false);
    const named = path.join('out', publicName);
    const repaired = await scene.run([...all, '--public-key-file', named]);
    expect(repaired.code).toBe(0);
    expect(repaired.json.result.identityProvider.keyIds).toHaveLength(1);
  });

  it('keeps a published kid that has a different key, and the error says so', async () => {
    await scene.run([...all, ...small]);
    const object = bucketOf(scene.aws)?.objects.get('keys.json');
    if (object === undefined) throw new Error('nothing was published');
    const set = JSON.parse(object.body.toString()) as { keys: { n: string }[] };
    for (const key of set.keys) key.n = `A${key.n.slice(1)}`;
    object.body = Buffer.from(JSON.stringify(set));
    bucketOf(scene.aws)?.objects.delete('openid/v1/jwks');
    const before = writes();
    const { code, json } = await scene.run(all);
    expect(code).toBe(5);
    expect(json.error.message).toMatch(/is published with a different key/);
    expect(writes()).toBe(before);
  });
});

describe('an unknown entry of the published key set', () => {
  const object = (): { body: Buffer } => {
    const found = bucketOf(scene.aws)?.objects.get('keys.json');
    if (found === undefined) throw new Error('nothing was published');
    return found;
  };
  const add = (...entries: readonly object[]): void => {
    const set = JSON.parse(object().body.toString()) as { keys: object[] };
    object().body = Buffer.from(JSON.stringify({ keys: [...set.keys, ...entries] }));
  };
  const stray = (bits: number): object => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    return { ...publicKey.export({ format: 'jwk' }), kid: `stray-${bits}` };
  };

  it('is kept and named in a warning', async () => {
    await scene.run([...all, ...small]);
    add(stray(2048), stray(512), { kid: 'shared', kty: 'oct', k: 'c2VjcmV0' });
    for (const words of [create, all]) {
      const { code, json } = await scene.run(words);
      expect(code).toBe(0);
      const named = json.warnings.filter((warning) =>
        warning.includes(`s3://${bucketName()}/keys.json`),
      );
      expect(named.map((warning) => /key "([^"]+)"/.exec(warning)?.[1])).toEqual([
        'stray-2048',
        'stray-512',
        'shared',
      ]);
    }
    const { json } = await scene.run(all, { folder: at('empty') });
    expect(json.warnings.filter((warning) => warning.includes('stray-2048'))).toEqual([]);
    expect(json.warnings.filter((warning) => warning.includes('stray-512'))).toHaveLength(1);
  });

  it('is an error before any write if it is a private key or has no usable kid', async () => {
    await scene.run([...all, ...small]);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const secret = privateKey.export({ format: 'jwk' });
    add({ ...secret, kid: 'leaked' }, { ...stray(2048), kid: '' });
    const before = writes();
    for (const words of [create, all, ['rotate-keys', 'status', '--name', 'c']]) {
      const { code, json, stdout, stderr } = await scene.run(words);
      expect([code, json.error.code]).toEqual([2, 'INPUT_INVALID']);
      expect(json.error.message).toContain(`s3://${bucketName()}/keys.json: keys[1]: key "leaked"`);
      expect(json.error.message).toContain('keys[2]: has an empty "kid"');
      expect(`${stdout}${stderr}`).not.toContain(String(secret.d).slice(0, 16));
    }
    expect(writes()).toBe(before);
  });
});

describe('a signing key file with earlier keys after the first', () => {
  it('gets its first key published, and a warning names the others', async () => {
    const [first, earlier] = [makeKeys(), makeKeys()];
    const folder = put('k3s', { [privateName]: `${first.privateKey}${earlier.privateKey}` });
    const { code, json } = await scene.run(create, { folder });
    expect(code).toBe(0);
    expect(json.result.keyIds).toHaveLength(1);
    const [signs] = json.warnings.filter((warning) => warning.includes('holds 2 keys'));
    expect(signs).toContain(`the first, "${json.result.keyIds[0]}", signs`);
    expect(signs).toContain('is not published');
    put('keys', { 'first.pub': first.publicKey, 'earlier.pub': earlier.publicKey });
    const flags = ['first', 'earlier'].flatMap((key) => ['--public-key-file', `keys/${key}.pub`]);
    const both = await scene.run([...create, ...flags], { folder });
    expect(both.json.result.keyIds).toHaveLength(2);
    expect(both.json.warnings.join()).toContain('is published too');
    expect(both.json.warnings.join()).not.toContain('is not in the output folder');
  });
});

describe('the steps for the cluster', () => {
  const steps = ({ json }: Awaited<ReturnType<Scene['run']>>): string =>
    (json.result.identityProvider ?? json.result).clusterSteps.join('\n');

  it('name key files only if these exist', async () => {
    const planned = await scene.run([...all, ...small, '--dry-run']);
    expect(steps(planned)).toContain('serviceaccount-signer.private');
    expect(steps(await scene.run([...all, ...small]))).toContain('tls/');
    const empty = await scene.run(all, { folder: at('empty') });
    expect(steps(empty)).not.toContain('serviceaccount-signer');
    const named = path.join('out', publicName);
    const elsewhere = await scene.run([...create, '--public-key-file', named], {
      folder: at('empty'),
    });
    expect(steps(elsewhere)).not.toContain('serviceaccount-signer');
    const here = await scene.run([...create, '--public-key-file', named]);
    expect(steps(here)).toContain('serviceaccount-signer.private');
  });
});

describe('unusable key files', () => {
  it.each([
    { what: 'no key', text: 'hello\n', says: /holds no PEM block/ },
    { what: 'an empty file', text: '', says: /is empty/ },
    { what: 'a key of 1024 bits', text: makeKeys(1024).publicKey, says: /RSA key of 1024 bits/ },
    { what: 'a private key', text: makeKeys().privateKey, says: /is a private key/ },
    {
      what: 'an Edwards curve',
      text: generateKeyPairSync('ed25519')
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      says: /RSA and EC keys are accepted/,
    },
  ])('are refused before AWS is called: $what as the public key', async ({ text, says }) => {
    put('keys', { 'some.pem': text });
    for (const words of [create, all]) {
      const { code, json, stderr } = await scene.run([
        ...words,
        '--public-key-file',
        'keys/some.pem',
      ]);
      expect(code).toBe(2);
      expect(json.error.code).toBe('INPUT_INVALID');
      expect(json.error.message).toMatch(says);
      expect(stderr).not.toContain(text.split('\n')[2] || 'nothing of this kind');
    }
    expect(scene.aws.calls).toEqual([]);
  });

  it('are all named in one error', async () => {
    put('keys', { 'a.pem': 'hello', 'b.pem': makeKeys(1024).publicKey });
    const files = ['keys/a.pem', 'keys/b.pem', 'keys/absent.pem'];
    const { code, json } = await scene.run([
      ...create,
      ...files.flatMap((file) => ['--public-key-file', file]),
    ]);
    expect(code).toBe(2);
    for (const file of files) expect(json.error.message).toContain(file);
  });

  it.each([
    { what: 'no private key', text: 'hello\n', says: /is not an unencrypted private key/ },
    { what: 'a private key of 1024 bits', text: makeKeys(1024).privateKey, says: /1024 bits/ },
    { what: 'a public key', text: makeKeys().publicKey, says: /is not an unencrypted private key/ },
  ])('are refused before AWS is called: $what as the private key', async (given) => {
    const folder = put('bad', { [privateName]: given.text });
    for (const words of [create, all]) {
      const { code, json } = await scene.run(words, { folder });
      expect(code).toBe(2);
      expect(json.error.message).toMatch(given.says);
    }
    expect(scene.aws.calls).toEqual([]);
    expect(fs.readFileSync(path.join(folder, privateName), 'utf8')).toBe(given.text);
  });

  it('are refused before AWS is called: a public key that does not match the private key', async () => {
    const folder = put('bad', {
      [privateName]: makeKeys().privateKey,
      [publicName]: makeKeys().publicKey,
    });
    for (const words of [create, all, ['create-key-pair']]) {
      const { code, json } = await scene.run(words, { folder });
      expect(code).toBe(2);
      expect(json.error.message).toContain(`${publicName}: does not belong to "${privateName}"`);
    }
    expect(scene.aws.calls).toEqual([]);
  });

  it('are refused by create-all for a new issuer: a public key without its private key', async () => {
    const folder = put('bad', { [publicName]: makeKeys().publicKey });
    const { code, json } = await scene.run(all, { folder });
    expect(code).toBe(2);
    expect(json.error.code).toBe('FILE_EXISTS');
    expect(writes()).toBe(0);
  });
});

it('an OpenSSL public key with the wrong PEM label is published under the key id of Kubernetes', async () => {
  await scene.run(['create-key-pair', ...small]);
  const options = ['rsa', '-in', path.join(scene.folder, privateName), '-RSAPublicKey_out'];
  const pem = execFileSync('openssl', options, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  put('keys', { 'rsa.pub': pem });
  const { json } = await scene.run([...create, '--public-key-file', 'keys/rsa.pub']);
  const made = await scene.run(['create-key-pair']);
  expect(json.result.keyIds).toEqual([made.json.result.keyId]);
});
