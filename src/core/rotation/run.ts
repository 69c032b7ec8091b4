// One run of a step in rounds of observe, decide and carry out: the data kept between rounds, and the
// check of the end state. Other runs may change the same cluster between any two effects.

import { privateKeyIds } from './arrange-files.ts';
import { decide } from './decide.ts';
import { keysLetOut, unnamedKeys, unnamedRefusal, vouchedKeys } from './key-trust.ts';
import { refuse } from './refusals.ts';
import { settle } from './settle.ts';
import { currentKey, keyInRole, lastStep, removedReason } from './state.ts';
import type { Decision, Effect, Refusal, RotationRequest, View } from './view.ts';

export type Run = {
  readonly request: RotationRequest;
  /** The step's change of state is written: what follows is `settle`. */
  readonly committed: boolean;
};

/** A run that has just looked for the first time. */
export function beginRun(view: View, request: RotationRequest): Run {
  const current = view.state === undefined ? undefined : keyInRole(view.state, 'current')?.keyId;
  return {
    request: { ...request, currentAtStart: current ?? null, vouchedAtStart: vouchedKeys(view) },
    committed: false,
  };
}

/** What the run does next; nothing, and no refusal, where it is done. */
export function decideRound(view: View, run: Run): Decision {
  const decision = decideFreely(view, run);
  // A key that only the state names is written to files or the key set only with the typed name.
  const alone = unnamedKeys(view, run.request);
  const letOut = decision.effects.flatMap(keysLetOut).filter((keyId) => alone.includes(keyId));
  const refusal = unnamedRefusal(run.request, letOut);
  return refusal === undefined ? decision : refuse(refusal);
}

function decideFreely(view: View, { request, committed }: Run): Decision {
  if (!committed) return decide(view, request);
  const taken = request.step === 'emergency' ? overtaken(view, { request, committed }) : undefined;
  return taken === undefined ? { effects: settle(view, request), commits: false } : refuse(taken);
}

/**
 * Why a run with nothing left to do has not ended well: its current key is not published, or the
 * key that it chose was removed by another run meanwhile.
 */
export function endingProblem(view: View, run: Run): Refusal | undefined {
  const { state } = view;
  if (state === undefined || run.request.step === 'status') return undefined;
  const taken = overtaken(view, run);
  if (taken !== undefined) return taken;
  const { keyId } = currentKey(state);
  if (view.published.includes(keyId)) return undefined;
  return {
    code: 'KEY_NOT_PUBLISHED',
    message: `the current key "${keyId}" is not published`,
    hint: 'run `oidc-bootstrap rotate-keys status`; if another run is in progress, run the same command again when it has ended',
    details: { keyId, published: view.published },
  };
}

/** Deletes a pair that was made for a step that was not done: it was never used. */
export function unusedPair(view: View, { request }: Run): readonly Effect[] {
  const keyId = request.fresh?.keyId;
  if (keyId === undefined || view.state?.keys.some((key) => key.keyId === keyId) === true)
    return [];
  return (['next', 'emergency'] as const)
    .filter((slot) => view.files.privates[slot] === keyId)
    .map((slot) => ({ kind: 'remove-private', slot, keyId }));
}

/** The key that this run gave a role is removed again, or, after an emergency, not the current one. */
function overtaken(view: View, { request, committed }: Run): Refusal | undefined {
  const { state } = view;
  // What is given to the two steps that take a key away may be that very key.
  const chooses = request.step !== 'retire' && request.step !== 'rollback';
  const own = committed && chooses ? (request.given ?? request.fresh)?.keyId : undefined;
  if (state === undefined || own === undefined) return undefined;
  const reason = removedReason(state, own);
  const replaced = request.step === 'emergency' && currentKey(state).keyId !== own;
  if (reason === undefined && !replaced) return undefined;
  const last = state.history.findLast((entry) => entry.step === lastStep(state));
  const held = privateKeyIds(view.files).has(currentKey(state).keyId);
  return {
    code: 'KEY_REVOKED',
    message: `key "${own}" of this run was ${reason ?? 'replaced'} by another run in the meantime: "${last?.step ?? 'unknown step'}" by ${last?.callerArn ?? 'an unknown caller'} at ${last?.at ?? state.phaseSince}`,
    hint: `the current key is "${currentKey(state).keyId}"${held ? '' : ', which is not in this output folder'}: use one run and one output folder at a time; run \`oidc-bootstrap rotate-keys status\` there`,
    details: { keyId: own, currentKeyId: currentKey(state).keyId },
  };
}
