// The file under `cluster/` for the phase of a rotation. It says which keys API servers accept; private
// keys are in none: they go from the output folder straight to where the platform keeps them.
// kops and OpenShift roll keys out themselves, and `kubernetes` has flags only: they have no such file.

import k3s from '../../../templates/cluster/k3s.json' with { type: 'json' };
import kubeadmKeys from '../../../templates/cluster/kubeadm-keys.json' with { type: 'json' };
import type { JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';
import { clusterFileText, type ClusterFile } from './file-text.ts';
import type { Platform } from './platform.ts';
import { talosPatch } from './talos-patch.ts';

/** The step of a rotation that the cluster has to follow. */
export type RotationPhase = 'stage' | 'promote' | 'retire' | 'rollback' | 'emergency';

const paths: { readonly [phase in RotationPhase]: string } = {
  stage: 'cluster/rotation-1-stage.yaml',
  promote: 'cluster/rotation-2-promote.yaml',
  retire: 'cluster/rotation-3-retire.yaml',
  rollback: 'cluster/rotation-rollback.yaml',
  emergency: 'cluster/rotation-emergency.yaml',
};

const purposes: { readonly [phase in RotationPhase]: string } = {
  stage: 'Rotation, after stage: the next key is accepted, the current one signs.',
  promote: 'Rotation, after promote: the new key signs, the old one is accepted.',
  retire: 'Rotation, after retire: the old key is accepted until its last token has expired.',
  rollback: 'Rotation, after rollback: the current key signs, the other one is accepted.',
  emergency: 'After emergency: the fresh key alone signs and is accepted.',
};

/** Paths of the files of all phases, in order. */
export const rotationPaths: readonly string[] = Object.values(paths);

/** The file of the phase on that platform; undefined where it has none. */
export function rotationFile(
  platform: Platform,
  phase: RotationPhase,
  /** PEM of every public key that API servers must accept. */
  verifiers: readonly string[],
): ClusterFile | undefined {
  const documents = documentsOf(platform, verifiers);
  if (documents === undefined || platform === 'kubernetes') return undefined;
  const text = clusterFileText({ platform, purpose: purposes[phase], documents });
  return { path: paths[phase], text, mode: 0o644 };
}

function documentsOf(
  platform: Platform,
  verifiers: readonly string[],
): readonly JsonObject[] | undefined {
  switch (platform) {
    case 'kubeadm':
      // The places where kubeadm keeps these keys, and from where it gives them to new control-plane nodes.
      return [fillTemplate(kubeadmKeys, {})];
    case 'k3s':
    case 'rke2':
      // The inner "+" keeps the keys that the platform's own service.key holds.
      return [
        fillTemplate(k3s, {
          arguments: [`service-account-key-file+=${rancherVerifiers(platform)}`],
        }),
      ];
    case 'talos':
      return talosPatch({ accepted: { publicKeys: verifiers } });
    case 'kops':
    case 'openshift':
    case 'kubernetes':
      return undefined;
  }
}

/** Where the servers of k3s and RKE2 read the verifiers. */
export function rancherVerifiers(platform: 'k3s' | 'rke2'): string {
  return `/etc/rancher/${platform}/serviceaccount-verifiers.pem`;
}
