// `verify --token-file`: each fault of a token is named first, with STS's answer and what to do about it.

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askSts } from '../rotation/api-server.ts';
import {
  follow,
  nameFlags,
  openRows,
  openTokenScene,
  rowsOf,
  subject,
  type TokenParts,
  type TokenScene,
} from './token-scene.ts';
import { bucketOf } from '../scene.ts';

let scene: TokenScene;
let restore: () => void;
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

beforeAll(async () => {
  scene = await openTokenScene();
  restore = scene.saved();
});
beforeEach(() => {
  restore();
});
afterAll(async () => {
  await scene.close();
});

test('a good token passes every step, and STS takes it', async () => {
  const token = scene.mint();
  const outcome = await scene.explain(token);
  expect(outcome.code, outcome.stderr).toBe(0);
  expect(openRows(outcome)).toEqual([]);
  expect(rowsOf(outcome).length).toBe(9);
  expect(await askSts(scene.aws.endpoint, { token, roleArn: scene.roleArn })).toBe('accepted');
});

test('the key of a token with an algorithm of no key is not called unpublished', async () => {
  const outcome = await scene.explain(
    scene.mint({ header: { alg: 'HS256' }, signature: 'secret' }),
  );
  const key = rowsOf(outcome).find(({ id }) => id === 'token-key');
  expect(key?.status).toBe('fail');
  expect(key?.hint).toMatch(/^give a token that an API server issued/);
});

describe('the first thing that is said of a token', () => {
  const seconds = (): number => Math.floor(scene.clock.now().getTime() / 1000);
  const cases: readonly (readonly [
    what: string,
    parts: () => TokenParts,
    id: string,
    answer: string,
    hint: RegExp,
  ])[] = [
    [
      'without a signature',
      () => ({ header: { alg: 'none' }, signature: 'none' }),
      'algorithm',
      'InvalidIdentityToken',
      /kubectl create token ingress-operator --namespace openshift-ingress-operator --audience sts\.amazonaws\.com/,
    ],
    [
      'signed with the public key as a secret',
      () => ({ header: { alg: 'HS256' }, signature: 'secret' }),
      'algorithm',
      'InvalidIdentityToken',
      /API server issued/,
    ],
    [
      'without a subject',
      () => ({ claims: { sub: undefined } }),
      'format',
      'InvalidIdentityToken',
      /kubectl create token/,
    ],
    [
      'of another issuer',
      () => ({ claims: { iss: 'https://other.example.com' } }),
      'issuer',
      'InvalidIdentityToken',
      /--service-account-issuer=https:/,
    ],
    [
      'of the issuer with a slash',
      () => ({ claims: { iss: `${scene.issuer}/` } }),
      'issuer',
      'InvalidIdentityToken',
      /without the slash/,
    ],
    [
      'of an issuer with a port',
      () => ({ claims: { iss: `${scene.issuer}:8443` } }),
      'issuer',
      'InvalidIdentityToken',
      /right cluster/,
    ],
    [
      'for another audience',
      () => ({ claims: { aud: ['api'] } }),
      'audience',
      'InvalidIdentityToken',
      /create-identity-provider --name c .*--output-dir \S+ --audience api/,
    ],
    [
      'with an azp',
      () => ({ claims: { azp: 'client' } }),
      'audience',
      'InvalidIdentityToken',
      /leave "azp" out/,
    ],
    [
      'of an unknown key',
      () => ({ key: stranger }),
      'key',
      'InvalidIdentityToken',
      /--public-key-file/,
    ],
    [
      'with a bad signature',
      () => ({ signature: 'broken' }),
      'signature',
      'InvalidIdentityToken',
      /fresh token/,
    ],
    [
      'that is expired',
      () => ({ claims: { exp: seconds() - 301 } }),
      'times',
      'ExpiredTokenException',
      /fresh token/,
    ],
    [
      'from the future',
      () => ({ claims: { iat: seconds() + 400 } }),
      'times',
      'InvalidIdentityToken',
      /clock/,
    ],
    [
      'of another service account',
      () => ({ claims: { sub: 'system:serviceaccount:ns:app' } }),
      'trust',
      'AccessDenied',
      /role for "system:serviceaccount:ns:app"/,
    ],
  ];

  test.each(cases)('%s is its fault', async (_, parts, id, answer, hint) => {
    const token = scene.mint(parts());
    const outcome = await scene.explain(token);
    expect(outcome.code, outcome.stderr).toBe(3);
    expect(outcome.json.error).toMatchObject({
      code: 'CHECK_FAILED',
      hint: expect.stringMatching(hint),
    });
    expect(outcome.json.error.message).toMatch(new RegExp(`^token-${id}: .*STS answers ${answer}`));
    // STS itself gives that answer.
    const said = await askSts(scene.aws.endpoint, { token, roleArn: scene.roleArn });
    expect(`${said}Exception`).toContain(answer.replace(/Exception$/, ''));
  });

  test.each([
    ['that is text', 'hello', 3, /^token-format: the text is not a JSON Web Token/],
    ['that is empty', '', 3, /^token-format: the token has 0 characters/],
    [
      'of more characters than STS takes',
      'x'.repeat(20_001),
      3,
      /^token-format: the token has 20001 characters/,
    ],
    ['of a megabyte', 'x'.repeat(1024 * 1024), 2, /^file ".*token" is too large/],
  ])('%s is that', async (_, token, code, message) => {
    const outcome = await scene.explain(token);
    expect(outcome.code).toBe(code);
    expect(outcome.json.error.message).toMatch(message);
    expect(outcome.json.error.hint).toContain('kubectl create token');
  });

  test('for a role that is not there is that', async () => {
    const outcome = await scene.explain(scene.mint(), [
      ...nameFlags,
      '--role-arn',
      `${scene.roleArn}x`,
    ]);
    expect(outcome.json.error.message).toMatch(
      /^token-trust: the role does not exist; STS answers AccessDenied/,
    );
  });
});

test('a token within five minutes of its expiry is a warning, which fails with --strict only', async () => {
  const exp = Math.floor(scene.clock.now().getTime() / 1000) - 60;
  const token = scene.mint({ claims: { exp } });
  const outcome = await scene.explain(token);
  expect([outcome.code, ...openRows(outcome)]).toEqual([0, 'token-times warn']);
  expect((await scene.explain(token, [...nameFlags, '--strict'])).code).toBe(3);
});

const otherKeySet = (): string =>
  JSON.stringify({
    keys: [{ ...createPublicKey(stranger).export({ format: 'jwk' }), kid: 'other', use: 'sig' }],
  });

describe('the command in a hint mends', () => {
  test('a provider that is gone', async () => {
    scene.iam().oidcProviders.clear();
    const token = scene.mint();
    const [row] = rowsOf(await scene.explain(token)).filter(({ status }) => status === 'fail');
    expect(`${row?.id}: ${row?.detail}`).toMatch(/^token-issuer: .*no IAM OIDC provider/);
    await follow(scene, row?.hint ?? '');
    expect((await scene.explain(token)).code).toBe(0);
  });

  test('an audience that is not registered', async () => {
    const token = scene.mint({ claims: { aud: ['api'] } });
    await follow(scene, (await scene.explain(token)).json.error.hint);
    const mended = await scene.explain(token);
    expect(openRows(mended)).toEqual(['token-trust fail']);
    expect(mended.json.error.hint).toContain('create-iam-roles');
  });

  test('a key that is not published', async () => {
    const served = bucketOf(scene.aws)?.objects.get('keys.json');
    Object.assign(served ?? {}, { body: Buffer.from(otherKeySet()) });
    const token = scene.mint();
    const { json } = await scene.explain(token);
    expect(json.error.message).toMatch(/^token-key: key ".*" of the token is not published/);
    await follow(scene, json.error.hint);
    expect((await scene.explain(token)).code).toBe(0);
  });

  test('documents that are gone', async () => {
    bucketOf(scene.aws)?.objects.delete('keys.json');
    const token = scene.mint();
    const [row] = rowsOf(await scene.explain(token)).filter(({ status }) => status === 'fail');
    expect(`${row?.id}: ${row?.detail}`).toMatch(
      /^token-documents: .*keys\.json" answers HTTP 40\d/,
    );
    await follow(scene, row?.hint ?? '');
    expect((await scene.explain(token)).code).toBe(0);
  });
});

describe('without AWS credentials', () => {
  const nobody = { env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined } };

  test('all that is public of a token is judged, and the rest is skipped with the reason', async () => {
    const outcome = await scene.explain(scene.mint(), [], nobody);
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(openRows(outcome)).toEqual([
      'token-issuer skipped',
      'token-audience skipped',
      'token-trust skipped',
    ]);
    expect(rowsOf(outcome)[2]?.detail).toContain('no AWS credentials were found');
    const forged = await scene.explain(scene.mint({ signature: 'broken' }), [], nobody);
    expect(forged.json.error.message).toMatch(/^token-signature: /);
  });

  test.each([
    'http://issuer.example.com',
    'https://10.0.0.1',
    'https://169.254.169.254/latest',
    'https://metadata.internal',
    'https://user:secret@issuer.example.com',
    'https://issuer.example.com:8443',
  ])('nothing is fetched from the issuer %s that a token names', async (iss) => {
    const outcome = await scene.explain(scene.mint({ claims: { iss } }), [], nobody);
    expect(openRows(outcome)).toContain('token-documents skipped');
    const row = rowsOf(outcome).find(({ id }) => id === 'token-documents');
    expect(row?.detail).toMatch(/^no document is read from the issuer of the token: it /);
    expect(outcome.stdout + outcome.stderr).not.toContain('secret');
  });
});

test('a role of another account is not judged with these credentials', async () => {
  const roleArn = scene.roleArn.replace('111122223333', '444455556666');
  const outcome = await scene.explain(scene.mint(), [...nameFlags, '--role-arn', roleArn]);
  expect(openRows(outcome)).toEqual([
    'token-issuer skipped',
    'token-audience skipped',
    'token-trust skipped',
  ]);
});

test('reads that are denied skip their steps and name the permission', async () => {
  scene.aws.deny('iam:GetRole');
  try {
    const outcome = await scene.explain(scene.mint());
    expect(openRows(outcome)).toEqual(['token-trust skipped']);
    expect(rowsOf(outcome).at(-1)?.detail).toContain('iam:GetRole');
  } finally {
    scene.aws.allow('iam:GetRole');
  }
});

test('flags that do not go together are named, and the environment holds no token', async () => {
  const run = async (...words: readonly string[]) => (await scene.run(['verify', ...words])).json;
  expect((await run('--name', 'c', '--role-arn', scene.roleArn)).error.message).toContain(
    'needs --token-file',
  );
  expect((await run('--all', '--token-file', 'x')).error.message).toContain(
    'does not go with --all',
  );
  const ambient = await scene.run(['verify', '--issuer-url', scene.issuer], {
    env: { OIDC_BOOTSTRAP_TOKEN_FILE: scene.file('token', scene.mint()) },
  });
  expect(rowsOf(ambient)).toEqual([]);
});

test('in text the fault stands at the end with STS’s answer and what to do', async () => {
  const token = scene.mint({ claims: { sub: `${subject}-two` } });
  const outcome = await scene.explain(token, [...nameFlags, '--role-arn', scene.roleArn], {
    text: true,
  });
  expect(outcome.stdout).toMatch(/fail token-trust\n {2}statement .*STS answers AccessDenied/);
});
