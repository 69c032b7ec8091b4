// Whether a key rotation stands half-way: what would be lost by a teardown now.

import type { RotationState } from './state.ts';

/** What a rotation that is not done stands at, in words. */
export function rotationUnderWay(state: RotationState | undefined): string | undefined {
  if (state === undefined) return undefined;
  const { phase, emergency } = state;
  if (phase !== 'steady') return `a key rotation is under way (phase "${phase}")`;
  const isOpen = emergency !== null && emergency.probe !== null && emergency.cutProvenAt === null;
  return isOpen ? 'an emergency rotation is not proven yet' : undefined;
}
