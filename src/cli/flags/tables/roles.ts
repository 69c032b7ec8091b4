// The flags of roles: what they are made from, whom they trust, what goes.

import type { FlagSpec } from './flag-spec.ts';

/** `--audience` of create-iam-roles. */
export const roleAudienceFlag: FlagSpec = {
  name: 'audience',
  group: 'Roles',
  value: '<audience>',
  repeatable: true,
  about: 'audiences of the provider to add to existing roles (new roles have all)',
};

/** `--role-path`. */
export const rolePathFlag: FlagSpec = {
  name: 'role-path',
  group: 'Roles',
  value: '<path>',
  about: 'path of new roles (default: /)',
};

/** All that is about roles. */
export const roleFlags: readonly FlagSpec[] = [
  {
    name: 'credentials-requests-dir',
    group: 'Required',
    value: '<folder>',
    once: true,
    about:
      'folder with CredentialsRequests (*.yaml, *.yml): a role for each; this or --service-account',
  },
  {
    name: 'service-account',
    group: 'Required',
    value: '<namespace/name>',
    repeatable: true,
    about: 'service accounts that get one role; this or --credentials-requests-dir',
  },
  {
    name: 'role-name',
    group: 'Roles',
    value: '<name>',
    about:
      'with --service-account: name of the role (default: <name>-<namespace>-<service account>)',
  },
  {
    name: 'policy-file',
    group: 'Roles',
    value: '<file>',
    about: 'with --service-account: JSON file with the inline policy of the role',
  },
  {
    name: 'managed-policy-arn',
    group: 'Roles',
    value: '<arn>',
    repeatable: true,
    about: 'with --service-account: attach managed policies',
  },
  {
    name: 'remove-managed-policy-arn',
    group: 'Roles',
    value: '<arn>',
    repeatable: true,
    about: 'with --service-account: detach managed policies; no others are ever detached',
  },
  {
    name: 'also-trust-provider-arn',
    group: 'Roles',
    value: '<arn>',
    about: 'trust another issuer of the same cluster too, while it moves to another',
  },
  {
    name: 'stop-trusting-provider-arn',
    group: 'Roles',
    value: '<arn>',
    about: 'stop trusting that issuer, once the cluster has moved',
  },
  {
    name: 'prune',
    group: 'Roles',
    about: 'delete roles whose CredentialsRequest is no longer in the folder, after showing them',
  },
  {
    name: 'identity-provider-arn',
    group: 'Roles',
    value: '<arn>',
    about: 'the IAM OIDC provider to trust (default: the one of --name)',
  },
  {
    name: 'permissions-boundary-arn',
    group: 'Roles',
    value: '<arn>',
    about: 'permissions boundary of the roles; "none" removes it',
  },
  {
    name: 'enable-tech-preview',
    group: 'Roles',
    about: 'include the requests of the feature set TechPreviewNoUpgrade',
  },
  {
    name: 'max-session-duration',
    group: 'Roles',
    value: '<duration>',
    about: 'longest session of the roles, 1h to 12h, or in seconds',
  },
  rolePathFlag,
];
