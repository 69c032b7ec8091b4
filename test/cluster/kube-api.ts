// API servers of a cluster over HTTPS, for the real kubectl: the few paths that the program asks for, with
// the answers, Status objects and rights of kube-apiserver. What they sign with and accept is a model of
// test/flows; here is what goes over the wire.
// https://kubernetes.io/docs/reference/using-api/api-concepts/

import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { newTestCa } from '../local-aws/dns/test-certificates.ts';
import type { ApiServer } from '../flows/rotation/api-server.ts';
import { answerKubeRequest, type KubeAnswer } from './kube-answers.ts';

/** One request as it was answered. */
export type SeenRequest = {
  readonly server: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
};

export type KubeCluster = {
  issuer: string;
  readonly now: () => Date;
  readonly servers: readonly ApiServer[];
  /** Users by their bearer token, with what they may not do (a word of the path). */
  readonly users: {
    [token: string]: { readonly name: string; readonly denied: readonly string[] };
  };
  /** Objects of OpenShift, if it is one: changed by the test's operator. */
  openshift?: OpenShiftObjects;
  /** Answers instead, if it gives one: a test's fault. */
  fault?: ((path: string, method: string) => KubeAnswer | undefined) | undefined;
};

export type OpenShiftObjects = {
  secret: {
    metadata: { name: string; namespace: string; resourceVersion: string };
    data: { [name: string]: string };
  };
  /** Called at each look at the operator: moves its rollout on. */
  readonly onLook: () => void;
  /** `status` of ClusterOperator and KubeAPIServer. */
  operator: object;
  nodes: object;
};

export type RunningCluster = {
  /** `https://127.0.0.1:<port>` of each API server. */
  readonly urls: readonly string[];
  readonly caPem: string;
  readonly requests: readonly SeenRequest[];
  /** Stops one of them: connections to it are refused. */
  readonly stop: (server: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

const ca = newTestCa();
/** As kubeadm's: every API server has the name of the Service. */
const certificate = ca.issue('kubernetes.default.svc');

/** Starts them on free ports of this machine. */
export async function startKubeCluster(cluster: KubeCluster): Promise<RunningCluster> {
  const requests: SeenRequest[] = [];
  const urls: string[] = [];
  const running = await Promise.all(
    cluster.servers.map(async (_, index) => {
      const server = https.createServer(certificate, (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const url = new URL(request.url ?? '/', 'https://kube');
          const path = url.pathname + url.search;
          const answer =
            cluster.fault?.(path, request.method ?? '') ??
            answerKubeRequest(cluster, urls, {
              server: index,
              method: request.method ?? 'GET',
              url,
              authorization: request.headers.authorization,
              body: Buffer.concat(chunks),
            });
          requests.push({
            server: index,
            method: request.method ?? '',
            path,
            status: answer.status,
          });
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      urls[index] = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      return server;
    }),
  );
  const stop = async (server: https.Server | undefined): Promise<void> => {
    if (server?.listening !== true) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    urls,
    caPem: ca.certificate,
    requests,
    stop: (index) => stop(running[index]),
    close: async () => {
      await Promise.all(running.map(stop));
    },
  };
}
