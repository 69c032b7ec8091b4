// `stage`: the next pair beside the current one, in the state before it is published.
// The pair is on disk before the state names it, and a pair found there is taken, never replaced:
// two runs in one folder end with one next key, whoever wins the state.

import { missingProof } from './prove-cut.ts';
import { settle } from './settle.ts';
import {
  currentKey,
  keyInRole,
  removedReason,
  timestamp,
  withHistory,
  type RotationState,
} from './state.ts';
import { settingsChange, withVerifiers, type StepInput } from './settings.ts';
import { otherKeyGiven, refuse, wrongPhase } from './refusals.ts';
import type { Decision, Effect, PublicKeyRef, Refusal } from './view.ts';

/** Decides `stage`. */
export function decideStage(input: StepInput): Decision {
  const { state } = input;
  switch (state.phase) {
    case 'steady':
      return start(input);
    case 'staged':
      return stageAgain(input);
    case 'promoted':
      return refuse(
        wrongPhase(
          'stage',
          state,
          'a rotation is under way: `rotate-keys retire` ends it, `rotate-keys rollback` takes it back',
        ),
      );
  }
}

function start(input: StepInput): Decision {
  const { view, request, state, durations } = input;
  const current = currentKey(state);
  const refusal = givenProblem(request.given, state);
  if (refusal !== undefined) return refuse(refusal);

  // What the last step left undone comes first: a kid it removed is out of the JWKS, and its file gone.
  const unfinished = settle(view, request);
  if (unfinished.length > 0 && !onlyVerifiers(unfinished)) {
    return { effects: unfinished, commits: false };
  }

  const leftover = view.files.privates.next;
  const next: PublicKeyRef | undefined =
    request.given ??
    (leftover === undefined
      ? request.fresh
      : { keyId: leftover, publicKey: view.publicKeys[leftover] ?? '' });
  // Without a pair there is nothing to decide on; the command makes one where it is asked for.
  if (next === undefined) return { effects: [], commits: false };

  const made = request.given === undefined && leftover === undefined;
  const files: readonly Effect[] = made
    ? [{ kind: 'write-private', slot: 'next', keyId: next.keyId, exclusive: true }]
    : [];
  const now = timestamp(view.now);
  const accepted = request.apiServers.flatMap((server) => server.keys);
  return {
    commits: true,
    effects: [
      ...files,
      {
        kind: 'write-state',
        step: 'stage',
        detail: `stages key "${next.keyId}" beside "${current.keyId}"`,
        state: withHistory(
          {
            ...state,
            phase: 'staged',
            phaseSince: now,
            platform: request.platform ?? state.platform,
            durations,
            keys: [
              current,
              {
                keyId: next.keyId,
                role: 'next',
                publicKey: next.publicKey,
                since: null,
                sinceAsNext: null,
                external: request.given !== undefined,
                promotedBefore: false,
              },
            ],
            verifiers: withVerifiers({
              verifiers: state.verifiers,
              inUse: [current, next],
              accepted,
              now: view.now,
            }),
            removed: state.removed.filter((key) => key.keyId !== next.keyId),
            evidence: [],
            // What the last emergency lacks is said, and tried again, until it is done.
            emergency: missingProof(state) === undefined ? null : state.emergency,
          },
          {
            at: now,
            step: 'stage',
            callerArn: view.callerArn,
            keyIds: [current.keyId, next.keyId],
            note: `${request.given === undefined ? 'made' : 'given'} key "${next.keyId}"`,
          },
        ),
      },
    ],
  };
}

/** A staged key stays: what is unfinished is finished, new settings are stored, nothing else. */
function stageAgain(input: StepInput): Decision {
  const { view, request, state, durations } = input;
  const next = keyInRole(state, 'next');
  const other = otherKeyGiven(request.given, next);
  if (other !== undefined) return refuse(other);
  const inUse = state.keys.map(({ keyId, publicKey }) => ({ keyId, publicKey }));
  const settings = settingsChange(input, {
    ...state,
    platform: request.platform ?? state.platform,
    durations,
    verifiers: withVerifiers({
      verifiers: state.verifiers,
      inUse,
      accepted: request.apiServers.flatMap((server) => server.keys),
      now: view.now,
    }),
  });
  return { effects: settings.length > 0 ? settings : settle(view, request), commits: false };
}

/** The verifiers file is written anyway at the end of this step, with the next key in it. */
function onlyVerifiers(effects: readonly Effect[]): boolean {
  return effects.every((effect) => effect.kind === 'write-verifiers');
}

function givenProblem(given: PublicKeyRef | undefined, state: RotationState): Refusal | undefined {
  if (given === undefined) return undefined;
  if (given.keyId === currentKey(state).keyId) {
    return {
      code: 'INPUT_INVALID',
      message: `the next key "${given.keyId}" is the current key`,
      hint: 'give the public key of a new pair with --next-public-key-file',
      details: { keyId: given.keyId },
    };
  }
  const reason = removedReason(state, given.keyId);
  if (reason === undefined || reason === 'withdrawn') return undefined;
  return {
    code: 'KEY_REVOKED',
    message: `key "${given.keyId}" was ${reason} and never comes back`,
    hint: 'make a new pair',
    details: { keyId: given.keyId, reason },
  };
}
