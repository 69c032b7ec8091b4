// How many API servers a cluster has, by its own word: each one keeps its address in the EndpointSlices of
// Service default/kubernetes. Behind one URL there may be several, and a token does not tell which one
// signed it: as many URLs as addresses are needed, or one that was forgotten may sign with the old key.
// https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/

import { isJsonObject, parseJson, type JsonObject } from '../json.ts';

/** Where the API server lists them. */
export const apiServerSlices =
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes';

const mostListed = 100;

/** Their URLs, sorted; undefined where any of it is not understood: one left out would not be asked. */
export function apiServersIn(text: string): readonly string[] | undefined {
  const list = parseJson(text);
  // An empty list of something else would say that nothing more is to be asked.
  const isList = isJsonObject(list) && list['kind'] === 'EndpointSliceList';
  const slices = isList ? objectsOf(list['items']) : undefined;
  const urls = slices?.flatMap(urlsOf);
  if (urls === undefined || urls.length > mostListed) return undefined;
  const known = urls.filter((url) => url !== undefined);
  return known.length === urls.length ? [...new Set(known)].toSorted() : undefined;
}

/** The URLs of one slice, undefined for each that is not understood. */
function urlsOf(slice: JsonObject): readonly (string | undefined)[] {
  const ports = objectsOf(slice['ports'] ?? []) ?? [];
  const port = (ports.find(({ name }) => name === 'https') ?? ports[0])?.['port'];
  const endpoints = objectsOf(slice['endpoints'] ?? []);
  if (endpoints === undefined) return [undefined];
  return endpoints.flatMap(({ addresses }) =>
    Array.isArray(addresses) ? addresses.map((address) => urlOf(address, port)) : [undefined],
  );
}

function urlOf(address: unknown, port: unknown): string | undefined {
  if (typeof address !== 'string' || !Number.isInteger(port)) return undefined;
  const isV6 = /^[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(address);
  if (!isV6 && !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) return undefined;
  // As a URL is written, without the port that https has anyway.
  return `https://${isV6 ? `[${address}]` : address}${port === 443 ? '' : `:${Number(port)}`}`;
}

/** Why those URLs do not show every API server; undefined where they do, as far as can be told. */
export function tooFewServers(
  given: readonly string[],
  listed: readonly string[],
): { readonly reason: string; readonly hint: string } | undefined {
  if (listed.length === 0 && given.length > 0) return undefined;
  if (listed.length === 0) {
    return {
      reason: 'the cluster does not list its API servers in Service default/kubernetes',
      hint: 'name each API server: --api-server https://<address>:6443',
    };
  }
  const count = Math.max(1, given.length);
  if (count >= listed.length) return undefined;
  const asked =
    given.length === 0 ? 'only the server of the context is asked' : 'not all are given';
  return {
    reason: `the cluster has ${listed.length} API servers, and ${asked}: behind one URL there may be several`,
    hint: `name each of them: ${listed.map((url) => `--api-server ${url}`).join(' ')}`,
  };
}

/** Given URLs that are not listed: a name or a load balancer, which may lead to any of them. */
export function notListed(given: readonly string[], listed: readonly string[]): readonly string[] {
  return listed.length < 2 ? [] : given.filter((url) => !listed.includes(url));
}

function objectsOf(value: unknown): readonly JsonObject[] | undefined {
  return Array.isArray(value) && value.every(isJsonObject) ? value : undefined;
}
