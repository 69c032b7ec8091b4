// How a key is recorded as removed: under every id it may come back with. A key set made elsewhere
// may name a key otherwise than Kubernetes does; the key in a file, or given by flag, goes by the
// Kubernetes id.

import { createPublicKey } from 'node:crypto';
import { describePublicKey } from '../keys/public-key.ts';
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
  const keyIds = facts.keyIds.flatMap((keyId) => [keyId, ownKeyId(view, keyId) ?? keyId]);
  return [...new Set(keyIds)].map((keyId) => ({ keyId, reason, at }));
}

/** The Kubernetes id of a key; undefined where only its name is known. */
function ownKeyId(view: Pick<View, 'publicKeys'>, keyId: string): string | undefined {
  const pem = view.publicKeys[keyId];
  if (pem?.startsWith('-----BEGIN PUBLIC KEY-----') !== true) return undefined;
  try {
    return describePublicKey(createPublicKey(pem)).keyId;
  } catch {
    return undefined;
  }
}
