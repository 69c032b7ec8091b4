// What a teardown speaks of: a resource, and why it is not deleted.

import type { ResourceKind } from './change.ts';

/** A resource by its kind and the name, key, id or ARN under which users know it. */
export type Thing = { readonly resource: ResourceKind; readonly id: string };

/** A resource that is not deleted. */
export type Spared = Thing & { readonly reason: string };
