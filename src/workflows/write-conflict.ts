// What S3 says to a conditional write that came too late.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

import { isAwsError } from '../core/errors.ts';

/** 412: somebody else wrote meanwhile; 404: deleted meanwhile; 409: both at once. */
export function isConflict(error: unknown): boolean {
  return isAwsError(error, 'PreconditionFailed', 'NoSuchKey', 'ConditionalRequestConflict');
}
