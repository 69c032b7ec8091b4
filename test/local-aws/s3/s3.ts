// The local S3: REST-XML, path-style. Permission first, then the operation.

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { accessBucket } from './s3-access.ts';
import { s3Action, s3Target } from './s3-actions.ts';
import { bucketLocation, deleteBucket, headBucket, listBuckets, listObjects } from './s3-bucket.ts';
import { accountPublicAccessBlock, bucketConfigOperations } from './s3-bucket-config.ts';
import { createBucket } from './s3-create.ts';
import {
  deleteObject,
  getObject,
  getObjectTagging,
  putObject,
  type ObjectRequest,
} from './s3-object.ts';
import { deleteObjects, listVersions } from './s3-versions.ts';

const objectOperations: { readonly [operation: string]: (target: ObjectRequest) => AwsResponse } = {
  GetObject: getObject,
  HeadObject: getObject,
  PutObject: putObject,
  DeleteObject: deleteObject,
  GetObjectTagging: getObjectTagging,
};

/** Answers one S3 request, or throws the `AwsFault` it deserves. */
export function handleS3(request: AwsRequest, world: World): AwsResponse {
  const { operation, bucket: name, key } = s3Target(request);
  if (operation === 'GetAccountPublicAccessBlock') return accountPublicAccessBlock(request, world);
  if (operation === 'ListBuckets' || name === undefined) return listBuckets(request, world);
  if (operation === 'CreateBucket') return createBucket(request, name, world);
  const bucket = accessBucket(request, { bucket: name, key, action: s3Action(operation) }, world);
  const onObject = objectOperations[operation];
  if (onObject !== undefined && key !== undefined) {
    return onObject({ request, bucket, key, world });
  }
  const onConfiguration = bucketConfigOperations[operation];
  if (onConfiguration !== undefined) return onConfiguration(bucket, request, world);
  if (operation === 'HeadBucket') return headBucket(bucket);
  if (operation === 'GetBucketLocation') return bucketLocation(bucket);
  if (operation === 'ListObjectsV2') return listObjects(request, bucket);
  if (operation === 'ListObjectVersions') return listVersions(request, bucket, world);
  if (operation === 'DeleteObjects') return deleteObjects(request, bucket, world);
  if (operation === 'DeleteBucket') return deleteBucket(bucket, world);
  throw new AwsFault(501, 'NotImplemented', `the local AWS does not know ${operation}`);
}
