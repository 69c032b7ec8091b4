// Every flag of every command, as data: the parser, the help and the environment variables are
// made from these tables. Names are fixed; ccoctl's spelling of its flags works.

import type { FlagSpec } from './flag-spec.ts';
import { rotationFlags } from './rotation-flag-table.ts';

const formatFlag: FlagSpec = {
  name: 'output',
  group: 'Output',
  short: 'o',
  value: '<format>',
  about: 'text or json (default: text)',
};

const messageFlags: readonly FlagSpec[] = [
  { name: 'quiet', group: 'Output', about: 'no progress on stderr' },
  {
    name: 'verbose',
    group: 'Output',
    about: 'full lists, every step and AWS call on stderr, stack of an error',
  },
  { name: 'no-color', group: 'Output', about: 'no colors' },
];

const outputFlags: readonly FlagSpec[] = [
  {
    name: 'output-dir',
    group: 'Output',
    value: '<folder>',
    about: 'folder for the files (default: the current one)',
  },
  formatFlag,
  { name: 'dry-run', group: 'Output', about: 'show the changes; write nothing to AWS and no key' },
  ...messageFlags,
];

const yesFlag: FlagSpec = {
  name: 'yes',
  group: 'Approval',
  short: 'y',
  approval: true,
  about: 'remove audiences or roles, or open a closed bucket, without asking',
};

const awsFlags: readonly FlagSpec[] = [
  {
    name: 'name',
    group: 'Required',
    required: true,
    value: '<name>',
    about: 'cluster name; all resource names are derived from it',
  },
  {
    name: 'region',
    group: 'Required',
    required: true,
    value: '<region>',
    about: 'AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, the profile)',
  },
  { name: 'profile', group: 'AWS', value: '<profile>', about: 'profile of the shared AWS files' },
  {
    name: 'endpoint-url',
    group: 'AWS',
    value: '<url>',
    about: 'another endpoint for every AWS service',
  },
  {
    name: 'timeout',
    group: 'AWS',
    value: '<duration>',
    about: 'limit of each wait (default: 30m)',
  },
];

const keySizeFlag: FlagSpec = {
  name: 'key-size',
  group: 'Signing key',
  value: '<bits>',
  about: '4096, 3072 or 2048 (default: 4096)',
};

const tagFlag: FlagSpec = {
  name: 'tag',
  group: 'AWS',
  value: '<key=value>',
  repeatable: true,
  about: 'a tag for everything created',
};

const issuerUrlFlag: FlagSpec = {
  name: 'issuer-url',
  group: 'Issuer',
  value: '<url>',
  about: 'the issuer, https://<host>[/<path>], where its documents are served elsewhere',
};

const hostingOnlyFlag: FlagSpec = {
  name: 'hosting-only',
  group: 'Issuer',
  about: 'make the hosting alone and print the issuer: no document, no key, no provider',
};

const providerFlags: readonly FlagSpec[] = [
  issuerUrlFlag,
  {
    name: 'public-key-file',
    group: 'Signing key',
    value: '<file>',
    repeatable: true,
    about:
      'public keys to publish, PEM or JWKS, "-" is stdin (default: serviceaccount-signer.public)',
  },
  {
    name: 'audience',
    group: 'Issuer',
    value: '<audience>',
    repeatable: true,
    about: 'add audiences (default for a new provider: openshift,sts.amazonaws.com)',
  },
  {
    name: 'remove-audience',
    group: 'Issuer',
    value: '<audience>',
    repeatable: true,
    about: 'remove audiences, after naming the roles that use them',
  },
  {
    name: 'public-s3-bucket',
    group: 'Issuer',
    about:
      'new name: use a public bucket instead of a private one behind CloudFront; existing public layout: open its closed bucket',
  },
  {
    name: 'migrate-to-oac',
    group: 'Issuer',
    about:
      'replace the origin access identity of a cluster that ccoctl made by an origin access control; the issuer stays',
  },
  {
    name: 'create-private-s3-bucket',
    group: 'Issuer',
    hidden: true,
    about: 'ccoctl flag for the private layout, the default here',
  },
];

const roleAudienceFlag: FlagSpec = {
  name: 'audience',
  group: 'Roles',
  value: '<audience>',
  repeatable: true,
  about: 'audiences of the provider to add to existing roles (new roles have all)',
};

const roleFlags: readonly FlagSpec[] = [
  {
    name: 'credentials-requests-dir',
    group: 'Required',
    value: '<folder>',
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
  { name: 'role-path', group: 'Roles', value: '<path>', about: 'path of new roles (default: /)' },
];

const deletionFlags: readonly FlagSpec[] = [
  issuerUrlFlag,
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

const deletionApprovals: readonly FlagSpec[] = [
  { ...yesFlag, about: 'delete without asking; not while a key rotation is under way' },
  {
    name: 'confirm',
    group: 'Approval',
    value: '<name>',
    approval: true,
    about: 'cluster name, to confirm without a terminal, also during a rotation',
  },
];

const documentFlags: readonly FlagSpec[] = [
  {
    name: 'issuer-url',
    group: 'Required',
    required: true,
    value: '<url>',
    about: 'the issuer, https://<host>[/<path>], exactly as tokens name it',
  },
  {
    name: 'public-key-file',
    group: 'Required',
    required: true,
    value: '<file>',
    repeatable: true,
    about: 'public keys to serve, PEM or JWKS, "-" is stdin',
  },
  {
    name: 'documents-dir',
    group: 'Required',
    required: true,
    value: '<folder>',
    about: 'folder that the web server serves at the issuer URL',
  },
  {
    name: 'remove-key',
    group: 'Signing key',
    value: '<key-id>',
    repeatable: true,
    about: 'stop serving this key, for good',
  },
  formatFlag,
  { name: 'dry-run', group: 'Output', about: 'show the changes; write nothing' },
  ...messageFlags,
];

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
    { ...keySizeFlag, steps: ['stage', 'emergency'] },
    ...rotationFlags,
    ...outputFlags,
  ],
  'render-documents': documentFlags,
  delete: [...awsFlags, ...deletionFlags, ...outputFlags, ...deletionApprovals],
} as const satisfies { readonly [command: string]: readonly FlagSpec[] };
