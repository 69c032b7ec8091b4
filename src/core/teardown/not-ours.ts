// Why a resource of our name is not deleted: what its tags say of whom it was made for.

import { otherOwners, ownership, type Tags } from '../tags.ts';

/** Why a resource with these tags is not deleted, or undefined. */
export function notOurs(name: string, tags: Tags): string | undefined {
  if (ownership(name, tags) !== 'foreign') return sharedWith(name, tags);
  const others = otherOwners(name, tags);
  return others.length > 0 ? `made for "${others.join('", "')}"` : 'not tagged as ours';
}

/** For whom a resource of ours was made too, in words, or undefined. */
export function sharedWith(name: string, tags: Tags): string | undefined {
  const others = otherOwners(name, tags);
  return others.length > 0 ? `also made for "${others.join('", "')}"` : undefined;
}
