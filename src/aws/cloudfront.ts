// The part of the SDK's CloudFront client that the program uses, and nothing else of it:
// this module is loaded by import(), and only what is named here ends up in its bundle.

import {
  CloudFrontClient,
  CreateDistributionWithTagsCommand,
  CreateInvalidationCommand,
  CreateOriginAccessControlCommand,
  DeleteCloudFrontOriginAccessIdentityCommand,
  DeleteDistributionCommand,
  DeleteOriginAccessControlCommand,
  TagResourceCommand,
  UpdateDistributionCommand,
  UpdateOriginAccessControlCommand,
} from '@aws-sdk/client-cloudfront';
import { clientConfig, prepared, type ClientSettings } from './client-config.ts';
import type { WriteTable } from './write-table.ts';

export {
  GetCloudFrontOriginAccessIdentityCommand,
  GetDistributionCommand,
  GetInvalidationCommand,
  GetOriginAccessControlCommand,
  ListTagsForResourceCommand,
  paginateListCloudFrontOriginAccessIdentities,
  paginateListDistributions,
  paginateListOriginAccessControls,
} from '@aws-sdk/client-cloudfront';
export { keepRawAnswer, unknownSettings } from './unknown-settings.ts';

/** A CloudFront client; the region must be the one of its API in the partition. */
export function createClient(settings: ClientSettings): CloudFrontClient {
  return prepared(new CloudFrontClient(clientConfig(settings)), settings);
}

/** Writing operations by their AWS CLI name. */
export const writes: WriteTable = {
  'create-distribution-with-tags': [
    'CreateDistributionWithTags',
    CreateDistributionWithTagsCommand,
  ],
  'create-invalidation': ['CreateInvalidation', CreateInvalidationCommand],
  'create-origin-access-control': ['CreateOriginAccessControl', CreateOriginAccessControlCommand],
  'delete-cloud-front-origin-access-identity': [
    'DeleteCloudFrontOriginAccessIdentity',
    DeleteCloudFrontOriginAccessIdentityCommand,
  ],
  'delete-distribution': ['DeleteDistribution', DeleteDistributionCommand],
  'delete-origin-access-control': ['DeleteOriginAccessControl', DeleteOriginAccessControlCommand],
  'tag-resource': ['TagResource', TagResourceCommand],
  'update-distribution': ['UpdateDistribution', UpdateDistributionCommand],
  'update-origin-access-control': ['UpdateOriginAccessControl', UpdateOriginAccessControlCommand],
};
