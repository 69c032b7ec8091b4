// Settings that every step may store, even if the step itself is not done: longer durations, the
// platform at `stage`, keys that API servers accept.

import {
  timestamp,
  withHistory,
  type Durations,
  type RotationState,
  type Verifier,
} from './state.ts';
import type { Effect, PublicKeyRef, RotationRequest, View } from './view.ts';

/** What every decision of a step is made from. */
export type StepInput = {
  readonly view: View;
  readonly request: RotationRequest;
  readonly state: RotationState;
  /** Already resolved: stored ones, or those given where they may be taken. */
  readonly durations: Durations;
};

/** Stores durations that differ from the stored ones. */
export function keepSettings(input: StepInput): readonly Effect[] {
  return settingsChange(input, { ...input.state, durations: input.durations });
}

/** The effect that takes the state to `wanted`, which differs in settings only; none if equal. */
export function settingsChange(input: StepInput, wanted: RotationState): readonly Effect[] {
  const { view, state } = input;
  if (sameSettings(wanted, state)) return [];
  const known = new Set(state.verifiers.map((verifier) => verifier.keyId));
  const keyIds = wanted.verifiers
    .map((verifier) => verifier.keyId)
    .filter((keyId) => !known.has(keyId));
  return [
    {
      kind: 'write-state',
      step: 'settings',
      detail: 'settings stored',
      state: withHistory(wanted, {
        at: timestamp(view.now),
        step: 'settings',
        callerArn: view.callerArn,
        keyIds,
        note: `${wanted.platform}, publish age ${wanted.durations.minPublishAge}s, token lifetime ${wanted.durations.maxTokenLifetime}s`,
      }),
    },
  ];
}

/**
 * The verifiers with those keys in them: keys in use are never retired; a key that only API
 * servers know of (an older one) counts as retired since it was first seen.
 */
export function withVerifiers(input: {
  readonly verifiers: readonly Verifier[];
  readonly inUse: readonly PublicKeyRef[];
  readonly accepted?: readonly PublicKeyRef[];
  readonly now: Date;
}): readonly Verifier[] {
  const merged = new Map(input.verifiers.map((verifier) => [verifier.keyId, verifier]));
  for (const { keyId, publicKey } of input.accepted ?? []) {
    if (!merged.has(keyId)) {
      merged.set(keyId, { keyId, publicKey, retiredAt: timestamp(input.now) });
    }
  }
  for (const { keyId, publicKey } of input.inUse) {
    merged.set(keyId, { keyId, publicKey, retiredAt: null });
  }
  return [...merged.values()];
}

function sameSettings(a: RotationState, b: RotationState): boolean {
  return (
    a.platform === b.platform &&
    a.durations.minPublishAge === b.durations.minPublishAge &&
    a.durations.maxTokenLifetime === b.durations.maxTokenLifetime &&
    a.verifiers.length === b.verifiers.length &&
    a.verifiers.every((verifier, index) => {
      const other = b.verifiers[index];
      return verifier.keyId === other?.keyId && verifier.retiredAt === other.retiredAt;
    })
  );
}
