// `emergency`: the key is stolen. Every other kid is revoked in the state, then a fresh key is published
// alone. An interrupted emergency is finished; after a finished one, a new emergency starts.

import { privateKeyIds } from './arrange-files.ts';
import { choosePlatform } from './choose-platform.ts';
import { foundFalse } from './key-trust.ts';
import { foreignKeyFile, idsOfGiven, refuse } from './refusals.ts';
import { removalsOf, removedUntil } from './remove-keys.ts';
import { settle } from './settle.ts';
import {
  currentKey,
  defaultDurations,
  lastStep,
  removedReason,
  timestamp,
  withHistory,
  type RotationState,
} from './state.ts';
import type { Decision, PublicKeyRef, Refusal, RotationRequest, View } from './view.ts';

/** Decides `emergency`; it works without a rotation state. */
export function decideEmergency(view: View, request: RotationRequest): Decision {
  const { state } = view;
  if (!request.confirmed) {
    return refuse({
      code: 'CONFIRMATION_REQUIRED',
      message: 'confirmation required: "emergency" invalidates every token in use',
      hint: 'add --confirm <name> where there is no terminal',
    });
  }
  if (state !== undefined && !request.force && isUnfinished(view, state, request)) {
    // This run only finishes: a new decision would revoke the key that was just made.
    const at = state.emergency?.at ?? state.phaseSince;
    return {
      effects: settle(view, request),
      commits: true,
      note: `the emergency of ${at} was not finished: this run finished it and made no other key; if the key it made is stolen too, run again`,
    };
  }
  if (state !== undefined && isGivenAgain(state, request)) return { effects: [], commits: false };
  const other = state === undefined ? undefined : otherEmergency(state, request);
  if (other !== undefined) return refuse(other);
  const key = request.given ?? request.fresh;
  if (key === undefined) return { effects: [], commits: false };
  const known = new Set([...view.published, ...(state?.keys.map((one) => one.keyId) ?? [])]);
  const ids = request.given === undefined ? [key.keyId] : idsOfGiven(view, request.given);
  if (ids.some((id) => known.has(id) || removedReason(state, id) !== undefined)) {
    return refuse({
      code: 'KEY_REVOKED',
      message: `key "${key.keyId}" was already in use: an emergency needs a fresh key`,
      hint: 'give the public key of a new pair, or omit --next-public-key-file',
      details: { keyId: key.keyId },
    });
  }
  const unprovable = noFreshToken(view, request);
  if (unprovable !== undefined) return refuse(unprovable);
  const after = emergencyState({ view, request, key });
  const foreign = foreignKeyFile(after, view);
  if (foreign !== undefined) return refuse(foreign);
  return {
    commits: true,
    effects: [
      ...(request.given === undefined
        ? [
            {
              kind: 'write-private',
              slot: 'emergency',
              keyId: key.keyId,
              exclusive: false,
            } as const,
          ]
        : []),
      {
        kind: 'write-state',
        step: 'emergency',
        detail: `key "${key.keyId}" only; every other key ID is revoked`,
        state: after,
      },
    ],
  };
}

/** True where the latest emergency is not done yet and this folder has what it takes. */
export function isUnfinished(view: View, state: RotationState, request: RotationRequest): boolean {
  if (lastStep(state) !== 'emergency' || foundFalse(view) !== undefined) return false;
  const current = currentKey(state);
  if (request.given !== undefined && request.given.keyId !== current.keyId) return false;
  const atHand = current.external || privateKeyIds(view.files).has(current.keyId);
  return atHand && settle(view, request).length > 0;
}

/** The key of the latest emergency is given again: a run that was interrupted at its end. */
function isGivenAgain(state: RotationState, request: RotationRequest): boolean {
  return lastStep(state) === 'emergency' && request.given?.keyId === currentKey(state).keyId;
}

/** Another run's emergency since this run began: to follow it at once would cut off the key it gave. */
function otherEmergency(state: RotationState, request: RotationRequest): Refusal | undefined {
  const current = currentKey(state).keyId;
  const { currentAtStart } = request;
  const isNew = currentAtStart !== undefined && currentAtStart !== current;
  if (!isNew || lastStep(state) !== 'emergency') return undefined;
  const by = state.history.findLast((entry) => entry.step === 'emergency')?.callerArn ?? '';
  return {
    code: 'KEY_REVOKED',
    message: `another run of "emergency", by ${by}, revoked every key in the meantime: the current key is "${current}"`,
    hint: 'continue in the output folder of that run, which holds its private key; if that key is stolen or lost too, run `oidc-bootstrap rotate-keys emergency` again',
    details: { currentKeyId: current },
  };
}

/** A proof needs a token of the fresh key: without it, an STS failure looks like a refusal. */
function noFreshToken(view: View, request: RotationRequest): Refusal | undefined {
  const { given, probeTarget } = request;
  if (given === undefined || probeTarget === undefined) return undefined;
  if (privateKeyIds(view.files).has(given.keyId)) return undefined;
  return {
    code: 'USAGE',
    message: `--probe-role-arn needs the private key of the fresh pair, and "${given.keyId}" was given without one`,
    hint: 'omit --probe-role-arn (the cut is then not proven, and the steps say what to do), or omit --next-public-key-file',
    details: { keyId: given.keyId },
  };
}

function emergencyState(input: {
  readonly view: View;
  readonly request: RotationRequest;
  readonly key: PublicKeyRef;
}): RotationState {
  const { view, request, key } = input;
  const { state } = view;
  const now = timestamp(view.now);
  const { privates } = view.files;
  const inUse =
    state === undefined
      ? [privates.signer, privates.previous].filter((keyId) => keyId !== undefined)
      : state.keys.map((one) => one.keyId);
  const oldKeyIds = [...new Set([...inUse, ...view.published])];
  // An unpublished pair in the folder may be stolen as well; after a failed write of the state it may
  // be the pair that this run has just made.
  const lying = [privates.next, privates.emergency, privates.previous].filter(
    (keyId) => keyId !== undefined,
  );
  const revoked = removalsOf(view, {
    keyIds: [...oldKeyIds, ...lying].filter((keyId) => keyId !== key.keyId),
    reason: 'revoked',
    at: now,
  });
  return withHistory(
    {
      schemaVersion: 1,
      name: view.name,
      issuer: view.issuer,
      platform: choosePlatform(request, state?.platform),
      phase: 'steady',
      phaseSince: now,
      durations: defaultDurations,
      apiServers: state?.apiServers ?? 1,
      keys: [
        {
          ...key,
          role: 'current',
          since: now,
          sinceAsNext: null,
          external: request.given !== undefined,
          promotedBefore: true,
        },
      ],
      verifiers: [{ ...key, retiredAt: null }],
      removed: [...removedUntil(view, revoked), ...revoked],
      evidence: [],
      emergency: {
        at: now,
        oldKeyIds,
        probe: request.probeTarget ?? null,
        refusedAt: null,
        notDenied: [],
        cutProvenAt: null,
      },
      shownPrivateAt: state?.shownPrivateAt ?? null,
      history: state?.history ?? [],
    },
    {
      at: now,
      step: 'emergency',
      callerArn: view.callerArn,
      keyIds: [key.keyId, ...oldKeyIds],
      note: `revoked ${revoked.length} key(s)`,
    },
  );
}
