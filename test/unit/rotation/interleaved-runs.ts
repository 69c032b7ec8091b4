// Two runs of rotation steps at the same time, in every order of their moves: each read (first the key
// set, then the state, as in the program), each effect, and each of the two writes of a publication is a
// separate move. Only the execution of effects is modelled; the decisions are the program's own.
//
// Folders: `copied` (each its own, alike), `empty` (the second has none), `shared` (one folder, and
// its lock: a run begins when the other has ended or was killed), `unlocked` (one folder and a lock
// that failed: pairs may be lost then, trust may not).

import { afterEffect, applyToFiles } from '../../../src/core/rotation/apply-effect.ts';
import { needsFreshKey } from '../../../src/core/rotation/decide.ts';
import { keySetFault, stateFault } from '../../../src/core/rotation/invariants.ts';
import {
  beginRun,
  decideRound,
  endingProblem,
  unusedPair,
  type Run,
} from '../../../src/core/rotation/run.ts';
import { keyInRole, removedReason, type RotationState } from '../../../src/core/rotation/state.ts';
import type {
  Decision,
  Effect,
  KeyFiles,
  RotationRequest,
  View,
} from '../../../src/core/rotation/view.ts';
import { emptyFiles, freshWorld, pem, publicKeys } from './rotation-model.ts';

export const foldersOfRuns = ['copied', 'empty', 'shared', 'unlocked'] as const;
export type Folders = (typeof foldersOfRuns)[number];
export const startPhases = ['no state', 'steady', 'staged', 'promoted'] as const;
export const stepsOfRuns = [
  'stage',
  'promote',
  'retire',
  'rollback',
  'emergency',
  'advance',
] as const;
export type RunStep = (typeof stepsOfRuns)[number];

/** A run with a planted bug, which decides or reads differently from the program. */
export type Planted = {
  readonly round?: (view: View, run: Run) => Decision;
  /** The state is read before the key set. */
  readonly stateFirst?: boolean;
  /** Writes are not checked again. */
  readonly unguarded?: boolean;
};

type Ending = 'well' | 'refused' | 'killed';

type Actor = {
  readonly step: RunStep;
  readonly folder: 0 | 1;
  readonly run: Run | undefined;
  readonly at: 'look' | 'looked' | 'effects' | Ending;
  /** The result of the first read, until the rest is read. */
  readonly half: Partial<Shared> | undefined;
  readonly view: View | undefined;
  readonly decision: Decision | undefined;
  readonly seenState: RotationState | undefined;
  readonly seenMirror: readonly string[];
  /** The number of completed effects, and whether the first of the two writes of a publication is done. */
  readonly done: number;
  readonly halfDone: boolean;
};

/** What both runs share. */
type Shared = {
  readonly state: RotationState | undefined;
  readonly published: readonly string[];
  readonly mirror: readonly string[];
};

export type Scene = Shared & {
  readonly folders: readonly [KeyFiles, KeyFiles];
  readonly actors: readonly [Actor, Actor];
  readonly keysMade: number;
  readonly kills: number;
  /** Kids revoked by a successful emergency. */
  readonly cut: readonly string[];
};

export type Found = {
  readonly states: number;
  readonly broken: { readonly what: string; readonly way: readonly string[] } | undefined;
};

const now = new Date(Date.UTC(2027, 0, 1));

function requestOf(step: RunStep): RotationRequest {
  return {
    step,
    force: step !== 'stage' && step !== 'emergency' && step !== 'advance',
    confirmed: true,
    minPublishAge: 0,
    maxTokenLifetime: 0,
    rotateEvery: 0,
    apiServers: [],
    tokens: [],
  };
}

function newActor(step: RunStep, folder: 0 | 1): Actor {
  return {
    step,
    folder,
    run: undefined,
    at: 'look',
    half: undefined,
    view: undefined,
    decision: undefined,
    seenState: undefined,
    seenMirror: [],
    done: 0,
    halfDone: false,
  };
}

/** The start: the cluster in that phase, and two runs that have not read anything yet. */
export function startScene(input: {
  readonly phase: (typeof startPhases)[number];
  readonly folders: Folders;
  readonly steps: readonly [RunStep, RunStep];
}): Scene {
  const { phase, folders, steps } = input;
  const fresh = freshWorld({ copied: true, third: false });
  let scene: Scene = {
    state: undefined,
    published: fresh.published,
    mirror: fresh.published,
    folders: [fresh.folders[0], emptyFiles],
    actors: [newActor('stage', 0), newActor('stage', 1)],
    keysMade: 1,
    kills: 0,
    cut: [],
  };
  const before: { readonly [name in typeof phase]: readonly RunStep[] } = {
    'no state': [],
    steady: ['stage', 'rollback'],
    staged: ['stage'],
    promoted: ['stage', 'promote'],
  };
  for (const step of before[phase]) scene = alone(scene, step);
  const isShared = folders === 'shared' || folders === 'unlocked';
  return {
    ...scene,
    folders: [scene.folders[0], folders === 'copied' ? scene.folders[0] : emptyFiles],
    actors: [newActor(steps[0], 0), newActor(steps[1], isShared ? 0 : 1)],
  };
}

/** The scene after one undisturbed run. */
function alone(scene: Scene, step: RunStep): Scene {
  let at: Scene = { ...scene, actors: [newActor(step, 0), scene.actors[1]] };
  while (!hasEnded(at.actors[0])) at = act(at, 0, {}).scene;
  if (at.actors[0].at !== 'well') throw new Error(`${step} alone does not end well`);
  return at;
}

/** Searches through every order, breadth first. */
export function interleave(
  start: Scene,
  options: { readonly folders: Folders; readonly kills: number; readonly planted?: Planted },
): Found {
  const { folders, kills, planted = {} } = options;
  const parents: number[] = [-1];
  const names: string[] = [''];
  const seen = new Set([sceneKey(start)]);
  let level: { readonly scene: Scene; readonly id: number }[] = [{ scene: start, id: 0 }];
  const way = (id: number): readonly string[] => {
    const steps: string[] = [];
    for (let at = id; at > 0; at = parents[at] ?? -1) steps.push(names[at] ?? '');
    return steps.toReversed();
  };
  while (level.length > 0) {
    const following: { readonly scene: Scene; readonly id: number }[] = [];
    for (const { scene, id } of level) {
      for (const move of movesOf(scene, { folders, kills, planted })) {
        const key = sceneKey(move.scene);
        if (seen.has(key)) continue;
        seen.add(key);
        const child = parents.push(id) - 1;
        names.push(move.name);
        const what = move.broken ?? violated(move.scene, folders);
        if (what !== undefined) return { states: seen.size, broken: { what, way: way(child) } };
        following.push({ scene: move.scene, id: child });
      }
    }
    level = following;
  }
  return { states: seen.size, broken: undefined };
}

type Moved = { readonly name: string; readonly scene: Scene; readonly broken?: string | undefined };

function movesOf(
  scene: Scene,
  options: { readonly folders: Folders; readonly kills: number; readonly planted: Planted },
): readonly Moved[] {
  const found: Moved[] = [];
  for (const index of [0, 1] as const) {
    const actor = scene.actors[index];
    if (hasEnded(actor)) continue;
    const other = scene.actors[index === 0 ? 1 : 0];
    const underWay = other.run !== undefined && !hasEnded(other);
    if (options.folders === 'shared' && actor.run === undefined && underWay) continue;
    const moved = act(scene, index, options.planted);
    found.push(onThroughOwn(moved, { index, ...options }));
    if (scene.kills < options.kills && actor.at === 'effects') {
      found.push({
        name: `run ${index + 1}, ${actor.step}: is killed`,
        scene: withActor({ ...scene, kills: scene.kills + 1 }, index, ended(actor, 'killed')),
      });
    }
  }
  return found;
}

/**
 * A move with the following moves that the other run neither sees nor changes: waits, files of its own
 * folder, public files. Their order makes no difference.
 */
function onThroughOwn(
  moved: Moved,
  options: { readonly index: 0 | 1; readonly folders: Folders; readonly planted: Planted },
): Moved {
  const { index, folders, planted } = options;
  let at = moved;
  while (at.broken === undefined) {
    const { at: doing, decision, done } = at.scene.actors[index];
    const effect = doing === 'effects' ? decision?.effects[done] : undefined;
    if (effect === undefined || isSeenByOthers(effect, folders)) break;
    const next = act(at.scene, index, planted);
    at = { ...next, name: `${at.name}; ${nameOf(effect)}` };
  }
  return at;
}

function isSeenByOthers(effect: Effect, folders: Folders): boolean {
  switch (effect.kind) {
    case 'write-state':
    case 'publish':
      return true;
    case 'write-private':
    case 'remove-private':
      return folders === 'unlocked';
    default:
      return false;
  }
}

function hasEnded(actor: Actor): boolean {
  return actor.at === 'well' || actor.at === 'refused' || actor.at === 'killed';
}

function ended(actor: Actor, how: Ending): Actor {
  return { ...newActor(actor.step, actor.folder), run: actor.run, at: how };
}

function withActor(scene: Scene, index: 0 | 1, actor: Actor): Scene {
  const [first, second] = scene.actors;
  return { ...scene, actors: index === 0 ? [actor, second] : [first, actor] };
}

/** The next move of that run. */
function act(scene: Scene, index: 0 | 1, planted: Planted): Moved {
  const actor = scene.actors[index];
  const label = `run ${index + 1}, ${actor.step}:`;
  switch (actor.at) {
    case 'look': {
      const { state, published, mirror } = scene;
      const half = planted.stateFirst === true ? { state } : { published, mirror };
      const what = planted.stateFirst === true ? 'state' : 'key set';
      return {
        name: `${label} looks at the ${what}`,
        scene: withActor(scene, index, { ...actor, at: 'looked', half }),
      };
    }
    case 'looked':
      return decideNext(scene, index, planted);
    default:
      return effectOf(scene, index, planted);
  }
}

function viewOf(scene: Scene, actor: Actor): View {
  const shared = { ...scene, ...actor.half };
  return {
    now,
    name: 'demo',
    issuer: 'https://issuer',
    callerArn: 'arn:aws:iam::111122223333:user/operator',
    state: shared.state,
    published: shared.published,
    mirrored: shared.published.join(' ') === shared.mirror.join(' '),
    served: shared.published,
    files: scene.folders[actor.folder],
    publicKeys,
  };
}

function decideNext(scene: Scene, index: 0 | 1, planted: Planted): Moved {
  const actor = scene.actors[index];
  const view = viewOf(scene, actor);
  let run = actor.run ?? beginRun(view, requestOf(actor.step));
  let { keysMade } = scene;
  if (!run.committed && needsFreshKey(view, run.request)) {
    keysMade += 1;
    const keyId = `K${keysMade}`;
    run = { ...run, request: { ...run.request, fresh: { keyId, publicKey: pem(keyId) } } };
  }
  const decision = (planted.round ?? decideRound)(view, run);
  const label = `run ${index + 1}, ${actor.step}: looks at the rest`;
  const base = { ...scene, keysMade };
  if (decision.effects.length === 0) {
    const refusal = decision.refusal ?? endingProblem(view, run);
    return end(base, index, { actor: { ...actor, run }, view, refused: refusal !== undefined });
  }
  return {
    name: `${label} and decides ${decision.effects.map(nameOf).join(', ')}`,
    scene: withActor(base, index, {
      ...actor,
      run,
      at: 'effects',
      half: undefined,
      view,
      decision,
      seenState: view.state,
      seenMirror: { ...scene, ...actor.half }.mirror,
      done: 0,
      halfDone: false,
    }),
  };
}

function end(
  scene: Scene,
  index: 0 | 1,
  facts: { readonly actor: Actor; readonly view: View; readonly refused: boolean },
): Moved {
  const { actor, view, refused } = facts;
  const { run } = actor;
  let after = scene;
  if (run !== undefined) {
    for (const effect of unusedPair(view, run)) after = withFiles(after, actor, effect);
  }
  const how = refused ? 'refused' : 'well';
  const isCut = actor.step === 'emergency' && !refused;
  const revoked = (view.state?.removed ?? []).filter((key) => key.reason === 'revoked');
  const cut = isCut ? revoked.map((key) => key.keyId) : [];
  after = { ...after, cut: [...new Set([...after.cut, ...cut])].toSorted() };
  return {
    name: `run ${index + 1}, ${actor.step}: ${refused ? 'is refused' : 'ends well'}`,
    scene: withActor(after, index, ended(actor, how)),
    broken: refused ? undefined : brokenEnd(view, run),
  };
}

/** What a successful run must not leave, according to its last read. */
function brokenEnd(view: View, run: Run | undefined): string | undefined {
  const { state } = view;
  if (state === undefined) return undefined;
  const current = keyInRole(state, 'current')?.keyId ?? '';
  if (!view.published.includes(current)) return `ends well, and ${current} is not published`;
  const own = run?.committed === true ? run.request.fresh?.keyId : undefined;
  if (own !== undefined && removedReason(state, own) !== undefined) {
    return `ends well, and its own key ${own} is removed`;
  }
  const back = view.published.find((keyId) => removedReason(state, keyId) !== undefined);
  return back === undefined ? undefined : `ends well, and the removed ${back} is published`;
}

function effectOf(scene: Scene, index: 0 | 1, planted: Planted): Moved {
  const actor = scene.actors[index];
  const { decision, view } = actor;
  const effect = decision?.effects[actor.done];
  if (decision === undefined || view === undefined || effect === undefined) {
    throw new Error('a run without an effect acts');
  }
  const name = `run ${index + 1}, ${actor.step}: ${nameOf(effect)}`;
  const fault =
    planted.unguarded === true
      ? undefined
      : effect.kind === 'write-state'
        ? stateFault(effect.state, view)
        : effect.kind === 'publish'
          ? keySetFault(view.state, effect.keyIds)
          : undefined;
  if (fault !== undefined) {
    return {
      name: `${name} is held back`,
      scene: withActor(scene, index, ended(actor, 'refused')),
    };
  }
  switch (effect.kind) {
    case 'write-state':
      return text(scene.state) === text(actor.seenState)
        ? { name, scene: onward({ ...scene, state: effect.state }, index) }
        : { name: `${name} comes too late`, scene: tooLate(scene, index) };
    case 'publish': {
      const text = effect.keyIds.join(' ');
      if (!actor.halfDone) {
        const current = scene.published.join(' ');
        if (view.published.join(' ') !== text && current !== view.published.join(' ')) {
          return { name: `${name} comes too late`, scene: tooLate(scene, index) };
        }
        const written = view.published.join(' ') === text ? scene.published : effect.keyIds;
        return {
          name,
          scene: withActor({ ...scene, published: written }, index, { ...actor, halfDone: true }),
        };
      }
      const isThere = actor.seenMirror.join(' ') === text;
      if (!isThere && scene.mirror.join(' ') !== actor.seenMirror.join(' ')) {
        return { name: `${name}, its mirror, comes too late`, scene: tooLate(scene, index) };
      }
      const mirror = isThere ? scene.mirror : effect.keyIds;
      return { name: `${name}, its mirror`, scene: onward({ ...scene, mirror }, index) };
    }
    case 'await-served':
    case 'prove-cut':
      return { name, scene: onward(scene, index) };
    default: {
      const slot = effect.kind === 'write-private' ? effect.slot : undefined;
      const isTaken =
        effect.kind === 'write-private' &&
        effect.exclusive &&
        slot !== undefined &&
        scene.folders[actor.folder].privates[slot] !== undefined;
      return isTaken
        ? { name: `${name} finds one there`, scene: tooLate(scene, index) }
        : { name, scene: onward(withFiles(scene, actor, effect), index) };
    }
  }
}

function withFiles(scene: Scene, actor: Actor, effect: Effect): Scene {
  const [first, second] = scene.folders;
  const held = effect.kind === 'remove-private' ? scene.folders[actor.folder].privates : {};
  // Only the chosen key is removed, whatever happened to the file since.
  if (effect.kind === 'remove-private' && held[effect.slot] !== effect.keyId) return scene;
  return {
    ...scene,
    folders:
      actor.folder === 0
        ? [applyToFiles(first, effect), second]
        : [first, applyToFiles(second, effect)],
  };
}

/** After one effect: the next effect, the next read, or the end. */
function onward(scene: Scene, index: 0 | 1): Scene {
  const actor = scene.actors[index];
  const { decision, run, view } = actor;
  const effect = decision?.effects[actor.done];
  if (decision === undefined || run === undefined || effect === undefined || view === undefined) {
    throw new Error('a run without an effect goes on');
  }
  const request = afterEffect(run.request, effect);
  const done = actor.done + 1;
  if (done < decision.effects.length) {
    return withActor(scene, index, { ...actor, run: { ...run, request }, done, halfDone: false });
  }
  const after: Run = { request, committed: run.committed || decision.commits };
  if (decision.refusal !== undefined) {
    return end(scene, index, { actor: { ...actor, run: after }, view, refused: true }).scene;
  }
  const { step, folder } = actor;
  return withActor(scene, index, { ...newActor(step, folder), run: after });
}

/** Another run wrote first: read again. The program stops after some attempts; the model never does. */
function tooLate(scene: Scene, index: 0 | 1): Scene {
  const { step, folder, run } = scene.actors[index];
  return withActor(scene, index, { ...newActor(step, folder), run });
}

/** A guarantee that a scene breaks. */
function violated(scene: Scene, folders: Folders): string | undefined {
  const { state, published, mirror } = scene;
  if (published.length === 0 || mirror.length === 0) return 'an empty key set is published';
  const bad = state?.keys.find((key) => removedReason(state, key.keyId) !== undefined);
  if (bad !== undefined) return `the state has ${bad.role} key ${bad.keyId}, which is removed`;
  const back = scene.cut.find((keyId) => published.includes(keyId));
  if (back !== undefined) return `${back} was cut off by an emergency and is published again`;
  if (scene.actors.every((actor) => actor.at === 'well' || actor.at === 'refused')) {
    const current = state === undefined ? undefined : keyInRole(state, 'current')?.keyId;
    const isWell = scene.actors.some((actor) => actor.at === 'well');
    if (isWell && current !== undefined && !published.includes(current)) {
      return `both runs have ended, and the current key ${current} is not published`;
    }
  }
  if (folders === 'unlocked') return undefined;
  const held = new Set(scene.folders.flatMap((files) => Object.values(files.privates)));
  const lost = state?.keys.find((key) => !key.external && !held.has(key.keyId));
  return lost === undefined ? undefined : `no folder holds the private key of ${lost.keyId}`;
}

function nameOf(effect: Effect): string {
  switch (effect.kind) {
    case 'write-state':
      return `write-state ${effect.step}`;
    case 'publish':
      return `publish ${effect.keyIds.join(', ')}`;
    case 'write-private':
    case 'remove-private':
      return `${effect.kind} ${effect.slot} ${effect.keyId}`;
    default:
      return effect.kind;
  }
}

const texts = new WeakMap<object, string>();

function text(part: object | undefined): string {
  if (part === undefined) return '-';
  const known = texts.get(part);
  if (known !== undefined) return known;
  const made = JSON.stringify(part);
  texts.set(part, made);
  return made;
}

/** A decision follows from what the run read and its kind, so it is not part of the identity of a scene. */
function sceneKey(scene: Scene): string {
  const actors = scene.actors.map(({ at, done, halfDone, half, view, run, seenMirror }) =>
    [
      at,
      done,
      halfDone,
      half === undefined
        ? ''
        : [text(half.state), half.published?.join(' '), half.mirror?.join(' ')].join(),
      view === undefined
        ? ''
        : [
            text(view.state),
            view.published.join(' '),
            text(view.files),
            seenMirror.join(' '),
          ].join(),
      run === undefined
        ? ''
        : [
            run.committed,
            run.request.fresh?.keyId,
            run.request.currentAtStart,
            run.request.awaited?.join(' '),
            run.request.oldKeyRefused,
            run.request.notDenied?.join(' '),
          ].join(),
    ].join('|'),
  );
  return [
    text(scene.state),
    scene.published.join(' '),
    scene.mirror.join(' '),
    text(scene.folders[0]),
    text(scene.folders[1]),
    ...actors,
    scene.keysMade,
    scene.kills,
    scene.cut.join(' '),
  ].join('#');
}
