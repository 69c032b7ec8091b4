// `retire`: removes the old key. The state records its kid as removed before the JWKS is written, so
// no later run, on any machine, can publish it again. `retire --verifier` later removes a public key
// from the verifiers file, after a wait of its own.

import { timeUntil } from './durations.ts';
import { switchedGate } from './gates.ts';
import { removalsOf } from './remove-keys.ts';
import { gateClosed, refuse, wrongPhase } from './refusals.ts';
import { settle } from './settle.ts';
import { keepSettings, type StepInput } from './settings.ts';
import {
  currentKey,
  defaultDurations,
  keyInRole,
  lastStep,
  timestamp,
  withHistory,
  type RotationState,
} from './state.ts';
import type { Decision, Effect } from './view.ts';
import type { EvidenceUpdate } from './evidence-clock.ts';

const verifierAgeMs = 366 * 24 * 3600 * 1000;

/** Decides `retire`. Evidence given while the gate is closed is stored: it starts the wait. */
export function decideRetire(input: StepInput): Decision {
  const { view, request, state, durations } = input;
  const retiring = keyInRole(state, 'retiring');
  if (retiring === undefined) {
    if (state.phase === 'steady' && lastStep(state) === 'retire') {
      return { effects: settle(view, request), commits: false };
    }
    const hint =
      state.phase === 'staged'
        ? 'run `oidc-bootstrap rotate-keys promote` first'
        : 'run `oidc-bootstrap rotate-keys stage` to start a rotation';
    return refuse(wrongPhase('retire', state, hint));
  }
  const { gate, update } = switchedGate({ view, state, request, durations });
  if (!gate.open && !request.force) {
    // The run succeeded: its evidence starts the wait.
    if (update.added > 0 && gate.opensAt !== null) {
      const left = timeUntil(gate.opensAt, view.now);
      const detail = `token recorded; retire opens at ${gate.opensAt} (in ${left})`;
      return { effects: evidenceEffects(input, update, detail), commits: true };
    }
    return {
      effects: evidenceEffects(input, update),
      commits: false,
      refusal: gateClosed('retire', gate),
    };
  }
  const now = timestamp(view.now);
  const current = currentKey(state);
  return {
    commits: true,
    effects: [
      {
        kind: 'write-state',
        step: 'retire',
        detail: `key "${retiring.keyId}" is retired`,
        state: withHistory(
          {
            ...state,
            phase: 'steady',
            phaseSince: now,
            // Given waits apply to one rotation only.
            durations: defaultDurations,
            keys: [current],
            verifiers: state.verifiers.map((verifier) =>
              verifier.keyId === retiring.keyId ? { ...verifier, retiredAt: now } : verifier,
            ),
            removed: [
              ...state.removed,
              ...removalsOf(view, { keyIds: [retiring.keyId], reason: 'retired', at: now }),
            ],
            evidence: [],
          },
          {
            at: now,
            step: 'retire',
            callerArn: view.callerArn,
            keyIds: [retiring.keyId],
            note: gate.open ? `signs: "${current.keyId}"` : `forced although ${gate.reason}`,
          },
        ),
      },
    ],
  };
}

/** Stores new evidence, its loss, or new durations; nothing where none of them changed. */
export function evidenceEffects(
  input: StepInput,
  update: EvidenceUpdate,
  detail?: string,
): readonly Effect[] {
  const { view, state, durations } = input;
  if (update.added === 0 && !update.cleared) return keepSettings(input);
  const note = update.cleared
    ? 'a token of the other key was given: the wait starts again'
    : `${update.evidence.length} token(s) of the current key were given, one of each API server`;
  return [
    {
      kind: 'write-state',
      step: 'evidence',
      detail: detail ?? note,
      state: withHistory(
        { ...state, durations, evidence: update.evidence },
        {
          at: timestamp(view.now),
          step: 'evidence',
          callerArn: view.callerArn,
          keyIds: [currentKey(state).keyId],
          note,
        },
      ),
    },
  ];
}

/** Decides `retire --verifier <kid>`. */
export function decideRetireVerifier(input: StepInput, keyId: string): Decision {
  const { view, request, state, durations } = input;
  const verifier = state.verifiers.find((one) => one.keyId === keyId);
  if (verifier === undefined) {
    const done = state.history.some(
      (entry) => entry.step === 'retire-verifier' && entry.keyIds.includes(keyId),
    );
    if (done) return { effects: settle(view, request), commits: false };
    const retired = retiredVerifiers(state).map((one) => `"${one}"`);
    return refuse({
      code: 'USAGE',
      message: `no verifier has key ID "${keyId}"`,
      hint:
        retired.length === 0
          ? 'no verifier is retired'
          : `retired verifiers: ${retired.join(', ')}`,
      details: { keyId },
    });
  }
  if (verifier.retiredAt === null || state.keys.some((key) => key.keyId === keyId)) {
    return refuse({
      code: 'USAGE',
      message: `key "${keyId}" is in use: API servers must accept it`,
      hint: '`oidc-bootstrap rotate-keys status` shows the keys and their roles',
      details: { keyId },
    });
  }
  const opens = Date.parse(verifier.retiredAt) + verifierAgeMs;
  if (view.now.getTime() < opens && !request.confirmed) {
    return refuse({
      code: 'CONFIRMATION_REQUIRED',
      message: `key "${keyId}" was retired at ${verifier.retiredAt}, less than 366 days ago`,
      hint: 'tokens of the Kubernetes API may be valid for a year, legacy ones for ever; to continue anyway, add --confirm <name>',
      details: { keyId, opensAt: timestamp(opens) },
    });
  }
  const now = timestamp(view.now);
  return {
    commits: true,
    effects: [
      {
        kind: 'write-state',
        step: 'retire-verifier',
        detail: `key "${keyId}" is removed from the verifiers`,
        state: withHistory(
          {
            ...state,
            durations,
            verifiers: state.verifiers.filter((one) => one.keyId !== keyId),
          },
          {
            at: now,
            step: 'retire-verifier',
            callerArn: view.callerArn,
            keyIds: [keyId],
            note: `retired at ${verifier.retiredAt}`,
          },
        ),
      },
    ],
  };
}

function retiredVerifiers(state: RotationState): readonly string[] {
  return state.verifiers.filter((one) => one.retiredAt !== null).map((one) => one.keyId);
}
