// The key ID that Kubernetes gives a service-account signing key. It is not the thumbprint of RFC 7638.
// https://github.com/kubernetes/kubernetes/blob/master/pkg/serviceaccount/jwt.go (keyIDFromPublicKey)

import { createHash } from 'node:crypto';

/** base64url, without padding, of SHA-256 over the DER SubjectPublicKeyInfo. */
export function kubernetesKeyId(spkiDer: Uint8Array): string {
  return createHash('sha256').update(spkiDer).digest('base64url');
}
