// Every command that writes is a process that is killed with SIGKILL while it waits for the answer to a
// write, once before the write was applied and once after. The next run reaches the same end state: no
// temporary file, nothing twice, nothing left over, no key lost.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rotationStateKey } from '../../src/core/keys/removed-keys.ts';
import { buildProgram, type BuiltProgram } from './built-program.ts';
import {
  filesIn,
  hour,
  minute,
  openRotation,
  saveScene,
  toPromotable,
  toSigning,
  type RotationScene,
} from './rotation/rotation-scene.ts';
import { ownerCredentials } from '../local-aws/credentials.ts';
import { bucketOf, openScene, type Scene } from './scene.ts';
import { makeCluster } from './teardown/teardown-scene.ts';

const requests = path.resolve('test/fixtures/credentials-requests/sweep');
const create = ['create-all', '--name', 'c', '--credentials-requests-dir', requests];

let program: BuiltProgram;
beforeAll(async () => {
  program = await buildProgram();
  // Scenes of this file run side by side; none may take the credentials from another.
  Object.assign(process.env, ownerCredentials, { AWS_REGION: 'eu-west-1' });
});
afterAll(() => program.remove());

/** A scene in the past, so that a rotation in it has come to today. */
const openRotationInThePast = (): Promise<RotationScene> =>
  openRotation({ deployMs: 0, startsAt: Date.now() - 72 * hour });

async function openWithKey(): Promise<Scene> {
  const scene = await openScene({ deployMs: 0 });
  await scene.run(['create-key-pair', '--key-size', '2048']);
  return scene;
}

const stages: readonly {
  readonly step: string;
  readonly open: () => Promise<Scene>;
  readonly words: readonly string[];
  /** The writes at which it is killed; all by default. */
  readonly swept?: RegExp;
}[] = [
  { step: 'create-all', open: openWithKey, words: create },
  {
    step: 'create-all of the public layout',
    open: openWithKey,
    words: [...create, '--public-s3-bucket'],
    // The rest is as in the private layout.
    swept: /Bucket|PublicAccess/,
  },
  {
    step: 'create-iam-roles',
    open: async () => {
      const scene = await openWithKey();
      await scene.run(['create-identity-provider', '--name', 'c', '--public-s3-bucket']);
      return scene;
    },
    words: ['create-iam-roles', '--name', 'c', '--credentials-requests-dir', requests],
  },
  {
    step: 'rotate-keys stage',
    open: openRotationInThePast,
    words: ['rotate-keys', 'stage', '--name', 'c'],
  },
  {
    step: 'rotate-keys promote',
    open: async () => {
      const scene = await openRotationInThePast();
      await toPromotable(scene, ['--platform', 'openshift']);
      return scene;
    },
    words: ['rotate-keys', 'promote', '--name', 'c'],
  },
  {
    step: 'rotate-keys retire',
    open: async () => {
      const scene = await openRotationInThePast();
      await toSigning(scene);
      await scene.rotate(scene.tokenFlags());
      scene.clock.advance(24 * hour + 10 * minute);
      return scene;
    },
    words: ['rotate-keys', 'retire', '--name', 'c'],
  },
  {
    step: 'delete',
    open: async () => {
      const scene = await openScene({ deployMs: 0 });
      // The processes wait in real time.
      Object.assign(scene.aws.state.cloudfront, { disabledLagMs: 0, releaseLagMs: 0 });
      await makeCluster(scene);
      return scene;
    },
    words: ['delete', '--name', 'c', '--yes'],
  },
];

/** The clock of the processes is that of the machine. */
const toNow = (scene: Scene): void => scene.clock.advance(Date.now() - scene.clock.now().getTime());

/** What must be the same after any kill: all but times, and which random key it is. */
function endState(scene: Scene): unknown {
  const bucket = bucketOf(scene.aws);
  const [distribution] = scene.aws.state.cloudfront.distributions.values();
  const read = (key: string): { [member: string]: { [member: string]: string }[] } =>
    JSON.parse(bucket?.objects.get(key)?.body.toString() ?? '{}');
  const kids = (read('keys.json')['keys'] ?? []).map(({ kid }) => kid ?? '');
  const { phase, keys = [], removed = [] } = read(rotationStateKey);
  const number = (kid: string | undefined): number => kids.indexOf(kid ?? '');
  const { buckets: _, ...rest } = scene.aws.snapshot() as { buckets: unknown };
  return {
    objects: [...(bucket?.objects.keys() ?? [])].toSorted(),
    discovery: JSON.stringify(read('.well-known/openid-configuration')).replaceAll(
      distribution?.domainName ?? '-',
      '<domain>',
    ),
    published: kids.length,
    rotation: [phase, keys.map(({ keyId, role }) => [number(keyId), role]), removed.length],
    isOpenToReader: bucket?.policy !== undefined,
    rest,
    files: filesIn(scene.folder)
      .filter((file) => file !== '.rotate-keys.lock')
      .map((file) => [file, fs.statSync(path.join(scene.folder, file)).mode & 0o777]),
  };
}

const both = ['before', 'after'] as const;

describe.concurrent('a process that is killed', () => {
  it.each(stages)(
    'in $step is finished by the next run',
    async ({ open, words, swept = /./ }) => {
      const scene = await open();
      toNow(scene);
      const restore = saveScene(scene);
      const start = scene.aws.calls.length;
      const whole = await scene.run(words);
      expect(whole.code, whole.stderr).toBe(0);
      const calls = scene.aws.calls.slice(start);
      const wanted = endState(scene);
      const bad: string[] = [];
      let kills = 0;
      for (const [index, { operation, write }] of calls.entries()) {
        if (!write || !swept.test(operation)) continue;
        // Files are moved between the writes of a rotation; elsewhere before one is as after the last.
        for (const when of kills === 0 || words[0] === 'rotate-keys'
          ? both
          : (['after'] as const)) {
          restore();
          toNow(scene);
          const moment = scene.aws.holdCall(index + 1, when);
          const reached = await program.killedAt(scene, { words, moment });
          toNow(scene);
          const next = await scene.run(words);
          const at = `${when} call ${index + 1}, ${operation}`;
          if (!reached) bad.push(`${at}: it ended before`);
          if (next.code !== 0) bad.push(`${at}: the next run exits ${next.code}: ${next.stderr}`);
          if (!isDeepStrictEqual(endState(scene), wanted)) {
            const [left, right] = [endState(scene), wanted].map((state) =>
              inspect(state, { depth: 9 }),
            );
            bad.push(`${at}: ends with ${left}, not ${right}`);
          }
          kills += 1;
        }
      }
      await scene.close();
      expect(bad).toEqual([]);
      expect(kills).toBeGreaterThan(1);
    },
    120_000,
  );
});
