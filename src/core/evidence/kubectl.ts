// The port to the user's own kubectl, and the command lines that the program gives it. kubectl decides
// about contexts, credentials, certificates and proxies; the program only says what to ask, and of whom.
// Reads go by `--raw`: no discovery and no printer stands between the API server and what is checked.

import type { ObjectName } from '../requests/role-request.ts';

/** How a run of kubectl ended. */
export type KubectlAnswer =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly stderr: string }
  /** It could not be started: `ENOENT` where there is none on PATH. */
  | { readonly kind: 'not-started'; readonly reason: string }
  | { readonly kind: 'too-slow'; readonly seconds: number }
  | { readonly kind: 'too-large'; readonly bytes: number };

/** One run; `input` goes to its standard input, where no process list and no log shows it. */
export type RunKubectl = (call: {
  readonly args: readonly string[];
  readonly input?: string | undefined;
}) => Promise<KubectlAnswer>;

/** Which cluster is asked, and as whose tokens. */
export type ClusterWish = {
  /** A context of the kubeconfig; the current one where not given. */
  readonly context: string | undefined;
  /** URLs of the API servers; the context's own where there are none. */
  readonly servers: readonly string[];
  readonly serviceAccount: ObjectName;
};

/** The name that every API server of a cluster has in its certificate: pods know it by no other. */
const serviceName = 'kubernetes.default.svc';

/**
 * An audience that neither AWS nor the Kubernetes API takes: a token of it is good as evidence of who
 * signs, and for nothing else.
 */
export const evidenceAudience = 'oidc-bootstrap';

/** The flags that say which cluster, and which of its API servers. */
export function whereFlags(wish: ClusterWish, server: string | undefined): readonly string[] {
  const context = wish.context === undefined ? [] : [`--context=${wish.context}`];
  if (server === undefined) return context;
  // By its address a server may have no certificate of its own (OpenShift), but always that of the service.
  const byAddress = /^https:\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|\[[^\]]*\])(?::|\/|$)/.test(server);
  const name = byAddress ? [`--tls-server-name=${serviceName}`] : [];
  return [...context, `--server=${server}`, ...name];
}

/** GET of a path. */
export function getRaw(path: string): readonly string[] {
  return ['get', '--raw', path];
}

/** A token of ten minutes, the shortest that there is. */
export function createToken({ namespace, name }: ObjectName): readonly string[] {
  const audience = `--audience=${evidenceAudience}`;
  return ['create', 'token', name, `--namespace=${namespace}`, audience, '--duration=10m'];
}

/** What an object holds at those JSONPath expressions, a line each: nothing else leaves kubectl. */
export function getFields(
  kind: string,
  { namespace, name }: ObjectName,
  fields: readonly string[],
): readonly string[] {
  const template = fields.map((field) => `{${field}}{"\\n"}`).join('');
  return ['get', kind, name, `--namespace=${namespace}`, '-o', `jsonpath=${template}`];
}

/** Replaces the object that comes on standard input. */
export const replaceInput: readonly string[] = ['replace', '--validate=false', '-f', '-'];
