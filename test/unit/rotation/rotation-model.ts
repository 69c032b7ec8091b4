// A model of everything that a rotation changes, small enough for an exhaustive search: the state object,
// the JWKS, two operators with a folder each, two API servers, and tokens. Its runs call the program's own
// `decide` and `settle`; only the execution of effects is modelled.
//
// Assumptions of the model (the program cannot enforce them; its instructions say them):
// - An API server loads `serviceaccount-signer.private` of a folder only while that file holds the
//   key that is current in the state. It may do so at once (in the middle of `promote`, before any
//   step is printed: early), never (late), and each server on its own (half-way).
// - It loads `serviceaccount-verifiers.pem` only if the file has the verifiers of the state.
// - Tokens given as evidence are of one moment, of each API server or of only one, and no file is given
//   twice; they may be given later, again, and after the cluster changed. Key lists of API servers are
//   always current, also in a run that continues after a pause.
// - One run at a time works in a folder (the program locks it).

import { afterEffect, applyToFiles } from '../../../src/core/rotation/apply-effect.ts';
import { chooseKeys } from '../../../src/core/keys/key-choice.ts';
import { decide as realDecide, needsFreshKey } from '../../../src/core/rotation/decide.ts';
import { beginRun, endingProblem, unusedPair } from '../../../src/core/rotation/run.ts';
import { settle as realSettle } from '../../../src/core/rotation/settle.ts';
import { verifierOrder } from '../../../src/core/rotation/arrange-files.ts';
import {
  currentKey,
  lastStep,
  type HistoryStep,
  type RotationState,
} from '../../../src/core/rotation/state.ts';
import type {
  Decision,
  Effect,
  KeyFiles,
  RotationRequest,
  TokenEvidence,
  View,
} from '../../../src/core/rotation/view.ts';

/** Seconds of one move of the clock, and of both waits: a gate opens after exactly one move. */
export const duration = 3600;
const epoch = Date.UTC(2027, 0, 1) / 1000;

export type Decide = (view: View, request: RotationRequest) => Decision;
export type Settle = (view: View, request: RotationRequest) => readonly Effect[];

type Server = { readonly signer: string; readonly verifiers: readonly string[] };

/** A run that stopped before its next effect, and continues later with what it read before. */
type Paused = {
  readonly operator: number;
  readonly request: RotationRequest;
  readonly committed: boolean;
  readonly effects: readonly Effect[];
  /** The state changed since, or was read too long ago: a write of the state is refused. */
  readonly stateStale: boolean;
  /** The key set was read too long ago: a publication is refused. */
  readonly publishStale: boolean;
  /** The JWKS that the run read: If-Match is by content, so equal content matches again. */
  readonly publishedSeen: string;
};

export type World = {
  readonly now: number;
  readonly state: RotationState | undefined;
  readonly published: readonly string[];
  readonly folders: readonly [KeyFiles, KeyFiles];
  readonly servers: readonly [Server, Server];
  /** Last use of each key that no longer signs. */
  readonly lastSigned: { readonly [keyId: string]: number };
  /** Since when each key is published without interruption. */
  readonly publishedSince: { readonly [keyId: string]: number };
  readonly pocket: readonly TokenEvidence[];
  readonly paused: Paused | undefined;
  /** Retired or revoked kids that were removed from the JWKS. */
  readonly gone: readonly string[];
  readonly revoked: readonly string[];
  readonly keysMade: number;
  readonly emergencies: number;
  readonly losses: number;
  /** Crashes, pauses and losses so far. */
  readonly disturbances: number;
};

/** One move with its name. */
export type Move = {
  readonly name: string;
  readonly world: World;
  /** A guarantee that a successful run did not keep. */
  readonly broken?: string | undefined;
};

export const emptyFiles: KeyFiles = {
  privates: {},
  publics: {},
  verifiers: undefined,
  secret: undefined,
};

/** A cluster after `create-all`: the second operator has a copy of the folder, or an empty one. */
export function freshWorld(options: { readonly copied: boolean; readonly third: boolean }): World {
  const files: KeyFiles = {
    privates: { signer: 'K1', tls: 'K1' },
    publics: { signer: 'K1' },
    verifiers: undefined,
    secret: undefined,
  };
  const published = options.third ? ['K1', 'X'] : ['K1'];
  return {
    now: epoch,
    state: undefined,
    published,
    folders: [files, options.copied ? files : emptyFiles],
    servers: [
      { signer: 'K1', verifiers: ['K1'] },
      { signer: 'K1', verifiers: ['K1'] },
    ],
    lastSigned: {},
    publishedSince: Object.fromEntries(published.map((keyId) => [keyId, epoch - 100 * duration])),
    pocket: [],
    paused: undefined,
    gone: [],
    revoked: [],
    keysMade: 1,
    emergencies: 0,
    losses: 0,
    disturbances: 0,
  };
}

/** Limits of an exploration. */
export type Scope = {
  readonly decide: Decide;
  readonly settle: Settle;
  readonly maxKeys: number;
  readonly maxEmergencies: number;
  readonly maxLosses: number;
  /** Crashes, pauses and losses on one path. */
  readonly maxDisturbances: number;
  readonly pauses: boolean;
  /** Tokens are also collected from only one API server. */
  readonly singleTokens: boolean;
  /** The next key is the external key `E`, which every operator has. */
  readonly external: boolean;
};

export const realScope: Scope = {
  decide: realDecide,
  settle: realSettle,
  maxKeys: 3,
  maxEmergencies: 1,
  maxLosses: 1,
  maxDisturbances: 1,
  pauses: true,
  singleTokens: false,
  external: false,
};

/** Every world that is one move away. */
export function moves(world: World, scope: Scope): readonly Move[] {
  const found: Move[] = [
    // The command decides again after some minutes, so a paused run is stale then.
    {
      name: 'the clock moves by one wait',
      world: stalePublishing(staleState({ ...world, now: world.now + duration })),
    },
    ...serverMoves(world),
    ...pocketMoves(world, scope),
    ...createMoves(world),
  ];
  if (world.paused !== undefined) {
    found.push(...resume(world, world.paused, scope));
  }
  const asked = requests(world, scope);
  for (const operator of [0, 1]) {
    if (world.paused?.operator === operator) continue;
    for (const request of asked) {
      found.push(...run(world, operator, request, scope));
    }
  }
  if (
    world.state !== undefined &&
    world.losses < scope.maxLosses &&
    world.disturbances < scope.maxDisturbances
  ) {
    found.push({
      name: 'the state object is lost',
      world: staleState({
        ...world,
        state: undefined,
        losses: world.losses + 1,
        disturbances: world.disturbances + 1,
      }),
    });
  }
  return found;
}

function serverMoves(world: World): readonly Move[] {
  const { state } = world;
  if (state === undefined) return [];
  const current = currentKey(state).keyId;
  const offered =
    currentKey(state).external || world.folders.some((files) => files.privates.signer === current);
  const accepted = verifierOrder(state).map((key) => key.keyId);
  const listed = world.folders.some((files) => files.verifiers?.join(' ') === accepted.join(' '));
  const found: Move[] = [];
  for (const index of [0, 1] as const) {
    const server = world.servers[index];
    if (offered && server.signer !== current) {
      const lastSigned = { ...world.lastSigned, [server.signer]: world.now };
      found.push({
        name: `API server ${index + 1} signs with ${current}`,
        world: { ...withServer(world, index, { ...server, signer: current }), lastSigned },
      });
    }
    if (listed && server.verifiers.join(' ') !== accepted.join(' ')) {
      found.push({
        name: `API server ${index + 1} takes the verifiers ${accepted.join(', ')}`,
        world: withServer(world, index, { ...server, verifiers: accepted }),
      });
    }
  }
  return found;
}

function withServer(world: World, index: 0 | 1, server: Server): World {
  const [first, second] = world.servers;
  return { ...world, servers: index === 0 ? [server, second] : [first, server] };
}

function pocketMoves(world: World, scope: Scope): readonly Move[] {
  const taken = world.servers.map((server, index): TokenEvidence => ({
    file: `token-${index + 1}`,
    keyId: server.signer,
    issuedAt: world.now,
    expiresAt: world.now + duration,
    digest: `${index}-${server.signer}-${world.now}`,
  }));
  const pockets = [taken, ...(scope.singleTokens ? taken.map((token) => [token]) : [])];
  return pockets
    .filter((pocket) => JSON.stringify(pocket) !== JSON.stringify(world.pocket))
    .map((pocket) => ({
      name: `a token is taken: ${pocket.map((token) => `${token.file} of ${token.keyId}`).join(', ')}`,
      world: { ...world, pocket },
    }));
}

/** `create-identity-provider --public-key-file` with a removed key: the program's own choice of keys. */
function createMoves(world: World): readonly Move[] {
  // Without the state the removed keys are unknown, except those in key files.
  if (world.losses > 0) return [];
  const removed = world.state?.removed ?? [];
  const published = world.published.map((kid) => ({ kid }));
  return world.gone.flatMap((keyId) => {
    const key = {
      keyId,
      bits: 2048,
      spkiPem: pem(keyId),
      jwk: { kty: 'RSA', n: '', e: '' },
    } as const;
    try {
      chooseKeys({ atHand: { from: 'flag', keys: [key] }, published, removed, trusted: true });
    } catch {
      return [];
    }
    const name = `create-identity-provider adds ${keyId}`;
    return [{ name, world: { ...world, published: [...world.published, keyId].toSorted() } }];
  });
}

/** The keys that each API server lists, as given with `--api-server-jwks`. */
function keyLists(world: World): RotationRequest['apiServers'] {
  return world.servers.map((server, index) => ({
    file: `api-server-${index + 1}`,
    keys: server.verifiers.map((keyId) => ({ keyId, publicKey: pem(keyId) })),
  }));
}

function requests(world: World, scope: Scope): readonly RotationRequest[] {
  const base = {
    force: false,
    confirmed: true,
    minPublishAge: duration,
    maxTokenLifetime: duration,
    apiServers: keyLists(world),
    tokens: [],
  } as const;
  const usable =
    world.pocket.length > 0 && world.pocket.every((token) => token.expiresAt > world.now);
  const shown = usable ? world.pocket : [];
  const given = scope.external ? { keyId: 'E', publicKey: pem('E') } : undefined;
  return [
    { ...base, step: 'stage', given },
    { ...base, step: 'promote' },
    { ...base, step: 'retire', tokens: shown },
    { ...base, step: 'rollback', tokens: shown },
    { ...base, step: 'advance' },
    ...(scope.maxEmergencies > 0 ? [{ ...base, step: 'emergency' } as const] : []),
  ];
}

/** A placeholder for the PEM of that key. */
export function pem(keyId: string): string {
  return `pem of ${keyId}`;
}

export const publicKeys = Object.fromEntries(
  ['K1', 'K2', 'K3', 'K4', 'K5', 'K6', 'X', 'E'].map((keyId) => [keyId, pem(keyId)]),
);

function look(world: World, operator: number): View {
  return {
    now: new Date(world.now * 1000),
    name: 'demo',
    issuer: 'https://issuer',
    callerArn: 'arn:aws:iam::111122223333:user/operator',
    state: world.state,
    published: world.published,
    served: world.published,
    files: world.folders[operator] ?? emptyFiles,
    publicKeys,
  };
}

type Going = {
  readonly operator: number;
  readonly request: RotationRequest;
  readonly committed: boolean;
};

/** A run from its start: complete, killed after each effect, or paused before each. */
function run(
  world: World,
  operator: number,
  request: RotationRequest,
  scope: Scope,
): readonly Move[] {
  const going: Going = { operator, ...beginRun(look(world, operator), request) };
  const label = `operator ${operator + 1} runs ${request.step}${request.tokens.length > 0 ? ' with the tokens' : ''}`;
  return goOn(world, going, { label, scope });
}

function resume(world: World, paused: Paused, scope: Scope): readonly Move[] {
  const start: World = { ...world, paused: undefined };
  const label = `operator ${paused.operator + 1} goes on with ${paused.request.step}`;
  const going: Going = paused;
  const applied = carryOut(start, paused.operator, paused.effects, {
    stateStale: paused.stateStale,
    publishStale: paused.publishStale,
    publishedSeen: paused.publishedSeen,
  });
  const cutOff =
    world.disturbances < scope.maxDisturbances
      ? applied.worlds.map((one, index) => ({
          name: `${label}, cut off after effect ${index + 1}`,
          world: disturbed(one),
        }))
      : [];
  const committed =
    going.committed || (applied.completed && commitsIn(paused.effects, paused.request));
  const last = applied.worlds.at(-1) ?? start;
  const request = paused.effects
    .slice(0, applied.worlds.length)
    .reduce(afterEffect, { ...going.request, apiServers: keyLists(world) });
  return [...cutOff, ...goOn(last, { ...going, request, committed }, { label, scope })];
}

/** Reads, decides and executes until nothing is left to do, as the command does. */
function goOn(
  from: World,
  start: Going,
  options: { readonly label: string; readonly scope: Scope },
): readonly Move[] {
  const { label, scope } = options;
  const found: Move[] = [];
  let world = from;
  let going = start;
  let effectsDone = 0;
  for (let round = 0; round < 12; round += 1) {
    const view = look(world, going.operator);
    if (!going.committed && needsFreshKey(view, going.request)) {
      const keyId = `K${world.keysMade + 1}`;
      const isEmergency = going.request.step === 'emergency';
      const enough =
        world.keysMade >= scope.maxKeys ||
        (isEmergency && world.emergencies >= scope.maxEmergencies);
      if (enough) return found;
      world = {
        ...world,
        keysMade: world.keysMade + 1,
        emergencies: world.emergencies + (isEmergency ? 1 : 0),
      };
      going = { ...going, request: { ...going.request, fresh: { keyId, publicKey: pem(keyId) } } };
    }
    const decision: Decision = going.committed
      ? { effects: scope.settle(view, going.request), commits: false }
      : scope.decide(view, going.request);
    if (decision.effects.length === 0) {
      const refusal = decision.refusal ?? endingProblem(view, going);
      const after = dropUnusedPair(world, going);
      found.push(
        refusal === undefined
          ? { name: label, world: after, broken: unkept(after, going) }
          : { name: `${label} (refused)`, world: after },
      );
      return found;
    }
    const seen = {
      stateStale: false,
      publishStale: false,
      publishedSeen: world.published.join(' '),
    };
    const applied = carryOut(world, going.operator, decision.effects, seen);
    const second = decision.effects.some(
      (effect) => effect.kind === 'write-state' && effect.step === 'emergency',
    );
    if (second && round > 0) {
      const broken = 'an emergency was finished, and followed by another in the same run';
      found.push({ name: label, world: applied.worlds.at(-1) ?? world, broken });
      return found;
    }
    // `rotate-keys` without a step does the same steps, whose interruptions are tested under their names.
    if (from.disturbances < scope.maxDisturbances && going.request.step !== 'advance') {
      for (const [index, effect] of decision.effects.entries()) {
        const before = index === 0 ? world : applied.worlds[index - 1];
        const after = applied.worlds[index];
        if (before === undefined || after === undefined) continue;
        if (scope.pauses && before.paused === undefined && reachesOthers(effect)) {
          found.push({
            name: `${label}, paused after effect ${effectsDone}`,
            world: pause(before, going, decision.effects.slice(index), seen.publishedSeen),
          });
        }
        effectsDone += 1;
        found.push({
          name: `${label}, cut off after effect ${effectsDone}`,
          world: disturbed(after),
        });
      }
    }
    world = applied.worlds.at(-1) ?? world;
    if (decision.refusal !== undefined) {
      found.push({ name: `${label} (refused)`, world });
      return found;
    }
    going = {
      ...going,
      request: decision.effects.reduce(afterEffect, going.request),
      committed: going.committed || decision.commits,
    };
  }
  throw new Error(`${label} does not come to an end`);
}

/** After a successful run, removed keys are neither in the key set nor in its folder. */
function unkept(world: World, { operator, request }: Going): string | undefined {
  const { state } = world;
  if (state === undefined) return undefined;
  const removed = state.removed.map((key) => key.keyId);
  const published = removed.find((keyId) => world.published.includes(keyId));
  if (published !== undefined) return `${published} was removed and is still published`;
  const held = Object.values(world.folders[operator]?.privates ?? {});
  const kept = removed.find((keyId) => held.includes(keyId));
  if (kept !== undefined) return `${kept} was removed and is still on disk`;
  if (request.step === 'emergency' && world.published.length > 1) {
    return 'an emergency left other keys published';
  }
  // After a lost state, unknown keys are kept like the foreign key `X`.
  const roles = new Set(['X', ...state.keys.map((key) => key.keyId)]);
  const stray = world.published.find((keyId) => !roles.has(keyId));
  return stray === undefined || world.losses > 0
    ? undefined
    : `${stray} is in no role any more and still published`;
}

function disturbed(world: World): World {
  return { ...world, disturbances: world.disturbances + 1 };
}

/** A pause matters only before writes that others see; files belong to the run alone. */
function reachesOthers(effect: Effect): boolean {
  return effect.kind === 'write-state' || effect.kind === 'publish';
}

function pause(
  world: World,
  going: Going,
  effects: readonly Effect[],
  publishedSeen: string,
): World {
  return disturbed({
    ...world,
    paused: { ...going, effects, stateStale: false, publishStale: false, publishedSeen },
  });
}

function commitsIn(effects: readonly Effect[], request: RotationRequest): boolean {
  const step: HistoryStep | 'advance' | 'status' = request.step;
  return effects.some(
    (effect) =>
      effect.kind === 'write-state' &&
      (effect.step === step ||
        (step === 'advance' && ['stage', 'promote', 'retire'].includes(effect.step))),
  );
}

/** The end of the command, which removes an unused key pair. */
function dropUnusedPair(world: World, going: Going): World {
  return unusedPair(look(world, going.operator), going).reduce(
    (from, effect) => carryOutOne(from, going.operator, effect),
    world,
  );
}

/** The worlds after each effect; stops if a conditional write is refused by S3. */
function carryOut(
  from: World,
  operator: number,
  effects: readonly Effect[],
  seen: {
    readonly stateStale: boolean;
    readonly publishStale: boolean;
    readonly publishedSeen: string;
  },
): { readonly worlds: readonly World[]; readonly completed: boolean } {
  const worlds: World[] = [];
  let world = from;
  for (const effect of effects) {
    if (effect.kind === 'write-state' && seen.stateStale) return { worlds, completed: false };
    const late = seen.publishStale || world.published.join(' ') !== seen.publishedSeen;
    if (effect.kind === 'publish' && late) return { worlds, completed: false };
    world = carryOutOne(world, operator, effect);
    worlds.push(world);
  }
  return { worlds, completed: true };
}

function carryOutOne(world: World, operator: number, effect: Effect): World {
  const files = world.folders[operator] ?? emptyFiles;
  switch (effect.kind) {
    case 'write-state': {
      const revoked = effect.state.removed
        .filter((key) => key.reason === 'revoked')
        .map((key) => key.keyId);
      return staleState({
        ...world,
        state: shortHistory(effect.state),
        revoked: [...new Set([...world.revoked, ...revoked])].toSorted(),
      });
    }
    case 'publish': {
      const since = Object.fromEntries(
        effect.keyIds.map((keyId) => [keyId, world.publishedSince[keyId] ?? world.now]),
      );
      return noteGone(
        { ...world, published: effect.keyIds.toSorted(), publishedSince: since },
        world.published,
      );
    }
    case 'await-served':
    case 'prove-cut':
      return world;
    default:
      return withFolder(world, operator, applyToFiles(files, effect));
  }
}

function withFolder(world: World, operator: number, files: KeyFiles): World {
  const [first, second] = world.folders;
  return { ...world, folders: operator === 0 ? [files, second] : [first, files] };
}

function staleState(world: World): World {
  return world.paused === undefined
    ? world
    : { ...world, paused: { ...world.paused, stateStale: true } };
}

function stalePublishing(world: World): World {
  return world.paused === undefined
    ? world
    : { ...world, paused: { ...world.paused, publishStale: true } };
}

/** Only the entries that decisions read; the others would make every world different. */
function shortHistory(state: RotationState): RotationState {
  const step = lastStep(state);
  const staged = state.history.findLast((entry) => entry.step === 'stage');
  const latest = state.history.findLast((entry) => entry.step === step);
  const kept = [staged, latest].filter((entry) => entry !== undefined);
  return { ...state, history: [...new Set(kept)] };
}

/**
 * Kids that are removed from the JWKS permanently. A kid that was revoked before it was published is not
 * included: a run that staged it before may publish it until the emergency publishes its key set, whose
 * If-Match then fails, and the emergency reads again.
 */
function noteGone(world: World, before: readonly string[]): World {
  const left = (world.state?.removed ?? [])
    .filter((key) => key.reason !== 'withdrawn')
    .map((key) => key.keyId)
    .filter((keyId) => before.includes(keyId) && !world.published.includes(keyId));
  return { ...world, gone: [...new Set([...world.gone, ...left])].toSorted() };
}

/** The guarantee of the rotation that a world breaks, or undefined. */
export function violation(world: World): string | undefined {
  const live = new Set<string>(world.servers.map((server) => server.signer));
  for (const [keyId, at] of Object.entries(world.lastSigned)) {
    if (world.now < at + duration) live.add(keyId);
  }
  for (const keyId of live) {
    if (world.revoked.includes(keyId)) continue;
    if (!world.published.includes(keyId)) {
      return `${keyId} signs, or signed a token that lives, and is not published`;
    }
    if (world.emergencies > 0) continue;
    const deaf = world.servers.findIndex((server) => !server.verifiers.includes(keyId));
    if (deaf >= 0) return `API server ${deaf + 1} refuses tokens of ${keyId}`;
  }
  for (const server of world.servers) {
    const since = world.publishedSince[server.signer];
    if (world.emergencies === 0 && since !== undefined && world.now < since + duration) {
      return `${server.signer} signs before it was published for the publish age`;
    }
  }
  const back = world.gone.find((keyId) => world.published.includes(keyId));
  if (back !== undefined) return `${back} was retired or revoked and is published again`;
  const held = new Set(world.folders.flatMap((files) => Object.values(files.privates)));
  const needed = (world.state?.keys ?? []).filter((key) => !key.external).map((key) => key.keyId);
  const lost = needed.find((keyId) => !held.has(keyId));
  if (lost !== undefined) return `no folder holds the private key of ${lost}`;
  return undefined;
}
