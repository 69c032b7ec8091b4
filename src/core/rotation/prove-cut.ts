// After an emergency with a probe role: STS is seen to refuse the old key, then sessions that were
// issued before are denied on every role. Both are recorded, with what is missing, so that a later
// run of any step goes on there.

import { keptForProof, privateKeyIds } from './arrange-files.ts';
import { currentKey, timestamp, withHistory, type Emergency, type RotationState } from './state.ts';
import type { Effect, ProofOfCut, RotationRequest, View } from './view.ts';

/** The proof that this folder can give: it holds the old key and the fresh one. */
export function proofAtHand(
  view: View,
  request: RotationRequest,
  state: RotationState,
): ProofOfCut | undefined {
  const keyId = keptForProof(state, view.files);
  // A role that went away since does not keep the cut from being proven with another.
  const probe = request.probeTarget ?? state.emergency?.probe ?? undefined;
  const freshKeyId = currentKey(state).keyId;
  const held = privateKeyIds(view.files).has(freshKeyId);
  return keyId === undefined || probe === undefined || !held
    ? undefined
    : { keyId, freshKeyId, probe };
}

/** What is left of the proof, one effect at a time; empty where all is done or cannot be done here. */
export function proveCut(
  view: View,
  request: RotationRequest,
  state: RotationState,
): readonly Effect[] {
  const { emergency } = state;
  if (emergency === null || emergency.cutProvenAt !== null) return [];
  const now = timestamp(view.now);
  const record = (
    step: 'old-key-refused' | 'denials-missing' | 'cut-proven',
    change: Partial<Emergency>,
    note: string,
  ): readonly Effect[] => [
    {
      kind: 'write-state',
      step,
      detail: `note: ${note}`,
      state: withHistory(
        { ...state, emergency: { ...emergency, ...change } },
        { at: now, step, callerArn: view.callerArn, keyIds: emergency.oldKeyIds, note },
      ),
    },
  ];

  if (emergency.refusedAt === null) {
    const proof = proofAtHand(view, request, state);
    if (proof === undefined) return [];
    if (request.oldKeyRefused !== true) return [{ kind: 'prove-cut', ...proof }];
    const regions = proof.probe.regions.join(', ');
    return record('old-key-refused', { refusedAt: now }, `STS refuses the old key in ${regions}`);
  }
  if (request.notDenied === undefined) {
    return [{ kind: 'deny-sessions', refusedAt: emergency.refusedAt }];
  }
  const missing = request.notDenied;
  if (missing.length === 0) {
    const change = { cutProvenAt: now, notDenied: [] };
    return record('cut-proven', change, 'sessions of the old key are denied on every role');
  }
  if (missing.join('\n') === emergency.notDenied.join('\n')) return [];
  const note = `sessions of the old key are not denied yet: ${missing.join(', ')}`;
  return record('denials-missing', { notDenied: missing }, note);
}

/** What a proof that was asked for still lacks, in words; undefined where nothing is missing. */
export function missingProof(state: RotationState | undefined): string | undefined {
  const emergency = state?.emergency ?? null;
  if (emergency === null || emergency.probe === null || emergency.cutProvenAt !== null) {
    return undefined;
  }
  const since = `the cut of the emergency of ${emergency.at} is not proven`;
  if (emergency.refusedAt === null) {
    return `${since}: STS was not seen to refuse the old key; run \`oidc-bootstrap rotate-keys\` with the --output-dir of the emergency`;
  }
  const missing =
    emergency.notDenied.length === 0 ? 'every role of ours' : emergency.notDenied.join(', ');
  return `${since}: sessions of the old key are not denied on ${missing}; run \`oidc-bootstrap rotate-keys\` with iam:ListRoles, iam:GetRole and iam:PutRolePolicy allowed`;
}
