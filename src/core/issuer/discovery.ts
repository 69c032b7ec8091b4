// The discovery document of an issuer. Its `issuer` member defines the issuer URL.
// https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata

import template from '../../../templates/issuer/openid-configuration.json' with { type: 'json' };
import { BootstrapError } from '../errors.ts';
import { isJsonObject, parseJson, type JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';

/** Object keys of the published documents; no other object in the bucket is public. */
export const documentKeys = {
  discovery: '.well-known/openid-configuration',
  jwks: 'keys.json',
  /** The path that the API servers of OpenShift use; same bytes. */
  jwksMirror: 'openid/v1/jwks',
} as const;

/** All keys of published objects, in order of publication: the discovery document last. */
export const publishedKeys: readonly string[] = [
  documentKeys.jwks,
  documentKeys.jwksMirror,
  documentKeys.discovery,
];

/** What is read from a published discovery document. */
export type Discovery = {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly document: JsonObject;
};

/** Where a new issuer's key set is found. */
export function defaultJwksUri(issuer: string): string {
  return `${issuer}/${documentKeys.jwks}`;
}

/**
 * The bytes to publish. Members of an already published document are kept, and its jwks_uri too if it
 * names one of our two objects. If nothing differs, the published bytes are returned.
 */
export function renderDiscovery(issuer: string, published?: { text: string } & Discovery): string {
  const kept = published === undefined ? {} : published.document;
  const wanted = fillTemplate(template, { issuer, jwksUri: jwksUriFor(issuer, published) });
  const { claims_supported: claims, ...required } = wanted;
  const document = { claims_supported: claims, ...kept, ...required };
  const same =
    published !== undefined &&
    Object.entries(document).every(
      ([key, value]) => JSON.stringify(published.document[key]) === JSON.stringify(value),
    );
  return same ? published.text : `${JSON.stringify({ ...required, ...document }, undefined, 2)}\n`;
}

/** The jwks_uri that is or will be published for an issuer. */
export function jwksUriFor(issuer: string, published: Discovery | undefined): string {
  const ours = [documentKeys.jwks, documentKeys.jwksMirror].map((key) => `${issuer}/${key}`);
  const found = published?.jwksUri;
  return found !== undefined && ours.includes(found) ? found : defaultJwksUri(issuer);
}

/** Reads a published document; one that names no issuer is an ISSUER_UNREACHABLE error. */
export function parseDiscovery(text: string, shown: string): Discovery {
  const document = parseJson(text);
  const issuer = isJsonObject(document) ? document['issuer'] : undefined;
  if (
    !isJsonObject(document) ||
    typeof issuer !== 'string' ||
    issuerProblem(issuer) !== undefined
  ) {
    throw new BootstrapError({
      code: 'ISSUER_UNREACHABLE',
      message: `the discovery document "${shown}" names no valid issuer`,
      hint: 'restore the object by hand: its "issuer" must be the URL the cluster and the IAM provider use; nothing was changed',
      details: { document: shown },
    });
  }
  const jwksUri = document['jwks_uri'];
  return { issuer, jwksUri: typeof jwksUri === 'string' ? jwksUri : '', document };
}

/** What is wrong with an issuer URL for IAM, or undefined. */
export function issuerProblem(issuer: string): string | undefined {
  if (issuer.length > 255) return 'an issuer has at most 255 characters';
  if (!/^https:\/\/[A-Za-z0-9.-]+(?:\/[A-Za-z0-9._~-]+)*$/.test(issuer)) {
    return 'an issuer is https://<host>[/<path>], without port, query, fragment or trailing slash';
  }
  return undefined;
}

/** The issuer without its scheme: what provider ARNs and condition keys are made of. */
export function issuerHostPath(issuer: string): string {
  return issuer.replace(/^https:\/\//, '');
}

/** ARN of an issuer's IAM OIDC provider. */
export function providerArn(facts: { issuer: string; account: string; partition: string }): string {
  return `arn:${facts.partition}:iam::${facts.account}:oidc-provider/${issuerHostPath(facts.issuer)}`;
}
