// One hosting for many clusters: one bucket, one distribution, one constant policy, a prefix for each.

import { generateKeyPairSync } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { iamAccount } from '../../local-aws/iam/iam-state.ts';
import type { RecordedCall } from '../../local-aws/server.ts';
import { askSts, startApiServer, type ApiServer } from '../rotation/api-server.ts';
import { meanwhile } from '../meanwhile.ts';
import { bucketOf, openScene, type Outcome, type RunChange, type Scene } from '../scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/demo');
const subject = 'system:serviceaccount:openshift-ingress-operator:ingress-operator';
const shared = ['--shared-hosting', 'h'];
let scene: Scene;

/** Key files, made once: three clusters of a test have keys of their own, others one of theirs again. */
const keys = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-shared-keys-'));
beforeAll(() => {
  for (const index of [0, 1, 2]) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
    fs.mkdirSync(path.join(keys, String(index)));
    fs.writeFileSync(path.join(keys, `${index}/serviceaccount-signer.private`), pem, {
      mode: 0o600,
    });
    const text = publicKey.export({ type: 'spki', format: 'pem' });
    fs.writeFileSync(path.join(keys, `${index}/serviceaccount-signer.public`), text);
  }
});
afterAll(() => fs.rmSync(keys, { recursive: true }));
let given = 0;

/** Gives the folder a key pair, where it has none. */
function giveKey(folder: string): void {
  if (fs.existsSync(path.join(folder, 'serviceaccount-signer.private'))) return;
  fs.cpSync(path.join(keys, String(given % 3)), folder, { recursive: true });
  given += 1;
}

beforeEach(async () => {
  scene = await openScene({ deployMs: 0 });
});
afterEach(async () => {
  await scene.close();
});

const folderOf = (name: string): string => path.join(scene.root, name);

/** Runs a command for a cluster in a folder of its own. */
const run = async (
  name: string,
  words: readonly string[],
  change: RunChange = {},
): Promise<Outcome> =>
  await scene.run([...words, '--name', name], { folder: folderOf(name), ...change });

/** A cluster with a key; `words` after the command. */
async function create(name: string, words: readonly string[] = shared): Promise<Outcome> {
  giveKey(folderOf(name));
  return await run(name, ['create-identity-provider', ...words]);
}

async function createWhole(name: string): Promise<Outcome> {
  giveKey(folderOf(name));
  const words = ['create-all', '--credentials-requests-dir', requests, ...shared];
  const outcome = await run(name, words);
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome;
}

/** The calls that the action makes. */
async function callsOf(action: () => Promise<unknown>): Promise<readonly RecordedCall[]> {
  const before = scene.aws.calls.length;
  await action();
  return scene.aws.calls.slice(before);
}

const writesOf = (calls: readonly RecordedCall[]): readonly string[] =>
  calls
    .filter(({ write }) => write)
    .map(({ operation, resources }) => `${operation} ${resources[0]?.split(':::')[1] ?? ''}`);

const keysIn = (prefix: string): readonly string[] =>
  [...(bucketOf(scene.aws, 'h')?.objects.keys() ?? [])].filter((key) => key.startsWith(prefix));

const policyOf = (): string => bucketOf(scene.aws, 'h')?.policy ?? '';

const roleOf = (name: string): string =>
  `arn:aws:iam::111122223333:role/${name}-openshift-ingress-operator-cloud-credentials`;

function tokenOf(issuer: string, server: ApiServer): string {
  return server.token({ issuer, subject, audience: 'openshift', now: scene.clock.now() });
}

it('serves three clusters, whose tokens are accepted for their own roles and for no other', async () => {
  const issuers = new Map<string, string>();
  for (const name of ['a', 'b', 'ab']) {
    const { json } = await createWhole(name);
    const { identityProvider: made } = json.result;
    issuers.set(name, made.issuer);
    expect(made).toMatchObject({ hosting: 'cloudfront', prefix: name, domain: null });
    expect(made.issuer).toBe(`https://${made.distribution.domainName}/${name}`);
    expect(made.jwksUri).toBe(`${made.issuer}/keys.json`);
    expect(made.bucket).toBe(bucketOf(scene.aws, 'h')?.name);
  }
  expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
  expect(scene.aws.state.s3.buckets.size).toBe(1);
  expect(keysIn('a/')).toEqual([
    'a/keys.json',
    'a/openid/v1/jwks',
    'a/.well-known/openid-configuration',
  ]);
  const servers = new Map(
    [...issuers.keys()].map((name) => [name, startApiServer(folderOf(name))]),
  );
  for (const [name, server] of servers) {
    const token = tokenOf(issuers.get(name) ?? '', server);
    for (const other of issuers.keys()) {
      const answer = await askSts(scene.aws.endpoint, { token, roleArn: roleOf(other) });
      expect([name, other, answer]).toEqual([name, other, name === other ? 'accepted' : answer]);
      if (name !== other) expect(answer).not.toBe('accepted');
    }
    // The key of one cluster does not sign for the issuer of another.
    const forged = tokenOf(issuers.get('a') ?? '', server);
    const answer = await askSts(scene.aws.endpoint, { token: forged, roleArn: roleOf('a') });
    expect(answer === 'accepted').toBe(name === 'a');
  }
  const again = await run('a', ['create-all', '--credentials-requests-dir', requests, ...shared]);
  expect([again.code, again.json.changes]).toEqual([0, []]);
  const roles = await run('b', [
    'create-iam-roles',
    '--credentials-requests-dir',
    requests,
    ...shared,
  ]);
  expect([roles.code, roles.json.changes], roles.stderr).toEqual([0, []]);
});

it('writes a new cluster’s documents and provider alone, with as many calls for the 50th as for the second', async () => {
  await create('a');
  const policy = policyOf();
  const second = await callsOf(async () => {
    expect((await create('b')).code).toBe(0);
  });
  const bucket = bucketOf(scene.aws, 'h')?.name ?? '';
  expect(writesOf(second)).toEqual([
    `s3:PutObject ${bucket}/b/keys.json`,
    `s3:PutObject ${bucket}/b/openid/v1/jwks`,
    `s3:PutObject ${bucket}/b/.well-known/openid-configuration`,
    'iam:CreateOpenIDConnectProvider ',
  ]);
  const { oidcProviders } = iamAccount(scene.aws.state.iam, '111122223333');
  const first = [...oidcProviders.values()].find(({ url }) => url.endsWith('/a'));
  if (first === undefined) throw new Error('no provider');
  for (let n = 3; n < 50; n += 1) {
    const [arn, url] = [first.arn, first.url].map((text) => text.replace(/a$/, `x${n}`));
    const tags = [{ key: `oidc-bootstrap/x${n}`, value: 'owned' }];
    oidcProviders.set(arn ?? '', { ...first, arn: arn ?? '', url: url ?? '', tags });
  }
  const last = await callsOf(async () => {
    expect((await create('z')).code).toBe(0);
  });
  expect(last.length).toBe(second.length);
  expect(policyOf()).toBe(policy);
});

it('keeps the rotation of one cluster to its own prefix, from stage to retire', async () => {
  const { json } = await createWhole('a');
  await createWhole('b');
  const { issuer } = json.result.identityProvider;
  const others = JSON.stringify(
    [...(bucketOf(scene.aws, 'h')?.objects ?? [])].filter(([key]) => key.startsWith('b/')),
  );
  const server = startApiServer(folderOf('a'));
  const file = (name: string, text: string): string => {
    const at = path.join(scene.root, name);
    fs.writeFileSync(at, text);
    return at;
  };
  const rotate = async (words: readonly string[]): Promise<Outcome> => {
    const outcome = await run('a', ['rotate-keys', ...words, ...shared]);
    expect(outcome.code, outcome.stderr).toBe(0);
    const token = tokenOf(issuer, server);
    expect(await askSts(scene.aws.endpoint, { token, roleArn: roleOf('a') })).toBe('accepted');
    return outcome;
  };
  const calls = await callsOf(async () => {
    await rotate(['stage']);
    server.takeVerifiers();
    scene.clock.advance(25 * 3_600_000);
    await rotate(['promote', '--api-server-jwks', file('jwks', server.keySet())]);
    server.takeSigner();
    await rotate(['retire', '--token-file', file('token', tokenOf(issuer, server))]);
    scene.clock.advance(25 * 3_600_000);
    const done = await rotate(['retire', '--token-file', file('token', tokenOf(issuer, server))]);
    expect(done.json.result).toMatchObject({ phase: 'steady', issuer });
  });
  const bucket = bucketOf(scene.aws, 'h')?.name ?? '';
  for (const write of writesOf(calls))
    expect(write).toMatch(new RegExp(`^s3:PutObject ${bucket}/a/`));
  expect(keysIn('a/.oidc-bootstrap/')).toEqual(['a/.oidc-bootstrap/rotation.json']);
  expect(
    JSON.stringify(
      [...(bucketOf(scene.aws, 'h')?.objects ?? [])].filter(([key]) => key.startsWith('b/')),
    ),
  ).toBe(others);
  const edge = scene.aws.edgeUrl.replace('{host}', new URL(issuer).host);
  expect((await fetch(`${edge}/a/.oidc-bootstrap/rotation.json`)).status).toBe(403);
});

it('serves nothing below .oidc-bootstrap/, whatever its name', async () => {
  const { json } = await create('a');
  const bucket = bucketOf(scene.aws, 'h');
  const document = bucket?.objects.get('a/keys.json');
  if (document === undefined) throw new Error('no key set');
  const edge = scene.aws.edgeUrl.replace('{host}', new URL(json.result.issuer).host);
  const states = [
    'a/.oidc-bootstrap/keys.json',
    '.oidc-bootstrap/keys.json',
    'a/.oidc-bootstrap/a/openid/v1/jwks',
  ];
  for (const key of [...states, 'keys.json', 'a/other.json']) {
    bucket?.objects.set(key, document);
    expect([key, (await fetch(`${edge}/${key}`)).status]).toEqual([key, 403]);
  }
  expect((await fetch(`${edge}/a/keys.json`)).status).toBe(200);
});

describe('a run that dies', () => {
  // Before a write it leaves what it leaves after the one before.
  const ways = ['after', 'drop'] as const;

  /** The next run completes the cluster, and the one after it writes nothing. */
  async function converges(name: string, words: readonly string[]): Promise<void> {
    const rerun = await create(name, words);
    expect([name, rerun.code, rerun.stderr]).toEqual([name, 0, expect.any(String)]);
    expect((await create(name, words)).json.changes).toEqual([]);
    expect(rerun.json.result.issuer).toBe(
      `https://${rerun.json.result.distribution.domainName}/${name}`,
    );
  }

  it('while it adds a cluster leaves one that the next run completes', async () => {
    await create('a');
    const calls = await callsOf(async () => await create('b'));
    for (const [index] of [...calls.entries()].filter(([, { write }]) => write)) {
      for (const way of ways) {
        const name = `c${index}-${way}`;
        if (way === 'drop') scene.aws.failCall(index + 1, 'after', 'drop');
        const live = way === 'drop' ? () => {} : scene.aws.failFrom(index + 1, way);
        const { code } = await create(name);
        expect([name, code === 0]).toEqual([name, way === 'drop']);
        live();
        await converges(name, shared);
        expect(keysIn(`${name}/`)).toHaveLength(3);
      }
    }
  });

  it.each([
    's3:CreateBucket',
    'cloudfront:CreateOriginAccessControl',
    'cloudfront:CreateDistributionWithTags',
    's3:PutBucketPolicy',
  ])('at %s leaves a hosting that the next run completes', async (operation) => {
    for (const way of ways) {
      const words = ['--shared-hosting', `h-${way}`];
      let live = (): void => {};
      meanwhile(scene.aws, operation, () => {
        if (way === 'drop') scene.aws.failCall(1, 'after', 'drop');
        else live = scene.aws.failFrom(1, way);
      });
      const { code } = await create(way, words);
      expect([way, code === 0]).toEqual([way, way === 'drop']);
      live();
      await converges(way, words);
    }
    expect(scene.aws.state.cloudfront.distributions.size).toBe(ways.length);
  });
});

describe('two operators at once', () => {
  // Both runs use the same environment; a run that ends must not remove it for the other.
  beforeEach(() => Object.assign(process.env, scene.aws.credentials));
  afterEach(() => {
    for (const name of Object.keys(scene.aws.credentials)) delete process.env[name];
  });

  async function both(names: readonly string[]): Promise<readonly Outcome[]> {
    for (const name of names) {
      giveKey(folderOf(name));
    }
    Object.assign(process.env, scene.aws.credentials);
    return await Promise.all(names.map(async (name) => await create(name)));
  }

  it('both add a cluster to a hosting that stands', async () => {
    await create('a');
    const outcomes = await both(['b', 'c']);
    expect(outcomes.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const [one, two] = outcomes.map(({ json }) => json.result.issuer.replace(/.$/, ''));
    expect(one).toBe(two);
  });

  it('both make the hosting, which is one, or are told to run again', async () => {
    const outcomes = await both(['a', 'b']);
    for (const [index, name] of ['a', 'b'].entries()) {
      const { code, json, stderr } = outcomes[index] as Outcome;
      if (code !== 0) expect(json.error.hint, stderr).toContain('run again');
      expect((await create(name)).code).toBe(0);
      expect((await create(name)).json.changes).toEqual([]);
      expect(keysIn(`${name}/`)).toHaveLength(3);
    }
    expect(scene.aws.state.cloudfront.distributions.size).toBe(1);
    expect(scene.aws.state.s3.buckets.size).toBe(1);
  });
});

describe('the operator of a cluster', () => {
  const own = /:::[^/]*\/b\//;
  const hostingWrites = /^(?:s3:(?:Create|Put|Delete)(?!Object$)|cloudfront:(?:Create|Update|Tag))/;

  it('needs to write below its own prefix only', async () => {
    await create('a');
    const first = [
      ...new Set(scene.aws.calls.filter(({ write }) => write).map(({ operation }) => operation)),
    ];
    for (const operation of first.filter((one) => hostingWrites.test(one)))
      scene.aws.deny(operation);
    for (const operation of ['s3:GetObject', 's3:PutObject'])
      scene.aws.deny(operation, /:::[^/]*\/(?!b\/)/);
    const calls = await callsOf(async () => {
      const { code, stderr } = await create('b', [...shared, '--tag', 'team=b']);
      expect(code, stderr).toBe(0);
    });
    const onHosting = calls.filter(
      ({ service, resources }) =>
        service === 'cloudfront' || (service === 's3' && !resources.every((one) => own.test(one))),
    );
    for (const { operation } of onHosting) expect(operation).toMatch(/:(?:Get|List|Head)/);
    expect(keysIn('b/').every((key) => own.test(`:::h/${key}`))).toBe(true);
    const again = await create('b');
    expect([again.code, again.json.changes]).toEqual([0, []]);
  });

  it('says what to do where the hosting is not there, and what it must be able to read', async () => {
    scene.aws.deny('s3:CreateBucket');
    const early = await create('b');
    expect([early.code, early.json.error.code]).toEqual([4, 'AWS_ACCESS_DENIED']);
    expect(early.json.error.hint).toContain(
      'create-identity-provider --hosting-only --shared-hosting h',
    );
    scene.aws.allow('s3:CreateBucket');
    await create('a');
    for (const read of [
      's3:GetBucketTagging',
      'cloudfront:ListDistributions',
      's3:GetPublicAccessBlock',
    ]) {
      scene.aws.deny(read);
      const { code, json } = await create('b');
      expect([read, code, json.error.code]).toEqual([read, 4, 'AWS_ACCESS_DENIED']);
      expect(json.error.hint).toContain('must be readable');
      scene.aws.allow(read);
    }
    expect(keysIn('b/')).toEqual([]);
  });
});

describe('a run that names another hosting than the cluster has', () => {
  beforeEach(async () => {
    await createWhole('a');
  });

  /** Ends with this code before any write, and names the flag. */
  async function refused(words: readonly string[], change: RunChange = {}): Promise<Outcome> {
    let outcome: Outcome | undefined;
    const calls = await callsOf(async () => (outcome = await run('a', words, change)));
    expect(writesOf(calls)).toEqual([]);
    expect([outcome?.code, outcome?.json.error.code], words.join(' ')).toEqual([
      5,
      'ISSUER_WOULD_CHANGE',
    ]);
    expect(outcome?.json.error.hint, words.join(' ')).toContain('--shared-hosting h');
    return outcome as Outcome;
  }

  it.each([[[]], [['--shared-hosting', 'g']]])(
    'is refused with the flag to repeat (%j)',
    async (flags) => {
      const folder = path.join(scene.root, 'elsewhere');
      const key = path.join(folderOf('a'), 'serviceaccount-signer.public');
      const roles = ['create-iam-roles', '--credentials-requests-dir', requests, ...flags];
      const provider = ['create-identity-provider', '--public-key-file', key, ...flags];
      for (const words of [provider, roles, ['rotate-keys', 'status', ...flags]]) {
        await refused(words);
        await refused(words, { folder });
      }
      await refused(['create-all', '--credentials-requests-dir', requests, ...flags]);
    },
  );

  it('is refused where the name has hosting of its own', async () => {
    await create('c', []);
    const { code, json } = await create('c');
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    const cluster = await create('d', ['--shared-hosting', 'c']);
    expect([cluster.code, cluster.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    for (const words of [['create-identity-provider'], ['rotate-keys', 'status']]) {
      const hosting = await run('h', words, { folder: folderOf('d') });
      expect([hosting.code, hosting.json.error.code]).toEqual([5, 'NAME_TAKEN']);
      expect(hosting.json.error.hint).toContain('--shared-hosting h');
    }
  });

  it('is refused for a second cluster of the same name', async () => {
    const folder = path.join(scene.root, 'second');
    giveKey(folder);
    const second = await run('a', ['create-identity-provider', ...shared], { folder });
    expect([second.code, second.json.error.code]).toEqual([5, 'KEY_NOT_PUBLISHED']);
    expect(keysIn('a/')).toHaveLength(3);
  });
});

it('refuses a prefix whose documents are of another issuer', async () => {
  const { json } = await create('a');
  const objects = bucketOf(scene.aws, 'h')?.objects;
  const foreign = objects?.get('a/.well-known/openid-configuration');
  if (foreign !== undefined) objects?.set('b/.well-known/openid-configuration', foreign);
  const { code, json: refusal } = await create('b');
  expect([code, refusal.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
  expect(refusal.error.details).toMatchObject({ issuer: json.result.issuer });
});

it.each([
  [['--name', 'openid', ...shared], '--name'],
  [['--name', 'h', ...shared], '--name'],
  [['--name', 'a', '--shared-hosting', 'H_'], '--shared-hosting'],
  [['--name', 'a', ...shared, '--issuer-url', 'https://a.example.com'], '--issuer-url'],
  [['--name', 'a', ...shared, '--public-s3-bucket'], '--public-s3-bucket'],
])('takes no flags that contradict each other: %j', async (words, flag) => {
  const { code, json } = await scene.run(['create-identity-provider', ...words]);
  expect([code, json.error.code]).toEqual([2, 'USAGE']);
  expect(JSON.stringify(json.error)).toContain(flag);
  expect(scene.aws.calls).toEqual([]);
});

it('makes the hosting alone, with its own tags, and a cluster in another region joins it', async () => {
  const only = ['create-identity-provider', '--hosting-only', ...shared, '--tag', 'team=hosting'];
  const { code, json, stderr } = await run('a', only);
  expect(code, stderr).toBe(0);
  expect(json.result).toMatchObject({ keyIds: [], identityProviderArn: null, prefix: 'a' });
  expect(bucketOf(scene.aws, 'h')?.objects.size).toBe(0);
  expect(JSON.stringify(bucketOf(scene.aws, 'h')?.tags)).toContain('hosting');
  expect((await run('a', only)).json.changes).toEqual([]);
  giveKey(folderOf('b'));
  const env = { AWS_REGION: 'eu-central-1' };
  const joined = await run('b', ['create-identity-provider', ...shared], { env });
  expect(joined.code, joined.stderr).toBe(0);
  expect(joined.json.result.bucket).toBe(bucketOf(scene.aws, 'h')?.name);
  const status = await run('b', ['rotate-keys', 'status', ...shared], { env });
  expect([status.code, status.json.result.phase]).toEqual([0, 'steady']);

  // A first run elsewhere that died left a bucket which the distribution does not read.
  const bucket = bucketOf(scene.aws, 'h');
  const name = bucket?.name.replace('eu-west-1', 'eu-central-1') ?? '';
  const stray = { ...bucket, name, region: 'eu-central-1', objects: new Map(), policy: undefined };
  scene.aws.state.s3.buckets.set(name, stray as never);
  const again = await run('b', ['create-identity-provider', ...shared], { env });
  expect([again.code, again.json.changes]).toEqual([0, []]);
  expect(again.json.result.bucket).toBe(bucket?.name);
});

it('repairs a shared hosting that somebody changed', async () => {
  await create('a');
  const [distribution] = scene.aws.state.cloudfront.distributions.values();
  Object.assign(distribution?.config ?? {}, { Enabled: false });
  const policy = policyOf();
  Object.assign(bucketOf(scene.aws, 'h') ?? {}, { policy: undefined });
  const { code, json, stderr } = await create('a');
  expect(code, stderr).toBe(0);
  expect(json.changes.map(({ resource, action }) => `${action} ${resource}`).toSorted()).toEqual([
    'update cloudfront-distribution',
    'update s3-bucket',
  ]);
  expect(policyOf()).toBe(policy);
});

it('makes no second distribution for a hosting whose own is gone, and keeps its policy', async () => {
  await create('a');
  const policy = policyOf();
  scene.aws.state.cloudfront.distributions.clear();
  for (const name of ['a', 'b']) {
    const { code, json } = await create(name);
    expect([name, code, json.error.code]).toEqual([name, 5, 'ISSUER_WOULD_CHANGE']);
  }
  expect(scene.aws.state.cloudfront.distributions.size).toBe(0);
  expect(policyOf()).toBe(policy);
});

it('refuses statements of others by the prefix that they open: to write, or to read the rotation state', async () => {
  await create('a');
  const bucket = bucketOf(scene.aws, 'h');
  const policy = policyOf();
  const open = (Action: string, path: string): void => {
    const Principal = { AWS: 'arn:aws:iam::444455556666:root' };
    const Resource = `arn:aws:s3:::${bucket?.name}/${path}`;
    const theirs = { Sid: 'Theirs', Effect: 'Allow', Principal, Action, Resource };
    const { Statement, ...rest } = JSON.parse(policy) as { Statement: object[] };
    Object.assign(bucket ?? {}, {
      policy: JSON.stringify({ ...rest, Statement: [...Statement, theirs] }),
    });
  };
  const stage = async (name: string): Promise<Outcome> =>
    await run(name, ['rotate-keys', 'stage', ...shared]);

  open('s3:PutObject', 'a/*');
  for (const { code, json } of [await create('a'), await stage('a')]) {
    expect([code, json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
    expect(json.error.message).toContain('"Theirs"');
  }
  const other = await create('b');
  expect([other.code, other.stderr.includes('Theirs')]).toEqual([0, true]);

  open('s3:GetObject', '*/.oidc-bootstrap/*');
  const { code, json } = await stage('b');
  expect([code, json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
  expect(json.error.message).toContain('expose the rotation state');
});
