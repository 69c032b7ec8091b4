// A rotation with a cluster that kubectl can ask: the scene of the rotation tests, and its API servers over
// HTTPS, with a kubeconfig of a context for each user.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { inject } from 'vitest';
import type { Outcome, RunChange } from '../flows/scene.ts';
import { openRotation, type RotationScene } from '../flows/rotation/rotation-scene.ts';
import { startKubeCluster, type KubeCluster, type RunningCluster } from './kube-api.ts';

export type ClusterScene = RotationScene & {
  readonly kube: RunningCluster;
  /** May be changed while it runs. */
  readonly cluster: KubeCluster;
  /** `--from-cluster`, with every API server. */
  readonly fromCluster: readonly string[];
  /** Runs `rotate-keys` with kubectl on PATH. */
  readonly ask: (words: readonly string[], change?: RunChange) => Promise<Outcome>;
  /** POST and PUT requests that the cluster got, and then forgets. */
  readonly writes: () => readonly string[];
};

/** The folder of the real kubectl; throws what stands in its way. */
export function kubectlFolder(): string {
  const found = inject('kubectl');
  if ('problem' in found) throw new Error(found.problem);
  return found.folder;
}

/** A cluster of that many API servers. */
export async function openClusterScene(
  options: { readonly apiServers?: number } = {},
): Promise<ClusterScene> {
  const kubectl = kubectlFolder();
  const scene = await openRotation(options);
  const cluster: KubeCluster = {
    issuer: scene.issuer,
    now: scene.clock.now,
    servers: scene.servers,
    users: { admin: { name: 'admin', denied: [] } },
  };
  const kube = await startKubeCluster(cluster);
  const kubeconfig = path.join(scene.root, 'kubeconfig');
  fs.writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(kube)), { mode: 0o600 });
  const env = { PATH: `${kubectl}:/usr/bin:/bin`, HOME: scene.root, KUBECONFIG: kubeconfig };
  let seen = 0;
  return {
    ...scene,
    kube,
    cluster,
    fromCluster: ['--from-cluster', ...kube.urls.flatMap((url) => ['--api-server', url])],
    ask: (words, change = {}) => scene.rotate(words, { ...change, env: { ...env, ...change.env } }),
    writes: () => {
      const fresh = kube.requests.slice(seen).filter(({ method }) => method !== 'GET');
      seen = kube.requests.length;
      return fresh.map(({ server, method, path }) => `${server} ${method} ${path.split('?')[0]}`);
    },
    close: async () => {
      await kube.close();
      await scene.close();
    },
  };
}

/** Contexts `admin`, `limited` and `unknown`, with the first API server as that of both. */
function kubeconfigOf({ urls, caPem }: RunningCluster): object {
  const names = ['admin', 'limited', 'unknown'];
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: urls[0],
          'tls-server-name': 'kubernetes.default.svc',
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        },
      },
    ],
    users: names.map((name) => ({ name, user: { token: name } })),
    contexts: names.map((name) => ({ name, context: { cluster: 'c', user: name } })),
    'current-context': 'admin',
  };
}
