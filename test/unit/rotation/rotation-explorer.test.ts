// Explores the decisions of a rotation: every world that steps, crashes, a second operator, a lost state,
// time and an incorrectly updated cluster can lead to. The model lists its assumptions.

import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/core/rotation/decide.ts';
import { settle } from '../../../src/core/rotation/settle.ts';
import type { RotationState, Step } from '../../../src/core/rotation/state.ts';
import type { RotationRequest, View } from '../../../src/core/rotation/view.ts';
import { explore, type Exploration } from './rotation-explorer.ts';
import { freshWorld, realScope, type Decide, type Scope } from './rotation-model.ts';

const minutes = 60_000;

const quiet: Scope = {
  ...realScope,
  maxKeys: 2,
  maxEmergencies: 0,
  maxLosses: 0,
  maxDisturbances: 0,
};
const noLimit = { maxDepth: 60, maxStates: 2_000_000 };

function report(what: string, found: Exploration): void {
  const end = found.complete ? 'all there are' : 'more beyond';
  console.log(`explored, ${what}: ${found.states} states to depth ${found.depth} (${end})`);
}

function expectNothingBroken(what: string, found: Exploration): void {
  report(what, found);
  expect(found.broken, found.broken?.way.join('\n')).toBeUndefined();
}

describe('every path through a rotation keeps its guarantees', () => {
  it.each([
    { what: 'two operators with the same files', copied: true, third: false },
    { what: 'a second operator without files', copied: false, third: false },
    { what: 'a key of somebody else among those published', copied: true, third: true },
  ])('without a fault, to the end: $what', { timeout: 4 * minutes }, ({ what, copied, third }) => {
    const found = explore(freshWorld({ copied, third }), quiet, noLimit);
    expectNothingBroken(what, found);
    expect(found.complete).toBe(true);
  });

  it('with a crash or a pause after any effect, to the end', { timeout: 10 * minutes }, () => {
    const scope = { ...quiet, maxDisturbances: 1 };
    const found = explore(freshWorld({ copied: true, third: false }), scope, noLimit);
    expectNothingBroken('one crash or pause', found);
    expect(found.complete).toBe(true);
  });

  it('with tokens of only one API server', { timeout: 4 * minutes }, () => {
    const found = explore(
      freshWorld({ copied: false, third: false }),
      { ...quiet, singleTokens: true },
      noLimit,
    );
    expectNothingBroken('tokens of one API server alone', found);
    expect(found.complete).toBe(true);
  });

  it('with a next key made elsewhere, a crash or a pause', { timeout: 4 * minutes }, () => {
    const scope = { ...quiet, external: true, maxDisturbances: 1 };
    const found = explore(freshWorld({ copied: true, third: false }), scope, {
      maxDepth: 11,
      maxStates: 2_000_000,
    });
    expectNothingBroken('a next key made elsewhere', found);
  });

  it('with the state object lost, or a crash', { timeout: 4 * minutes }, () => {
    const scope = { ...quiet, maxLosses: 1, maxDisturbances: 1, pauses: false };
    const found = explore(freshWorld({ copied: true, third: false }), scope, {
      maxDepth: 11,
      maxStates: 2_000_000,
    });
    expectNothingBroken('one loss of the state, or a crash', found);
  });

  it('with an emergency, and two crashes', { timeout: 4 * minutes }, () => {
    const scope = { ...quiet, maxKeys: 3, maxEmergencies: 2, maxDisturbances: 2 };
    const found = explore(freshWorld({ copied: true, third: false }), scope, {
      maxDepth: 5,
      maxStates: 2_000_000,
    });
    expectNothingBroken('an emergency, crashes or pauses', found);
  });

  it('with an emergency and a second rotation', { timeout: 4 * minutes }, () => {
    const scope = { ...quiet, maxKeys: 3, maxEmergencies: 1 };
    const found = explore(freshWorld({ copied: true, third: false }), scope, {
      maxDepth: 9,
      maxStates: 2_000_000,
    });
    expectNothingBroken('an emergency and a second rotation', found);
  });
});

/** Decides as the program does, except that the gate of one step is open. */
function withOpenGate(step: Step): Decide {
  return (view, request) =>
    decide(view, request.step === step ? { ...request, force: true } : request);
}

/** Decides as the program does, for a changed request. */
function changed(change: (request: RotationRequest, view: View) => RotationRequest): Decide {
  return (view, request) => decide(view, change(request, view));
}

/** Decides as the program does, but writes another state. */
function written(
  change: (state: RotationState, before: RotationState | undefined) => RotationState,
): Decide {
  return (view, request) => {
    const decision = decide(view, request);
    return {
      ...decision,
      effects: decision.effects.map((effect) =>
        effect.kind === 'write-state'
          ? { ...effect, state: change(effect.state, view.state) }
          : effect,
      ),
    };
  };
}

/** The key list of an API server that accepts every key. */
const everyKey = ['K1', 'K2', 'K3', 'K4', 'X', 'E'].map((keyId) => ({
  keyId,
  publicKey: `pem of ${keyId}`,
}));

describe('a planted bug is found by the shortest path', () => {
  it.each([
    { step: 'promote', what: 'API server 1 refuses tokens of K2', length: 4 },
    { step: 'retire', what: 'is not published', length: 7 },
    { step: 'rollback', what: 'is not published', length: 9 },
  ] as const)(
    'the gate of $step stands open',
    { timeout: 4 * minutes },
    ({ step, what, length }) => {
      const scope = { ...quiet, decide: withOpenGate(step) };
      const found = explore(freshWorld({ copied: true, third: false }), scope, noLimit);
      report(`gate of ${step} open`, found);
      console.log(`  ${found.broken?.what}:\n    ${found.broken?.way.join('\n    ')}`);
      expect(found.broken?.what).toContain(what);
      expect(found.broken?.way.length).toBeLessThanOrEqual(length);
    },
  );

  it.each([
    {
      bug: 'key lists of API servers are not looked at',
      decide: changed((request) => ({
        ...request,
        apiServers: request.apiServers.map((server) => ({ ...server, keys: everyKey })),
      })),
      what: 'API server 1 refuses tokens of K2',
      length: 5,
      scope: { maxEmergencies: 0 },
    },
    {
      bug: 'the lifetime of tokens is not waited for',
      decide: changed((request) => ({ ...request, maxTokenLifetime: 0 })),
      what: 'K1 signs, or signed a token that lives, and is not published',
      length: 9,
      scope: { maxEmergencies: 0 },
    },
    {
      bug: 'one token is enough for all API servers',
      decide: ((view, request) =>
        decide(
          view.state === undefined ? view : { ...view, state: { ...view.state, apiServers: 1 } },
          request,
        )) satisfies Decide,
      what: 'K1 signs, or signed a token that lives, and is not published',
      length: 10,
      scope: { maxEmergencies: 0 },
    },
    {
      bug: 'the key that is retired is not recorded as removed',
      decide: written((state) => ({ ...state, removed: [] })),
      what: 'an emergency left other keys published',
      length: 2,
      scope: {},
    },
    {
      bug: 'a key that is retired is left to whoever published it',
      decide: written((state, before) =>
        state.phase === 'steady' ? { ...state, removed: before?.removed ?? [] } : state,
      ),
      what: 'is in no role any more and still published',
      length: 2,
      scope: { maxEmergencies: 0 },
    },
    {
      bug: 'an emergency takes the staged key for safe',
      decide: written((state, before) => ({
        ...state,
        removed: state.removed.filter(
          (key) =>
            key.reason !== 'revoked' ||
            before?.keys.find((one) => one.role === 'next')?.keyId !== key.keyId,
        ),
      })),
      what: 'an emergency left other keys published',
      length: 2,
      scope: {},
    },
    {
      bug: 'a finished emergency is followed by another in the same run',
      decide: ((view, request) => ({
        ...decide(view, request),
        commits: false,
      })) satisfies Decide,
      what: 'an emergency was finished, and followed by another in the same run',
      length: 2,
      scope: { maxEmergencies: 2, maxDisturbances: 1 },
    },
  ])('$bug', { timeout: 4 * minutes }, ({ bug, decide: planted, what, length, scope: more }) => {
    const scope = {
      ...quiet,
      decide: planted,
      singleTokens: true,
      maxKeys: 3,
      maxEmergencies: 1,
      ...more,
    };
    const found = explore(freshWorld({ copied: false, third: false }), scope, noLimit);
    report(bug, found);
    console.log(`  ${found.broken?.what}:\n    ${found.broken?.way.join('\n    ')}`);
    expect(found.broken?.what).toContain(what);
    expect(found.broken?.way.length).toBeLessThanOrEqual(length);
  });

  it('promote does not wait for the publish age', { timeout: 4 * minutes }, () => {
    const hasty: Decide = (view, request) =>
      decide(view, { ...request, probe: { accepted: true, note: 'never asked' } });
    const scope = { ...quiet, decide: hasty };
    const found = explore(freshWorld({ copied: true, third: false }), scope, noLimit);
    report('publish age not waited for', found);
    expect(found.broken?.what).toBe('K2 signs before it was published for the publish age');
    expect(found.broken?.way.length).toBeLessThanOrEqual(5);
  });

  it('evidence of an earlier promotion is accepted for this one', { timeout: 4 * minutes }, () => {
    const lenient: Decide = (view, request) =>
      decide(
        view.state === undefined
          ? view
          : { ...view, state: { ...view.state, phaseSince: '2000-01-01T00:00:00Z' } },
        request,
      );
    const scope = { ...quiet, decide: lenient };
    const found = explore(freshWorld({ copied: true, third: false }), scope, noLimit);
    report('stale evidence taken', found);
    console.log(`  ${found.broken?.what}:\n    ${found.broken?.way.join('\n    ')}`);
    expect(found.broken?.what).toContain('is not published');
  });

  it('files are removed before they are copied', { timeout: 4 * minutes }, () => {
    const scope: Scope = {
      ...quiet,
      maxDisturbances: 1,
      settle: (view, request) => settle(view, request).toReversed(),
    };
    const found = explore(freshWorld({ copied: false, third: false }), scope, noLimit);
    report('files removed first', found);
    console.log(`  ${found.broken?.what}:\n    ${found.broken?.way.join('\n    ')}`);
    expect(found.broken?.what).toContain('no folder holds the private key of');
  });

  it('the state names a key before it is on disk', { timeout: 4 * minutes }, () => {
    const hasty: Decide = (view, request) => {
      const decision = decide(view, request);
      return { ...decision, effects: decision.effects.toReversed() };
    };
    const scope = { ...quiet, maxDisturbances: 1, decide: hasty };
    const found = explore(freshWorld({ copied: true, third: false }), scope, noLimit);
    report('state written first', found);
    expect(found.broken?.what).toBe('no folder holds the private key of K2');
    expect(found.broken?.way.length).toBeLessThanOrEqual(2);
  });
});
