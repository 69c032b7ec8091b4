// The flags of `verify`: what is verified, and how strictly.

import type { FlagSpec } from './flag-spec.ts';
import { readFlags } from './common.ts';
import { issuerUrlFlag, sharedHostingFlag } from './issuer.ts';

const nameToVerify: FlagSpec = {
  name: 'name',
  group: 'Required',
  value: '<name>',
  about: 'cluster name; or --issuer-url alone, or --token-file alone, or --all',
};

/** All flags of verify. */
export const verifyFlags: readonly FlagSpec[] = [
  nameToVerify,
  {
    name: 'region',
    group: 'AWS',
    value: '<region>',
    about:
      'AWS region, with --name or --all (default: AWS_REGION, AWS_DEFAULT_REGION, the profile)',
  },
  {
    ...issuerUrlFlag,
    about: 'the issuer whose documents are served elsewhere; alone: its public side only',
  },
  sharedHostingFlag,
  { name: 'all', group: 'Checks', about: 'every name that list finds, one line each' },
  {
    name: 'token-file',
    group: 'Checks',
    value: '<file>',
    approval: true,
    about: 'explain this token as STS judges it, "-" is stdin; alone: any token',
  },
  {
    name: 'role-arn',
    group: 'Checks',
    value: '<arn>',
    about: 'with --token-file: the role that the token is for',
  },
  {
    name: 'assume',
    group: 'Checks',
    about:
      'with --name: prove each role with tokens of the private key in the output folder, and that others are refused',
  },
  { name: 'strict', group: 'Checks', about: 'warnings fail too (exit 3)' },
  {
    name: 'deep',
    group: 'Checks',
    about:
      'also the quotas of IAM, Block Public Access of the account, and managed policies of the roles',
  },
  ...readFlags,
];
