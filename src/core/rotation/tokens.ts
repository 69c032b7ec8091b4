// Reads the evidence: pod tokens, whose signature is checked against the known keys, and the key sets
// of API servers. Both are untrusted input; messages never contain any part of a token.

import { createHash, createPublicKey } from 'node:crypto';
import { InputError, type InputIssue } from '../errors.ts';
import { isJsonObject, parseJson, type Json, type JsonObject } from '../json.ts';
import { isKeyId } from '../keys/jwks.ts';
import { decodeJwt, isSignedBy } from '../keys/jwt.ts';
import { describeTrusted } from '../keys/public-key.ts';
import { timestamp } from './state.ts';
import type { ApiServerKeys, PublicKeyRef, TokenEvidence } from './view.ts';

/** A file as it was read. */
export type GivenFile = { readonly file: string; readonly text: string };

const maxKeys = 200;
/** How far in the future `iat` may lie: clocks differ. */
const skewSeconds = 300;

/**
 * Reads the tokens and checks issuer, lifetime and signature. Throws one InputError with the
 * problem of each file: not a JWT, of another issuer, expired, of an unknown key, forged.
 */
export function readTokens(
  files: readonly GivenFile[],
  facts: {
    readonly issuer: string;
    readonly now: Date;
    /** SPKI PEM by kid. */
    readonly publicKeys: { readonly [keyId: string]: string };
    readonly hint?: string | undefined;
  },
): readonly TokenEvidence[] {
  const issues: InputIssue[] = [];
  const tokens: TokenEvidence[] = [];
  for (const given of files) {
    const token = readToken(given, facts);
    if (typeof token === 'string') issues.push({ file: given.file, message: token });
    else tokens.push(token);
  }
  if (issues.length > 0) {
    throw new InputError(issues, facts.hint ?? tokenHint);
  }
  return tokens;
}

const tokenHint =
  'give a fresh pod token of each API server: `kubectl create token <service account> --audience sts.amazonaws.com`, or a projected token';

function readToken(
  given: GivenFile,
  facts: {
    readonly issuer: string;
    readonly now: Date;
    readonly publicKeys: { readonly [keyId: string]: string };
  },
): TokenEvidence | string {
  const text = given.text.trim();
  const token = decodeJwt(text);
  if (token === undefined) return 'is not a JSON Web Token';
  const { header, claims } = token;
  const { kid, alg } = header;
  const { iss, iat, exp } = claims;
  if (typeof kid !== 'string' || typeof alg !== 'string') return 'has no key ID';
  if (iss !== facts.issuer) {
    return otherIssuer(shown(iss), facts.issuer);
  }
  if (!isSeconds(iat) || !isSeconds(exp)) return 'has no issue time or no expiry';
  const now = facts.now.getTime() / 1000;
  if (exp <= now) return `expired at ${timestamp(exp * 1000)}`;
  if (iat > now + skewSeconds) return `was issued in the future, at ${timestamp(iat * 1000)}`;
  const publicKey = isKeyId(kid) ? facts.publicKeys[kid] : undefined;
  if (publicKey === undefined) {
    return `is signed by key "${shown(kid)}", which is not the current, next or retiring key`;
  }
  if (!isSignedBy(token, publicKey)) {
    return `has a signature that does not match key "${kid}"`;
  }
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { file: given.file, keyId: kid, issuedAt: iat, expiresAt: exp, digest };
}

/** What is wrong with the issuer of a token, and the setting that it comes from. */
function otherIssuer(found: string, issuer: string): string {
  const slash = found.replace(/\/+$/, '') === issuer.replace(/\/+$/, '');
  const set = `--service-account-issuer=${issuer} on kube-apiserver`;
  return slash
    ? `is of issuer "${found}", which differs from "${issuer}" by a trailing slash: set ${set}`
    : `is of issuer "${found}", not of "${issuer}": set ${set}, before any other --service-account-issuer (tokens name the first one), or give a token of the right cluster`;
}

/**
 * Reads what `kubectl get --raw /openid/v1/jwks` prints; keys are told by what they are, not by the
 * kid the file gives them. Keys that STS does not take are left out of the verifiers file, and named.
 * Throws one InputError with the problem of each file.
 */
export function readApiServerKeys(
  files: readonly GivenFile[],
  note: (text: string) => void,
  { hint = keySetHint }: { readonly hint?: string } = {},
): readonly ApiServerKeys[] {
  const issues: InputIssue[] = [];
  const servers: ApiServerKeys[] = [];
  for (const { file, text } of files) {
    const keys = keysIn(text);
    if (keys === undefined) {
      issues.push({ file, message: 'is not a key set' });
      continue;
    }
    const read: PublicKeyRef[] = [];
    for (const jwk of keys) {
      const key = publicKeyOf(jwk);
      if (key !== undefined) read.push(key);
      else
        note(
          `"${file}": a key of type "${shown(jwk['kty'])}" is not written to the verifiers file`,
        );
    }
    servers.push({ file, keys: read });
  }
  if (issues.length > 0) {
    throw new InputError(issues, hint);
  }
  return servers;
}

const keySetHint =
  'give what `kubectl get --raw /openid/v1/jwks` prints, one file for each API server';

function keysIn(text: string): readonly JsonObject[] | undefined {
  const document = parseJson(text);
  const keys = isJsonObject(document) ? document['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > maxKeys) return undefined;
  return keys.every(isJsonObject) ? keys : undefined;
}

/** The key of a JWK with its Kubernetes key ID; undefined where no verifier should trust it. */
export function publicKeyOf(jwk: JsonObject): PublicKeyRef | undefined {
  if (jwk['kty'] !== 'RSA' && jwk['kty'] !== 'EC') return undefined;
  try {
    const key = describeTrusted(createPublicKey({ key: { ...jwk }, format: 'jwk' }));
    return typeof key === 'string' ? undefined : { keyId: key.keyId, publicKey: key.spkiPem };
  } catch {
    return undefined;
  }
}

function isSeconds(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 1e11;
}

function shown(value: Json | undefined): string {
  return typeof value === 'string' ? value.slice(0, 255) : 'none';
}
