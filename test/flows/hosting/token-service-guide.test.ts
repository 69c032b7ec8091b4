// A token service with key ids of its own (OpenUnison and the like), whole: hosting first, for the host
// name; then its key set, provider and role; then a new key, given as a key set. Tokens are accepted
// at every moment.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askSts, mintToken } from '../rotation/api-server.ts';
import { hour, minute } from '../rotation/rotation-scene.ts';
import { openScene, type Outcome, type Scene } from '../scene.ts';

type Signer = { readonly kid: string; readonly secret: KeyObject };

const signer = (kid: string): Signer => ({
  kid,
  secret: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
});
const [first, second] = [signer('unison-saml2-rp-sig'), signer('sts-2027')];
const named = ['--name', 'c'];
const roleArn = 'arn:aws:iam::111122223333:role/c-team-web';
let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
});
afterEach(async () => {
  await scene.close();
});

/** What the service answers at its own JWKS URL, without private members. */
function keySet(file: string, ...signers: readonly Signer[]): string {
  const keys = signers.map(({ kid, secret }) => {
    const { kty, n, e } = secret.export({ format: 'jwk' });
    return { kty, n, e, kid, use: 'sig', alg: 'RS256' };
  });
  fs.writeFileSync(path.join(scene.root, file), JSON.stringify({ keys }));
  return file;
}

async function done(words: readonly string[]): Promise<Outcome['json']> {
  const { code, json, stderr } = await scene.run(words);
  expect(code, stderr).toBe(0);
  return json;
}

it('gets its tokens accepted from the first key to the second', async () => {
  const create = ['create-identity-provider', ...named];
  const { issuer } = (await done([...create, '--hosting-only'])).result;

  const given = ['--public-key-file', keySet('jwks.json', first)];
  const made = await done([...create, ...given, '--audience', 'sts.amazonaws.com']);
  expect(made.result).toMatchObject({
    issuer,
    keyIds: [first.kid],
    audiences: ['sts.amazonaws.com'],
  });
  await done(['create-iam-roles', ...named, '--service-account', 'team/web']);
  scene.clock.advance(minute);
  const token = ({ secret, kid }: Signer): string =>
    mintToken(secret, {
      issuer,
      subject: 'system:serviceaccount:team:web',
      audience: 'sts.amazonaws.com',
      now: scene.clock.now(),
      kid,
    });
  const answers = (...signers: readonly Signer[]): Promise<readonly string[]> =>
    Promise.all(signers.map((one) => askSts(scene.aws.endpoint, { token: token(one), roleArn })));
  expect(await answers(first)).toEqual(['accepted']);

  // The service makes its next key, and its key set holds both.
  const next = ['--next-public-key-file', keySet('next.json', second)];
  const rotate = (...words: readonly string[]): readonly string[] => [
    'rotate-keys',
    ...words,
    ...named,
  ];
  const staged = await done(rotate('stage', ...next));
  expect(staged.result.keys.map(({ keyId }: { keyId: string }) => keyId)).toEqual([
    first.kid,
    second.kid,
  ]);
  const shown = ['--api-server-jwks', keySet('both.json', first, second)];
  scene.clock.advance(24 * hour + minute);
  expect(await answers(first, second)).toEqual(['accepted', 'accepted']);
  await done(rotate('promote', ...next, ...shown));

  fs.writeFileSync(path.join(scene.root, 'token'), token(second));
  await done(rotate('--token-file', 'token'));
  scene.clock.advance(24 * hour + 10 * minute);
  expect(await answers(first, second)).toEqual(['accepted', 'accepted']);
  await done(rotate('retire'));
  scene.clock.advance(2 * hour);
  expect(await answers(first, second)).toEqual(['InvalidIdentityTokenException', 'accepted']);
  const again = await done([...create, '--public-key-file', 'next.json']);
  expect(again.changes).toEqual([]);
});
