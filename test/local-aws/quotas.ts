// AWS's default quotas, as far as the local AWS enforces them; a test lowers one to reach it.

import type { Quotas } from './wire/protocol.ts';

/** Defaults of a fresh account (facts 1.1, 2.1, 3.1, 4.2). */
export const defaultQuotas: Quotas = {
  buckets: 10_000,
  distributions: 200,
  originAccessControls: 100,
  distributionsPerControl: 100,
  oidcProviders: 100,
  clientIdsPerProvider: 100,
  roles: 1000,
  trustPolicySize: 2048,
  inlinePolicySize: 10_240,
};
