// What STS of the local AWS remembers: the issuers' keys it has fetched, and the sessions it gave.
// The key cache plays the undocumented one of AWS: `jwksCache.clear()` forgets it.

import type { JWK } from 'jose';

/** Keys as STS of one region saw them. */
type CachedJwks = { readonly keys: readonly JWK[]; readonly fetchedAt: Date };

/** A session that AssumeRoleWithWebIdentity gave, for assertions. */
type StsSession = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly subject: string;
  readonly audience: string;
  readonly issuer: string;
  readonly keyId: string;
  readonly region: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
};

export type StsState = {
  /** By `<region> <issuer>`. */
  readonly jwksCache: Map<string, CachedJwks>;
  /** In order of issue. */
  readonly sessions: StsSession[];
};

/** STS of a fresh AWS. */
export function newStsState(): StsState {
  return { jwksCache: new Map(), sessions: [] };
}
