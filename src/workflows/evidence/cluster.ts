// One cluster, asked through kubectl: what each request needs, and the error where it fails. Tokens are
// held in memory only; the private key of the OpenShift Secret is never read and goes in by standard input.

import { apiServersIn, apiServerSlices } from '../../core/evidence/api-servers.ts';
import {
  createToken,
  getFields,
  getRaw,
  replaceInput,
  whereFlags,
  type ClusterWish,
  type RunKubectl,
} from '../../core/evidence/kubectl.ts';
import { kubectlFailure, type Asked } from '../../core/evidence/kubectl-failure.ts';
import { rolloutPaths, signingSecret } from '../../core/evidence/openshift-rollout.ts';
import { BootstrapError } from '../../core/errors.ts';

/** An API server. */
export type ApiServer = {
  /** Undefined for the one of the context. */
  readonly url: string | undefined;
  /** How sentences name it. */
  readonly shown: string;
  /** How its evidence is called. */
  readonly label: string;
};

export type Cluster = {
  /** The API servers to ask: those that were given, or that of the context. */
  readonly servers: readonly ApiServer[];
  /** The URLs of all API servers of its cluster, as it knows them. */
  readonly listServers: (server: ApiServer) => Promise<readonly string[]>;
  /** The text of its key set. */
  readonly keySet: (server: ApiServer) => Promise<string>;
  /** A fresh token that it signed. */
  readonly token: (server: ApiServer) => Promise<string>;
  /** PEM of the public key that OpenShift's operator was given, and the version of its Secret. */
  readonly signingSecret: () => Promise<{
    readonly publicPem: string;
    readonly resourceVersion: string;
  }>;
  /** Replaces that Secret by a manifest, which holds a private key. */
  readonly replaceSigningSecret: (manifest: string) => Promise<void>;
  /** Status of the operator and of the nodes, as JSON. */
  readonly rollout: () => Promise<{ readonly operator: string; readonly nodes: string }>;
  /** How messages name the cluster. */
  readonly shown: string;
  /** Whose tokens are asked for. */
  readonly subject: string;
};

/** The cluster that the flags name. */
export function openCluster(run: RunKubectl, wish: ClusterWish): Cluster {
  const shown = wish.context === undefined ? 'the current context' : `context "${wish.context}"`;
  const { namespace, name } = wish.serviceAccount;
  const ask = async (
    server: string | undefined,
    args: readonly string[],
    asked: Asked & { readonly input?: string },
  ): Promise<string> => {
    const where = whereFlags(wish, server);
    const answer = await run({ args: [...where, ...args], input: asked.input });
    if (answer.kind === 'done') return answer.stdout;
    throw kubectlFailure(answer, asked);
  };
  const servers: readonly ApiServer[] =
    wish.servers.length === 0
      ? [{ url: undefined, shown: `the API server of ${shown}`, label: shown }]
      : wish.servers.map((url) => ({ url, shown: url, label: url }));
  const first = servers[0]?.url;
  return {
    servers,
    shown,
    subject: `${namespace}/${name}`,
    listServers: async (server) => {
      const what = `list the API servers that ${server.shown} knows of`;
      const text = await ask(server.url, getRaw(apiServerSlices), { what, allow: allowList });
      const urls = apiServersIn(text);
      if (urls === undefined) throw notUnderstood(what);
      return urls;
    },
    keySet: (server) =>
      ask(server.url, getRaw('/openid/v1/jwks'), {
        what: `read the key set of ${server.shown}`,
        allow: allowKeySet,
      }),
    token: async (server) => {
      const what = `get a token of service account "${namespace}/${name}" from ${server.shown}`;
      const text = await ask(server.url, createToken(wish.serviceAccount), {
        what,
        allow: allowToken(namespace, name),
      });
      return text.trim();
    },
    signingSecret: async () => {
      const fields = ['.metadata.resourceVersion', String.raw`.data.service-account\.pub`];
      const what = `read the public key in Secret "${signingSecret.name}"`;
      const text = await ask(first, getFields('secret', signingSecret, fields), {
        what,
        allow: allowSecret,
      });
      const [resourceVersion = '', base64 = ''] = text.split('\n');
      if (resourceVersion === '' || base64 === '') throw notUnderstood(what);
      return { resourceVersion, publicPem: Buffer.from(base64, 'base64').toString('utf8') };
    },
    replaceSigningSecret: async (manifest) => {
      await ask(first, replaceInput, {
        what: `replace Secret "${signingSecret.name}"`,
        allow: allowSecret,
        secret: true,
        input: manifest,
      });
    },
    rollout: async () => {
      const asked = { what: 'read the status of the kube-apiserver operator', allow: allowStatus };
      const operator = await ask(first, getRaw(rolloutPaths.operator), asked);
      const nodes = await ask(first, getRaw(rolloutPaths.nodes), asked);
      return { operator, nodes };
    },
  };
}

function notUnderstood(what: string): BootstrapError {
  return new BootstrapError({
    code: 'CLUSTER_REQUEST_FAILED',
    message: `cannot ${what}: the answer is not what an API server gives`,
    hint: 'check that --context and --api-server name API servers of this cluster',
  });
}

const bind = (role: string): string =>
  `kubectl create rolebinding oidc-bootstrap-${role} --namespace default --role oidc-bootstrap-${role} --user <user>`;

const allowKeySet = [
  'kubectl create clusterrolebinding oidc-bootstrap-key-set --clusterrole system:service-account-issuer-discovery --user <user>',
];
const allowList = [
  'kubectl create role oidc-bootstrap-api-servers --namespace default --verb list --resource endpointslices.discovery.k8s.io',
  bind('api-servers'),
];
const allowSecret = [
  `kubectl create role oidc-bootstrap-signing-key --namespace ${signingSecret.namespace} --verb get,update --resource secrets --resource-name ${signingSecret.name}`,
  `kubectl create rolebinding oidc-bootstrap-signing-key --namespace ${signingSecret.namespace} --role oidc-bootstrap-signing-key --user <user>`,
];
const allowStatus = [
  'kubectl create clusterrolebinding oidc-bootstrap-status --clusterrole cluster-reader --user <user>',
];

function allowToken(namespace: string, name: string): readonly string[] {
  return [
    `kubectl create role oidc-bootstrap-token --namespace ${namespace} --verb create --resource serviceaccounts/token --resource-name ${name}`,
    `kubectl create rolebinding oidc-bootstrap-token --namespace ${namespace} --role oidc-bootstrap-token --user <user>`,
  ];
}
