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

/**
 * A time in which STS of a region, or of all, answers badly. `no-key`: it cannot get at the issuer's
 * documents in time, or is asked too often, and says of any token what it says of an unknown key.
 */
type StsDisturbance = {
  readonly kind: 'no-key' | 'throttled';
  readonly region?: string;
  readonly until: Date;
};

export type StsState = {
  /** By `<region> <issuer>`. */
  readonly jwksCache: Map<string, CachedJwks>;
  /** In order of issue. */
  readonly sessions: StsSession[];
  /** Tests add to it. */
  readonly disturbances: StsDisturbance[];
};

/** STS of a fresh AWS. */
export function newStsState(): StsState {
  return { jwksCache: new Map(), sessions: [], disturbances: [] };
}

/** How STS of that region is disturbed at that time; undefined where it is not. */
export function disturbanceOf(
  state: StsState,
  at: { readonly region: string; readonly now: Date },
): StsDisturbance['kind'] | undefined {
  return state.disturbances.find(
    ({ region, until }) => (region ?? at.region) === at.region && at.now < until,
  )?.kind;
}
