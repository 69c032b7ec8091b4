// The keys that STS finds at an issuer: through the discovery document to the key set, without redirects.
// A document that it cannot use gives STS's own refusal, with the reason that STS does not give.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html

import { isJsonObject, parseJson, type JsonObject } from '../../json.ts';
import { documentKeys } from '../../issuer/discovery.ts';
import type { FetchedDocument } from '../../issuer/fetched-document.ts';
import type { Jwk } from '../../keys/jwks.ts';
import { noKeyAnswer, unreachableAnswer, type StsAnswer } from './answers.ts';

/** A document under the URL it was asked for. */
export type Fetched = { readonly url: string; readonly answer: FetchedDocument };

/** Why STS cannot use the documents. */
export type DocumentsFault = { readonly problem: string; readonly answer: StsAnswer };

/** The URL of the key set that a discovery document names. */
export function jwksUriOf(issuer: string, fetched: Fetched): string | DocumentsFault {
  const document = readDocument(fetched);
  if ('problem' in document) return document;
  const { issuer: named, jwks_uri: jwksUri } = document.json;
  if (named !== issuer) {
    const found =
      typeof named === 'string' ? `names the issuer "${named.slice(0, 255)}"` : 'names no issuer';
    return fault(`"${fetched.url}" ${found}, not "${issuer}"`);
  }
  if (typeof jwksUri === 'string' && /^https:\/\/[^/?#@\s]+\/[^\s#]*$/.test(jwksUri))
    return jwksUri;
  return fault(`"${fetched.url}" names no https URL as its "jwks_uri"`);
}

/** The keys of a key set that STS takes for signatures; its limits are on keys of one type. */
export function stsKeysOf(fetched: Fetched): readonly Jwk[] | DocumentsFault {
  const document = readDocument(fetched);
  if ('problem' in document) return document;
  const { keys: entries } = document.json;
  if (!Array.isArray(entries)) return fault(`"${fetched.url}" has no list "keys"`);
  const keys = entries.flatMap((entry: unknown) => signatureKey(entry) ?? []);
  if (keys.length === 0) return fault(`"${fetched.url}" has no RSA or EC key for signatures`);
  for (const type of ['RSA', 'EC']) {
    const count = keys.filter((key) => key['kty'] === type).length;
    if (count > mostKeys) {
      return fault(`"${fetched.url}" has ${count} ${type} keys, and AWS takes ${mostKeys}`);
    }
  }
  return keys;
}

const mostKeys = 100;

function readDocument({ url, answer }: Fetched): { readonly json: JsonObject } | DocumentsFault {
  if (!answer.ok) {
    return { problem: `"${url}" cannot be read: ${answer.reason}`, answer: unreachableAnswer };
  }
  const { status, headers, body } = answer;
  if (status >= 300 && status < 400) {
    const to = (headers['location'] ?? '').slice(0, 255);
    return fault(`"${url}" redirects to "${to}" (HTTP ${status}), and STS follows no redirect`);
  }
  if (status !== 200) return fault(`"${url}" answers HTTP ${status}`);
  const json = parseJson(body);
  return isJsonObject(json) ? { json } : fault(`"${url}" is not a JSON object`);
}

/** `n` and `e` have no padding and no leading zero octet (RFC 7518, 6.3.1). */
function signatureKey(entry: unknown): Jwk | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { kid, kty, use, n, e } = entry;
  if (typeof kid !== 'string' || (use !== undefined && use !== 'sig')) return undefined;
  const isNumber = (value: unknown): boolean =>
    typeof value === 'string' && /^(?!A[A-P])[\w-]+$/.test(value);
  const usable = kty === 'EC' || (kty === 'RSA' && isNumber(n) && isNumber(e));
  return usable ? { ...entry, kid } : undefined;
}

/** Where the discovery document of an issuer is. */
export function discoveryUrl(issuer: string): string {
  return `${issuer}/${documentKeys.discovery}`;
}

function fault(problem: string): DocumentsFault {
  return { problem, answer: noKeyAnswer };
}

/** True where the documents cannot be used. */
export function isDocumentsFault(keys: readonly Jwk[] | DocumentsFault): keys is DocumentsFault {
  return 'problem' in keys;
}
