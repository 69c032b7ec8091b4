// Reads the part of the rotation state that every command obeys: kids that were retired or revoked.
// It is read without a schema check: removed keys of a newer schema must be respected too.

import { BootstrapError } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';

/** Object key of the private rotation state in the bucket. */
export const rotationStateKey = '.oidc-bootstrap/rotation.json';

/** Why a key was removed. */
export const removalReasons = ['retired', 'withdrawn', 'revoked'] as const;

/** A key that no command publishes again. */
export type RemovedKey = {
  readonly keyId: string;
  readonly reason: (typeof removalReasons)[number];
};

/** The removed kids of a state object; AWS_REQUEST_FAILED where it cannot be read. */
export function parseRemovedKeys(text: string): readonly RemovedKey[] {
  const removed = removedKeysOf(parseJson(text));
  if (removed === undefined) {
    throw new BootstrapError({
      code: 'AWS_REQUEST_FAILED',
      message: `the rotation state "${rotationStateKey}" in the bucket cannot be read: it has no list "removed" of key IDs`,
      hint: 'restore the object: it lists the keys that must never be published again; nothing was changed',
    });
  }
  return removed;
}

/** The removed kids of a parsed state; undefined where it has no list of them, or one of another shape. */
export function removedKeysOf(state: unknown): readonly RemovedKey[] | undefined {
  const removed: unknown = isJsonObject(state) ? state['removed'] : undefined;
  if (!Array.isArray(removed)) return undefined;
  const keys = removed.filter(
    (key) => isJsonObject(key) && typeof key['keyId'] === 'string' && key['keyId'] !== '',
  );
  if (keys.length !== removed.length) return undefined;
  return keys.filter(isJsonObject).map((key) => ({
    keyId: String(key['keyId']),
    reason: removalReasons.find((reason) => reason === key['reason']) ?? 'revoked',
  }));
}
