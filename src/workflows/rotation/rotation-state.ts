// Reads and writes the rotation state: one private object, every write on condition of what was read.

import putTemplate from '../../../templates/s3/put-object.json' with { type: 'json' };
import type { BucketRef } from '../../aws/ports.ts';
import { parseRotationState } from '../../core/rotation/parse-state.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import { renderRotationState, type RotationState } from '../../core/rotation/state.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { isConflict } from '../write-conflict.ts';

/** The state as it stands, with what If-Match takes. */
export type StoredState = { readonly state: RotationState; readonly etag: string };

/**
 * The state, or undefined where there is none (404, which S3 only says to those who may list).
 * A 403 stays an AwsError: a state that cannot be read must not be taken for a lost one.
 */
export async function readRotationState(
  context: Context,
  ref: BucketRef,
): Promise<StoredState | undefined> {
  const object = await context.aws.s3.getObject(ref, rotationStateKey);
  if (object === undefined) return undefined;
  return { state: parseRotationState(object.body), etag: object.etag };
}

/**
 * Writes the state where it still is what was read; false where somebody else was faster. An answer
 * that got lost makes the SDK send twice, and the second try meets the first: that counts as written.
 */
export async function writeRotationState(
  context: Context,
  input: {
    readonly ref: BucketRef;
    readonly state: RotationState;
    /** ETag of the state it replaces; undefined where there was none. */
    readonly replaces: string | undefined;
    readonly detail: string;
  },
): Promise<boolean> {
  const { ref, state, replaces, detail } = input;
  const text = renderRotationState(state);
  try {
    await context.gate.perform({
      change: {
        resource: 'rotation-state',
        id: rotationStateKey,
        action: replaces === undefined ? 'create' : 'update',
        detail,
      },
      requests: [
        {
          service: 's3api',
          operation: 'put-object',
          id: 'rotation',
          input: fillTemplate(putTemplate, {
            bucket: ref.bucket,
            key: rotationStateKey,
            account: ref.account,
            cacheControl: 'no-store',
            tagging: undefined,
            ifMatch: replaces,
            ifNoneMatch: replaces === undefined ? '*' : undefined,
          }),
          body: { text, fileName: '04-rotation.json' },
        },
      ],
      applied: async ({ error }) =>
        isConflict(error) && (await context.aws.s3.getObject(ref, rotationStateKey))?.body === text,
    });
    return true;
  } catch (error) {
    if (!isConflict(error)) throw error;
    return false;
  }
}
