// What a rotation state means for the cluster: the phase whose steps are due, and the file for it.

import { rotationFile, type RotationPhase } from '../cluster/rotation-file.ts';
import type { ClusterFile } from '../cluster/file-text.ts';
import { verifierOrder } from './arrange-files.ts';
import { lastStep, type RotationState } from './state.ts';

/** The phase whose steps are due; undefined where no rotation has been begun. */
export function clusterPhase(state: RotationState): RotationPhase | undefined {
  const last = lastStep(state);
  if (last === 'emergency' || last === 'rollback') return last;
  switch (state.phase) {
    case 'staged':
      return 'stage';
    case 'promoted':
      return 'promote';
    case 'steady':
      return last === 'retire' ? 'retire' : undefined;
  }
}

/** The files under `cluster/` that hold in this state: at most one. */
export function rotationFiles(state: RotationState): readonly ClusterFile[] {
  const phase = clusterPhase(state);
  if (phase === undefined) return [];
  const verifiers = verifierOrder(state).map((key) => key.publicKey);
  const file = rotationFile(state.platform, phase, verifiers);
  return file === undefined ? [] : [file];
}
