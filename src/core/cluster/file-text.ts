// How every file under `cluster/` begins: the mark by which the program knows its own files again, the
// version of the platform's format, and what the file is for. Below it stands YAML.

import type { JsonObject } from '../json.ts';
import { writeYaml } from '../manifests/yaml-writer.ts';
import type { Platform } from './platform.ts';

export type ClusterFile = {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** The old issuer in the text, in place of which the cluster's own may be filled in. */
  readonly presentIssuer?: string;
};

/** Platforms with a file format; `kubernetes` has flags only. */
export type FilePlatform = Exclude<Platform, 'kubernetes'>;

/** First line of each file, up to the platform. */
export const fileMark = '# Written by oidc-bootstrap for --platform ';

/**
 * The version of each format. Before these kubeadm sorted repeated flags by value, so that the old issuer
 * could lose its place (kubernetes/kubernetes#135400), k3s kept the last of them only (k3s-io/k3s#5373), and
 * kops and Talos held one issuer (kubernetes/kops#16497).
 */
const formats: { readonly [platform in FilePlatform]: string } = {
  kubeadm: 'kubeadm.k8s.io/v1beta4, kubeadm 1.32 and later with the patches of February 2026',
  k3s: 'config.yaml.d of k3s 1.24 and later; "+" adds to the arguments of other files',
  rke2: 'config.yaml.d of RKE2 1.24 and later; "+" adds to the arguments of other files',
  talos: 'a configuration patch for Talos 1.14 and later',
  kops: 'kops.k8s.io/v1alpha2, kops 1.28.5 and later',
  openshift: 'config.openshift.io/v1 of OpenShift 4',
};

/** The text of a file; several documents are applied in their order. */
export function clusterFileText(file: {
  readonly platform: FilePlatform;
  readonly purpose: string;
  readonly documents: readonly JsonObject[];
}): string {
  const { platform, purpose, documents } = file;
  const head = [`${fileMark}${platform}`, `# Format: ${formats[platform]}`, `# ${purpose}`];
  return `${head.join('\n')}\n${documents.map(writeYaml).join('---\n')}`;
}
