// Permissions on the issuer's bucket, its documents, CloudFront and the IAM OIDC provider.

import type { PermissionRow } from './permission-row.ts';

const inBucket = ['bucket'] as const;
export const inOwnBucket = ['bucket', 'own-hosting'] as const;
export const behindOwnCloudFront = ['bucket', 'cloudfront', 'own-hosting'] as const;
export const onSharedHosting = ['bucket', 'shared-hosting'] as const;

const bucketReads = [
  's3:GetBucketOwnershipControls',
  's3:GetBucketPolicy',
  's3:GetBucketPublicAccessBlock',
  's3:GetBucketTagging',
  's3:GetEncryptionConfiguration',
  's3:ListBucket',
] as const;

const distributionReads = [
  'cloudfront:GetDistribution',
  'cloudfront:GetOriginAccessControl',
  'cloudfront:ListDistributions',
  'cloudfront:ListTagsForResource',
] as const;

/** Looks at a hosting that others share. */
export const lookAtSharedHosting: readonly PermissionRow[] = [
  { sid: 'SharedBucket', actions: bucketReads, on: 'bucket', when: onSharedHosting },
  {
    sid: 'SharedCloudFront',
    actions: [...distributionReads, 'cloudfront:ListOriginAccessControls'],
    on: 'everything',
    when: onSharedHosting,
  },
];

/** Reads the settings of the account, with `--deep`. */
export const lookAtAccount: PermissionRow = {
  sid: 'ForAccountAccess',
  actions: ['s3:GetAccountPublicAccessBlock'],
  on: 'everything',
  when: inBucket,
  optional: 'the check of Block Public Access of the account (--deep) is skipped',
};

/** Looks at everything of the hosting. */
export const lookAtHosting: readonly PermissionRow[] = [
  { sid: 'Bucket', actions: bucketReads, on: 'bucket', when: inBucket },
  { sid: 'Documents', actions: ['s3:GetObject'], on: 'objects', when: inBucket },
  {
    sid: 'CloudFront',
    actions: distributionReads,
    on: 'everything',
    when: inBucket,
  },
  {
    sid: 'Provider',
    actions: ['iam:GetOpenIDConnectProvider'],
    on: 'providers',
  },
];

/** Looks at the hosting of every cluster in the account. */
export const lookAtAllHostings: readonly PermissionRow[] = [
  { sid: 'Buckets', actions: ['s3:ListBucket'], on: 'all-buckets' },
  { sid: 'RotationState', actions: ['s3:GetObject'], on: 'all-states' },
  { sid: 'Provider', actions: ['iam:GetOpenIDConnectProvider'], on: 'providers' },
];

/** Makes and repairs the bucket. */
export const makeBucket: PermissionRow = {
  sid: 'Bucket',
  actions: [
    's3:CreateBucket',
    's3:GetBucketOwnershipControls',
    's3:GetBucketPolicy',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketTagging',
    's3:GetEncryptionConfiguration',
    's3:ListBucket',
    's3:PutBucketOwnershipControls',
    's3:PutBucketPolicy',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketTagging',
    's3:PutEncryptionConfiguration',
    's3:TagResource',
  ],
  on: 'bucket',
  when: inOwnBucket,
};

/** Publishes documents; their tags are kept. */
export const publishDocuments: PermissionRow = {
  sid: 'Documents',
  actions: ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging'],
  on: 'objects',
  when: inBucket,
};

/** Makes and repairs distribution and origin access control. */
export const makeDistribution: PermissionRow = {
  sid: 'CloudFront',
  actions: [
    'cloudfront:CreateDistribution',
    'cloudfront:CreateInvalidation',
    'cloudfront:CreateOriginAccessControl',
    'cloudfront:GetDistribution',
    'cloudfront:GetInvalidation',
    'cloudfront:GetOriginAccessControl',
    'cloudfront:ListDistributions',
    'cloudfront:ListOriginAccessControls',
    'cloudfront:ListTagsForResource',
    'cloudfront:TagResource',
    'cloudfront:UpdateDistribution',
    'cloudfront:UpdateOriginAccessControl',
  ],
  on: 'everything',
  when: behindOwnCloudFront,
};

/** A new public bucket is made only where the name has no distribution. */
export const lookForDistribution: PermissionRow = {
  sid: 'LookForDistribution',
  actions: ['cloudfront:ListDistributions'],
  on: 'everything',
  when: ['bucket', 'public-bucket'],
};

/** Makes the IAM OIDC provider and its audiences. */
export const makeProvider: PermissionRow = {
  sid: 'Provider',
  actions: [
    'iam:AddClientIDToOpenIDConnectProvider',
    'iam:CreateOpenIDConnectProvider',
    'iam:GetOpenIDConnectProvider',
    'iam:RemoveClientIDFromOpenIDConnectProvider',
    'iam:TagOpenIDConnectProvider',
  ],
  on: 'providers',
};

/** Deletes a provider that was made while another run deleted the hosting. */
export const takeBackProvider: PermissionRow = {
  sid: 'TakeBackProvider',
  actions: ['iam:DeleteOpenIDConnectProvider'],
  on: 'providers',
  optional: 'a provider made while another run deletes the hosting stays, and the run warns of it',
};

/** Finds the issuer of the name, for roles. */
export const findIssuer: readonly PermissionRow[] = [
  {
    sid: 'FindTheIssuerBucket',
    actions: ['s3:GetBucketPolicy', 's3:GetBucketTagging', 's3:ListBucket'],
    on: 'bucket',
    when: inBucket,
  },
  { sid: 'FindTheIssuerDocuments', actions: ['s3:GetObject'], on: 'objects', when: inBucket },
  {
    sid: 'FindTheIssuerCloudFront',
    actions: [
      'cloudfront:GetDistribution',
      'cloudfront:ListDistributions',
      'cloudfront:ListTagsForResource',
    ],
    on: 'everything',
    when: behindOwnCloudFront,
  },
  { sid: 'Provider', actions: ['iam:GetOpenIDConnectProvider'], on: 'providers' },
];

/** Publishes the keys of a rotation. */
export const rotatePublishedKeys: readonly PermissionRow[] = [
  {
    sid: 'Bucket',
    actions: ['s3:GetBucketPolicy', 's3:GetBucketTagging', 's3:ListBucket', 's3:PutBucketPolicy'],
    on: 'bucket',
    when: inOwnBucket,
  },
  publishDocuments,
  {
    sid: 'CloudFront',
    actions: [
      'cloudfront:CreateInvalidation',
      'cloudfront:GetDistribution',
      'cloudfront:GetInvalidation',
      'cloudfront:ListDistributions',
      'cloudfront:ListTagsForResource',
    ],
    on: 'everything',
    when: behindOwnCloudFront,
  },
];

/** Finds the owner of a bucket that is not open to the caller. */
export const listBuckets: PermissionRow = {
  sid: 'ListBuckets',
  actions: ['s3:ListAllMyBuckets'],
  on: 'everything',
  when: inBucket,
  optional: 'a message about a bucket of another account is less certain',
};

/** Finds a provider that was made for the name, where the hosting does not name its issuer. */
export const listProviders: PermissionRow = {
  sid: 'ListProviders',
  actions: ['iam:ListOpenIDConnectProviders'],
  on: 'everything',
  optional: 'a provider that still trusts a lost issuer of the name is not noticed',
};

/** Finds why a public bucket cannot be read. */
export const lookAtPublicAccess: PermissionRow = {
  sid: 'LookAtPublicAccess',
  actions: ['s3:GetBucketPublicAccessBlock'],
  on: 'bucket',
  when: inBucket,
  optional: 'a bucket whose settings close it is not told from one without a policy',
};

/** Moves a ccoctl cluster from its origin access identity to an origin access control. */
export const migrateToAccessControl: PermissionRow = {
  sid: 'WithMigrateToOac',
  actions: [
    'cloudfront:DeleteCloudFrontOriginAccessIdentity',
    'cloudfront:GetCloudFrontOriginAccessIdentity',
    'cloudfront:ListCloudFrontOriginAccessIdentities',
  ],
  on: 'everything',
  when: behindOwnCloudFront,
  optional: '--migrate-to-oac fails',
};
