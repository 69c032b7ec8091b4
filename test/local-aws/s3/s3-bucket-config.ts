// A bucket's configuration: tags, Block Public Access, ownership, encryption, policy (facts 3.2).
// What is not configured answers 404 with its own code.

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { xmlAnswer } from './s3-bucket.ts';
import { checkBucketPolicy } from './s3-policy-document.ts';
import { isBlocked, isPublicPolicy } from './s3-public.ts';
import type { Bucket, PublicAccessBlock } from './s3-state.ts';
import { readTagSet, tagSet } from './s3-tags.ts';
import { child, childText, parseXml } from '../wire/xml.ts';

type ConfigOperation = (bucket: Bucket, request: AwsRequest, world: World) => AwsResponse;

const done: AwsResponse = { status: 200 };
const gone: AwsResponse = { status: 204 };

function absent(code: string, message: string): AwsFault {
  return new AwsFault(404, code, message);
}

function malformedXml(): AwsFault {
  return new AwsFault(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

const flags = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;

function accessBlockAnswer(flags: PublicAccessBlock | undefined): AwsResponse {
  if (flags === undefined) {
    throw absent(
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
    );
  }
  return xmlAnswer('PublicAccessBlockConfiguration', flags);
}

const getPublicAccessBlock: ConfigOperation = (bucket) =>
  accessBlockAnswer(bucket.publicAccessBlock);

/** GetPublicAccessBlock of the S3 Control API; of the caller's own account only. */
export function accountPublicAccessBlock(request: AwsRequest, world: World): AwsResponse {
  const account = request.headers['x-amz-account-id'] ?? '';
  if (request.account !== account) throw new AwsFault(403, 'AccessDenied', 'Access Denied');
  return accessBlockAnswer(world.s3.accountBlocks.get(account));
}

const putPublicAccessBlock: ConfigOperation = (bucket, request, world) => {
  const node = parseXml(request.body);
  const read = (flag: (typeof flags)[number]): boolean => {
    const text = childText(node, flag) ?? 'false';
    if (text !== 'true' && text !== 'false') throw malformedXml();
    return text === 'true';
  };
  const until = world.now().getTime() + world.s3SettingsMs;
  bucket.formerBlock = { flags: bucket.publicAccessBlock, until };
  bucket.publicAccessBlock = {
    BlockPublicAcls: read('BlockPublicAcls'),
    IgnorePublicAcls: read('IgnorePublicAcls'),
    BlockPublicPolicy: read('BlockPublicPolicy'),
    RestrictPublicBuckets: read('RestrictPublicBuckets'),
  };
  return done;
};

const putOwnership: ConfigOperation = (bucket, request) => {
  const rule = child(parseXml(request.body), 'Rule');
  const ownership = rule === undefined ? undefined : childText(rule, 'ObjectOwnership');
  const known = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];
  if (ownership === undefined || !known.includes(ownership)) throw malformedXml();
  bucket.ownership = ownership;
  return done;
};

const putEncryption: ConfigOperation = (bucket, request) => {
  const rule = child(parseXml(request.body), 'Rule');
  const byDefault =
    rule === undefined ? undefined : child(rule, 'ApplyServerSideEncryptionByDefault');
  const algorithm = byDefault === undefined ? undefined : childText(byDefault, 'SSEAlgorithm');
  const kmsKeyId = byDefault === undefined ? undefined : childText(byDefault, 'KMSMasterKeyID');
  if (algorithm === undefined || !['AES256', 'aws:kms', 'aws:kms:dsse'].includes(algorithm)) {
    throw malformedXml();
  }
  if (algorithm === 'AES256' && kmsKeyId !== undefined) {
    throw new AwsFault(
      400,
      'InvalidArgument',
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
    );
  }
  bucket.encryption = { algorithm, kmsKeyId };
  return done;
};

const putPolicy: ConfigOperation = (bucket, request, world) => {
  const policy = request.body.toString('utf8');
  checkBucketPolicy(policy, bucket.name, world);
  if (isBlocked('BlockPublicPolicy', bucket, world) && isPublicPolicy(policy)) {
    throw new AwsFault(
      403,
      'AccessDenied',
      `User: ${request.callerArn} is not authorized to perform: s3:PutBucketPolicy on resource: ` +
        `"arn:${world.partition}:s3:::${bucket.name}" because public policies are prevented by ` +
        'the BlockPublicPolicy setting in S3 Block Public Access.',
    );
  }
  bucket.policy = policy;
  return gone;
};

function policyOf(bucket: Bucket): string {
  if (bucket.policy === undefined) {
    throw absent('NoSuchBucketPolicy', 'The bucket policy does not exist');
  }
  return bucket.policy;
}

/** The configuration operations by name; permission has been checked before. */
export const bucketConfigOperations: { readonly [operation: string]: ConfigOperation } = {
  GetBucketTagging: (bucket) => {
    if (Object.keys(bucket.tags).length === 0) {
      throw absent('NoSuchTagSet', 'The TagSet does not exist');
    }
    return xmlAnswer('Tagging', tagSet(bucket.tags));
  },
  PutBucketTagging: (bucket, request) => {
    const set = child(parseXml(request.body), 'TagSet');
    if (set === undefined) throw malformedXml();
    bucket.tags = readTagSet(set, 50);
    return gone;
  },
  GetPublicAccessBlock: getPublicAccessBlock,
  PutPublicAccessBlock: putPublicAccessBlock,
  DeletePublicAccessBlock: (bucket) => {
    bucket.publicAccessBlock = undefined;
    return gone;
  },
  GetBucketOwnershipControls: (bucket) => {
    if (bucket.ownership === undefined) {
      throw absent(
        'OwnershipControlsNotFoundError',
        'The bucket ownership controls were not found',
      );
    }
    return xmlAnswer('OwnershipControls', { Rule: { ObjectOwnership: bucket.ownership } });
  },
  PutBucketOwnershipControls: putOwnership,
  GetBucketEncryption: (bucket) => {
    if (bucket.encryption === undefined) {
      throw absent(
        'ServerSideEncryptionConfigurationNotFoundError',
        'The server side encryption configuration was not found',
      );
    }
    return xmlAnswer('ServerSideEncryptionConfiguration', {
      Rule: {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: bucket.encryption.algorithm,
          KMSMasterKeyID: bucket.encryption.kmsKeyId,
        },
        BucketKeyEnabled: false,
      },
    });
  },
  PutBucketEncryption: putEncryption,
  GetBucketVersioning: (bucket) =>
    xmlAnswer('VersioningConfiguration', { Status: bucket.versioning }),
  GetBucketPolicy: (bucket) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: policyOf(bucket),
  }),
  PutBucketPolicy: putPolicy,
  DeleteBucketPolicy: (bucket) => {
    bucket.policy = undefined;
    return gone;
  },
  GetBucketPolicyStatus: (bucket) =>
    xmlAnswer('PolicyStatus', { IsPublic: isPublicPolicy(policyOf(bucket)) }),
};
