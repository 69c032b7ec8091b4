// S3's operations as they stand on the wire, and the IAM action each one needs.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

import { AwsFault, type AwsRequest } from '../wire/protocol.ts';

/** Which operation a request is, and on what. */
export type S3Target = {
  readonly operation: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
};

/** By method, level (service, bucket, object) and sub-resource. */
const operations: { readonly [route: string]: string } = {
  'GET service': 'ListBuckets',
  'PUT bucket': 'CreateBucket',
  'HEAD bucket': 'HeadBucket',
  'DELETE bucket': 'DeleteBucket',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket tagging': 'GetBucketTagging',
  'PUT bucket tagging': 'PutBucketTagging',
  'GET bucket publicAccessBlock': 'GetPublicAccessBlock',
  'PUT bucket publicAccessBlock': 'PutPublicAccessBlock',
  'DELETE bucket publicAccessBlock': 'DeletePublicAccessBlock',
  'GET bucket ownershipControls': 'GetBucketOwnershipControls',
  'PUT bucket ownershipControls': 'PutBucketOwnershipControls',
  'GET bucket encryption': 'GetBucketEncryption',
  'PUT bucket encryption': 'PutBucketEncryption',
  'GET bucket versioning': 'GetBucketVersioning',
  'GET bucket policy': 'GetBucketPolicy',
  'PUT bucket policy': 'PutBucketPolicy',
  'DELETE bucket policy': 'DeleteBucketPolicy',
  'GET bucket policyStatus': 'GetBucketPolicyStatus',
  'GET bucket versions': 'ListObjectVersions',
  'POST bucket delete': 'DeleteObjects',
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'PUT object': 'PutObject',
  'DELETE object': 'DeleteObject',
  'GET object tagging': 'GetObjectTagging',
};

const subResources = [
  'list-type',
  'location',
  'tagging',
  'publicAccessBlock',
  'ownershipControls',
  'encryption',
  'versioning',
  'policy',
  'policyStatus',
  'acl',
  'cors',
  'lifecycle',
  'website',
  'versions',
  'uploads',
  'uploadId',
  'delete',
  'object-lock',
];

/** The one path of the S3 Control API that is known; its header tells it from a bucket of that name. */
const accountBlockPath = '/v20180820/configuration/publicAccessBlock';

/** The operation of a path-style request; 501 `NotImplemented` for all others. */
export function s3Target(
  request: Pick<AwsRequest, 'method' | 'path' | 'query' | 'headers'>,
): S3Target {
  const { method, path, headers } = request;
  if (headers['x-amz-account-id'] !== undefined && path === accountBlockPath && method === 'GET') {
    return { operation: 'GetAccountPublicAccessBlock', bucket: undefined, key: undefined };
  }
  const slash = request.path.indexOf('/', 1);
  const bucket = slash === -1 ? request.path.slice(1) : request.path.slice(1, slash);
  const key = slash === -1 ? '' : request.path.slice(slash + 1);
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const sub = subResources.find((name) => request.query.has(name));
  const route = [request.method, level, sub].filter((part) => part !== undefined).join(' ');
  const operation = operations[route];
  if (operation === undefined) {
    throw new AwsFault(501, 'NotImplemented', `the local AWS does not know "${route}"`);
  }
  return { operation, bucket: bucket || undefined, key: key || undefined };
}

const actionsByOperation: { readonly [operation: string]: string } = {
  ListBuckets: 'ListAllMyBuckets',
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  DeleteObjects: 'DeleteObject',
  HeadObject: 'GetObject',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeletePublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
};

/** The action an operation needs, with its service: `s3:ListBucket` for HeadBucket. */
export function s3Action(operation: string): string {
  return `s3:${actionsByOperation[operation] ?? operation}`;
}

/** Operations that write a bucket's configuration: two at a time meet 409 `OperationAborted`. */
export function configuresBucket(operation: string): boolean {
  return (
    /^(?:Put|Delete)(?:Bucket|PublicAccessBlock)/.test(operation) || operation === 'CreateBucket'
  );
}

const objectActions =
  'AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging ' +
  'DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes ' +
  'GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion ' +
  'GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionTagging ' +
  'ListMultipartUploadParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention ' +
  'PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ' +
  'ReplicateTags RestoreObject';

const bucketActions =
  'CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration ' +
  'GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging ' +
  'GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls ' +
  'GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment ' +
  'GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration ' +
  'GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration ' +
  'GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions ' +
  'ListTagsForResource PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAcl ' +
  'PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration ' +
  'PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock ' +
  'PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite ' +
  'PutEncryptionConfiguration PutInventoryConfiguration PutLifecycleConfiguration ' +
  'PutMetricsConfiguration PutReplicationConfiguration TagResource UntagResource';

const withService = (names: string): readonly string[] =>
  names.split(' ').map((name) => `s3:${name}`);

/** Actions a bucket policy can name, by the kind of resource they act on. */
export const policyActions = {
  object: withService(objectActions),
  bucket: withService(bucketActions),
};
