// The flags of `permissions`: what the policy is filled in with.

import type { FlagSpec } from './flag-spec.ts';
import { formatFlag, messageFlags, nameFlag } from './common.ts';
import { domainFlags, issuerUrlFlag, layoutFlags, sharedHostingFlag } from './issuer.ts';
import { rolePathFlag } from './roles.ts';

/** All flags of permissions. */
export const permissionFlags: readonly FlagSpec[] = [
  nameFlag,
  {
    name: 'account',
    group: 'Required',
    required: true,
    value: '<account>',
    about: 'AWS account of the cluster, 12 digits',
  },
  {
    name: 'partition',
    group: 'AWS',
    value: '<partition>',
    about: 'partition of the account (default: aws)',
    choices: ['aws', 'aws-cn', 'aws-us-gov', 'aws-eusc'],
  },
  { ...rolePathFlag, about: 'path of the roles (default: /)' },
  issuerUrlFlag,
  sharedHostingFlag,
  ...domainFlags.filter(({ name }) => name !== 'certificate-arn'),
  ...layoutFlags,
  formatFlag,
  ...messageFlags,
];
