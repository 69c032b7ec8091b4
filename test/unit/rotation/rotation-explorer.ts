// Searches breadth-first through every world that the model can reach, up to a depth, and reports the
// shortest path to a world that breaks a guarantee of the rotation.

import type { EvidenceToken, RotationState } from '../../../src/core/rotation/state.ts';
import { duration, moves, violation, type Scope, type World } from './rotation-model.ts';

export type Exploration = {
  /** Distinct worlds seen. */
  readonly states: number;
  /** Moves from the start to the farthest world whose moves were all tried. */
  readonly depth: number;
  /** True if every reachable world was visited. */
  readonly complete: boolean;
  readonly broken: { readonly what: string; readonly way: readonly string[] } | undefined;
};

/** Explores from `start`: up to `maxDepth` moves, or up to `maxStates` worlds. */
export function explore(
  start: World,
  scope: Scope,
  limits: { readonly maxDepth: number; readonly maxStates: number },
): Exploration {
  const parents: number[] = [-1];
  const names: string[] = [''];
  const seen = new Set<string>([worldKey(start)]);
  let level: { world: World; id: number }[] = [{ world: start, id: 0 }];
  const way = (id: number): string[] => {
    const steps: string[] = [];
    for (let at = id; at > 0; at = parents[at] ?? -1) steps.push(names[at] ?? '');
    return steps.toReversed();
  };
  for (let depth = 0; depth < limits.maxDepth; depth += 1) {
    const following: typeof level = [];
    for (const { world, id } of level) {
      for (const move of moves(world, scope)) {
        if (move.world === world) continue;
        const key = worldKey(move.world);
        if (seen.has(key)) continue;
        seen.add(key);
        const child = parents.push(id) - 1;
        names.push(move.name);
        const what = move.broken ?? violation(move.world);
        if (what !== undefined) {
          const states = seen.size;
          return { states, depth, complete: false, broken: { what, way: way(child) } };
        }
        following.push({ world: move.world, id: child });
      }
      if (seen.size > limits.maxStates) {
        return { states: seen.size, depth, complete: false, broken: undefined };
      }
    }
    if (following.length === 0) {
      return { states: seen.size, depth, complete: true, broken: undefined };
    }
    level = following;
  }
  return { states: seen.size, depth: limits.maxDepth, complete: false, broken: undefined };
}

// Worlds that differ only in absolute time are equal: times are relative to now, and times beyond the
// longest wait are equal.
const horizon = duration + 10;

const texts = new WeakMap<object, string>();

/** JSON of a part that worlds share, computed once. */
function text(part: object): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  const made = JSON.stringify(part);
  texts.set(part, made);
  return made;
}

function worldKey(world: World): string {
  const age = (time: number): number => Math.min(world.now - time, horizon);
  const since = (time: string | null): number | null =>
    time === null ? null : age(Date.parse(time) / 1000);
  const live = Object.entries(world.lastSigned)
    .map(([keyId, at]) => [keyId, age(at)] as const)
    .filter(([, at]) => at < duration);
  const pocket = world.pocket.map((token) => [token.keyId, age(token.issuedAt)]);
  const useful = pocket.some(([, at]) => Number(at) < duration) ? pocket.toSorted() : [];
  const { paused } = world;
  return JSON.stringify([
    stateKey(world.state, since),
    text(world.published),
    // API servers are interchangeable, and so are operators: their order makes no different world.
    [text(world.servers[0]), text(world.servers[1])].toSorted(),
    paused === undefined
      ? [text(world.folders[0]), text(world.folders[1])].toSorted()
      : [
          text(world.folders[paused.operator === 0 ? 0 : 1]),
          text(world.folders[paused.operator === 0 ? 1 : 0]),
        ],
    live,
    Object.entries(world.publishedSince).map(([keyId, at]) => [keyId, Math.min(age(at), duration)]),
    useful,
    paused === undefined
      ? null
      : [
          paused.request.step,
          paused.request.fresh?.keyId,
          paused.request.tokens.map((token) => [token.keyId, age(token.issuedAt)]),
          paused.committed,
          paused.request.currentAtStart,
          paused.stateStale,
          paused.publishStale,
          paused.request.awaited,
          paused.publishedSeen,
          paused.effects.map((effect) =>
            effect.kind === 'write-state' ? stateKey(effect.state, since) : effect,
          ),
        ],
    world.gone,
    world.revoked,
    world.keysMade,
    world.emergencies,
    world.losses,
    world.disturbances,
  ]);
}

function stateKey(
  state: RotationState | undefined,
  since: (time: string | null) => number | null,
): unknown {
  if (state === undefined) return null;
  const evidence = (token: EvidenceToken): unknown => [
    token.digest.slice(0, 4),
    since(token.issuedAt),
  ];
  return [
    state.phase,
    since(state.phaseSince),
    state.keys.map((key) => [
      key.keyId,
      key.role,
      since(key.since),
      since(key.sinceAsNext),
      key.promotedBefore,
      key.external,
    ]),
    state.verifiers.map((verifier) => [verifier.keyId, verifier.retiredAt === null]),
    state.removed.map((key) => [key.keyId, key.reason]),
    state.evidence.map(evidence),
    state.apiServers,
    state.emergency === null,
    state.history.map((entry) => entry.step),
  ];
}
