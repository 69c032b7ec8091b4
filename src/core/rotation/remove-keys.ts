// How a key is recorded as removed: under every id it may come back with. A key set made elsewhere
// may name a key otherwise than Kubernetes does; the key in a file, or given by flag, goes by the
// Kubernetes id.

import { ownKeyId } from './key-trust.ts';
import type { DatedRemoval } from './state.ts';
import type { View } from './view.ts';

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
