// Invariants of a rotation, checked before the state and the key set are written, independently of
// the decision. A violation is a fault of this program.

import { BootstrapError } from '../errors.ts';
import { removedReason, type RotationState } from './state.ts';
import type { View } from './view.ts';

/**
 * Why that state must not be written over the one of the view, or undefined: a key with a role is
 * removed, a key that was removed is forgotten, or it is of another cluster.
 */
export function stateFault(
  after: RotationState,
  view: Pick<View, 'name' | 'issuer' | 'state'>,
): string | undefined {
  if (after.keys.filter((key) => key.role === 'current').length !== 1) {
    return 'it does not have exactly one current key';
  }
  const removed = after.keys.find((key) => removedReason(after, key.keyId) !== undefined);
  if (removed !== undefined) {
    return `its ${removed.role} key "${removed.keyId}" is on its list of removed keys`;
  }
  if (after.name !== view.name || after.issuer !== view.issuer) {
    return `it is of "${after.name}" and issuer "${after.issuer}"`;
  }
  const back = view.state?.removed.find(
    ({ keyId, reason }) => reason !== 'withdrawn' && removedReason(after, keyId) === undefined,
  );
  return back === undefined ? undefined : `the ${back.reason} key "${back.keyId}" is not on it`;
}

/** Why those kids must not be published under that state, or undefined. */
export function keySetFault(
  state: RotationState | undefined,
  keyIds: readonly string[],
): string | undefined {
  if (keyIds.length === 0) return 'it has no key';
  const missing = state?.keys.find((key) => key.role === 'current' && !keyIds.includes(key.keyId));
  if (missing !== undefined) return `the current key "${missing.keyId}" is not in it`;
  const removed = keyIds.find((keyId) => removedReason(state, keyId) !== undefined);
  return removed === undefined
    ? undefined
    : `key "${removed}" was ${removedReason(state, removed)}`;
}

/** The error for a write that was refused. */
export function heldBack(what: 'rotation state' | 'key set', fault: string): BootstrapError {
  return new BootstrapError({
    code: 'INTERNAL',
    message: `the ${what} was not written: ${fault}`,
    hint: 'nothing was changed by this write: run `oidc-bootstrap rotate-keys status`, and report this with its output',
  });
}
