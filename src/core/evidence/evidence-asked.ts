// What a step asks the cluster, by the phase of the rotation: no more than the step decides on, so that a
// job in a phase without a gate needs no cluster that answers.

import { foundFalse } from '../rotation/key-trust.ts';
import { keyInRole } from '../rotation/state.ts';
import type { RotationRequest, View } from '../rotation/view.ts';

export type EvidenceAsked = {
  /** The key set of each API server. */
  readonly keySets: boolean;
  /** A fresh token of each. */
  readonly tokens: boolean;
  /** OpenShift: its operator gets the current key first, if it has not got it. */
  readonly handOver: boolean;
};

const nothing: EvidenceAsked = { keySets: false, tokens: false, handOver: false };

/** On OpenShift key sets are not asked for: the operator lets no API server sign before all accept the key. */
export function evidenceAsked(view: View, request: RotationRequest): EvidenceAsked {
  const { state } = view;
  const { step, key, verifier } = request;
  if (state === undefined || key !== undefined || verifier !== undefined) return nothing;
  // Such a state is refused by every step: no key of it goes to a cluster.
  if (foundFalse(view) !== undefined) return nothing;
  const openshift = state.platform === 'openshift';
  const keySets = !openshift;
  const decides = step === 'advance' || step === 'status';
  if (state.phase === 'staged') {
    if (step === 'promote' || decides) return { ...nothing, keySets };
    const signed = keyInRole(state, 'next')?.promotedBefore === true;
    return step === 'rollback' && signed ? { ...nothing, keySets, tokens: true } : nothing;
  }
  if (state.phase === 'promoted') {
    if (step === 'rollback') return { ...nothing, keySets };
    const handOver = openshift && step !== 'status';
    if (step === 'promote') return { ...nothing, handOver };
    if (step === 'retire' || decides) return { keySets, tokens: true, handOver };
  }
  return nothing;
}
