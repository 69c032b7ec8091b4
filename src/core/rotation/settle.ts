// Brings AWS and the folder to what the state says: the second half of every step, and all there
// is to do after a crash. Order: publish, see it served, note since when, then move files;
// the private key of a removed kid goes last, once nobody can be shown that kid any more.

import { arrangeFiles, keptForProof } from './arrange-files.ts';
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
 * What is left to do under the state as it stands; empty where all is done. One round's worth:
 * after the effects the view is taken again and this is asked again, until nothing is left.
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
  // Seen by this run itself: one that was cut short may have published and not made edges forget.
  const shown = request.awaited !== undefined && sameSet(wanted, request.awaited);
  const proof = keptForProof(state, view.files);
  const emergency = state.emergency;
  // A role that went away since does not keep the cut from being proven with another.
  const probe = request.probeTarget ?? emergency?.probe ?? undefined;
  const proving = emergency !== null && proof !== undefined && probe !== undefined;
  if ((mark || destroys || proving) && !shown) {
    return [{ kind: 'await-served', keyIds: wanted }];
  }
  if (mark) return [markPublished(view, state, timestamp(view.now))];
  if (moves.length > 0) return moves;

  if (proving) {
    if (request.cutProven !== true) return [{ kind: 'prove-cut', keyId: proof, probe }];
    return [
      {
        kind: 'write-state',
        step: 'cut-proven',
        detail: 'note that STS refuses the old key',
        state: withHistory(
          { ...state, emergency: { ...emergency, cutProvenAt: timestamp(view.now) } },
          {
            at: timestamp(view.now),
            step: 'cut-proven',
            callerArn: view.callerArn,
            keyIds: [proof],
            note: `STS refused the old key in ${probe.regions.join(', ')}`,
          },
        ),
      },
    ];
  }
  return [];
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
