// A running cluster: issuer and roles on the local AWS, API servers that sign with the folder's key, and
// a clock to move. Every outcome is searched for key material.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect } from 'vitest';
import { copyOf } from '../../local-aws/copy-of.ts';
import { askSts, startApiServer, type ApiServer } from './api-server.ts';
import {
  bucketOf,
  openScene,
  type Outcome,
  type RunChange,
  type Scene,
  type SceneOptions,
} from '../scene.ts';

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

const subject = 'system:serviceaccount:openshift-ingress-operator:ingress-operator';
const audience = 'openshift';

export type RotationScene = Scene & {
  readonly issuer: string;
  /** Role of the cluster's pods. */
  readonly roleArn: string;
  /** Role without permissions, for the probe. */
  readonly probeRoleArn: string;
  readonly servers: readonly ApiServer[];
  /** Runs `rotate-keys` with these words. */
  readonly rotate: (words: readonly string[], change?: RunChange) => Promise<Outcome>;
  /** Writes a file beside the output folder and gives its path. */
  readonly file: (name: string, text: string) => string;
  /** `--token-file` with a new token of every API server. */
  readonly tokenFlags: () => readonly string[];
  /** `--api-server-jwks` with the key set of every API server. */
  readonly keySetFlags: () => readonly string[];
  readonly token: (server: ApiServer, lifetime?: number) => string;
  /** The answer of STS to a new token of each API server. */
  readonly stsAnswers: () => Promise<readonly string[]>;
  readonly publishedKids: () => readonly string[];
  /** The rotation state object. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at what they mean
  readonly state: () => any;
  readonly files: () => readonly string[];
  readonly saved: () => () => void;
};

/** A cluster with that many API servers; its keys have 2048 bits, for speed. */
export async function openRotation(
  options: SceneOptions & { readonly apiServers?: number } = {},
): Promise<RotationScene> {
  const { apiServers = 2, ...aws } = options;
  const scene = await openScene({ deployMs: 0, ...aws });
  const requests = path.resolve('test/fixtures/credentials-requests/demo');
  expect((await scene.run(['create-key-pair', '--key-size', '2048'])).code).toBe(0);
  const created = await scene.run([
    'create-all',
    '--name',
    'c',
    '--credentials-requests-dir',
    requests,
  ]);
  expect(created.code, created.stderr).toBe(0);
  const issuer: string = created.json.result.identityProvider.issuer;
  const roleArn = 'arn:aws:iam::111122223333:role/c-openshift-ingress-operator-cloud-credentials';
  return withCluster(scene, { issuer, roleArn, apiServers });
}

/** The rest of the scene, for an issuer that exists. */
export function withCluster(
  scene: Scene,
  cluster: {
    readonly issuer: string;
    readonly roleArn: string;
    readonly apiServers: number;
    /** Flags of every run of rotate-keys. */
    readonly flags?: readonly string[];
    /** A document or the rotation state, by its key in a bucket; of the bucket by default. */
    readonly read?: (key: string) => string | undefined;
  },
): RotationScene {
  const { issuer, roleArn } = cluster;
  const servers = Array.from({ length: cluster.apiServers }, () => startApiServer(scene.folder));
  const file = (name: string, text: string): string => {
    const at = path.join(scene.root, name);
    fs.writeFileSync(at, text);
    return at;
  };
  const token = (server: ApiServer, lifetime?: number): string =>
    server.token({
      issuer,
      subject,
      audience,
      now: scene.clock.now(),
      ...(lifetime === undefined ? {} : { lifetime }),
    });
  const inBucket = (key: string): string | undefined => {
    const bucket = bucketOf(scene.aws);
    const stored = bucket?.objects.get(key);
    return stored === undefined ? undefined : Buffer.from(stored.body).toString('utf8');
  };
  const object = cluster.read ?? inBucket;
  const flags = cluster.flags ?? [];
  return {
    ...scene,
    issuer,
    roleArn,
    probeRoleArn: roleArn,
    servers,
    file,
    token,
    rotate: async (words, change) => {
      const outcome = await scene.run(['rotate-keys', ...words, '--name', 'c', ...flags], change);
      expectNoSecrets(outcome, scene);
      return outcome;
    },
    tokenFlags: () =>
      servers.flatMap((server, index) => ['--token-file', file(`token-${index}`, token(server))]),
    keySetFlags: () =>
      servers.flatMap((server, index) => [
        '--api-server-jwks',
        file(`jwks-${index}`, server.keySet()),
      ]),
    stsAnswers: () =>
      Promise.all(
        servers.map((server) => askSts(scene.aws.endpoint, { token: token(server), roleArn })),
      ),
    publishedKids: () =>
      (JSON.parse(object('keys.json') ?? '{"keys":[]}') as { keys: { kid: string }[] }).keys.map(
        (key) => key.kid,
      ),
    state: () => JSON.parse(object('.oidc-bootstrap/rotation.json') ?? 'null'),
    files: () => filesIn(scene.folder),
    saved: () => saveScene(scene),
  };
}

/** Stages a key; every API server accepts it. */
export async function toStaged(scene: RotationScene, words: readonly string[] = []): Promise<void> {
  const staged = await scene.rotate(['stage', ...words]);
  expect(staged.code, staged.stderr).toBe(0);
  for (const server of scene.servers) server.takeVerifiers();
}

/** Stages a key and waits until it may be promoted. */
export async function toPromotable(
  scene: RotationScene,
  words: readonly string[] = [],
): Promise<void> {
  await toStaged(scene, words);
  scene.clock.advance(24 * hour + minute);
}

/** Stages a key and promotes it; no API server signs with it yet. */
export async function toPromoted(scene: RotationScene): Promise<void> {
  await toPromotable(scene);
  const promoted = await scene.rotate(['promote', ...scene.keySetFlags()]);
  expect(promoted.code, promoted.stderr).toBe(0);
}

/** Promotes a key; since a minute every API server signs with it. */
export async function toSigning(scene: RotationScene): Promise<void> {
  await toPromoted(scene);
  for (const server of scene.servers) server.takeSigner();
  scene.clock.advance(minute);
}

/** Saves AWS, the folder and the next key; the returned function restores them, but not the clock. */
export function saveScene(scene: Scene): () => void {
  const kept = copyOf(scene.aws.state);
  const rewind = scene.keySupply.mark();
  const copy = path.join(scene.root, `saved-${Math.random().toString(36).slice(2)}`);
  fs.cpSync(scene.folder, copy, { recursive: true });
  return () => {
    rewind();
    for (const [service, state] of Object.entries(copyOf(kept))) {
      Object.assign(scene.aws.state[service as keyof typeof scene.aws.state], state);
    }
    fs.rmSync(scene.folder, { recursive: true, force: true });
    fs.cpSync(copy, scene.folder, { recursive: true });
  };
}

/** Paths of all files of a folder, relative to it, sorted. */
export function filesIn(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Checks that neither the output of a run nor AWS has a private key or a token. */
export function expectNoSecrets(outcome: Outcome, scene: Scene): void {
  const said = outcome.stdout + outcome.stderr;
  expect(said).not.toContain('PRIVATE KEY');
  for (const relative of filesIn(scene.folder)) {
    const text = fs.readFileSync(path.join(scene.folder, relative), 'utf8');
    if (!text.includes('PRIVATE KEY') && !relative.startsWith('openshift/')) continue;
    expect(fs.statSync(path.join(scene.folder, relative)).mode & 0o777, relative).toBe(0o600);
    const line = text.split('\n')[5];
    if (line !== undefined && line.length > 40) expect(said, relative).not.toContain(line);
  }
  expect(said).not.toMatch(/eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./);
  const bucket = bucketOf(scene.aws);
  for (const stored of bucket?.objects.values() ?? []) {
    expect(Buffer.from(stored.body).toString('utf8')).not.toContain('PRIVATE');
  }
}

/** Runs the create commands again in the middle of a rotation: they change nothing. */
export async function createsChangeNothing(scene: RotationScene): Promise<void> {
  const before = scene.publishedKids();
  const requests = path.resolve('test/fixtures/credentials-requests/demo');
  for (const words of [
    ['create-identity-provider', '--name', 'c'],
    ['create-all', '--name', 'c', '--credentials-requests-dir', requests],
  ]) {
    const rerun = await scene.run(words);
    expect(rerun.code, rerun.stderr).toBe(0);
    expect(rerun.json.changes).toEqual([]);
  }
  expect(scene.publishedKids()).toEqual(before);
}
