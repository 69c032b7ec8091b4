// CreateBucket: names, namespaces, location constraints, tags in the creating call, and what an existing
// bucket of that name means (facts 3.1, 3.6).

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { newBucket, type Bucket } from './s3-state.ts';
import { readTagSet } from './s3-tags.ts';
import { child, childText, parseXml } from '../wire/xml.ts';

const forbiddenPrefix = /^(?:xn--|sthree-|amzn-s3-demo-)/;
const forbiddenSuffix = /(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;
const regionalForm = /^.+-(\d{12})-([a-z]{2,4}(?:-[a-z]+)+-\d)-an$/;
const regionsWithoutNamespace = /^(?:me-south-1|me-central-1|eusc-.*)$/;

/** True for a general purpose bucket name that S3 takes today. */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !forbiddenPrefix.test(name) &&
    !forbiddenSuffix.test(name)
  );
}

/**
 * A name that ends in `-an` is of the regional namespace: of this account and Region alone, and only
 * with its header; other names only without it. The codes but MissingNamespaceHeader are not documented.
 */
function checkNamespace(name: string, request: AwsRequest): void {
  const namespace = request.headers['x-amz-bucket-namespace'] ?? 'global';
  if (namespace !== 'global' && namespace !== 'account-regional') {
    throw new AwsFault(400, 'InvalidArgument', 'Invalid x-amz-bucket-namespace header');
  }
  const [, account, region] = regionalForm.exec(name) ?? [];
  if (namespace === 'global') {
    if (account === undefined && !name.endsWith('-an')) return;
    throw account === undefined
      ? new AwsFault(400, 'InvalidBucketName', 'The specified bucket is not valid.')
      : new AwsFault(
          400,
          'MissingNamespaceHeader',
          'The requested bucket is an account-regional namespace bucket, but your request is missing the required x-amz-bucket-namespace header.',
        );
  }
  if (regionsWithoutNamespace.test(request.region)) {
    throw new AwsFault(
      400,
      'InvalidArgument',
      'The account regional namespace is not available in this Region.',
    );
  }
  if (account === undefined) {
    throw new AwsFault(
      400,
      'InvalidNamespaceHeader',
      'The x-amz-bucket-namespace header does not fit the name of the bucket.',
    );
  }
  if (account !== request.account || region !== request.region) {
    throw new AwsFault(
      400,
      'InvalidBucketName',
      'The specified bucket is not valid for the account regional namespace of this account and Region.',
    );
  }
}

function checkLocation(constraint: string | undefined, region: string): void {
  if (constraint === undefined) {
    if (region === 'us-east-1') return;
    throw new AwsFault(
      400,
      'IllegalLocationConstraintException',
      'The unspecified location constraint is incompatible for the region specific endpoint ' +
        'this request was sent to.',
    );
  }
  if (constraint === 'EU' && (region === 'eu-west-1' || region === 'us-east-1')) return;
  if (constraint === 'us-east-1' || !/^[a-z]{2,4}(?:-[a-z]+)+-\d$/.test(constraint)) {
    throw new AwsFault(
      400,
      'InvalidLocationConstraint',
      'The specified location-constraint is not valid',
    );
  }
  if (constraint !== region) {
    throw new AwsFault(
      400,
      'IllegalLocationConstraintException',
      `The ${constraint} location constraint is incompatible for the region specific endpoint ` +
        'this request was sent to.',
    );
  }
}

/** The answer to a name that is taken: a fault, or undefined for the harmless repetition. */
function existingBucketFault(
  existing: Bucket,
  request: AwsRequest,
  tagged: boolean,
): AwsFault | undefined {
  if (existing.account !== request.account) {
    return new AwsFault(
      409,
      'BucketAlreadyExists',
      'The requested bucket name is not available. The bucket namespace is shared by all users ' +
        'of the system. Please select a different name and try again.',
    );
  }
  if (request.region === 'us-east-1' && existing.region === 'us-east-1' && !tagged) {
    return undefined;
  }
  return new AwsFault(
    409,
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
  );
}

/** Two operations on one bucket at a time, or a bucket that S3 still deletes. */
export function operationAborted(): AwsFault {
  return new AwsFault(
    409,
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. ' +
      'Please try again.',
  );
}

const ownerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

function checkOwnership(ownership: string, acl: string | undefined): void {
  if (!ownerships.includes(ownership)) {
    throw new AwsFault(400, 'InvalidArgument', 'Invalid x-amz-object-ownership header');
  }
  if (acl !== undefined && acl !== 'private') {
    // Public ACLs would also meet BlockPublicAcls of the new bucket.
    throw new AwsFault(
      400,
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    );
  }
}

/** Creates the bucket with Block Public Access on, owner enforced and SSE-S3. */
export function createBucket(request: AwsRequest, name: string, world: World): AwsResponse {
  if (request.account === undefined) throw new AwsFault(403, 'AccessDenied', 'Access Denied');
  if (!isBucketName(name)) {
    throw new AwsFault(400, 'InvalidBucketName', 'The specified bucket is not valid.');
  }
  checkNamespace(name, request);
  const configuration = request.body.length === 0 ? undefined : parseXml(request.body);
  const constraint =
    configuration === undefined ? undefined : childText(configuration, 'LocationConstraint');
  checkLocation(constraint === '' ? undefined : constraint, request.region);
  const tagNodes = configuration === undefined ? undefined : child(configuration, 'Tags');
  if (tagNodes !== undefined && !world.taggedCreateBucket) {
    throw new AwsFault(
      400,
      'UnsupportedArgument',
      'The request contained an unsupported argument.',
    );
  }
  const tags = tagNodes === undefined ? {} : readTagSet(tagNodes, 50);
  const ownership = request.headers['x-amz-object-ownership'] ?? 'BucketOwnerEnforced';
  checkOwnership(ownership, request.headers['x-amz-acl']);

  const done: AwsResponse = { status: 200, headers: { location: `/${name}` } };
  const existing = world.s3.buckets.get(name);
  if (existing !== undefined) {
    const fault = existingBucketFault(existing, request, Object.keys(tags).length > 0);
    if (fault !== undefined) throw fault;
    return done;
  }
  if (world.now().getTime() < (world.s3.deleted.get(name) ?? 0)) throw operationAborted();
  const owned = [...world.s3.buckets.values()].filter(
    (bucket) => bucket.account === request.account,
  );
  if (owned.length >= world.quotas.buckets) {
    throw new AwsFault(
      400,
      'TooManyBuckets',
      'You have attempted to create more buckets than allowed',
    );
  }
  const bucket = newBucket({
    name,
    account: request.account,
    region: constraint === 'EU' ? 'eu-west-1' : request.region,
    created: world.now(),
  });
  world.s3.buckets.set(name, { ...bucket, tags, ownership });
  return done;
}
