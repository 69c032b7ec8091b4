// The refusals that several steps share, worded once.

import { arrangementBlock, privateKeyIds } from './arrange-files.ts';
import type { ManagedKey, RotationState, Step } from './state.ts';
import {
  privateFiles,
  type Decision,
  type Gate,
  type GivenKey,
  type PrivateSlot,
  type PublicKeyRef,
  type Refusal,
  type RotationRequest,
  type View,
} from './view.ts';

/** The decision to do nothing, and why. */
export function refuse(refusal: Refusal): Decision {
  return { effects: [], commits: false, refusal };
}

/** Exit 2: the step does not fit the phase. */
export function wrongPhase(step: Step, state: RotationState, hint: string): Refusal {
  return {
    code: 'USAGE',
    message: `cannot ${step === 'rollback' ? 'roll back' : step}: ${obstacle(step, state)}`,
    hint,
    details: { step, phase: state.phase },
  };
}

/** Why the phase does not allow the step. */
function obstacle(step: Step, { phase }: RotationState): string {
  if (step === 'promote') return 'no key is staged';
  if (step === 'retire') {
    return phase === 'staged' ? 'the next key is not promoted' : 'no key is retiring';
  }
  return phase === 'steady' ? 'no rotation is in progress' : 'a rotation is in progress';
}

/** Exit 3: the gate of a named step is closed. `missing`: the flags that it needs beside the time. */
export function gateClosed(step: Step, gate: Gate, missing?: string): Refusal {
  const again = missing === undefined ? 'the same command again' : `it again with ${missing},`;
  return {
    code: 'GATE_CLOSED',
    message: `the gate of "${step}" is closed: ${gate.reason}`,
    hint:
      gate.opensAt === null
        ? 'do what is missing, then run the same command again; only --force with the cluster name skips a gate'
        : `run ${again} after ${gate.opensAt}; only --force with the cluster name skips a gate`,
    details: { step, opensAt: gate.opensAt, reason: gate.reason },
  };
}

/** True where `--next-public-key-file` says that a private key which is not here is kept elsewhere. */
export function isKeptElsewhere(input: {
  readonly view: View;
  readonly request: RotationRequest;
  readonly key: ManagedKey;
}): boolean {
  const { view, request, key } = input;
  return request.given?.keyId === key.keyId && !privateKeyIds(view.files).has(key.keyId);
}

/** Every id of a given key: as it was given, its own, and those under which the same key is known. */
export function idsOfGiven(view: View, given: GivenKey): readonly string[] {
  const same = Object.entries(view.publicKeys).filter(([, key]) => key === given.publicKey);
  return [given.keyId, given.ownKeyId ?? given.keyId, ...same.map(([keyId]) => keyId)];
}

/** Exit 2: `--next-public-key-file` names another key than the staged one. */
export function otherKeyGiven(
  given: PublicKeyRef | undefined,
  next: ManagedKey | undefined,
): Refusal | undefined {
  if (given === undefined || next === undefined || given.keyId === next.keyId) return undefined;
  return {
    code: 'USAGE',
    message: `key "${next.keyId}" is already staged, but "${given.keyId}" was given`,
    hint: 'to replace the staged key, run `oidc-bootstrap rotate-keys rollback`, then `oidc-bootstrap rotate-keys stage`',
    details: { staged: next.keyId, given: given.keyId },
  };
}

/** Exit 2: a private key the step hands out is neither in the folder nor kept elsewhere. */
export function missingPrivateKey(input: {
  readonly view: View;
  readonly request: RotationRequest;
  readonly key: ManagedKey;
  readonly slot: PrivateSlot;
}): Refusal | undefined {
  const { view, request, key, slot } = input;
  const held = privateKeyIds(view.files).has(key.keyId);
  if (held || key.external || isKeptElsewhere({ view, request, key })) return undefined;
  const file = privateFiles[slot];
  const found = view.files.privates[slot];
  return {
    code: 'FILE_UNREADABLE',
    message: `the private key of "${key.keyId}" is not in "${file}"${found === undefined ? '' : `, which holds "${found}"`}`,
    hint: 'run with the --output-dir where the key was staged; if the private key is kept elsewhere, give its public key with --next-public-key-file; to start over, run `oidc-bootstrap rotate-keys rollback`, then `oidc-bootstrap rotate-keys stage`',
    details: { keyId: key.keyId, file },
  };
}

/** Exit 2: a file that must be replaced holds an unknown private key, which is never destroyed. */
export function foreignKeyFile(state: RotationState, view: View): Refusal | undefined {
  const block = arrangementBlock(state, view.files);
  if (block === undefined) return undefined;
  const file = privateFiles[block.slot];
  return {
    code: 'FILE_EXISTS',
    message: `"${file}" holds key "${block.keyId}", which is not part of this rotation and would be lost`,
    hint: 'move that file away, or choose the right folder with --output-dir',
    details: { keyId: block.keyId, file },
  };
}
