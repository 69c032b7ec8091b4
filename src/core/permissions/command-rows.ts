// The IAM permissions of every command that talks to AWS: what `permissions <command>` prints and what
// the tests hold against every call. To add a permission, add its action to a row, or a row to the list
// of its commands below: `sid`, `actions`, `on` (the resource), `when` (hosting it depends on), and
// `optional` with what is lost without it. A new kind of resource goes into resources.ts, a new
// command into the table here and into commands.ts.

import type { PermissionCommand } from './commands.ts';
import { deleteOwnDomain, lookAtOwnDomain, makeOwnDomain } from './domain-rows.ts';
import {
  findIssuer,
  listBuckets,
  listProviders,
  lookAtAccount,
  lookAtAllHostings,
  lookAtHosting,
  lookAtPublicAccess,
  lookAtSharedHosting,
  lookForDistribution,
  makeBucket,
  makeDistribution,
  makeProvider,
  migrateToAccessControl,
  publishDocuments,
  rotatePublishedKeys,
  takeBackProvider,
} from './hosting-rows.ts';
import type { PermissionRow } from './permission-row.ts';
import {
  attachPolicies,
  deleteRoles,
  listAttachedPolicies,
  listRoles,
  listForInventory,
  lookAtPolicies,
  lookAtRoles,
  lookForRoles,
  makeRoles,
  probeAndEmergency,
  pruneRoles,
  removeAudiences,
} from './role-rows.ts';
import { deleteFromSharedHosting, deleteHosting } from './teardown-rows.ts';

const makeIssuer = [
  makeBucket,
  publishDocuments,
  makeDistribution,
  lookForDistribution,
  ...lookAtSharedHosting,
  ...makeOwnDomain,
  migrateToAccessControl,
  makeProvider,
  takeBackProvider,
];
const makeAllRoles = [
  makeRoles,
  pruneRoles,
  lookForRoles,
  attachPolicies,
  lookAtPolicies,
  listAttachedPolicies,
  listRoles,
];

/** The rows of each command; GetCallerIdentity and AssumeRoleWithWebIdentity need no permission. */
export const commandRows: { readonly [command in PermissionCommand]: readonly PermissionRow[] } = {
  'create-identity-provider': [
    ...makeIssuer,
    removeAudiences,
    listBuckets,
    listProviders,
    listRoles,
  ],
  'create-iam-roles': [
    ...findIssuer,
    ...lookAtSharedHosting,
    ...makeAllRoles,
    listBuckets,
    listProviders,
  ],
  'create-all': [...makeIssuer, ...makeAllRoles, listBuckets, listProviders],
  'rotate-keys': [
    ...rotatePublishedKeys,
    ...lookAtSharedHosting,
    ...probeAndEmergency,
    lookAtPublicAccess,
    listAttachedPolicies,
    listBuckets,
    listProviders,
  ],
  delete: [
    ...deleteHosting,
    ...deleteFromSharedHosting,
    ...deleteOwnDomain,
    ...deleteRoles,
    listBuckets,
    listProviders,
  ],
  verify: [...lookAtHosting, lookAtAccount, ...lookAtOwnDomain, ...lookAtRoles],
  list: [...lookAtAllHostings, listForInventory],
};
