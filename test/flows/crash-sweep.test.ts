// The crash sweep over a fresh create-all: every call fails, before and after it was applied, alone or
// with all that would follow, or its connection drops. The next run must reach the very end state,
// on AWS and in the folder, of a run that nothing disturbed; the one after it writes nothing.

import { createPublicKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebServer } from '../local-aws/dns/web-server.ts';
import { filesIn } from './rotation/rotation-scene.ts';
import { openScene, type Outcome, type Scene } from './scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const elsewhere = 'oidc.example.com';
const create = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];
const keyFiles = ['serviceaccount-signer.private', 'serviceaccount-signer.public'];

/** AWS, and every file with its mode; what CloudFront made up is called by what it is. */
function endState(scene: Scene): unknown {
  const names = [...scene.aws.state.cloudfront.distributions.values()].flatMap(
    ({ id, domainName }) => [
      [id, '<distribution>'],
      [domainName, '<domain>'],
    ],
  );
  const files = filesIn(scene.folder).map((file) => {
    let text = scene.read(file);
    for (const [made = '', name = ''] of names) text = text.replaceAll(made, name);
    const mode = (fs.statSync(path.join(scene.folder, file)).mode & 0o777).toString(8);
    return { file, mode, text };
  });
  return { aws: scene.aws.snapshot(), files };
}

type WebServer = ReturnType<Scene['aws']['world']['dns']['webServers']['get']>;

/** The documents of an issuer that a web server serves, with the key. */
function serveKey(folder: string, pem: string): void {
  const issuer = `https://${elsewhere}`;
  const discovery = JSON.stringify({ issuer, jwks_uri: `${issuer}/keys.json` });
  fs.mkdirSync(path.join(folder, '.well-known'));
  fs.writeFileSync(path.join(folder, '.well-known/openid-configuration'), discovery);
  const keys = [{ ...createPublicKey(pem).export({ format: 'jwk' }), kid: 'signer' }];
  fs.writeFileSync(path.join(folder, 'keys.json'), JSON.stringify({ keys }));
}

/** What a run says it did; ids that CloudFront made up are left out. */
const changesOf = ({ json }: Outcome): readonly string[] =>
  json.changes.map(
    ({ resource, action, id }) =>
      `${action} ${resource} ${resource === 'iam-oidc-provider' ? '' : id}`,
  );

describe.each([
  { layout: 'private layout', flags: [], options: {}, last: undefined },
  { layout: 'public layout', flags: ['--public-s3-bucket'], options: {}, last: undefined },
  {
    layout: 'untagged buckets',
    flags: [],
    options: { taggedCreateBucket: false },
    // What follows is the private layout.
    last: 's3:GetBucketEncryption',
  },
  {
    layout: 'served elsewhere',
    flags: ['--issuer-url', `https://${elsewhere}`],
    options: {},
    last: undefined,
  },
])('create-all, $layout', ({ layout, flags, options, last }) => {
  const words = [...create, ...flags];
  const keys = new Map<string, string>();
  let calls: readonly { readonly operation: string; readonly write: boolean }[] = [];
  let wanted: unknown;
  let stop = async (): Promise<void> => {};
  let server: WebServer | undefined;

  /** A scene whose DNS leads to the web server, where the documents are served by one. */
  async function open(): Promise<Scene> {
    const scene = await openScene(options);
    if (server !== undefined) scene.aws.world.dns.webServers.set(elsewhere, server);
    return scene;
  }
  let changes: readonly string[] = [];

  beforeAll(async () => {
    const scene = await openScene(options);
    await scene.run(['create-key-pair', '--key-size', '2048']);
    for (const file of keyFiles) keys.set(file, scene.read(file));
    if (layout === 'served elsewhere') {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oidc-site-'));
      serveKey(folder, scene.read('serviceaccount-signer.public'));
      const close = await startWebServer(scene.aws.world, { host: elsewhere, folder });
      server = scene.aws.world.dns.webServers.get(elsewhere);
      stop = async () => {
        await close();
        fs.rmSync(folder, { recursive: true });
      };
    }
    const whole = await scene.run(words);
    expect(whole.code).toBe(0);
    changes = changesOf(whole);
    // What AWS refuses by itself cannot fail after it was applied.
    calls = scene.aws.calls.map(({ operation, write, status }) => ({
      operation,
      write: write && status < 400,
    }));
    const ends = calls.findIndex(({ operation }) => operation === last);
    if (ends >= 0) calls = calls.slice(0, ends + 1);
    wanted = endState(scene);
    await scene.close();
    expect(calls.length).toBeGreaterThan(last === undefined && server === undefined ? 15 : 8);
  });

  afterAll(async () => await stop());

  /** A scene for every call, with the same key at hand; gives what went wrong, if anything. */
  async function sweep(
    disturbed: (scene: Scene, k: number, write: boolean) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const bad: string[] = [];
    for (const [index, { operation, write }] of calls.entries()) {
      const scene = await open();
      fs.mkdirSync(scene.folder, { recursive: true });
      for (const [file, text] of keys) {
        fs.writeFileSync(path.join(scene.folder, file), text, { mode: 0o600 });
      }
      const problems = await disturbed(scene, index + 1, write);
      bad.push(...problems.map((problem) => `call ${index + 1} (${operation}): ${problem}`));
      await scene.close();
    }
    return bad;
  }

  async function unlike(scene: Scene): Promise<readonly string[]> {
    try {
      expect(endState(scene)).toEqual(wanted);
      const from = scene.aws.calls.length;
      const { json } = await scene.run(words);
      expect(json.changes).toEqual([]);
      expect(scene.aws.calls.slice(from).filter((call) => call.write)).toEqual([]);
      return [];
    } catch (error) {
      return [String(error)];
    }
  }

  const failed = (outcome: Outcome, what: string): readonly string[] =>
    outcome.code === 0 ? [] : [`${what} exits ${outcome.code}: ${outcome.stderr}`];

  it.each(['before', 'after'] as const)(
    'converges from a failure of any one call %s it was applied',
    async (when) => {
      const bad = await sweep(async (scene, k, write) => {
        scene.aws.failCall(k, when, 'error');
        const crashed = await scene.run(words);
        const unnoticed = write && crashed.code === 0 ? ['the failure went unnoticed'] : [];
        const rerun = await scene.run(words);
        return [...unnoticed, ...failed(rerun, 'the next run'), ...(await unlike(scene))];
      });
      expect(bad).toEqual([]);
    },
    300_000,
  );

  it.each(['before', 'after'] as const)(
    'converges where it died %s any call was applied',
    async (when) => {
      const bad = await sweep(async (scene, k) => {
        const live = scene.aws.failFrom(k, when);
        await scene.run(words);
        live();
        const rerun = await scene.run(words);
        return [...failed(rerun, 'the next run'), ...(await unlike(scene))];
      });
      expect(bad).toEqual([]);
    },
    300_000,
  );

  it.each(['before', 'after'] as const)(
    'does not notice a connection that drops once, %s any call was applied',
    async (when) => {
      const bad = await sweep(async (scene, k) => {
        scene.aws.failCall(k, when, 'drop');
        const run = await scene.run(words);
        const untold = changes.filter((change) => !changesOf(run).includes(change));
        const problems = untold.map((change) => `done but not told: ${change}`);
        return [...failed(run, 'the run'), ...problems, ...(await unlike(scene))];
      });
      expect(bad).toEqual([]);
    },
    300_000,
  );
});

describe('create-all in us-east-1', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ deployMs: 0 });
    await scene.run(['create-key-pair', '--key-size', '2048']);
  });
  afterAll(async () => {
    await scene.close();
  });

  it('finds the bucket of its own whose creation it was never told of', async () => {
    const env = { AWS_REGION: 'us-east-1' };
    scene.aws.deny('s3:CreateBucket');
    await scene.run(create, { env });
    scene.aws.allow('s3:CreateBucket');
    const operations = scene.aws.calls.map((call) => call.operation);
    scene.aws.failCall(operations.indexOf('s3:CreateBucket') + 1, 'after', 'drop');
    const { code, json, stderr } = await scene.run(create, { env });
    expect(code, stderr).toBe(0);
    const made = json.changes.filter((change) => change.resource === 's3-bucket');
    expect(made.map((change) => change.action)).toEqual(['create', 'update']);
    expect(scene.aws.state.s3.buckets.get('c-oidc')?.region).toBe('us-east-1');
  });
});
