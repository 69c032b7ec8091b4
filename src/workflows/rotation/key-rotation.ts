// One run of a rotation step: observe, decide, carry out, and repeat until nothing is left to do. The
// decisions are in core/rotation; this file only observes and carries out. The next run finishes a run that
// was cut off, since every round starts from what is there.

import { BootstrapError } from '../../core/errors.ts';
import { afterEffect, applyToView } from '../../core/rotation/apply-effect.ts';
import { needsFreshKey } from '../../core/rotation/decide.ts';
import { unnamedKeys } from '../../core/rotation/key-trust.ts';
import type { MadePair } from '../../core/rotation/key-folder.ts';
import { placeholder } from '../../core/placeholder.ts';
import { beginRun, decideRound, endingProblem, unusedPair } from '../../core/rotation/run.ts';
import { keyInRole, type HistoryEntry, type RotationState } from '../../core/rotation/state.ts';
import {
  disagreements,
  rotationResult,
  type RotateKeysResult,
} from '../../core/rotation/status.ts';
import { readTokens, type GivenFile } from '../../core/rotation/tokens.ts';
import {
  privateFiles,
  type Refusal,
  type RotationRequest,
  type View,
} from '../../core/rotation/view.ts';
import type { Context } from '../context.ts';
import type { ClusterEvidence } from '../../core/evidence/cluster-evidence.ts';
import type { Denials } from './deny-older-sessions.ts';
import {
  fileKeyId,
  observeRotation,
  published,
  type Observation,
  type RotationPlace,
} from './observe-rotation.ts';
import { checkProbeRole, probeAccepted } from './probe.ts';
import { noteStateIsPrivate } from './show-state-is-private.ts';
import { carryOut } from './rotation-effects.ts';

export type RotationInput = {
  readonly place: RotationPlace;
  /** Tokens are read from `tokenFiles` once the keys are known. */
  readonly request: RotationRequest;
  readonly tokenFiles: readonly GivenFile[];
  /**
   * Asks the cluster for evidence, in place of files, once it is known what the step needs; undefined
   * where it needs none.
   */
  readonly gather?: (seen: Observation) => Promise<ClusterEvidence | undefined>;
  readonly claim: () => void;
  /** Called with the result so far, so that a failure can show it. */
  readonly known: (result: RotateKeysResult) => void;
  /** Called at the end of a run that is no plan and no `status`: what the cluster needs is written by it. */
  readonly writeClusterFiles: (state: RotationState) => void;
};

const maxRounds = 40;
const maxLate = 6;
const dryRunKey = placeholder('next-key-id');
/** Of a state that the plan itself writes first. */
const plannedEtag = placeholder('etag-of-the-rotation-state');

/** Takes the step and gives the result. A refusal of the decision becomes its error. */
export async function rotateKeys(
  context: Context,
  input: RotationInput,
): Promise<RotateKeysResult> {
  const { place } = input;
  let seen = await observeRotation(context, place);
  const evidence = await input.gather?.(seen);
  // The cluster may have taken minutes to answer.
  if (evidence !== undefined) seen = await observeRotation(context, place);
  let view = seen.view;
  let { request } = beginRun(view, prepare(input, seen, evidence));
  tellOfUnnamed(context, view, request);
  let made: MadePair | undefined;
  let committed = false;
  let late = 0;
  let denials: Denials | undefined;
  if (request.probeTarget !== undefined) {
    await checkProbeRole(context, place, request.probeTarget.roleArn);
  }

  for (let round = 0; ; round += 1) {
    if (round > maxRounds) throw endless();
    const seenAt = context.clock.now().getTime();
    if (!committed) {
      request = await withProbe(context, { place, seen, view, request });
      if (needsFreshKey(view, request)) {
        made = context.gate.dryRun ? undefined : place.keys.make();
        const fresh = made ?? { keyId: dryRunKey, publicKey: '' };
        request = { ...request, fresh: { keyId: fresh.keyId, publicKey: fresh.publicKey } };
      }
    }
    const decision = decideRound(view, { request, committed });
    if (decision.effects.length === 0) {
      const refusal = decision.refusal ?? endingProblem(view, { request, committed });
      dropUnused(place, { view, request });
      if (refusal !== undefined) throw refused(refusal, { view, request, input });
      break;
    }

    if (decision.note !== undefined) context.warn(decision.note);
    let wasLate = false;
    for (const effect of decision.effects) {
      const on = { ...seen, view };
      const outcome = await carryOut(context, effect, { ...input, seen: on, seenAt, made });
      if (outcome.kind === 'late') {
        wasLate = true;
        break;
      }
      if (outcome.kind === 'old-key-refused') request = { ...request, oldKeyRefused: true };
      if (outcome.kind === 'denied') {
        denials = outcome;
        request = { ...request, notDenied: outcome.notDenied };
      }
      request = afterEffect(request, effect);
      if (context.gate.dryRun) {
        view = applyToView(view, effect);
        if (effect.kind === 'write-state') seen = { ...seen, stateEtag: plannedEtag };
      }
    }
    if (!wasLate) committed ||= decision.commits;
    if (decision.refusal !== undefined && !wasLate) {
      if (!context.gate.dryRun) view = (await observeRotation(context, place)).view;
      dropUnused(place, { view, request });
      throw refused(decision.refusal, { view, request, input });
    }
    if (context.gate.dryRun) continue;
    const before = seen;
    seen = await observeRotation(context, place);
    view = seen.view;
    if (wasLate) {
      late += 1;
      if (late > maxLate) throw contended();
      tellOfOthers(context, before, seen);
    }
    input.known(rotationResult(view, request));
  }

  const result = rotationResult(view, request);
  if (!context.gate.dryRun) for (const line of disagreements(view)) context.warn(line);
  input.known(result);
  if (!context.gate.dryRun && request.step !== 'status' && view.state !== undefined) {
    input.writeClusterFiles(view.state);
  }
  // Every other step only names what is missing, since it has its own work to do.
  if (request.step === 'emergency' && denials?.failure !== undefined) throw denials.failure;
  if (request.step !== 'status' && view.state !== undefined && seen.stateEtag !== undefined) {
    await noteStateIsPrivate(context, place.site, { state: view.state, etag: seen.stateEtag });
  }
  return result;
}

/** The request with what is shown, under the ids keys are published with. */
function prepare(
  input: RotationInput,
  seen: Observation,
  evidence: ClusterEvidence | undefined,
): RotationRequest {
  const { request, tokenFiles, place } = input;
  const { view } = seen;
  const tokens = readTokens(evidence?.tokens ?? tokenFiles, {
    issuer: place.site.issuer,
    now: view.now,
    publicKeys: managedKeys(view),
    hint: evidence === undefined ? undefined : otherClusterHint,
  });
  return {
    ...request,
    tokens,
    given: request.given === undefined ? undefined : published(seen, request.given),
    apiServers: (evidence?.apiServers ?? request.apiServers).map((server) => ({
      ...server,
      keys: server.keys.map((key) => published(seen, key)),
    })),
  };
}

const otherClusterHint =
  'check that --context and --api-server name API servers of this cluster, and that they take the settings of `clusterSteps`';

/** Keys a token may be signed with: those of the rotation, or of the files where there is no state. */
function managedKeys(view: View): { readonly [keyId: string]: string } {
  if (view.state === undefined) return view.publicKeys;
  return Object.fromEntries(view.state.keys.map((key) => [key.keyId, key.publicKey]));
}

/** Asks STS about the next key, once, where a probe role is given and only the age is missing. */
async function withProbe(
  context: Context,
  facts: {
    readonly place: RotationPlace;
    readonly seen: Observation;
    readonly view: View;
    readonly request: RotationRequest;
  },
): Promise<RotationRequest> {
  const { place, seen, view, request } = facts;
  const { state } = view;
  const asks = request.step === 'promote' || request.step === 'advance';
  if (!asks || request.probeTarget === undefined || request.probe !== undefined) return request;
  const next = state === undefined ? undefined : keyInRole(state, 'next');
  if (state?.phase !== 'staged' || next === undefined || next.since === null) return request;
  const minAge = request.minPublishAge ?? state.durations.minPublishAge;
  if (view.now.getTime() >= Date.parse(next.since) + minAge * 1000) return request;
  const privatePem = place.keys.privateKey(fileKeyId(seen, next.keyId));
  if (privatePem === undefined) {
    context.warn(
      `cannot probe STS with key "${next.keyId}": "${privateFiles.next}" is not in the output folder`,
    );
    return { ...request, probeTarget: undefined };
  }
  const probe = await probeAccepted(context, place, {
    target: request.probeTarget,
    key: { keyId: next.keyId, privatePem },
  });
  return { ...request, probe };
}

/** Removes a key pair that this run made and did not use. */
function dropUnused(
  place: RotationPlace,
  facts: { readonly view: View; readonly request: RotationRequest },
): void {
  const { view, request } = facts;
  for (const effect of unusedPair(view, { request, committed: false })) {
    place.keys.apply(effect, { made: undefined, publicKeys: view.publicKeys });
  }
}

function refused(
  refusal: Refusal,
  facts: {
    readonly view: View;
    readonly request: RotationRequest;
    readonly input: RotationInput;
  },
): BootstrapError {
  facts.input.known(rotationResult(facts.view, facts.request));
  return new BootstrapError(refusal);
}

/** Names the keys that only the state holds, also where the typed name approved them. */
function tellOfUnnamed(context: Context, view: View, request: RotationRequest): void {
  if (request.step !== 'status' && (!request.confirmed || request.step === 'emergency')) return;
  for (const keyId of unnamedKeys(view, request)) {
    context.warn(
      `key "${keyId}" is only in the rotation state, not in this output folder or the key set`,
    );
  }
}

function tellOfOthers(context: Context, before: Observation, after: Observation): void {
  const known = new Set(before.view.state?.history.map(entryKey));
  const added = (after.view.state?.history ?? []).filter((entry) => !known.has(entryKey(entry)));
  const what = added.map((entry) => `"${entry.step}" by ${entry.callerArn} at ${entry.at}`);
  context.warn(
    what.length === 0
      ? 'another run changed the rotation or the published keys in the meantime; decided again'
      : `another run changed the rotation in the meantime: ${what.join(', ')}; decided again`,
  );
}

function entryKey(entry: HistoryEntry): string {
  return `${entry.at} ${entry.step} ${entry.callerArn} ${entry.keyIds.join(' ')}`;
}

function contended(): BootstrapError {
  return new BootstrapError({
    code: 'AWS_REQUEST_FAILED',
    message: 'another run changed the rotation at every attempt',
    hint: 'make sure that no other run works on this cluster, then run again',
  });
}

function endless(): BootstrapError {
  return new BootstrapError({
    code: 'INTERNAL',
    message: `the rotation step did not finish in ${maxRounds} rounds`,
    hint: 'run `oidc-bootstrap rotate-keys status`, and report this with its output',
  });
}
