// Every flag of every command, as data: the parser, the help and the environment variables are
// made from these tables. Names are fixed; ccoctl's spelling of its flags works.

import type { FlagSpec } from './tables/flag-spec.ts';
import {
  awsFlags,
  formatFlag,
  messageFlags,
  outputFlags,
  readFlags,
  tagFlag,
  yesFlag,
} from './tables/common.ts';
import { deletionApprovals, deletionFlags } from './tables/delete.ts';
import {
  documentFlags,
  hostingOnlyFlag,
  issuerUrlFlag,
  keySizeFlag,
  providerFlags,
  servedFolderFlags,
  sharedHostingFlag,
} from './tables/issuer.ts';
import { permissionFlags } from './tables/permissions.ts';
import { roleAudienceFlag, roleFlags } from './tables/roles.ts';
import { verifyFlags } from './tables/verify.ts';
import { rotationFlags } from './tables/rotation.ts';

/** The flags each command takes, in the order in which help shows them. */
export const flagTables = {
  'create-key-pair': [keySizeFlag, ...outputFlags],
  'create-identity-provider': [
    ...awsFlags,
    ...providerFlags,
    hostingOnlyFlag,
    tagFlag,
    ...outputFlags,
    yesFlag,
  ],
  'create-iam-roles': [
    ...awsFlags,
    ...roleFlags,
    issuerUrlFlag,
    sharedHostingFlag,
    roleAudienceFlag,
    tagFlag,
    ...outputFlags,
    { ...yesFlag, about: 'delete roles with --prune without asking' },
  ],
  'create-all': [
    ...awsFlags,
    keySizeFlag,
    ...providerFlags,
    ...roleFlags,
    tagFlag,
    ...outputFlags,
    yesFlag,
  ],
  'rotate-keys': [
    ...awsFlags,
    ...servedFolderFlags,
    { ...keySizeFlag, steps: ['stage', 'emergency'] },
    sharedHostingFlag,
    ...rotationFlags,
    {
      ...yesFlag,
      steps: ['promote', 'retire'],
      about: 'with --from-cluster on OpenShift: hand the signing key over without asking',
    },
    ...outputFlags,
  ],
  verify: verifyFlags,
  list: [...awsFlags.filter(({ name }) => name === 'region'), ...readFlags],
  'render-documents': documentFlags,
  permissions: permissionFlags,
  completion: [formatFlag, ...messageFlags],
  help: [formatFlag, ...messageFlags],
  delete: [...awsFlags, ...deletionFlags, ...outputFlags, ...deletionApprovals],
} as const satisfies { readonly [command: string]: readonly FlagSpec[] };
