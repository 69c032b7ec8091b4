// A bucket that was just deleted: HeadBucket and reads of its configuration may show it for seconds,
// reads of its objects do not.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel

import { isAwsError } from '../../core/errors.ts';

/** Undefined where the bucket is not there any more. */
export async function unlessDeleted<Found>(found: Promise<Found>): Promise<Found | undefined> {
  try {
    return await found;
  } catch (error) {
    if (!isAwsError(error, 'NoSuchBucket')) throw error;
    return undefined;
  }
}
