// `rollback`: one step back. From promoted, only files are moved and the JWKS stays. From staged, the
// next key is unpublished; if it was ever promoted, only on the evidence that `retire` requires.

import { switchedGate } from './gates.ts';
import { evidenceEffects } from './decide-retire.ts';
import {
  foreignKeyFile,
  gateClosed,
  isKeptElsewhere,
  missingPrivateKey,
  refuse,
  wrongPhase,
} from './refusals.ts';
import { removalsOf } from './remove-keys.ts';
import { settle } from './settle.ts';
import type { StepInput } from './settings.ts';
import {
  currentKey,
  defaultDurations,
  keyInRole,
  lastStep,
  timestamp,
  tokensCountFrom,
  withHistory,
  type ManagedKey,
  type RotationState,
} from './state.ts';
import type { Decision } from './view.ts';

/** Decides `rollback`. An interrupted rollback is finished first, as the same step. */
export function decideRollback(input: StepInput): Decision {
  const { view, request, state } = input;
  const next = keyInRole(state, 'next');
  const retiring = keyInRole(state, 'retiring');
  if (lastStep(state) === 'rollback') {
    const unfinished = settle(view, request);
    // This run only finishes: a new decision would go another step back.
    if (unfinished.length > 0) {
      const note =
        'the last rollback was not finished: this run finished it and did not roll back further';
      return { effects: unfinished, commits: true, note };
    }
    if (state.phase === 'steady') return { effects: [], commits: false };
  }
  if (retiring !== undefined) return toStaged(input, retiring);
  if (next !== undefined) return toSteady(input, next);
  return refuse(
    wrongPhase(
      'rollback',
      state,
      '`oidc-bootstrap rotate-keys status` shows the phase and the next step',
    ),
  );
}

function toStaged(input: StepInput, old: ManagedKey): Decision {
  const { view, request, state, durations } = input;
  const absent = missingPrivateKey({ view, request, key: old, slot: 'previous' });
  if (absent !== undefined) return refuse(absent);
  const current = currentKey(state);
  const now = timestamp(view.now);
  const staged: RotationState = withHistory(
    {
      ...state,
      phase: 'staged',
      // Tokens of the old key from before the rollback prove nothing.
      phaseSince: tokensCountFrom(view.now),
      durations,
      keys: [
        {
          ...old,
          role: 'current',
          since: now,
          sinceAsNext: null,
          external: old.external || isKeptElsewhere({ view, request, key: old }),
        },
        { ...current, role: 'next', since: current.sinceAsNext, sinceAsNext: null },
      ],
      evidence: [],
    },
    {
      at: now,
      step: 'rollback',
      callerArn: view.callerArn,
      keyIds: [old.keyId, current.keyId],
      note: 'from promoted to staged; the JWKS stays',
    },
  );
  const foreign = foreignKeyFile(staged, view);
  if (foreign !== undefined) return refuse(foreign);
  return {
    commits: true,
    effects: [
      {
        kind: 'write-state',
        step: 'rollback',
        detail: `key "${old.keyId}" is current again, "${current.keyId}" stays published`,
        state: staged,
      },
    ],
  };
}

function toSteady(input: StepInput, next: ManagedKey): Decision {
  const { view, request, state, durations } = input;
  if (next.promotedBefore) {
    const { gate, update } = switchedGate({ view, state, request, durations });
    if (!gate.open && !request.force) {
      return {
        effects: evidenceEffects(input, update),
        commits: false,
        refusal: gateClosed('rollback', gate),
      };
    }
  }
  const now = timestamp(view.now);
  const reason = next.promotedBefore ? 'retired' : 'withdrawn';
  return {
    commits: true,
    effects: [
      {
        kind: 'write-state',
        step: 'rollback',
        detail: `key "${next.keyId}" is ${reason}`,
        state: withHistory(
          {
            ...state,
            phase: 'steady',
            phaseSince: now,
            // Given waits apply to one rotation only.
            durations: defaultDurations,
            keys: [currentKey(state)],
            // A key that may have signed stays a verifier; a key that never signed is removed.
            verifiers: next.promotedBefore
              ? state.verifiers.map((verifier) =>
                  verifier.keyId === next.keyId ? { ...verifier, retiredAt: now } : verifier,
                )
              : state.verifiers.filter((verifier) => verifier.keyId !== next.keyId),
            removed: [
              ...state.removed,
              ...removalsOf(view, { keyIds: [next.keyId], reason, at: now }),
            ],
            evidence: [],
          },
          {
            at: now,
            step: 'rollback',
            callerArn: view.callerArn,
            keyIds: [next.keyId],
            note: 'from staged to steady',
          },
        ),
      },
    ],
  };
}
