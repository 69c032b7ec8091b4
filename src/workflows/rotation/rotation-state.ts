// Reads and writes the rotation state: one private object, every write on condition of what was read.

import { parseRotationState, type ParsedState } from '../../core/rotation/parse-state.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import { renderRotationState, type RotationState } from '../../core/rotation/state.ts';
import type { DocumentStore } from '../hosting/document-store.ts';
import type { StateStore } from '../hosting/site.ts';

/** The state as it stands, with what If-Match takes. */
export type StoredState = ParsedState & { readonly etag: string };

/**
 * The state, or undefined where there is none (404, which S3 only says to those who may list).
 * A 403 stays an AwsError: a state that cannot be read must not be taken for a lost one.
 */
export async function readRotationState(store: StateStore): Promise<StoredState | undefined> {
  const object = await store.read(rotationStateKey);
  if (object === undefined) return undefined;
  return { ...parseRotationState(object.body, store.shown), etag: object.etag };
}

/** Writes the state if it is still as it was read; false if another process changed it. */
export async function writeRotationState(input: {
  readonly store: DocumentStore;
  readonly state: RotationState;
  /** ETag of the state it replaces; undefined where there was none. */
  readonly replaces: string | undefined;
  readonly detail: string;
}): Promise<boolean> {
  const { store, state, replaces, detail } = input;
  return await store.write({
    key: rotationStateKey,
    text: renderRotationState(state),
    replaces: replaces === undefined ? undefined : { etag: replaces },
    detail,
    fileName: '04-rotation.json',
  });
}
