// Things that are deleted while they are looked at: by another run, or a moment ago. HeadBucket and reads of
// a bucket's configuration may show it for seconds after it was deleted; reads of its objects do not.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel

import { isAwsError } from '../core/errors.ts';

/** Undefined where AWS says with that code that it is not there any more. */
export async function unlessGone<Found>(
  awsCode: 'NoSuchBucket' | 'NoSuchEntity' | 'NoSuchDistribution',
  found: Promise<Found>,
): Promise<Found | undefined> {
  try {
    return await found;
  } catch (error) {
    if (!isAwsError(error, awsCode)) throw error;
    return undefined;
  }
}
