// Whose the objects in a bucket are: of this program (and ccoctl), of a cluster on a shared hosting, or of others.

import { publishedKeys } from '../issuer/discovery.ts';
import { rotationStateKey } from '../keys/removed-keys.ts';

/** What a bucket holds beside the objects of its own name. */
export type BucketContent = {
  /** Clusters that have a document or a state on the shared hosting now. */
  readonly clusters: readonly string[];
  /** Keys that this program and ccoctl do not write. */
  readonly foreignKeys: readonly string[];
};

/** Sorts versions of objects; what is left of a deleted cluster on a shared hosting is nobody's any more. */
export function contentOf(
  versions: readonly { readonly key: string; readonly isCurrent: boolean }[],
  { isShared }: { readonly isShared: boolean },
): BucketContent {
  const clusters = new Set<string>();
  const foreignKeys = new Set<string>();
  for (const { key, isCurrent } of versions) {
    if (isOwnKey(key)) continue;
    const cluster = isShared ? clusterOf(key) : undefined;
    if (cluster === undefined) foreignKeys.add(key);
    else if (isCurrent) clusters.add(cluster);
  }
  return { clusters: [...clusters], foreignKeys: [...foreignKeys] };
}

function isOwnKey(key: string): boolean {
  return publishedKeys.includes(key) || key === rotationStateKey;
}

/** The cluster whose document or state has that key. */
function clusterOf(key: string): string | undefined {
  const end = key.indexOf('/');
  return end > 0 && isOwnKey(key.slice(end + 1)) ? key.slice(0, end) : undefined;
}
