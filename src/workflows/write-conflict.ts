// The answers of S3 to a conditional write whose object was changed meanwhile.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

import { isAwsError } from '../core/errors.ts';

/** 412: another process changed the object; 404: it was deleted; 409: two writes at the same time. */
export function isConflict(error: unknown): boolean {
  return isAwsError(error, 'PreconditionFailed', 'NoSuchKey', 'ConditionalRequestConflict');
}
