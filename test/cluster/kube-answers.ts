// What an API server answers: discovery as kubectl needs it, the key set, TokenRequest, EndpointSlices, the
// Secret of OpenShift's operator with optimistic locking, and Status objects for everything else.

import type { KubeCluster } from './kube-api.ts';
import { readTokenRequest } from './token-request.ts';

export type KubeAnswer = { readonly status: number; readonly body: object | string };

export type KubeRequest = {
  readonly server: number;
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: Buffer;
};

/** The answer to one request. */
export function answerKubeRequest(
  cluster: KubeCluster,
  urls: readonly string[],
  request: KubeRequest,
): KubeAnswer {
  const user = cluster.users[/^Bearer (.+)$/.exec(request.authorization ?? '')?.[1] ?? ''];
  if (user === undefined) return failure(401, 'Unauthorized', 'Unauthorized');
  const { method, url } = request;
  const path = url.pathname;
  const denied = user.denied.find((word) => path.includes(word));
  if (denied !== undefined) return failure(403, 'Forbidden', forbidden(user.name, request));
  const discovery = method === 'GET' ? discoveryOf(path) : undefined;
  if (discovery !== undefined) return ok(discovery);
  if (path === '/openid/v1/jwks') return { status: 200, body: model(cluster, request).keySet() };
  if (path === slicesPath) return ok(slices(urls));
  const account = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/.exec(path);
  if (account !== null && method === 'POST') return token(cluster, request, account);
  return openshift(cluster, request) ?? failure(404, 'NotFound', notThere);
}

const notThere = 'the server could not find the requested resource';
const slicesPath = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

function model(cluster: KubeCluster, request: KubeRequest): KubeCluster['servers'][number] {
  const server = cluster.servers[request.server];
  if (server === undefined) throw new Error(`no API server ${request.server}`);
  return server;
}

/** As the API server lists itself: one slice for each, since each has a port of its own here. */
function slices(urls: readonly string[]): object {
  const items = urls.map((url, index) => ({
    metadata: { name: `kubernetes-${index}`, namespace: 'default' },
    addressType: 'IPv4',
    endpoints: [{ addresses: [new URL(url).hostname], conditions: { ready: true } }],
    ports: [{ name: 'https', port: Number(new URL(url).port), protocol: 'TCP' }],
  }));
  return { kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata: {}, items };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
function token(cluster: KubeCluster, request: KubeRequest, account: RegExpExecArray): KubeAnswer {
  const [, namespace = '', name = ''] = account;
  if (name !== 'default') {
    return failure(404, 'NotFound', `serviceaccounts "${name}" not found`);
  }
  const spec = readTokenRequest(request.body);
  if (spec.expirationSeconds < 600) return failure(422, 'Invalid', 'may not specify less than 10m');
  const signed = model(cluster, request).token({
    issuer: cluster.issuer,
    subject: `system:serviceaccount:${namespace}:${name}`,
    audience: spec.audiences[0] ?? cluster.issuer,
    now: cluster.now(),
    lifetime: spec.expirationSeconds,
  });
  const expirationTimestamp = new Date(
    cluster.now().getTime() + spec.expirationSeconds * 1000,
  ).toISOString();
  return {
    status: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace },
      spec,
      status: { token: signed, expirationTimestamp },
    },
  };
}

function openshift(cluster: KubeCluster, request: KubeRequest): KubeAnswer | undefined {
  const objects = cluster.openshift;
  if (objects === undefined) return undefined;
  const path = request.url.pathname;
  if (path === '/apis/config.openshift.io/v1/clusteroperators/kube-apiserver') {
    objects.onLook();
    return ok({ kind: 'ClusterOperator', status: objects.operator });
  }
  if (path === '/apis/operator.openshift.io/v1/kubeapiservers/cluster') {
    return ok({ kind: 'KubeAPIServer', status: objects.nodes });
  }
  const { name, namespace, resourceVersion } = objects.secret.metadata;
  if (path !== `/api/v1/namespaces/${namespace}/secrets/${name}`) return undefined;
  if (request.method === 'PUT') {
    const given = JSON.parse(request.body.toString('utf8')) as typeof objects.secret;
    if (given.metadata.resourceVersion !== resourceVersion) {
      const changed =
        'the object has been modified; please apply your changes to the latest version';
      return failure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on secrets "${name}": ${changed}`,
      );
    }
    const metadata = { ...given.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
    objects.secret = { ...given, metadata };
  }
  return ok({ kind: 'Secret', apiVersion: 'v1', type: 'Opaque', ...objects.secret });
}

/** What kubectl asks before it knows what a "secret" is. */
function discoveryOf(path: string): object | undefined {
  if (path === '/api') {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: [] };
  if (path !== '/api/v1') return undefined;
  const secrets = {
    name: 'secrets',
    singularName: 'secret',
    namespaced: true,
    kind: 'Secret',
    verbs: ['get', 'list', 'update'],
  };
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'v1', resources: [secrets] };
}

function ok(body: object): KubeAnswer {
  return { status: 200, body };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function failure(code: number, reason: string, message: string): KubeAnswer {
  const metadata = {};
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', metadata, status: 'Failure', message, reason, code },
  };
}

/** The words of the RBAC authorizer. */
function forbidden(user: string, { method, url }: KubeRequest): string {
  const named = /\/namespaces\/([^/]+)\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(url.pathname);
  if (named === null) return `forbidden: User "${user}" cannot get path "${url.pathname}"`;
  const [, namespace, resource, name = '', sub] = named;
  const verbs: { readonly [method: string]: string } = { POST: 'create', PUT: 'update' };
  const verb = verbs[method] ?? (name === '' ? 'list' : 'get');
  const full = sub === undefined ? resource : `${resource}/${sub}`;
  return `${resource} "${name}" is forbidden: User "${user}" cannot ${verb} resource "${full}" in API group "" in the namespace "${namespace}"`;
}
