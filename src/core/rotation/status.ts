// The status of the rotation, as `result` shows it, and every difference between files and AWS.

import { privateKeyIds } from './arrange-files.ts';
import { rotationSteps } from './cluster-steps.ts';
import { resolveDurations } from './durations.ts';
import { promoteGate, switchedGate } from './gates.ts';
import { missingProof } from './prove-cut.ts';
import { rebuildState } from './rebuild.ts';
import {
  currentKey,
  keyInRole,
  removedReason,
  timestamp,
  type HistoryEntry,
  type Phase,
  type RotationState,
} from './state.ts';
import {
  privateFiles,
  publicFiles,
  type PrivateSlot,
  type PublicSlot,
  type RotationRequest,
  type View,
} from './view.ts';
import { shellWord } from '../shell-word.ts';

/** The JSON result of every step. */
export type RotateKeysResult = {
  readonly issuer: string | null;
  readonly phase: Phase;
  readonly keys: readonly {
    readonly keyId: string;
    readonly role: 'current' | 'next' | 'retiring' | 'unknown';
    readonly published: boolean;
    readonly since: string | null;
    readonly privateKeyFile: string | null;
  }[];
  readonly next: {
    readonly step: 'stage' | 'promote' | 'retire';
    readonly open: boolean;
    readonly opensAt: string | null;
    readonly reason: string;
  };
  readonly clusterSteps: readonly string[];
  readonly history: readonly HistoryEntry[];
};

/** The result for a view. Without a state it follows from the published keys and the files. */
export function rotationResult(view: View, request: RotationRequest): RotateKeysResult {
  const state = view.state ?? guessed(view, request);
  const known = new Set(state?.keys.map((key) => key.keyId));
  const unknown = view.published.filter((keyId) => !known.has(keyId));
  return {
    issuer: view.issuer,
    phase: state?.phase ?? 'steady',
    keys: [
      ...(state?.keys ?? []).map((key) => ({
        keyId: key.keyId,
        role: key.role,
        published: view.published.includes(key.keyId),
        // A role that follows from the files has no recorded time.
        since: view.state === undefined ? null : key.since,
        privateKeyFile: fileOf(view, key.keyId),
      })),
      ...unknown.map((keyId) => ({
        keyId,
        role: 'unknown' as const,
        published: true,
        since: null,
        privateKeyFile: fileOf(view, keyId),
      })),
    ],
    next: nextStep(view, request, state),
    clusterSteps: state === undefined ? [] : rotationSteps(state),
    history: view.state?.history ?? [],
  };
}

function guessed(view: View, request: RotationRequest): RotationState | undefined {
  const rebuilt = rebuildState(view, request);
  return 'refusal' in rebuilt ? undefined : rebuilt.state;
}

function nextStep(
  view: View,
  request: RotationRequest,
  state: RotationState | undefined,
): RotateKeysResult['next'] {
  if (state === undefined) {
    return {
      step: 'stage',
      open: false,
      opensAt: null,
      reason: 'the current key is unknown: run with the --output-dir of the key files',
    };
  }
  const { durations } = resolveDurations(state, request);
  switch (state.phase) {
    case 'staged':
      return { step: 'promote', ...promoteGate({ view, state, request, durations }) };
    case 'promoted':
      return { step: 'retire', ...switchedGate({ view, state, request, durations }).gate };
    case 'steady':
      return { step: 'stage', ...stageGate(view, request, state) };
  }
}

function stageGate(
  view: View,
  request: RotationRequest,
  state: RotationState,
): { readonly open: boolean; readonly opensAt: string | null; readonly reason: string } {
  const since = view.state === undefined ? null : currentKey(state).since;
  if (request.rotateEvery === undefined || since === null) {
    return {
      open: true,
      opensAt: null,
      reason: 'nothing is due: run `oidc-bootstrap rotate-keys stage`, or set --rotate-every',
    };
  }
  const opens = Date.parse(since) + request.rotateEvery * 1000;
  return view.now.getTime() >= opens
    ? { open: true, opensAt: null, reason: 'the current key is older than --rotate-every' }
    : {
        open: false,
        opensAt: timestamp(opens),
        reason: `the current key is in use since ${since}, shorter than --rotate-every`,
      };
}

/** The file of the folder that holds that private key, the one named for its role first. */
function fileOf(view: View, keyId: string): string | null {
  const order: readonly PrivateSlot[] = ['signer', 'next', 'previous', 'emergency', 'tls'];
  const slot = order.find((one) => view.files.privates[one] === keyId);
  return slot === undefined ? null : privateFiles[slot];
}

/** Where files and AWS disagree: each kid that is in one and not in the other, by name. */
export function disagreements(view: View): readonly string[] {
  const found: string[] = [];
  const published = new Set(view.published);
  for (const { file, keyId } of keysInFiles(view)) {
    if (published.has(keyId)) continue;
    const reason = removedReason(view.state, keyId);
    found.push(
      `"${file}" holds key "${keyId}", which is not published${reason === undefined ? '' : ` (${reason})`}`,
    );
  }
  const held = privateKeyIds(view.files);
  const roles = view.state?.keys ?? [];
  for (const key of roles) {
    if (!published.has(key.keyId)) found.push(`${key.role} key "${key.keyId}" is not published`);
    else if (held.size > 0 && !held.has(key.keyId) && !key.external) {
      const way =
        key.role === 'next'
          ? ': continue in the output folder where it was staged, or start over with `oidc-bootstrap rotate-keys rollback`, then `oidc-bootstrap rotate-keys stage`'
          : '';
      found.push(
        `${key.role} key "${key.keyId}" is published, but its private key is not in this output folder${way}`,
      );
    }
  }
  for (const keyId of view.published) {
    const reason = removedReason(view.state, keyId);
    if (reason !== undefined) {
      found.push(
        `key "${keyId}" is still published although it was ${reason}: run the last step again`,
      );
    } else if (view.state !== undefined && !roles.some((key) => key.keyId === keyId)) {
      found.push(
        `key "${keyId}" is published and not part of the rotation; it is kept (\`oidc-bootstrap rotate-keys retire --key ${shellWord(keyId)}\` removes it)`,
      );
    }
  }
  const served = view.served;
  if (served === undefined) {
    found.push('the issuer URL does not serve the key set');
  } else {
    const unseen = view.published.filter((keyId) => !served.includes(keyId));
    if (unseen.length > 0) {
      found.push(
        `the issuer URL does not serve ${unseen.map((keyId) => `"${keyId}"`).join(', ')} yet`,
      );
    }
  }
  const previous = view.files.privates.previous;
  const current = view.state === undefined ? undefined : currentKey(view.state).keyId;
  if (view.state?.phase === 'promoted' && previous !== undefined) {
    const retiring = keyInRole(view.state, 'retiring')?.keyId;
    if (previous !== retiring)
      found.push(
        `"${privateFiles.previous}" holds "${previous}", the retiring key is "${retiring}"`,
      );
  }
  const signer = view.files.privates.signer;
  if (
    current !== undefined &&
    signer !== undefined &&
    signer !== current &&
    published.has(signer)
  ) {
    found.push(`"${privateFiles.signer}" holds "${signer}", the current key is "${current}"`);
  }
  const proof = missingProof(view.state);
  if (proof !== undefined) found.push(proof);
  return found;
}

/** Every file with a key, by its path; a public key only where its private key is not listed. */
function keysInFiles({
  files,
}: View): readonly { readonly file: string; readonly keyId: string }[] {
  const privates = Object.entries(files.privates).flatMap(([slot, keyId]) =>
    keyId === undefined ? [] : [{ file: privateFiles[slot as PrivateSlot], keyId }],
  );
  const publics = Object.entries(files.publics).flatMap(([slot, keyId]) =>
    keyId === undefined || privateKeyIds(files).has(keyId)
      ? []
      : [{ file: publicFiles[slot as PublicSlot], keyId }],
  );
  return [...privates, ...publics];
}
