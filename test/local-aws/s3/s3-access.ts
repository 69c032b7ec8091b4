// Who may do what with a bucket: owner check, region, bucket policy, Block Public Access.
// The order is S3's: the name, the region, the expected owner, then permission.

import { AwsFault, type AwsRequest, type World } from '../wire/protocol.ts';
import { evaluatePolicy, type Principal } from './s3-policy.ts';
import { isBlocked, isPublicPolicy } from './s3-public.ts';
import type { Bucket } from './s3-state.ts';

/** A request for an action on a bucket or one of its objects. */
export type Access = {
  readonly bucket: Bucket;
  readonly key?: string | undefined;
  /** `s3:GetObject` */
  readonly action: string;
  readonly principal: Principal;
  /** Condition keys beyond `aws:SecureTransport`, in lower case. */
  readonly context?: { readonly [key: string]: string | undefined };
};

/** ARN of a bucket, or of an object in it. */
export function s3Arn(partition: string, bucket: string, key?: string): string {
  return `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
}

/** Whether S3 lets the principal do it. Everything is taken to arrive over TLS. */
export function mayAccess(access: Access, world: World): boolean {
  const { bucket, principal } = access;
  const verdict = evaluatePolicy(bucket.policy, {
    principal,
    action: access.action,
    resource: s3Arn(world.partition, bucket.name, access.key),
    context: {
      'aws:securetransport': 'true',
      ...(principal.kind === 'aws'
        ? { 'aws:principalaccount': principal.account, 'aws:principalarn': principal.arn }
        : {}),
      ...access.context,
    },
  });
  if (verdict === 'deny') return false;
  if (principal.kind === 'aws' && principal.account === bucket.account) return true;
  if (verdict === 'silent') return false;
  // RestrictPublicBuckets leaves a public policy to the owner's account and to AWS services.
  const restricted = isBlocked('RestrictPublicBuckets', bucket, world);
  return !restricted || principal.kind === 'service' || !isPublicPolicy(bucket.policy ?? '');
}

/** The principal of a signed or unsigned request. */
export function callerOf(request: AwsRequest): Principal {
  return request.account === undefined || request.callerArn === undefined
    ? { kind: 'anonymous' }
    : { kind: 'aws', account: request.account, arn: request.callerArn };
}

function checkExpectedOwner(request: AwsRequest, bucket: Bucket): void {
  const expected = request.headers['x-amz-expected-bucket-owner'];
  if (expected === undefined) return;
  if (!/^\d{12}$/.test(expected)) {
    throw new AwsFault(
      400,
      'InvalidBucketOwnerAWSAccountID',
      'The value of the expected bucket owner parameter must be an AWS account ID',
    );
  }
  if (expected !== bucket.account) {
    throw new AwsFault(403, 'AccessDenied', 'Access Denied', {
      'x-amz-bucket-region': bucket.region,
    });
  }
}

/** Regions that an account has to enable; other Regions do not know how to redirect there. */
const optInRegion =
  /^(?:af-|me-|il-|mx-|ap-east-|ap-south-2|ap-southeast-[3-9]|eu-south-|eu-central-2|ca-west-)/;

/** What S3 says in a Region that is not the bucket's; it always names the right one. */
function wrongRegion(asked: string, { region }: Bucket): AwsFault {
  const headers = { 'x-amz-bucket-region': region };
  if (asked === 'us-east-1') {
    const text = `The authorization header is malformed; the region '${asked}' is wrong; expecting '${region}'`;
    return new AwsFault(400, 'AuthorizationHeaderMalformed', text, headers);
  }
  if (optInRegion.test(region)) {
    const text = `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`;
    return new AwsFault(400, 'IllegalLocationConstraintException', text, headers);
  }
  return new AwsFault(
    301,
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. ' +
      'Please send all future requests to this endpoint.',
    headers,
  );
}

/**
 * The bucket of a request, if the caller may do that with it. 404 `NoSuchBucket`,
 * 301 `PermanentRedirect` or 400 with the right region, 403 `AccessDenied`, or 405 `MethodNotAllowed`
 * for policy operations of another account.
 */
export function accessBucket(
  request: AwsRequest,
  wanted: { readonly bucket: string; readonly key?: string | undefined; readonly action: string },
  world: World,
): Bucket {
  const bucket = world.s3.buckets.get(wanted.bucket);
  if (bucket === undefined) {
    throw new AwsFault(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  const caller = callerOf(request);
  if (caller.kind !== 'anonymous' && request.region !== bucket.region) {
    throw wrongRegion(request.region, bucket);
  }
  checkExpectedOwner(request, bucket);
  const { action, key } = wanted;
  const foreign = caller.kind !== 'aws' || caller.account !== bucket.account;
  if (!mayAccess({ bucket, key, action, principal: caller }, world)) {
    throw new AwsFault(403, 'AccessDenied', 'Access Denied', {
      'x-amz-bucket-region': bucket.region,
    });
  }
  if (foreign && /^s3:(?:Get|Put|Delete)BucketPolicy$/.test(action)) {
    throw new AwsFault(
      405,
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
    );
  }
  return bucket;
}
