// The flags of `delete`: what stays, and who approves.

import type { FlagSpec } from './flag-spec.ts';
import { yesFlag } from './common.ts';
import { issuerUrlFlag, sharedHostingFlag } from './issuer.ts';

/** What a teardown takes and leaves. */
export const deletionFlags: readonly FlagSpec[] = [
  issuerUrlFlag,
  sharedHostingFlag,
  { name: 'keep-roles', group: 'Deletion', about: 'keep the IAM roles' },
  {
    name: 'keep-issuer',
    group: 'Deletion',
    about: 'keep the documents and their hosting; roles and IAM provider go',
  },
  {
    name: 'detach-foreign',
    group: 'Deletion',
    about: 'delete also what others added to roles, distribution or bucket',
  },
  {
    name: 'no-wait',
    group: 'Deletion',
    about: 'disable the distribution and do not wait; the next run deletes it',
  },
];

/** Who approves a teardown. */
export const deletionApprovals: readonly FlagSpec[] = [
  { ...yesFlag, about: 'delete without asking; not while a key rotation is under way' },
  {
    name: 'confirm',
    group: 'Approval',
    value: '<name>',
    approval: true,
    about: 'cluster name, to confirm without a terminal, also during a rotation',
  },
];
