// The condition keys that a web-identity token brings: `<issuer>:sub`, `:aud`, `:amr`, and `:oaud` where
// "azp" takes the place of "aud". Undefined is a key of which only AWS knows the value.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html

import { isJsonObject, type Json, type JsonObject } from '../../json.ts';

/** Values by condition key: none where the key is absent, undefined where they are not known. */
export type KeyValues = (key: string) => readonly string[] | undefined;

/** The audiences that STS compares: of "azp" alone where the token has one, else those of "aud". */
export function comparedAudiences(claims: JsonObject): readonly string[] {
  const { azp } = claims;
  return typeof azp === 'string' ? [azp] : textsOf(claims['aud']);
}

/** The condition keys of a token at a time. */
export function keyValuesOf(token: {
  readonly claims: JsonObject;
  /** Host and path: what the keys begin with. */
  readonly issuerHost: string;
  readonly providerArn: string;
  readonly now: Date;
}): KeyValues {
  const { claims, issuerHost, providerArn, now } = token;
  const known: { readonly [key: string]: readonly string[] } = {
    [`${issuerHost}:sub`]: textsOf(claims['sub']),
    [`${issuerHost}:aud`]: comparedAudiences(claims),
    [`${issuerHost}:oaud`]: typeof claims['azp'] === 'string' ? textsOf(claims['aud']) : [],
    [`${issuerHost}:amr`]: textsOf(claims['amr']),
    'aws:FederatedProvider': [providerArn],
    'aws:CurrentTime': [now.toISOString()],
    'aws:EpochTime': [String(Math.floor(now.getTime() / 1000))],
    'aws:SecureTransport': ['true'],
  };
  return (key) => {
    const values = Object.hasOwn(known, key) ? known[key] : undefined;
    if (values !== undefined) return values;
    const end = key.lastIndexOf(':');
    const [prefix, claim] = [key.slice(0, end), key.slice(end + 1)];
    // Which other claims AWS makes keys of is not published; a claim that is not there is no key.
    if (prefix === issuerHost) return claims[claim] === undefined ? [] : undefined;
    // Another spelling of the host: whether AWS takes it for the same is not published either.
    if (prefix.toLowerCase() === issuerHost.toLowerCase()) return undefined;
    return isOfIssuer(prefix) ? [] : undefined;
  };
}

/** `other.example.com/path`: no token of ours has the keys of another issuer. */
function isOfIssuer(prefix: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)+(?:\/|$)/.test(prefix);
}

/** True for a claim that hands session tags or a source identity to AWS, which have rules of their own. */
export function hasSessionClaims(claims: JsonObject): boolean {
  return Object.keys(claims).some((claim) => claim.startsWith('https://aws.amazon.com/'));
}

/** The texts of a claim that is one text or a list of them. */
export function textsOf(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item: unknown) => typeof item === 'string') : [];
}

/** True where the claim is a text, or a list of texts alone. */
export function isTexts(value: Json | undefined): boolean {
  if (isJsonObject(value) || value === undefined || value === null) return false;
  return Array.isArray(value)
    ? value.every((item: unknown) => typeof item === 'string')
    : typeof value === 'string';
}
