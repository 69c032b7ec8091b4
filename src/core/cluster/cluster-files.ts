// The files under `cluster/`: the configuration of one platform for a new cluster and for each move of
// one in use. Keys are in none of them: a cluster keeps its key where the platform keeps it.

import authentication from '../../../templates/manifests/authentication.json' with { type: 'json' };
import extraArg from '../../../templates/cluster/extra-arg.json' with { type: 'json' };
import k3s from '../../../templates/cluster/k3s.json' with { type: 'json' };
import kops from '../../../templates/cluster/kops.json' with { type: 'json' };
import kubeadm from '../../../templates/cluster/kubeadm.json' with { type: 'json' };
import type { JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';
import { clusterFileText, type ClusterFile, type FilePlatform } from './file-text.ts';
import { flagsOf, moves, settingsOf, type Move, type NewIssuer } from './issuer-moves.ts';
import { presentIssuer, type Platform } from './platform.ts';
import { talosPatch } from './talos-patch.ts';

const purposes: { readonly [move in Move]: string } = {
  new: 'For a new cluster.',
  'move-1': 'Cluster in use, move 1: the new issuer is accepted.',
  'move-2': 'Cluster in use, move 2: the new issuer signs, the old one is accepted.',
  'move-3': 'Cluster in use, move 3: the old issuer is dropped.',
};

/** Paths of all files for an issuer that any platform has. */
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
    const text = clusterFileText({
      platform,
      purpose,
      documents: documentsOf(move, platform, issuer),
    });
    return { path: pathOf(move), text, mode: 0o644, presentIssuer: presentIssuer(platform) };
  });
}

function documentsOf(move: Move, platform: FilePlatform, made: NewIssuer): readonly JsonObject[] {
  const settings = settingsOf(move, platform, made);
  const flags = flagsOf(settings);
  switch (platform) {
    case 'kubeadm':
      return [
        fillTemplate(kubeadm, {
          extraArgs: flags.map(([name, value]) => fillTemplate(extraArg, { name, value })),
        }),
      ];
    case 'k3s':
    case 'rke2':
      return [fillTemplate(k3s, { arguments: flags.map(([name, value]) => `${name}=${value}`) })];
    case 'talos':
      return talosMove(move, made, settings.issuers);
    case 'kops':
      return [
        fillTemplate(kops, {
          issuer: settings.issuers[0],
          // An empty list takes away what an earlier move added.
          additionalIssuers: settings.issuers.slice(1),
          jwksUri: settings.jwksUri,
          audiences: settings.audiences,
        }),
      ];
    case 'openshift':
      return [fillTemplate(authentication, { issuer: made.issuer })];
  }
}

/** The first issuer signs and is accepted by itself; until move 2 it stays as it is. */
function talosMove(
  move: Move,
  { issuer }: NewIssuer,
  issuers: readonly string[],
): readonly JsonObject[] {
  switch (move) {
    case 'new':
      return talosPatch({ issuerUrl: issuer, accepted: {} });
    case 'move-1':
      return talosPatch({ accepted: { issuers: [issuer], audiences: issuers } });
    case 'move-2':
      return talosPatch({
        issuerUrl: issuer,
        accepted: { issuers: issuers.slice(1), audiences: issuers },
      });
    case 'move-3':
      return talosPatch({ issuerUrl: issuer, accepted: { issuers: [], audiences: [] } });
  }
}
