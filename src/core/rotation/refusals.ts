// The refusals that several steps share, worded once.

import { arrangementBlock, privateKeyIds } from './arrange-files.ts';
import type { ManagedKey, RotationState, Step } from './state.ts';
import {
  privateFiles,
  type Gate,
  type PrivateSlot,
  type Refusal,
  type RotationRequest,
  type View,
} from './view.ts';

/** Exit 2: the step does not fit the phase. */
export function wrongPhase(step: Step, state: RotationState, hint: string): Refusal {
  return {
    code: 'USAGE',
    message: `"${step}" does not fit phase "${state.phase}"`,
    hint,
    details: { step, phase: state.phase },
  };
}

/** Exit 3: the gate of a named step is closed. */
export function gateClosed(step: Step, gate: Gate): Refusal {
  return {
    code: 'GATE_CLOSED',
    message: `the gate of "${step}" is closed: ${gate.reason}`,
    hint:
      gate.opensAt === null
        ? 'do what is missing and run the same command again; only --force with the typed name opens a gate'
        : `run the same command again after ${gate.opensAt}; only --force with the typed name opens a gate`,
    details: { step, opensAt: gate.opensAt, reason: gate.reason },
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
  const elsewhere = key.external || request.given?.keyId === key.keyId;
  if (elsewhere || privateKeyIds(view.files).has(key.keyId)) return undefined;
  const file = privateFiles[slot];
  const found = view.files.privates[slot];
  return {
    code: 'FILE_UNREADABLE',
    message: `the private key of "${key.keyId}" is not in "${file}"${found === undefined ? '' : `, which holds "${found}"`}`,
    hint: 'run on the machine, or with the --output-dir, where it was staged; --next-public-key-file says that it is kept elsewhere; to start over: `rotate-keys rollback`, then `rotate-keys stage`',
    details: { keyId: key.keyId, file },
  };
}

/** Exit 2: a file that must change hands holds a private key nobody knows, which is never destroyed. */
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
