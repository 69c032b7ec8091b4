// How a key is recorded as removed: under every id it may come back with. A key set made elsewhere
// may name a key otherwise than Kubernetes does; the key in a file, or given by flag, goes by the
// Kubernetes id.

import { ownKeyId } from './key-trust.ts';
import type { DatedRemoval } from './state.ts';
import type { View } from './view.ts';

/** What was removed before, without the kids that are removed now. */
export function removedUntil(
  view: Pick<View, 'state' | 'removedBefore'>,
  now: readonly DatedRemoval[],
): readonly DatedRemoval[] {
  const ids = new Set(now.map((one) => one.keyId));
  const before = view.state?.removed ?? view.removedBefore ?? [];
  return before.filter((one) => !ids.has(one.keyId));
}

/** The entries that keep those keys out for good, each id once. */
export function removalsOf(
  view: Pick<View, 'publicKeys'>,
  facts: {
    readonly keyIds: readonly string[];
    readonly reason: DatedRemoval['reason'];
    readonly at: string;
  },
): readonly DatedRemoval[] {
  const { reason, at } = facts;
  const own = (keyId: string): string => ownKeyId(view.publicKeys[keyId] ?? '') ?? keyId;
  const keyIds = facts.keyIds.flatMap((keyId) => [keyId, own(keyId)]);
  return [...new Set(keyIds)].map((keyId) => ({ keyId, reason, at }));
}
