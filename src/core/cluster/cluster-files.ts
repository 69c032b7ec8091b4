// The files under `cluster/`: the configuration of one platform for a new cluster and for each move of
// one in use. Keys are in none of them: a cluster keeps its key where the platform keeps it.

import authentication from '../../../templates/manifests/authentication.json' with { type: 'json' };
import extraArg from '../../../templates/cluster/extra-arg.json' with { type: 'json' };
import k3s from '../../../templates/cluster/k3s.json' with { type: 'json' };
import kops from '../../../templates/cluster/kops.json' with { type: 'json' };
import kubeadm from '../../../templates/cluster/kubeadm.json' with { type: 'json' };
import talos from '../../../templates/cluster/talos.json' with { type: 'json' };
import type { JsonObject } from '../json.ts';
import { writeYaml } from '../manifests/yaml-writer.ts';
import { fillTemplate } from '../template.ts';
import { flagsOf, moves, settingsOf, type Move, type NewIssuer } from './issuer-moves.ts';
import { presentIssuer, type Platform } from './platform.ts';

export type ClusterFile = {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** The old issuer in the text, in place of which the cluster's own may be filled in. */
  readonly presentIssuer: string;
};

/** Platforms with a file format; `kubernetes` has flags only. */
export type FilePlatform = Exclude<Platform, 'kubernetes'>;

/** First line of each file; by it the program knows its own files again. */
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

const purposes: { readonly [move in Move]: string } = {
  new: 'For a new cluster.',
  'move-1': 'Cluster in use, move 1: the new issuer is accepted.',
  'move-2': 'Cluster in use, move 2: the new issuer signs, the old one is accepted.',
  'move-3': 'Cluster in use, move 3: the old issuer is dropped.',
};

/** Paths of all files that any platform has. */
export const clusterPaths: readonly string[] = moves.map(pathOf);

function pathOf(move: Move): string {
  return `cluster/${move}.yaml`;
}

/** The files of a platform; OpenShift's operator keeps the old issuer itself, so it has one move. */
export function clusterFiles(platform: Platform, issuer: NewIssuer): readonly ClusterFile[] {
  if (platform === 'kubernetes') return [];
  const wanted = platform === 'openshift' ? (['new', 'move-1'] as const) : moves;
  return wanted.map((move) => {
    const purpose =
      platform === 'openshift' && move === 'move-1' ? 'Cluster in use.' : purposes[move];
    const head = [`${fileMark}${platform}`, `# Format: ${formats[platform]}`, `# ${purpose}`];
    const document = documentOf(move, platform, issuer);
    const text = `${head.join('\n')}\n${writeYaml(document)}`;
    return { path: pathOf(move), text, mode: 0o644, presentIssuer: presentIssuer(platform) };
  });
}

function documentOf(move: Move, platform: FilePlatform, made: NewIssuer): JsonObject {
  const settings = settingsOf(move, platform, made);
  const flags = flagsOf(settings);
  switch (platform) {
    case 'kubeadm':
      return fillTemplate(kubeadm, {
        extraArgs: flags.map(([name, value]) => fillTemplate(extraArg, { name, value })),
      });
    case 'k3s':
    case 'rke2':
      return fillTemplate(k3s, { arguments: flags.map(([name, value]) => `${name}=${value}`) });
    case 'talos':
      return talosDocument(move, made, settings.issuers);
    case 'kops':
      return fillTemplate(kops, {
        issuer: settings.issuers[0],
        // An empty list takes away what an earlier move added.
        additionalIssuers: settings.issuers.slice(1),
        jwksUri: settings.jwksUri,
        audiences: settings.audiences,
      });
    case 'openshift':
      return fillTemplate(authentication, { issuer: made.issuer });
  }
}

/**
 * Talos merges a patch: what is accepted is added to, so that only the last move takes it away.
 * https://docs.siderolabs.com/talos/v1.14/reference/configuration/kubernetes/kubeserviceaccountconfig
 */
function talosDocument(move: Move, made: NewIssuer, issuers: readonly string[]): JsonObject {
  const signs = { issuerURL: made.issuer };
  switch (move) {
    case 'new':
      return fillTemplate(talos, { issuer: signs, accepted: undefined });
    case 'move-1':
      return fillTemplate(talos, {
        issuer: undefined,
        accepted: { issuers: [made.issuer], audiences: issuers },
      });
    case 'move-2':
      return fillTemplate(talos, {
        issuer: signs,
        accepted: { issuers: issuers.slice(1), audiences: issuers },
      });
    case 'move-3':
      return fillTemplate(talos, { issuer: signs, accepted: { $patch: 'delete' } });
  }
}
