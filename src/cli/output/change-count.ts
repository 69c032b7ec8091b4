// How many changes were made, or would be.

import type { Change } from '../../core/change.ts';

/** `12 created, 1 updated, 0 deleted`. */
export function changeCount(changes: readonly Change[]): string {
  const count = (action: Change['action']): number =>
    changes.filter((change) => change.action === action).length;
  return `${count('create')} created, ${count('update')} updated, ${count('delete')} deleted`;
}

/** `12 to create, 1 to update, 0 to delete`. */
export function plannedCount(changes: readonly Change[]): string {
  return changeCount(changes)
    .replace('created', 'to create')
    .replace('updated', 'to update')
    .replace('deleted', 'to delete');
}
