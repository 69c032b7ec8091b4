// Checks that the state, the key set, its mirror and the key files hold the same keys, compared by
// modulus and exponent, not by kid alone; and finds keys that only the state names. Whoever can write
// to the bucket can change all of them but the key files, which API servers trust.

import { createPublicKey } from 'node:crypto';
import { documentKeys } from '../issuer/discovery.ts';
import type { Jwk } from '../keys/jwks.ts';
import { describePublicKey } from '../keys/public-key.ts';
import { removedReason, type RotationState } from './state.ts';
import { publicKeyOf } from './tokens.ts';
import type { Effect, KeyMismatch, PublicKeyRef, Refusal, RotationRequest, View } from './view.ts';

type KeyPems = { readonly [keyId: string]: string };

/** What differs, and the keys that neither key files nor the key set have. */
export function compareKeys(sources: {
  readonly state: RotationState | undefined;
  readonly published: readonly Jwk[];
  readonly mirrored: readonly Jwk[];
  /** SPKI PEM by kid of what the output folder holds. */
  readonly files: KeyPems;
}): { readonly mismatches: readonly KeyMismatch[]; readonly unvouched: readonly PublicKeyRef[] } {
  const { state, published, mirrored, files } = sources;
  const inState = [...(state?.keys ?? []), ...(state?.verifiers ?? [])];
  const held = new Set(Object.values(files));
  const listed = published.map((jwk) => ({ keyId: jwk.kid, key: keyOfJwk(jwk) }));
  const vouched = (keyId: string, key: string): boolean =>
    held.has(key) || listed.some((one) => one.keyId === keyId && one.key === key);
  const places = [
    ...Object.entries(files).map(([keyId, key]) => ({ keyId, key, where: 'the key files' })),
    ...inState.map(({ keyId, publicKey }) => ({
      keyId,
      key: keyOfPem(publicKey).key,
      where: 'the rotation state',
    })),
    ...listed.map((one) => ({ ...one, where: `"${documentKeys.jwks}"` })),
    ...mirrored.map((jwk) => ({
      keyId: jwk.kid,
      key: keyOfJwk(jwk),
      where: `"${documentKeys.jwksMirror}"`,
    })),
  ];
  const differing = [...new Set(places.map((place) => place.keyId))].flatMap((keyId) => {
    const all = places.filter((place) => place.keyId === keyId);
    const other = all.find((place) => place.key !== all[0]?.key);
    return other === undefined ? [] : [{ keyId, where: other.where, against: all[0]?.where ?? '' }];
  });
  // The kid of a key that we made is the hash of it; another kid is one that the key set gives.
  const misnamed = (state?.keys ?? []).flatMap(({ keyId, publicKey }) => {
    const { key, own } = keyOfPem(publicKey);
    return own === keyId || vouched(keyId, key)
      ? []
      : [{ keyId, where: 'the rotation state', against: 'the hash that makes a key id' }];
  });
  const unvouched = inState.filter(
    ({ keyId, publicKey }) => !vouched(keyId, keyOfPem(publicKey).key),
  );
  return {
    mismatches: [...differing, ...misnamed],
    unvouched: unvouched.map(({ keyId, publicKey }) => ({ keyId, publicKey })),
  };
}

/** Why no step may continue, except `emergency`, which replaces all keys. */
export function foundFalse({ state, ...view }: View): Refusal | undefined {
  if (state !== undefined && (state.name !== view.name || state.issuer !== view.issuer)) {
    return {
      code: 'ISSUER_WOULD_CHANGE',
      message: `the rotation state belongs to "${state.name}" and issuer "${state.issuer}", not to "${view.name}" and "${view.issuer}"`,
      hint: 'somebody copied or changed it: restore it; if that is not possible, `oidc-bootstrap rotate-keys emergency` replaces it together with every key',
      details: { issuer: state.issuer, wantedIssuer: view.issuer, name: state.name },
    };
  }
  const removed = state?.keys.find((key) => removedReason(state, key.keyId) !== undefined);
  if (state !== undefined && removed !== undefined) {
    return {
      code: 'KEY_REVOKED',
      message: `the ${removed.role} key "${removed.keyId}" was ${removedReason(state, removed.keyId)} and can never be published again`,
      hint: 'run `oidc-bootstrap rotate-keys emergency`: it publishes a new key in its place',
      details: { keyId: removed.keyId },
    };
  }
  const { mismatches = [] } = view;
  if (mismatches[0] === undefined) return undefined;
  const named = mismatches.map(
    ({ keyId, where, against }) => `"${keyId}" in ${where} is not the key of ${against}`,
  );
  return {
    code: 'KEY_NOT_PUBLISHED',
    message: `the same key ID is used for different keys: ${named.join('; ')}`,
    hint: 'one of them was changed by hand: find out by whom; restore it from the key files, or run `oidc-bootstrap rotate-keys emergency`, which replaces every key',
    details: { mismatches },
  };
}

/** Keys that only the state holds: this run neither got nor saw them elsewhere. */
export function unnamedKeys(view: View, request: RotationRequest): readonly string[] {
  const known = new Set([
    ...(request.vouchedAtStart ?? []),
    ...[request.given, request.fresh].map((key) => key?.publicKey),
    ...request.apiServers.flatMap((server) => server.keys.map((key) => key.publicKey)),
  ]);
  const alone = (view.unvouched ?? []).filter((key) => !known.has(key.publicKey));
  return [...new Set(alone.map((key) => key.keyId))];
}

/** The public keys that files or the key set confirm at the start of the run. */
export function vouchedKeys(view: View): readonly string[] {
  const alone = new Set(view.unvouched?.map((key) => key.publicKey));
  return Object.values(view.publicKeys).filter((publicKey) => !alone.has(publicKey));
}

/** The refusal to let those keys into a file or a key set; undefined where the name was typed. */
export function unnamedRefusal(
  request: RotationRequest,
  keyIds: readonly string[],
): Refusal | undefined {
  if (request.confirmed || keyIds.length === 0) return undefined;
  const named = keyIds.map((keyId) => `"${keyId}"`).join(', ');
  return {
    code: 'CONFIRMATION_REQUIRED',
    message: `key ${named} is only in the rotation state, not in this output folder or the key set, and API servers or STS would trust it`,
    hint: 'another run may be about to publish it: run again when it has ended, or with its --output-dir; or give the key with --api-server-jwks or --next-public-key-file; if you know that the key is yours, add --confirm <name>',
    details: { keyIds },
  };
}

/** Kids of public keys that an effect writes to files or the key set. */
export function keysLetOut(effect: Effect): readonly string[] {
  switch (effect.kind) {
    case 'publish':
      return effect.keyIds;
    case 'write-verifiers':
      return effect.keys.map((key) => key.keyId);
    case 'write-public':
      return [effect.keyId];
    default:
      return [];
  }
}

/** The Kubernetes id of a key; undefined where the text is no public key. */
export function ownKeyId(pem: string): string | undefined {
  return keyOfPem(pem).own;
}

/** What identifies a published key: its PEM, or its members where it is not a key that we take. */
function keyOfJwk(jwk: Jwk): string {
  const { kty, n, e, crv, x, y } = jwk;
  return publicKeyOf(jwk)?.publicKey ?? JSON.stringify([kty, n, e, crv, x, y]);
}

/**
 * The key and its Kubernetes id; the text alone where it differs from one key as we write it: the text is
 * copied into files, and a second block after the first would be copied with it.
 */
function keyOfPem(pem: string): { readonly key: string; readonly own: string | undefined } {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----\n')) return { key: pem, own: undefined };
  try {
    const { spkiPem, keyId } = describePublicKey(createPublicKey(pem));
    return spkiPem === pem ? { key: spkiPem, own: keyId } : { key: pem, own: undefined };
  } catch {
    return { key: pem, own: undefined };
  }
}
