// What IAM sees when it connects to an issuer to fill in an omitted thumbprint list: the discovery
// document and the key document, through the public edge. STS reads them the same way.

import { createHash } from 'node:crypto';
import type { EdgeAnswer, World } from '../wire/protocol.ts';

/** An issuer's documents as an outsider gets them. */
export type IssuerDocuments = {
  readonly jwksHost: string;
  /** The JWKS, parsed: an object with a `keys` array. */
  readonly jwks: { readonly keys: readonly unknown[] };
};

/** Why the documents cannot be used; `unreachable` is a failure to connect, not a bad answer. */
export type DocumentsProblem = { readonly problem: string; readonly unreachable: boolean };

/**
 * Fetches `<issuer>/.well-known/openid-configuration` and its jwks_uri. Redirects are not
 * followed, answers other than 200 are failures, the issuer must be equal byte for byte.
 */
export async function fetchIssuerDocuments(
  world: World,
  issuer: string,
): Promise<IssuerDocuments | DocumentsProblem> {
  const discovery = await fetchJson(world, `${issuer}/.well-known/openid-configuration`);
  if ('problem' in discovery) return discovery;
  const { issuer: named, jwks_uri: jwksUri } = discovery.json;
  if (named !== issuer) return bad('the issuer in the discovery document differs');
  if (typeof jwksUri !== 'string' || !/^https:\/\/[^/?#@\s]+\/[^\s#]*$/.test(jwksUri)) {
    return bad('the discovery document has no https jwks_uri');
  }
  const jwks = await fetchJson(world, jwksUri);
  if ('problem' in jwks) return jwks;
  const { keys } = jwks.json;
  if (!Array.isArray(keys)) return bad('the key document has no keys');
  return { jwksHost: new URL(jwksUri).host, jwks: { keys } };
}

/**
 * A stand-in for the SHA-1 of the certificate: 40 lower-case hex digits. Hosts of one parent domain
 * share it, as the wildcard certificates of CloudFront and S3 do.
 */
export function thumbprintOfHost(host: string): string {
  const parent = host.slice(host.indexOf('.') + 1);
  return createHash('sha1').update(`certificate of *.${parent}`).digest('hex');
}

type FetchedJson = { readonly json: { readonly [key: string]: unknown } };

async function fetchJson(world: World, url: string): Promise<FetchedJson | DocumentsProblem> {
  const { host, pathname, search } = new URL(url);
  let answer: EdgeAnswer;
  try {
    answer = await world.fetchFromEdge(host, `${pathname}${search}`);
  } catch {
    return { problem: `${host} cannot be reached`, unreachable: true };
  }
  if (answer.status !== 200) return bad(`${url} answers ${answer.status}`);
  let json: unknown;
  try {
    json = JSON.parse(answer.body.toString('utf8'));
  } catch {
    return bad(`${url} is not JSON`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return bad(`${url} is not a JSON object`);
  }
  return { json: json as FetchedJson['json'] };
}

function bad(problem: string): DocumentsProblem {
  return { problem, unreachable: false };
}
