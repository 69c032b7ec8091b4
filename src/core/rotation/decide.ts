// Decides what a step does: a pure function of the state, the AWS resources, the files, AWS's clock,
// the evidence and the options. The command carries the effects out; the explorer of the tests runs
// the same function over many interleavings of runs.

import { decideEmergency } from './decide-emergency.ts';
import { decidePromote } from './decide-promote.ts';
import { decideRetire, decideRetireVerifier } from './decide-retire.ts';
import { decideRetireKey } from './decide-retire-key.ts';
import { decideRollback } from './decide-rollback.ts';
import { decideStage } from './decide-stage.ts';
import { resolveDurations } from './durations.ts';
import { keepSettings, type StepInput } from './settings.ts';
import { promoteGate, serversWithout, switchedGate } from './gates.ts';
import { rebuildState } from './rebuild.ts';
import { gateClosed, refuse } from './refusals.ts';
import { settle } from './settle.ts';
import { foundFalse, unnamedKeys, unnamedRefusal } from './key-trust.ts';
import { currentKey, keyInRole, timestamp, type RotationState, type Step } from './state.ts';
import type { Decision, Refusal, RotationRequest, View } from './view.ts';

const fiveMinutes = 5 * 60 * 1000;
const nothing: Decision = { effects: [], commits: false };

/**
 * The effects of one round and, where the step is not taken, why. A round that begins a state
 * (or settles) does not commit: take the view again and decide again. After a round that commits
 * only `settle` is left to run.
 */
export function decide(view: View, request: RotationRequest): Decision {
  const found = foundFalse(view);
  if (request.step === 'status') return found === undefined ? nothing : refuse(found);
  const jump = clockProblem(view);
  if (jump !== undefined) return jump;
  if (request.step === 'emergency') return decideEmergency(view, request);
  if (found !== undefined) return refuse(found);
  const unnamed = unnamedRefusal(request, alone(view, request));
  if (unnamed !== undefined) return refuse(unnamed);

  const { state } = view;
  if (state === undefined) return begin(view, request);
  if (request.force && !request.confirmed) return unconfirmedForce;

  const platform = otherPlatform(state, request);
  if (platform !== undefined) return refuse(platform);
  const { durations, refusal } = resolveDurations(state, request);
  if (refusal !== undefined) return refuse(refusal);
  const input = { view, request, state, durations };
  const decision = decideStep(input, request.step);
  const against = evidenceAgainst(input, request.step);
  const works = decision.effects.length > 0 && !decision.commits;
  // Unfinished work of an earlier run is completed anyway.
  if (against === undefined || decision.refusal !== undefined || works) return decision;
  return refuse(against);
}

function decideStep(input: StepInput, step: Step | 'advance'): Decision {
  const { key, verifier } = input.request;
  switch (step) {
    case 'stage':
      return decideStage(input);
    case 'promote':
      return decidePromote(input);
    case 'retire':
      if (key !== undefined) return decideRetireKey(input, key);
      return verifier === undefined ? decideRetire(input) : decideRetireVerifier(input, verifier);
    case 'rollback':
      return decideRollback(input);
    case 'advance':
      return advance(input);
    case 'emergency':
      return decideEmergency(input.view, input.request);
  }
}

/** Keys that only the state names and that the step may write to files or the key set. */
function alone(view: View, request: RotationRequest): readonly string[] {
  const next = view.state === undefined ? undefined : keyInRole(view.state, 'next');
  const leaves =
    request.step === 'rollback' && next?.promotedBefore === false ? next.keyId : request.verifier;
  return unnamedKeys(view, request).filter((keyId) => keyId !== leaves);
}

/** Refuses where a given API server does not accept the key that signs (or will, after a rollback). */
function evidenceAgainst(input: StepInput, step: Step | 'advance'): Refusal | undefined {
  const { request, state } = input;
  if (request.force) return undefined;
  const signs =
    (step === 'rollback' ? keyInRole(state, 'retiring') : undefined) ?? currentKey(state);
  const reason = serversWithout(request, [signs]);
  if (reason === undefined) return undefined;
  const next = { steady: 'stage', staged: 'promote', promoted: 'retire' } as const;
  return gateClosed(step === 'advance' ? next[state.phase] : step, {
    open: false,
    opensAt: null,
    reason,
  });
}

/** True where the step will make a pair of its own, so that the command makes one only then. */
export function needsFreshKey(view: View, request: RotationRequest): boolean {
  if (request.given !== undefined || request.fresh !== undefined) return false;
  // Runs the decision itself with a stand-in key, so that both always agree.
  const trial = decide(view, { ...request, fresh: standIn });
  return trial.effects.some(
    (effect) => effect.kind === 'write-private' && effect.keyId === standIn.keyId,
  );
}

const standIn = { keyId: ' fresh ', publicKey: '' };

const unconfirmedForce = refuse({
  code: 'CONFIRMATION_REQUIRED',
  message: 'confirmation required: --force opens a gate only with the cluster name',
  hint: 'add --confirm <name> where there is no terminal',
});

/** The platform is chosen at `stage`: with another one, a later step would print the wrong steps. */
function otherPlatform(state: RotationState, request: RotationRequest): Refusal | undefined {
  const { platform, step } = request;
  const chooses = step === 'stage' || (step === 'advance' && state.phase === 'steady');
  if (chooses || platform === undefined || platform === state.platform) return undefined;
  return {
    code: 'USAGE',
    message: `--platform "${platform}" was given, but the rotation was staged for "${state.platform}"`,
    hint:
      state.phase === 'staged'
        ? `to change the platform, run \`oidc-bootstrap rotate-keys stage --platform ${platform}\``
        : 'omit --platform: it is set at `stage`',
    details: { given: platform, stored: state.platform },
  };
}

function clockProblem(view: View): Decision | undefined {
  const last = view.state?.history.at(-1);
  if (last === undefined || view.now.getTime() >= Date.parse(last.at) - fiveMinutes) {
    return undefined;
  }
  return refuse({
    code: 'INPUT_INVALID',
    message: `the clock went back: the time is "${timestamp(view.now)}", but the last entry of the rotation state is from "${last.at}"`,
    hint: 'correct the time, then run again',
  });
}

/** Writes the first state, on which the step is then decided in the next round. */
function begin(view: View, request: RotationRequest): Decision {
  const rebuilt = rebuildState(view, request);
  if ('refusal' in rebuilt) {
    return request.step === 'advance' && request.rotateEvery === undefined
      ? nothing
      : refuse(rebuilt.refusal);
  }
  const { state, rotating } = rebuilt;
  // Without a rotation in progress, only `stage` and the age of the current key need a state.
  if (!rotating && request.step === 'advance' && request.rotateEvery === undefined) return nothing;
  if (!rotating && request.step !== 'advance') {
    const { refusal } = decide({ ...view, state }, request);
    // A refused step writes nothing.
    if (refusal !== undefined) return refuse(refusal);
  }
  return {
    commits: false,
    effects: [
      {
        kind: 'write-state',
        step: rotating ? 'rebuild' : 'begin',
        state,
        detail: rotating
          ? 'rebuilt from the published keys and the key files; every wait starts now'
          : `created with current key "${currentKey(state).keyId}"`,
      },
    ],
  };
}

/** The command without a step: complete unfinished work, do the step that is due, or wait. */
function advance(input: StepInput): Decision {
  const { view, request, state } = input;
  const unfinished = settle(view, request);
  if (unfinished.length > 0) return { effects: unfinished, commits: false };
  switch (state.phase) {
    case 'steady':
      return stageIsDue(view, request, state) ? decideStage(input) : nothing;
    case 'staged': {
      const asked = request.apiServers.length > 0 || state.platform === 'openshift';
      return asked && promoteGate(input).open
        ? decidePromote(input)
        : { effects: keepSettings(input), commits: false };
    }
    case 'promoted': {
      const { gate } = switchedGate(input);
      const decision = decideRetire({ ...input, request: { ...request, force: false } });
      return gate.open ? decision : { effects: decision.effects, commits: decision.commits };
    }
  }
}

/** When the current key passes `--rotate-every`. */
export function stageIsDue(view: View, request: RotationRequest, state: RotationState): boolean {
  const since = currentKey(state).since;
  return (
    request.rotateEvery !== undefined &&
    since !== null &&
    view.now.getTime() >= Date.parse(since) + request.rotateEvery * 1000
  );
}
