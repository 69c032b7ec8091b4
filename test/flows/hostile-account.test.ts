// An account, a bucket and an output folder in which somebody else put texts that control terminals and
// shells: every command, in text and JSON, shows them harmless, and never shows a secret.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iamAccount } from '../local-aws/iam/iam-state.ts';
import { runCli } from '../cli/fake-host.ts';
import { queryError, startScriptedServer, testKeys } from '../unit/aws/scripted-server.ts';
import { openRotation, type RotationScene } from './rotation/rotation-scene.ts';
import { bucketOf, type Outcome } from './scene.ts';

const escapes = '\u001b[2J\u001b[31m\u009b1A\u202e\u0007\r\u2028x';
const shell = "$(id)`id`'; rm -rf ~ #";
const nasty = `${escapes}\nerror: forged ${shell}`;
const requests = path.resolve('test/fixtures/credentials-requests/demo');
const name = ['--name', 'c'];

let scene: RotationScene;
let secrets: readonly string[] = [];

beforeAll(async () => {
  scene = await openRotation({ apiServers: 1 });
  await scene.rotate(['stage']);
  const { oidcProviders, roles } = iamAccount(scene.aws.state.iam, '111122223333');
  for (const provider of oidcProviders.values()) {
    provider.clientIds.push(nasty, shell);
    provider.tags.push(
      { key: nasty, value: nasty },
      { key: `oidc-bootstrap/${nasty}`, value: 'owned' },
    );
  }
  for (const role of roles.values()) {
    role.description = nasty;
    role.tags.push({ key: nasty, value: nasty });
    role.attachedPolicies.push(`arn:aws:iam::111122223333:policy/${nasty}`);
    const trust = JSON.parse(role.trustPolicy);
    trust.Statement.push({
      Sid: nasty,
      Effect: 'Allow',
      Principal: { AWS: nasty, Federated: nasty },
      Action: 'sts:AssumeRoleWithWebIdentity',
    });
    role.trustPolicy = JSON.stringify(trust);
  }
  const bucket = bucketOf(scene.aws);
  if (bucket === undefined) throw new Error('no bucket');
  bucket.tags[nasty] = nasty;
  const { n, e } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'jwk',
  });
  const change = (key: string, edit: (document: any) => void): void => {
    const stored = bucket.objects.get(key);
    if (stored === undefined) throw new Error(`no ${key}`);
    const document = JSON.parse(stored.body.toString());
    edit(document);
    const contentType = nasty.replaceAll(/[^ -~]/g, '');
    bucket.objects.set(key, {
      ...stored,
      contentType,
      body: Buffer.from(JSON.stringify(document)),
    });
  };
  for (const key of ['keys.json', 'openid/v1/jwks']) {
    change(key, ({ keys }) => keys.push({ kid: nasty, kty: 'RSA', alg: nasty, n, e }));
  }
  change('.well-known/openid-configuration', (document) => (document[nasty] = nasty));
  change('.oidc-bootstrap/rotation.json', ({ history }) => {
    history.push({ ...history[0], note: nasty, callerArn: nasty });
  });
  bucket.objects.set(nasty, { ...bucket.objects.get('keys.json')! });
  fs.writeFileSync(path.join(scene.folder, 'aws-config', 'a-b'), `# ServiceAccount a/b\n${nasty}`);
  secrets = secretsOf(scene.folder);
});
afterAll(async () => {
  await scene.close();
});

/** What must never be seen: all lines of private keys, their numbers, and the credentials in use. */
function secretsOf(folder: string): readonly string[] {
  const keys = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.private'))
    .map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
  expect(keys).toHaveLength(2);
  return [
    scene.aws.credentials.AWS_SECRET_ACCESS_KEY ?? 'none',
    ...keys.flatMap((pem) => [
      ...pem.split('\n').filter((line) => line.length > 40 && !line.startsWith('-')),
      Buffer.from(pem).toString('base64').slice(60, 120),
      ...Object.entries(createPrivateKey(pem).export({ format: 'jwk' })).flatMap(
        ([member, value]) =>
          ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(member) ? [String(value).slice(0, 40)] : [],
      ),
    ]),
  ];
}

function check(said: string): void {
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
  expect(said).not.toMatch(/^error: forged/m);
  for (const secret of secrets) expect(said).not.toContain(secret);
  // The last line of defence was never needed.
  expect(said).not.toMatch(/ removed\]/);
  expect(said).not.toMatch(/eyJ[\w-]{10,}\.eyJ/);
}

/** Commands in messages, which people paste: nothing in them runs another command. */
function checkCommands(said: string): void {
  for (const [command] of said.matchAll(/--(?:key|audience|remove-key|verifier) [^\n]*/g)) {
    expect(command).not.toMatch(/^--[\w-]+ [^'"\n]*\$\(id\)/);
  }
}

describe('every command, in text and in JSON', () => {
  it.each<readonly [string, readonly string[]]>([
    ['list', []],
    ['verify', [...name, '--verbose', '--deep']],
    ['verify', [...name, '--assume']],
    ['verify', ['--all']],
    ['create-key-pair', ['--verbose']],
    ['create-identity-provider', [...name, '--dry-run', '--verbose']],
    ['create-iam-roles', [...name, '--credentials-requests-dir', requests, '--prune']],
    ['create-all', [...name, '--credentials-requests-dir', requests, '--verbose']],
    ['rotate-keys', ['status', ...name]],
    ['rotate-keys', ['stage', ...name, '--verbose']],
    ['rotate-keys', ['retire', '--key', nasty, ...name]],
    ['delete', [...name, '--dry-run']],
    ['delete', name],
    ['delete', ['--name', 'other', '--yes']],
  ])('%s %j', async (command, words) => {
    const runs: Outcome[] = [];
    for (const text of [true, false]) {
      runs.push(await scene.run([command, ...words], { text, answers: [] }));
    }
    for (const { stdout, stderr, code } of runs) {
      check(stdout + stderr);
      checkCommands(stdout + stderr);
      expect(stderr).not.toContain('unexpected:');
      expect([0, 1, 2, 3, 5, 130], stderr).toContain(code);
    }
  });

  it('shows what AWS answers with an error', async () => {
    const server = await startScriptedServer(() =>
      queryError('A&#x9b;2JB', `m&#x1b;[31m\u009b2J\u202e ${escapes.replaceAll('\u0007', '')}`),
    );
    try {
      for (const format of ['text', 'json']) {
        const { code, out, err } = await runCli(
          ['list', '--region', 'eu-west-1', '--endpoint-url', server.url, '-o', format],
          { env: { ...testKeys, AWS_MAX_ATTEMPTS: '1' } },
        );
        expect(code).toBe(1);
        check(out + err);
        expect(err).toContain(String.raw`\u001b[31m`);
      }
    } finally {
      await server.close();
    }
  });

  it('shows an output folder that claims to be of somebody else', async () => {
    const folder = path.join(scene.root, 'claimed');
    fs.mkdirSync(folder);
    const owner = { name: nasty, account: nasty, issuer: nasty, sharedHosting: shell };
    for (const claimed of [owner, { ...owner, name: 'c', account: '111122223333' }]) {
      fs.writeFileSync(path.join(folder, 'oidc-bootstrap.json'), JSON.stringify(claimed));
      for (const text of [true, false]) {
        const run = await scene.run(['create-identity-provider', ...name], { folder, text });
        expect([2, 5]).toContain(run.code);
        check(run.stdout + run.stderr);
      }
    }
  });
});
