// Reads the part of the rotation state that every command obeys: kids that were retired or revoked.
// It is read without a schema check: removed keys of a newer schema must be respected too.

import { BootstrapError } from '../errors.ts';
import { isJsonObject } from '../json.ts';

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
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    state = undefined;
  }
  const removed: unknown = isJsonObject(state) ? state['removed'] : undefined;
  const entries: readonly unknown[] | undefined = Array.isArray(removed) ? removed : undefined;
  const keys = entries?.filter(
    (key) => isJsonObject(key) && typeof key['keyId'] === 'string' && key['keyId'] !== '',
  );
  if (entries === undefined || keys?.length !== entries.length) {
    throw new BootstrapError({
      code: 'AWS_REQUEST_FAILED',
      message: `the rotation state "${rotationStateKey}" in the bucket cannot be read: it has no list "removed" of key IDs`,
      hint: 'restore the object: it lists the keys that must never be published again; nothing was changed',
    });
  }
  return keys.filter(isJsonObject).map((key) => ({
    keyId: String(key['keyId']),
    reason: removalReasons.find((reason) => reason === key['reason']) ?? 'revoked',
  }));
}
