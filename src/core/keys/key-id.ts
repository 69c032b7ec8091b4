// Key IDs that are computed from the key: the one of Kubernetes, and the thumbprint of RFC 7638 that
// other signers use.
// https://github.com/kubernetes/kubernetes/blob/master/pkg/serviceaccount/jwt.go (keyIDFromPublicKey)

import { createHash } from 'node:crypto';

/** base64url, without padding, of SHA-256 over the DER SubjectPublicKeyInfo. */
export function kubernetesKeyId(spkiDer: Uint8Array): string {
  return createHash('sha256').update(spkiDer).digest('base64url');
}

/** RFC 7638, section 3: base64url of SHA-256 over the required members in order. Of an RSA key. */
export function rsaThumbprint(key: { readonly n: string; readonly e: string }): string {
  const members = JSON.stringify({ e: key.e, kty: 'RSA', n: key.n });
  return createHash('sha256').update(members).digest('base64url');
}
