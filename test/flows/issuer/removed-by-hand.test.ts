// A key that somebody removed from keys.json by hand, as OpenShift's rotation document says or after a
// theft: no create command publishes it again from the second copy of the key set.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jwkOf, renderJwks } from '../../../src/core/keys/jwks.ts';
import { readPublicKeys } from '../../../src/core/keys/public-key.ts';
import { makeCcoctlCluster } from '../hosting/ccoctl-cluster.ts';
import { bucketOf, openScene, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const create = ['create-identity-provider', '--name', 'c'];
const all = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
const publicName = 'serviceaccount-signer.public';
const mirror = 'openid/v1/jwks';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

type World = 'own' | 'ccoctl public' | 'ccoctl private';

/** Makes a cluster with both copies of the key set; returns the PEM of its key. */
async function make(world: World): Promise<string> {
  if (world !== 'own') {
    const layout = world === 'ccoctl public' ? 'public' : 'private';
    const { advance } = scene.clock;
    const cluster = await makeCcoctlCluster(scene.aws, { name: 'c', layout, advance });
    expect((await scene.run(create)).code).toBe(0);
    return cluster.publicKeyPem;
  }
  await scene.run(['create-key-pair', '--key-size', '2048']);
  expect((await scene.run(create)).code).toBe(0);
  return scene.read(publicName);
}

/** The PEM of a new key from another folder. */
async function newKey(): Promise<string> {
  const folder = path.join(scene.root, 'made');
  await scene.run(['create-key-pair', '--key-size', '2048'], { folder });
  return fs.readFileSync(path.join(folder, publicName), 'utf8');
}

const idOf = (pem: string): string => readPublicKeys(pem, 'key.pem')[0]?.keyId ?? '';

function replace(key: string, pems: readonly string[]): void {
  const object = bucketOf(scene.aws)?.objects.get(key);
  if (object === undefined) throw new Error(`nothing is published at ${key}`);
  const keys = pems.flatMap((pem) => readPublicKeys(pem, 'key.pem')).map(jwkOf);
  object.body = Buffer.from(renderJwks(keys));
}

function kids(key: string): readonly string[] {
  const body = bucketOf(scene.aws)?.objects.get(key)?.body.toString();
  return (JSON.parse(body ?? '{"keys":[]}') as { keys: { kid: string }[] }).keys.map(
    ({ kid }) => kid,
  );
}

/** A folder with that public key, or an empty folder. */
function folderWith(pem: string | undefined): string {
  const folder = path.join(scene.root, 'at-hand');
  fs.mkdirSync(folder);
  if (pem !== undefined) fs.writeFileSync(path.join(folder, publicName), pem);
  return folder;
}

const worlds: readonly World[] = ['own', 'ccoctl public', 'ccoctl private'];
const commands = [
  { command: 'create-identity-provider', words: create },
  { command: 'create-all', words: all },
];

describe.each(worlds)('a key removed by hand from a cluster made by "%s"', (world) => {
  describe.each(commands)('$command', ({ words }) => {
    it.each(['nothing', 'the old key', 'the new key'])(
      'is not published again with %s in the folder',
      async (held) => {
        const old = await make(world);
        const fresh = await newKey();
        replace('keys.json', [fresh]);
        const pem = held === 'nothing' ? undefined : held === 'the old key' ? old : fresh;
        const { code, json } = await scene.run(words, { folder: folderWith(pem) });
        expect(kids('keys.json')).toEqual([idOf(fresh)]);
        if (held === 'the old key') {
          expect([code, json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
          return;
        }
        expect(json.error).toBeUndefined();
        expect(code).toBe(0);
        expect(kids(mirror)).toEqual([idOf(fresh)]);
      },
    );
  });
});

describe('the two copies of the key set', () => {
  it('are written keys.json first, so that the next run completes an interrupted one', async () => {
    const [old, fresh] = [await make('own'), await newKey()];
    const named = [...create, '--public-key-file', `made/${publicName}`];
    await scene.run(named);
    const puts = scene.aws.calls.filter((call) => call.operation === 's3:PutObject').slice(-2);
    expect(puts.flatMap((call) => call.resources)).toEqual([
      expect.stringMatching(/keys\.json$/),
      expect.stringMatching(/openid\/v1\/jwks$/),
    ]);
    replace(mirror, [old]);
    expect((await scene.run(create)).code).toBe(0);
    expect(kids(mirror)).toEqual([idOf(old), idOf(fresh)]);
  });

  it('are made equal to keys.json if the second copy has another key', async () => {
    const [old, stranger] = [await make('own'), await newKey()];
    replace(mirror, [old, stranger]);
    const { json } = await scene.run(create);
    expect(json.result.keyIds).toEqual([idOf(old)]);
    expect([kids('keys.json'), kids(mirror)]).toEqual([[idOf(old)], [idOf(old)]]);
  });

  it('do not publish a removed key again during a rotation', async () => {
    await make('own');
    const fresh = await newKey();
    replace('keys.json', [fresh]);
    const folder = path.join(scene.root, 'made');
    const { json } = await scene.run(['rotate-keys', 'stage', '--name', 'c'], { folder });
    expect(json.error).toBeUndefined();
    expect(kids('keys.json')).toEqual([idOf(fresh), expect.any(String)]);
    expect(kids('keys.json')).toEqual(kids(mirror));
  });

  it('give no key without keys.json: the second copy alone is not trusted', async () => {
    await make('own');
    bucketOf(scene.aws)?.objects.delete('keys.json');
    const { code, json } = await scene.run(create);
    expect([code, json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    expect(kids(mirror)).toHaveLength(1);
    const named = [...create, '--public-key-file', path.join('out', publicName)];
    expect((await scene.run(named)).code).toBe(0);
    expect(kids('keys.json')).toHaveLength(1);
  });
});
