// JSON Web Tokens as API servers issue them (RFC 7515, RFC 7519): taken apart, checked against a key,
// and signed. What comes in is untrusted; nothing here prints a part of a token.

import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { isJsonObject, parseJson, type JsonObject } from '../json.ts';
import { describeTrusted } from './public-key.ts';

/** The longest token that STS takes. */
export const maxTokenCharacters = 20_000;

/** A token that can be read; nothing of it is checked yet. */
export type Jwt = {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Header and claims as they were signed. */
  readonly signed: string;
  /** Base64url; empty in a token without a signature. */
  readonly signature: string;
};

/** Takes a token apart; undefined where it is not one, or is too long for STS. */
export function decodeJwt(token: string): Jwt | undefined {
  const parts = token.length > maxTokenCharacters ? [] : token.split('.');
  const [head = '', body = '', signature = ''] = parts;
  const header = decodePart(head);
  const claims = decodePart(body);
  if (parts.length !== 3 || header === undefined || claims === undefined) return undefined;
  return { header, claims, signed: `${head}.${body}`, signature };
}

function decodePart(part: string): JsonObject | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return isJsonObject(value) ? value : undefined;
}

const hashes: { readonly [size: string]: string } = {
  256: 'sha256',
  384: 'sha384',
  512: 'sha512',
};

/** True where the token is signed by this key, with an algorithm that STS takes from such a key; a text is PEM. */
export function isSignedBy(token: Jwt, publicKey: KeyObject | string): boolean {
  const { alg } = token.header;
  if (typeof alg !== 'string') return false;
  try {
    const key = typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey;
    const trusted = describeTrusted(key);
    if (typeof trusted === 'string') return false;
    // Of an EC key the curve says the algorithm; an RSA key may be used with any of the three.
    const fits = trusted.jwk.kty === 'EC' ? alg === trusted.alg : alg.startsWith('RS');
    const hash = hashes[alg.slice(2)];
    if (!fits || hash === undefined) return false;
    return verify(
      hash,
      Buffer.from(token.signed),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(token.signature, 'base64url'),
    );
  } catch {
    return false;
  }
}

/** A key to sign with, under the id it is published with. */
export type SigningKey = { readonly keyId: string; readonly privatePem: string };

/** A token of these claims as the API server makes it: RS256, with the key id. */
export function signJwt(key: SigningKey, claims: { readonly [claim: string]: unknown }): string {
  const part = (value: unknown): string =>
    Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
  const signed = `${part({ alg: 'RS256', kid: key.keyId, typ: 'JWT' })}.${part(claims)}`;
  const signature = sign('RSA-SHA256', Buffer.from(signed), createPrivateKey(key.privatePem));
  return `${signed}.${signature.toString('base64url')}`;
}
