// The part of the SDK's S3 client that the program uses, and nothing else of it:
// this module is loaded by import(), and only what is named here ends up in its bundle.

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { clientConfig, prepared, type ClientSettings } from './client-config.ts';
import type { WriteTable } from './write-table.ts';

export {
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListBuckets,
} from '@aws-sdk/client-s3';

/**
 * An S3 client. A given endpoint gets path-style addresses: `bucket.localhost` resolves nowhere.
 * Checksums only where S3 asks for them: Signature V4 covers the body of every upload already,
 * and S3-compatible endpoints stumble over the extra headers.
 */
export function createClient(settings: ClientSettings): S3Client {
  const client = new S3Client({
    ...clientConfig(settings),
    ...(settings.endpoint === undefined ? {} : { forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return prepared(client, settings);
}

/** Writing operations by their AWS CLI name (`aws s3api <name>`). */
export const writes: WriteTable = {
  'create-bucket': ['CreateBucket', CreateBucketCommand],
  'delete-bucket': ['DeleteBucket', DeleteBucketCommand],
  'delete-objects': ['DeleteObjects', DeleteObjectsCommand],
  'put-bucket-encryption': ['PutBucketEncryption', PutBucketEncryptionCommand],
  'put-bucket-ownership-controls': [
    'PutBucketOwnershipControls',
    PutBucketOwnershipControlsCommand,
  ],
  'put-bucket-policy': ['PutBucketPolicy', PutBucketPolicyCommand],
  'put-bucket-tagging': ['PutBucketTagging', PutBucketTaggingCommand],
  'put-object': ['PutObject', PutObjectCommand],
  'put-public-access-block': ['PutPublicAccessBlock', PutPublicAccessBlockCommand],
};
