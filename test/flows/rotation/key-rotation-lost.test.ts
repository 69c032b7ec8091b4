// A rotation without its folder or its state, with a second operator, and on a cluster that ccoctl made.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCcoctlCluster } from '../hosting/ccoctl-cluster.ts';
import {
  filesIn,
  hour,
  minute,
  openRotation,
  type RotationScene,
  toPromoted,
  withCluster,
} from './rotation-scene.ts';
import { newFileName } from '../../../src/local/process-runs.ts';
import { meanwhile } from '../meanwhile.ts';
import { bucketOf, openScene } from '../scene.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

const objects = () => {
  const found = bucketOf(scene.aws)?.objects;
  if (found === undefined) throw new Error('no bucket');
  return found;
};
const folder = (name: string): string => path.join(scene.root, name);
const green = async (): Promise<void> => {
  for (const answer of await scene.stsAnswers()) expect(answer).toBe('accepted');
};

describe('status', () => {
  it('needs only AWS in each phase, and writes nothing', async () => {
    scene = await openRotation();
    const empty = folder('empty');
    const before = await scene.rotate(['status'], { folder: empty });
    expect([before.code, before.json.result.keys[0].role]).toEqual([0, 'current']);
    await toPromoted(scene);
    const { json, code } = await scene.rotate(['status'], { folder: empty });
    expect(code).toBe(0);
    expect(json.warnings).toEqual([]);
    expect(json.result.keys.map((key: { role: string }) => key.role)).toEqual([
      'current',
      'retiring',
    ]);
    expect(json.result.next).toMatchObject({ step: 'retire', open: false, opensAt: null });
    expect(fs.existsSync(empty)).toBe(false);
  });

  it('names a kid that is in the files but not published, and one that is published but not in the files', async () => {
    scene = await openRotation();
    await scene.rotate(['stage']);
    const next = scene.state().keys[1].keyId;
    const jwks = objects().get('keys.json');
    if (jwks === undefined) throw new Error('no key set');
    const kept = JSON.parse(Buffer.from(jwks.body).toString()).keys.slice(0, 1);
    objects().set('keys.json', { ...jwks, body: Buffer.from(JSON.stringify({ keys: kept })) });
    const said = (await scene.rotate(['status'])).json.warnings.join('\n');
    expect(said).toContain(
      `"serviceaccount-signer.next.private" holds key "${next}", which is not`,
    );
    // The next run publishes it again, and its publish age starts again.
    scene.clock.advance(48 * hour);
    const again = await scene.rotate([...scene.keySetFlags()]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.json.result).toMatchObject({ phase: 'staged', next: { open: false } });
    expect(scene.publishedKids()).toContain(next);

    const publicOnly = folder('public-only');
    await scene.rotate(['emergency', '--confirm', 'c'], { folder: folder('other') });
    fs.mkdirSync(publicOnly);
    fs.copyFileSync(
      path.join(scene.folder, 'serviceaccount-signer.public'),
      path.join(publicOnly, 'serviceaccount-signer.public'),
    );
    const stale = await scene.rotate(['status'], { folder: publicOnly });
    expect(stale.json.warnings.join('\n')).toContain('"serviceaccount-signer.public" holds key');
  });
});

describe('a lost output folder', () => {
  it('does not stop a rotation: retire works from another machine with tokens', async () => {
    scene = await openRotation();
    await toPromoted(scene);
    for (const server of scene.servers) server.takeSigner();
    fs.rmSync(scene.folder, { recursive: true });
    expect((await scene.rotate(['retire', ...scene.tokenFlags()])).code).toBe(0);
    scene.clock.advance(24 * hour + 10 * minute);
    const retired = await scene.rotate(['retire']);
    expect(retired.code, retired.stderr).toBe(0);
    expect(scene.publishedKids()).toHaveLength(1);
    await green();
  });

  it('with the staged key is repaired by rollback and stage', async () => {
    scene = await openRotation();
    await scene.rotate(['stage']);
    const lost = scene.state().keys[1].keyId;
    const other = { folder: folder('other') };
    scene.clock.advance(25 * hour);
    expect((await scene.rotate(['promote'], other)).json.error.code).toBe('FILE_UNREADABLE');
    expect((await scene.rotate(['rollback'], other)).code).toBe(0);
    // The cluster's key is only in the first folder, so the typed name must confirm the step.
    expect((await scene.rotate(['stage'], other)).json.error.code).toBe('KEY_NOT_PUBLISHED');
    expect((await scene.rotate(['stage', '--confirm', 'c'], other)).code).toBe(0);
    expect(scene.publishedKids()).toHaveLength(2);
    expect(scene.publishedKids()).not.toContain(lost);
    // On the machine that has the withdrawn key, the key is removed and is not staged again.
    await scene.rotate(['stage']);
    expect(scene.publishedKids()).not.toContain(lost);
    await green();
  });
});

describe('a run that was killed while it wrote a key file', () => {
  it('leaves a temporary file with a private key, which the next run of any command removes', async () => {
    scene = await openRotation();
    const left = path.join(scene.folder, '.oidc-bootstrap.tmp');
    for (const words of [
      ['status'],
      ['stage'],
      [],
      ['rollback'],
      ['emergency', '--confirm', 'c'],
    ]) {
      fs.mkdirSync(left);
      const file = path.join(left, newFileName().replace(/^\d+/, '4194303'));
      fs.writeFileSync(file, 'BEGIN RSA PRIVATE KEY', { mode: 0o600 });
      expect((await scene.rotate(words)).code).toBe(0);
      expect(fs.existsSync(left)).toBe(false);
    }
  });
});

describe('a key file that others can read', () => {
  it('gets mode 0600 from the first run that writes', async () => {
    scene = await openRotation();
    const file = path.join(scene.folder, 'serviceaccount-signer.private');
    fs.chmodSync(file, 0o644);
    expect((await scene.rotate(['stage'])).code).toBe(0);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the lock of a run that was killed', () => {
  it('is taken over on the same machine, and named in the error on another machine', async () => {
    scene = await openRotation();
    const lock = path.join(scene.folder, '.rotate-keys.lock');
    const claim = (name: string): void => {
      fs.mkdirSync(lock);
      fs.writeFileSync(path.join(lock, name), '.');
    };
    claim(newFileName().replace(/^\d+/, '4194303'));
    expect((await scene.rotate(['stage'])).code).toBe(0);
    expect(fs.existsSync(lock)).toBe(false);
    claim('1.2.3.4.another-machine.0123456789abcdef');
    const held = await scene.rotate(['rollback', '--timeout', '1m']);
    expect([held.code, held.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(held.json.error.message).toContain('process 1 on "another-machine"');
    expect((await scene.rotate(['status'])).code).toBe(0);
  });

  it('stops a run that lost its lock before it changes a file', async () => {
    scene = await openRotation();
    const before = scene.files();
    meanwhile(scene.aws, 's3:PutObject', () => {
      fs.rmSync(path.join(scene.folder, '.rotate-keys.lock'), { recursive: true });
    });
    const { code, json, stderr } = await scene.rotate(['stage']);
    expect([code, json.error.code], stderr).toEqual([130, 'INTERRUPTED']);
    expect(json.error.message).toContain('another run took ".rotate-keys.lock"');
    expect(scene.files()).toEqual(before);
    expect((await scene.rotate(['stage'])).code).toBe(0);
    await green();
  });

  it.each(['', '4194305@', 'garbage'])('is removed if it is the file "%s"', async (text) => {
    scene = await openRotation();
    const lock = path.join(scene.folder, '.rotate-keys.lock');
    fs.writeFileSync(lock, text);
    expect((await scene.rotate(['stage', '--timeout', '1m'])).code).toBe(0);
    expect(fs.existsSync(lock)).toBe(false);
  });
});

describe('a lost state', () => {
  it.each(['staged', 'promoted'] as const)('is rebuilt in %s, and waits restart', async (phase) => {
    scene = await openRotation();
    await (phase === 'staged' ? scene.rotate(['stage']) : toPromoted(scene));
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(48 * hour);
    const before = scene.publishedKids();
    objects().delete('.oidc-bootstrap/rotation.json');
    const run = await scene.rotate([...scene.keySetFlags()]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.json.result.phase).toBe(phase);
    expect(run.json.result.next.open).toBe(false);
    expect(run.json.result.history[0].step).toBe('rebuild');
    expect(JSON.stringify(run.json.changes)).toContain('every wait starts now');
    expect(scene.publishedKids()).toEqual(before);
    await green();
  });

  it('does not allow a retired key again, not even with its flag', async () => {
    scene = await openRotation();
    const old = scene.file('old.pem', scene.read('serviceaccount-signer.public'));
    await toPromoted(scene);
    for (const server of scene.servers) server.takeSigner();
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(25 * hour);
    expect((await scene.rotate(['retire'])).code).toBe(0);
    objects().delete('.oidc-bootstrap/rotation.json');
    expect((await scene.rotate(['stage'])).code).toBe(0);
    const add = ['create-identity-provider', '--name', 'c', '--public-key-file', old];
    expect((await scene.run(add)).json.error.code).toBe('KEY_REVOKED');
    await green();
  });
});

describe('two operators', () => {
  it('who stage at the same time get one next key', async () => {
    scene = await openRotation();
    const second = folder('second');
    fs.cpSync(scene.folder, second, { recursive: true });
    const runs = await Promise.all([
      scene.rotate(['stage']),
      scene.rotate(['stage'], { folder: second }),
    ]);
    expect(scene.publishedKids()).toHaveLength(2);
    const next = scene.state().keys[1].keyId;
    // Before the key of the other run is published, it is in the state only.
    for (const run of runs.filter(({ code }) => code !== 0)) {
      expect([run.code, run.json.error.code]).toEqual([2, 'CONFIRMATION_REQUIRED']);
      expect(run.json.error.details.keyIds).toEqual([next]);
    }
    expect(runs.some((run) => run.code === 0)).toBe(true);
    const again = [
      await scene.rotate(['stage']),
      await scene.rotate(['stage'], { folder: second }),
    ];
    for (const run of again) expect([run.code, run.json.result.keys[1].keyId]).toEqual([0, next]);
    const held = [scene.folder, second].flatMap((root) =>
      filesIn(root)
        .filter((file) => file.endsWith('next.private'))
        .map((file) => fs.readFileSync(path.join(root, file), 'utf8')),
    );
    expect(new Set(held).size).toBe(1);
    expect(runs.map((run) => run.stderr).join()).toMatch(/another run|only in the rotation state/);
    await green();
  });

  it('who run different steps at the same time: one succeeds, the other gets an error', async () => {
    scene = await openRotation();
    await scene.rotate(['stage']);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(25 * hour);
    const second = folder('second');
    fs.cpSync(scene.folder, second, { recursive: true });
    const [promote, rollback] = await Promise.all([
      scene.rotate(['promote', ...scene.keySetFlags()]),
      scene.rotate(['rollback'], { folder: second }),
    ]);
    expect([promote?.code, rollback?.code].toSorted()).not.toEqual([2, 3]);
    const { phase } = (await scene.rotate(['status'])).json.result;
    const last = scene.state().history.at(-1).step;
    expect([phase, last]).toEqual(
      phase === 'steady' ? ['steady', 'rollback'] : [phase, expect.any(String)],
    );
    await green();
  });
});

describe('a rotation on a cluster that ccoctl made', () => {
  async function adopt(layout: 'public' | 'private', cachePolicyId?: string): Promise<void> {
    const base = await openScene({ deployMs: 0, stsJwksCacheMs: 0 });
    const cluster = await makeCcoctlCluster(base.aws, {
      name: 'c',
      layout,
      advance: base.clock.advance,
      ...(cachePolicyId === undefined ? {} : { cachePolicyId }),
    });
    fs.mkdirSync(base.folder, { recursive: true });
    const write = (file: string, text: string, mode: number): void =>
      fs.writeFileSync(path.join(base.folder, file), text, { mode });
    write('serviceaccount-signer.private', cluster.privateKeyPem, 0o600);
    write('serviceaccount-signer.public', cluster.publicKeyPem, 0o644);
    scene = withCluster(base, {
      issuer: cluster.issuer,
      roleArn: 'arn:aws:iam::111122223333:role/c-openshift-ingress-operator-cloud-credentials',
      apiServers: 1,
    });
  }

  const anonymous = async (): Promise<number> => {
    const url = `${scene.aws.edgeUrl.replace('{host}', new URL(scene.issuer).host)}/.oidc-bootstrap/rotation.json`;
    return (await fetch(url)).status;
  };

  it.each(['public', 'private'] as const)(
    'restricts the read statement of a %s bucket before it writes the state',
    async (layout) => {
      await adopt(layout);
      const wide = bucketOf(scene.aws)?.policy;
      const staged = await scene.rotate(['stage']);
      expect(staged.code, staged.stderr).toBe(0);
      expect(staged.json.changes.slice(0, 2)).toMatchObject([
        { resource: 's3-bucket', id: 'c-oidc', action: 'update' },
        { resource: 'rotation-state', action: 'create' },
      ]);
      expect(await anonymous()).toBe(403);
      const bucket = bucketOf(scene.aws);
      if (bucket === undefined || wide === undefined) throw new Error('no bucket');
      bucket.policy = wide;
      expect((await scene.rotate(['rollback'])).code).toBe(0);
      expect(await anonymous()).toBe(403);
    },
  );

  it('refuses another statement that exposes the state before any write', async () => {
    await adopt('private');
    const bucket = bucketOf(scene.aws);
    if (bucket?.policy === undefined) throw new Error('no policy');
    const policy = JSON.parse(JSON.stringify(bucket.policy));
    const text = typeof policy === 'string' ? JSON.parse(policy) : policy;
    text.Statement.push({
      Sid: 'Partner',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::444455556666:root' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::c-oidc/*',
    });
    bucket.policy = typeof policy === 'string' ? JSON.stringify(text) : text;
    const before = scene.aws.snapshot();
    const { code, json } = await scene.rotate(['stage']);
    expect([code, json.error.code]).toEqual([5, 'RESOURCE_NOT_OWNED']);
    expect(json.error.message).toContain('"Partner"');
    expect(scene.aws.snapshot()).toEqual(before);
  });

  it('invalidates a caching distribution after every upload, even if this edge serves the new content', async () => {
    const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6';
    await adopt('private', cachingOptimized);
    await green();
    const invalidations = (run: { json: { changes: readonly { resource: string }[] } }): number =>
      run.json.changes.filter((change) => change.resource === 'cloudfront-invalidation').length;
    // The bucket of ccoctl has no second copy of the key set, so this copy is published first.
    expect(invalidations(await scene.rotate(['stage']))).toBe(2);
    for (const server of scene.servers) server.takeVerifiers();
    scene.clock.advance(24 * hour + minute);
    await scene.rotate(['promote', ...scene.keySetFlags()]);
    for (const server of scene.servers) server.takeSigner();
    await green();
    await scene.rotate(scene.tokenFlags());
    scene.clock.advance(25 * hour);
    expect(invalidations(await scene.rotate(['retire']))).toBe(1);
    await green();
    expect(invalidations(await scene.rotate(['emergency', '--confirm', 'c']))).toBe(1);
  });
});

describe('an owned distribution on which somebody enabled caching', () => {
  it('is invalidated after every upload too', async () => {
    scene = await openRotation({ apiServers: 1 });
    const [made] = scene.aws.state.cloudfront.distributions.values();
    if (made === undefined) throw new Error('no distribution');
    const { DefaultCacheBehavior: behavior, ...config } = made.config;
    const CachePolicyId = '658327ea-f89d-4fab-a63d-7e88639e58f6';
    made.config = { ...config, DefaultCacheBehavior: { ...behavior, CachePolicyId } } as never;
    const staged = await scene.rotate(['stage']);
    expect(staged.code, staged.stderr).toBe(0);
    const resources = staged.json.changes.map((change: { resource: string }) => change.resource);
    expect(resources).toContain('cloudfront-invalidation');
    await green();
  });
});
