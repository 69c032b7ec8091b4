// Permissions to delete what serves an issuer, and its IAM OIDC provider.

import { behindOwnCloudFront, inOwnBucket, onSharedHosting } from './hosting-rows.ts';
import type { PermissionRow } from './permission-row.ts';

/** Deletes the hosting and the provider. */
export const deleteHosting: readonly PermissionRow[] = [
  {
    sid: 'Bucket',
    actions: ['s3:DeleteBucket', 's3:GetBucketTagging', 's3:ListBucket', 's3:ListBucketVersions'],
    on: 'bucket',
    when: inOwnBucket,
  },
  {
    sid: 'Documents',
    actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject'],
    on: 'objects',
    when: inOwnBucket,
  },
  {
    sid: 'CloudFront',
    actions: [
      'cloudfront:DeleteCloudFrontOriginAccessIdentity',
      'cloudfront:DeleteDistribution',
      'cloudfront:DeleteOriginAccessControl',
      'cloudfront:GetCloudFrontOriginAccessIdentity',
      'cloudfront:GetDistribution',
      'cloudfront:GetOriginAccessControl',
      'cloudfront:ListCloudFrontOriginAccessIdentities',
      'cloudfront:ListDistributions',
      'cloudfront:ListOriginAccessControls',
      'cloudfront:ListTagsForResource',
      'cloudfront:UpdateDistribution',
    ],
    on: 'everything',
    when: behindOwnCloudFront,
  },
  {
    sid: 'Provider',
    actions: ['iam:DeleteOpenIDConnectProvider', 'iam:GetOpenIDConnectProvider'],
    on: 'providers',
  },
];

/** Deletes the documents of a cluster on a shared hosting, and nothing of the hosting. */
export const deleteFromSharedHosting: readonly PermissionRow[] = [
  {
    sid: 'SharedBucket',
    actions: [
      's3:GetBucketPolicy',
      's3:GetBucketTagging',
      's3:ListBucket',
      's3:ListBucketVersions',
    ],
    on: 'bucket',
    when: onSharedHosting,
  },
  {
    sid: 'SharedDocuments',
    actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject'],
    on: 'objects',
    when: onSharedHosting,
  },
  {
    sid: 'SharedCloudFront',
    actions: [
      'cloudfront:GetDistribution',
      'cloudfront:ListDistributions',
      'cloudfront:ListTagsForResource',
    ],
    on: 'everything',
    when: onSharedHosting,
  },
];
