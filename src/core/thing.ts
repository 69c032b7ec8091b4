// What a teardown speaks of: a resource, and why it is not deleted.

import type { ResourceKind } from './change.ts';

/** A resource by its kind and the name, key, id or ARN under which users know it. */
export type Thing = { readonly resource: ResourceKind; readonly id: string };

/** A resource that is not deleted. */
export type Spared = Thing & { readonly reason: string };

/** What was found of one kind: ours, ours where others use it too, and what only has our name. */
export type Found<One> = {
  readonly found: readonly One[];
  readonly blocked: readonly Spared[];
  readonly kept: readonly Spared[];
};

/** Nothing of that kind. */
export const nothingFound = { found: [], blocked: [], kept: [] } as const;
