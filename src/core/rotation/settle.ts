// Updates AWS and the output folder to match the state: the second half of every step, and the only
// work after a crash. Order: publish, check that it is served, record the time, then move files; the
// private key of a removed kid is deleted last, when that kid is no longer served.

import { arrangeFiles } from './arrange-files.ts';
import { proofAtHand, proveCut } from './prove-cut.ts';
import { keyInRole, removedReason, timestamp, withHistory, type RotationState } from './state.ts';
import type { Effect, RotationRequest, View } from './view.ts';

/** The kids the JWKS should hold: what is there, and what the state needs, less what it removed. */
export function wantedKeyIds(
  state: RotationState,
  published: readonly string[],
): readonly string[] {
  const needed = state.keys.map((key) => key.keyId);
  return [...new Set([...published, ...needed])].filter(
    (keyId) => removedReason(state, keyId) === undefined,
  );
}

/**
 * The effects that the state still needs; empty where all is done. They are for one round: after them
 * the caller takes a new view and asks again, until nothing is left.
 */
export function settle(view: View, request: RotationRequest): readonly Effect[] {
  const { state } = view;
  if (state === undefined) return [];
  const next = keyInRole(state, 'next');

  const wanted = wantedKeyIds(state, view.published);
  if (!sameSet(wanted, view.published) || view.mirrored === false) {
    if (next !== undefined && next.since !== null && !view.published.includes(next.keyId)) {
      return [markPublished(view, state, null)];
    }
    return [{ kind: 'publish', keyIds: wanted }];
  }

  const moves = arrangeFiles(state, view.files);
  const destroys = moves.some(
    (move) => move.kind === 'remove-private' && removedReason(state, move.keyId) !== undefined,
  );
  const mark = next !== undefined && next.since === null;
  // Only what this run saw counts: a run that was cut off may have published without invalidating the edges.
  const shown = request.awaited !== undefined && sameSet(wanted, request.awaited);
  const proving =
    state.emergency?.refusedAt === null && proofAtHand(view, request, state) !== undefined;
  if ((mark || destroys || proving) && !shown) {
    return [{ kind: 'await-served', keyIds: wanted }];
  }
  if (mark) return [markPublished(view, state, timestamp(view.now))];
  if (moves.length > 0) return moves;
  return proveCut(view, request, state);
}

function markPublished(view: View, state: RotationState, since: string | null): Effect {
  const keyIds = state.keys.filter((key) => key.role === 'next').map((key) => key.keyId);
  return {
    kind: 'write-state',
    step: 'published',
    detail:
      since === null
        ? 'the next key is no longer published: its publish age starts again'
        : `both keys are served through the issuer URL since ${since}`,
    state: withHistory(
      { ...state, keys: state.keys.map((key) => (key.role === 'next' ? { ...key, since } : key)) },
      {
        at: timestamp(view.now),
        step: 'published',
        callerArn: view.callerArn,
        keyIds,
        note: since === null ? 'found unpublished, published again' : 'seen through the issuer URL',
      },
    ),
  };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === new Set(b).size && a.every((item) => b.includes(item));
}
