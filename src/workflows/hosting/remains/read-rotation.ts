// Whether a rotation is under way, as far as its state tells. What somebody damaged must not keep a name from
// being deleted.

import type { BucketRef } from '../../../aws/ports.ts';
import { BootstrapError } from '../../../core/errors.ts';
import { parseRotationState } from '../../../core/rotation/parse-state.ts';
import { rotationUnderWay } from '../../../core/rotation/under-way.ts';
import type { Context } from '../../context.ts';

/** What a rotation under way stands at; a state that cannot be read may be one. */
export async function readRotation(
  context: Context,
  ref: BucketRef,
  stateKey: string,
): Promise<string | undefined> {
  try {
    const stored = await context.aws.s3.getObject(ref, stateKey);
    if (stored === undefined) return undefined;
    return rotationUnderWay(parseRotationState(stored.body, stateKey).state);
  } catch (error) {
    if (isUnreadable(error)) return error.message;
    throw error;
  }
}

/** Of a document or state whose content is not what it should be. */
export function isUnreadable(error: unknown): error is BootstrapError {
  return (
    error instanceof BootstrapError && ['ISSUER_UNREACHABLE', 'INPUT_INVALID'].includes(error.code)
  );
}
