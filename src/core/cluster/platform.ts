// The platforms whose configuration the program can write, and the issuer that each has by default.

import { placeholder } from '../placeholder.ts';

/** Values of `--platform`. */
export const platforms = [
  'kubernetes',
  'kubeadm',
  'k3s',
  'rke2',
  'talos',
  'kops',
  'openshift',
] as const;

export type Platform = (typeof platforms)[number];

/** The platform of that name, or undefined. */
export function platformNamed(name: unknown): Platform | undefined {
  return platforms.find((platform) => platform === name);
}

const inCluster = 'https://kubernetes.default.svc.cluster.local';

/** The issuer of a cluster that nobody configured; a placeholder where it holds the cluster's own name. */
export function presentIssuer(platform: Platform): string {
  return platform === 'talos' || platform === 'kops' ? placeholder('present-issuer') : inCluster;
}

/** What the platform adds to its API audiences, and loses where the flag is given. */
export function platformAudience(platform: Platform): readonly string[] {
  return platform === 'k3s' || platform === 'rke2' ? [platform] : [];
}
