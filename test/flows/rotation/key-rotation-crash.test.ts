// Every step of a rotation is interrupted at every AWS call and between any two file operations, and
// then run again. At each of these moments STS accepts the tokens of the keys that may sign.

import { createPrivateKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { camelCase } from '../../../src/cli/flags/gather-flags.ts';
import type { Flags } from '../../../src/cli/flags/flags.ts';
import { loadedCommand } from '../../../src/cli/command.ts';
import * as rotateKeys from '../../../src/cli/commands/rotate-keys.ts';
import { describePublicKey } from '../../../src/core/keys/public-key.ts';
import { openOutputFolder, type OutputFolder } from '../../../src/local/output-folder.ts';
import { askSts, mintToken } from './api-server.ts';
import {
  hour,
  minute,
  openRotation,
  type RotationScene,
  toPromotable,
  toPromoted,
  toSigning,
} from './rotation-scene.ts';
import { sessionOf } from './rotation-session.ts';

let scene: RotationScene;
afterEach(async () => {
  await scene.close();
});

/**
 * The answers of STS to tokens of every key that a server signs with or may just have loaded, except
 * keys that an emergency revoked.
 */
async function refusals(): Promise<readonly string[]> {
  const problems: string[] = [];
  const revoked = (keyId: string): boolean =>
    scene
      .state()
      ?.removed.some(
        (key: { keyId: string; reason: string }) => key.keyId === keyId && key.reason === 'revoked',
      ) === true;
  for (const server of scene.servers) {
    if (revoked(server.signer())) continue;
    const answer = await askSts(scene.aws.endpoint, {
      token: scene.token(server),
      roleArn: scene.roleArn,
    });
    if (answer !== 'accepted') problems.push(`signer ${server.signer()}: ${answer}`);
  }
  const pem = fs.readFileSync(path.join(scene.folder, 'serviceaccount-signer.private'), 'utf8');
  if (revoked(describePublicKey(createPrivateKey(pem)).keyId)) return problems;
  const token = mintToken(createPrivateKey(pem), {
    issuer: scene.issuer,
    subject: 'system:serviceaccount:openshift-ingress-operator:ingress-operator',
    audience: 'openshift',
    now: scene.clock.now(),
  });
  const answer = await askSts(scene.aws.endpoint, { token, roleArn: scene.roleArn });
  if (answer !== 'accepted') problems.push(`the key in the folder: ${answer}`);
  return problems;
}

/** What must be the same after any number of interruptions: roles, files by role, JWKS. */
async function endState(): Promise<unknown> {
  const status = await scene.rotate(['status']);
  const { phase, keys, clusterSteps } = status.json.result;
  const named = new Map<string, string>();
  const name = (kid: string): string => {
    if (!named.has(kid)) named.set(kid, `key ${named.size + 1}`);
    return named.get(kid) ?? '';
  };
  for (const server of scene.servers) name(server.signer());
  return {
    phase,
    keys: keys.map(
      (key: { keyId: string; role: string; published: boolean; privateKeyFile: string }) => [
        name(key.keyId),
        key.role,
        key.published,
        key.privateKeyFile,
      ],
    ),
    steps: clusterSteps.length,
    published: scene.publishedKids().map(name),
    files: scene.files().filter((file) => file !== '.rotate-keys.lock'),
    warnings: status.json.warnings,
  };
}

type Stage = {
  readonly step: string;
  readonly prepare: () => Promise<void>;
  readonly words: () => readonly string[];
  /**
   * The first operation that is made to fail; the last read before the first write by default. The
   * reads before it are the same for several steps and change nothing: one of these steps sweeps them.
   */
  readonly from?: string;
  /** The exit code, besides 0, of the second run if the step is already done and the next gate is closed. */
  readonly doneAlready?: number;
};

/** One API server signs with the new key, the other with the old one. */
async function toHalfSwitched(): Promise<void> {
  await toPromoted(scene);
  scene.servers[0]?.takeSigner();
}

/** All sign with the new key, and the tokens of the old one have expired. */
async function toRetirable(): Promise<void> {
  await toSigning(scene);
  await scene.rotate(scene.tokenFlags());
  scene.clock.advance(24 * hour + 10 * minute);
}

const firstCall = 'sts:GetCallerIdentity';

const stages: readonly Stage[] = [
  { step: 'stage', prepare: async () => {}, words: () => ['stage'], from: firstCall },
  {
    step: 'promote',
    prepare: async () => await toPromotable(scene),
    words: () => ['promote', ...scene.keySetFlags()],
  },
  {
    step: 'rollback',
    prepare: toHalfSwitched,
    words: () => ['rollback'],
    doneAlready: 3,
  },
  {
    step: 'retire',
    prepare: toRetirable,
    words: () => ['retire'],
  },
  {
    step: 'rollback of a key that was never handed out',
    prepare: async () => {
      await scene.rotate(['stage']);
    },
    words: () => ['rollback'],
  },
  {
    step: 'promote on OpenShift',
    prepare: async () => await toPromotable(scene, ['--platform', 'openshift']),
    words: () => ['promote'],
  },
  {
    step: 'emergency, in the middle of a rotation',
    prepare: toHalfSwitched,
    words: () => ['emergency', '--confirm', 'c'],
  },
  {
    step: 'emergency, before any rotation',
    prepare: async () => {},
    words: () => ['emergency', '--confirm', 'c'],
    from: firstCall,
  },
  {
    step: 'emergency, with a probe',
    prepare: async () => {},
    words: () => ['emergency', '--confirm', 'c', '--probe-role-arn', scene.probeRoleArn],
    from: 'iam:GetRole',
  },
  {
    step: 'without a word: stage',
    prepare: async () => {
      await scene.rotate(['--rotate-every', '24h']);
      scene.clock.advance(25 * hour);
    },
    words: () => ['--rotate-every', '24h'],
  },
  {
    step: 'without a word: promote',
    prepare: async () => await toPromotable(scene),
    words: () => scene.keySetFlags(),
    from: firstCall,
  },
  {
    step: 'without a word: retire',
    prepare: toRetirable,
    words: () => scene.tokenFlags(),
  },
];

/** A run that completes an interrupted emergency does not start a second one. */
const emergencies = (): number =>
  scene.state().history.filter((entry: { step: string }) => entry.step === 'emergency').length;

/** Converts the words to the flags that the command reads. */
function flagsOf(words: readonly string[]): Flags {
  const [first = ''] = words;
  const flags: { [flag: string]: string | readonly string[] } = { name: 'c', region: 'eu-west-1' };
  if (!first.startsWith('--')) flags['step'] = first;
  for (const [index, word] of words.entries()) {
    if (!word.startsWith('--')) continue;
    const flag = camelCase(word.slice(2));
    const value = words[index + 1] ?? '';
    const many = flag === 'apiServerJwks' || flag === 'tokenFile';
    flags[flag] = many ? [...((flags[flag] as readonly string[]) ?? []), value] : value;
  }
  return flags;
}

describe.each(stages)('$step', ({ step, prepare, words, from, doneAlready = 0 }) => {
  /** Opens the scene at the moment before the step, and gives the end state without interruption. */
  async function open(undisturbed: () => Promise<void>): Promise<{
    readonly restore: () => void;
    readonly wanted: unknown;
  }> {
    scene = await openRotation({ stsJwksCacheMs: 0 });
    await prepare();
    const restore = scene.saved();
    await undisturbed();
    return { restore, wanted: await endState() };
  }

  /** Only a step that ends otherwise, or does more, when it runs again after it was done. */
  const differsWhenDone = doneAlready !== 0 || step.startsWith('emergency');

  /** What is wrong after an interruption, and after the run that follows it. */
  async function problemsAfter(
    wanted: unknown,
    crashed: { readonly succeeded: boolean },
  ): Promise<readonly string[]> {
    const bad = [...(await refusals())];
    const left = differsWhenDone && !isDeepStrictEqual(await endState(), wanted);
    const rerun = await scene.rotate(words());
    if (rerun.code !== 0 && (left || crashed.succeeded || rerun.code !== doneAlready))
      bad.push(`rerun exits ${rerun.code}: ${rerun.stderr}`);
    bad.push(...(await refusals()).map((problem) => `run again: ${problem}`));
    if (left && !crashed.succeeded && emergencies() > 1) bad.push('a second emergency');
    try {
      expect(await endState()).toEqual(wanted);
    } catch (error) {
      bad.push(String(error));
    }
    return bad;
  }

  it(
    'continues after any call fails, before or after it was applied',
    { timeout: 400_000 },
    async () => {
      let calls: readonly { readonly operation: string; readonly write: boolean }[] = [];
      const { restore, wanted } = await open(async () => {
        const start = scene.aws.calls.length;
        expect((await scene.rotate(words())).code).toBe(0);
        calls = scene.aws.calls.slice(start).map(({ operation, write }) => ({ operation, write }));
      });
      const first =
        from === undefined
          ? calls.findIndex((call) => call.write) - 1
          : calls.findIndex((call) => call.operation === from);
      expect(first).toBeGreaterThanOrEqual(0);

      const bad: string[] = [];
      for (const [index, call] of calls.entries()) {
        if (index < first) continue;
        for (const when of call.write ? (['before', 'after'] as const) : (['before'] as const)) {
          restore();
          scene.aws.failCall(index + 1, when, 'error');
          const { code } = await scene.rotate(words());
          const unnoticed = call.write && code === 0 ? ['went unnoticed'] : [];
          const problems = await problemsAfter(wanted, { succeeded: code === 0 });
          const cut = `${when} call ${index + 1}, ${call.operation}`;
          bad.push(...[...unnoticed, ...problems].map((problem) => `${cut}: ${problem}`));
        }
      }
      expect(bad).toEqual([]);
      expect(calls.length).toBeGreaterThan(10);
    },
  );

  it('continues after a crash between two file operations', { timeout: 400_000 }, async () => {
    let flags: Flags = {};
    const attempt = async (moves: number): Promise<number> => {
      const { folder, done } = crashingFolder(scene.folder, moves);
      const session = sessionOf(scene, folder);
      try {
        await loadedCommand(rotateKeys)(flags)(session);
      } catch (error) {
        if (!(error instanceof Error && error.message === 'crashed')) throw error;
      }
      return done();
    };
    let total = 0;
    const { restore, wanted } = await open(async () => {
      flags = flagsOf(words());
      total = await attempt(Number.POSITIVE_INFINITY);
    });
    expect(total).toBeGreaterThan(0);

    const bad: string[] = [];
    for (let moves = 0; moves < total; moves += 1) {
      restore();
      await attempt(moves);
      const problems = await problemsAfter(wanted, { succeeded: false });
      bad.push(...problems.map((problem) => `after ${moves} moves: ${problem}`));
    }
    expect(bad).toEqual([]);
  });
});

/** A folder in which every file operation from the given one on fails, as if the program was killed. */
function crashingFolder(
  root: string,
  moves: number,
): { readonly folder: OutputFolder; readonly done: () => number } {
  const folder = openOutputFolder(root);
  let count = 0;
  const move = (): void => {
    if (count >= moves) throw new Error('crashed');
    count += 1;
  };
  return {
    done: () => count,
    folder: {
      ...folder,
      write: (relative, text, mode) => {
        move();
        folder.write(relative, text, mode);
      },
      remove: (relative) => {
        move();
        folder.remove(relative);
      },
    },
  };
}
