// Two runs at the same time in every order of their effects: from every phase, for every pair of steps and
// every kind of folder, and with one of the two killed at any move. Then earlier bugs are planted again:
// the search must find each one.

import { describe, expect, it } from 'vitest';
import { decideRound, type Run } from '../../../src/core/rotation/run.ts';
import type { RotationState } from '../../../src/core/rotation/state.ts';
import type { Decision, View } from '../../../src/core/rotation/view.ts';
import {
  interleave,
  startPhases,
  startScene,
  stepsOfRuns,
  type Folders,
  type Planted,
} from './interleaved-runs.ts';

const pairs = stepsOfRuns.flatMap((one, index) =>
  stepsOfRuns.slice(index).map((other) => [one, other] as const),
);

type Walk = { readonly what: string | undefined; readonly way: readonly string[] };

/** Runs every pair from every phase, until one breaks a guarantee. */
function walk(
  folders: Folders,
  options: {
    readonly kills: number;
    readonly planted?: Planted;
    readonly phases?: readonly (typeof startPhases)[number][];
  },
): Walk {
  let states = 0;
  let broken: Walk = { what: undefined, way: [] };
  for (const phase of options.phases ?? startPhases) {
    // The first write of a state is the same in a folder with and without a lock.
    if (folders === 'unlocked' && phase === 'no state') continue;
    for (const steps of pairs) {
      const found = interleave(startScene({ phase, folders, steps }), { folders, ...options });
      states += found.states;
      if (found.broken === undefined) continue;
      broken = {
        ...found.broken,
        way: [`${phase}, ${steps.join(' beside ')}`, ...found.broken.way],
      };
      break;
    }
    if (broken.what !== undefined) break;
  }
  console.log(
    `two runs, folders ${folders}, ${options.kills} killed: ${states} states of ${pairs.length} pairs of steps` +
      (broken.what === undefined ? '' : `\n  ${broken.what}:\n    ${broken.way.join('\n    ')}`),
  );
  return broken;
}

describe('two runs at the same time keep the guarantees of a rotation', () => {
  it.each([
    { folders: 'copied', kills: 1 },
    { folders: 'empty', kills: 0 },
    { folders: 'shared', kills: 1 },
    { folders: 'unlocked', kills: 0 },
  ] as const)('folders $folders, $kills killed', { timeout: 240_000 }, ({ folders, kills }) => {
    const { what, way } = walk(folders, { kills });
    expect(what, way.join('\n')).toBeUndefined();
  });
});

/** Decides as the program does, but writes another state. */
function written(change: (state: RotationState, view: View, run: Run) => RotationState): Planted {
  return {
    round: (view, run): Decision => {
      const decision = decideRound(view, run);
      const effects = decision.effects.map((effect) =>
        effect.kind === 'write-state'
          ? { ...effect, state: change(effect.state, view, run) }
          : effect,
      );
      return { ...decision, effects };
    },
  };
}

/** After a write that was too late, the run's own key pair is treated as an unknown one. */
const revokesItsOwn = written((state, view, run) => {
  const own = run.request.fresh?.keyId;
  const lies = own !== undefined && view.files.privates.emergency === own;
  const at = state.phaseSince;
  return lies && run.request.step === 'emergency'
    ? { ...state, removed: [...state.removed, { keyId: own, reason: 'revoked', at }] }
    : state;
});

describe('a bug planted in one of two runs is found', () => {
  it.each([
    {
      bug: 'an emergency revokes its own new key',
      planted: { ...revokesItsOwn, unguarded: true },
      what: 'the state has current key K2, which is removed',
    },
    {
      bug: 'the state is looked at before the key set',
      planted: { stateFirst: true },
      what: 'was cut off by an emergency and is published again',
    },
  ])('$bug', { timeout: 120_000 }, ({ planted, what }) => {
    expect(walk('copied', { kills: 0, planted }).what).toContain(what);
  });

  it('and is harmless if each write is checked again', { timeout: 120_000 }, () => {
    const options = { kills: 0, planted: revokesItsOwn, phases: ['no state'] } as const;
    expect(walk('copied', options).what).toBeUndefined();
  });
});
