// Every flag of every command, as data: the parser, the help and the environment variables are
// made from these tables. Names are fixed; ccoctl's spelling of its flags works.

import { bucketNamespaces } from '../../core/bucket-names.ts';
import { platforms } from '../../core/cluster/platform.ts';
import type { FlagSpec } from './flag-spec.ts';
import { rotationFlags } from './rotation-flag-table.ts';

const formatFlag: FlagSpec = {
  name: 'output',
  group: 'Output',
  short: 'o',
  value: '<format>',
  choices: ['text', 'json'],
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

const nameFlag: FlagSpec = {
  name: 'name',
  group: 'Required',
  required: true,
  value: '<name>',
  about: 'cluster name; all resource names are derived from it',
};

const awsFlags: readonly FlagSpec[] = [
  nameFlag,
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
  choices: ['4096', '3072', '2048'],
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

const sharedHostingFlag: FlagSpec = {
  name: 'shared-hosting',
  group: 'Issuer',
  value: '<hosting>',
  about: 'name of a hosting that many clusters share; the issuer ends in /<name>',
};

const hostingOnlyFlag: FlagSpec = {
  name: 'hosting-only',
  group: 'Issuer',
  about: 'make the hosting alone and print the issuer: no document, no key, no provider',
};

const layoutFlags: readonly FlagSpec[] = [
  {
    name: 'public-s3-bucket',
    group: 'Issuer',
    about:
      'new name: use a public bucket instead of a private one behind CloudFront; existing public layout: open its closed bucket',
  },
  {
    name: 'create-private-s3-bucket',
    group: 'Issuer',
    hidden: true,
    about: 'ccoctl flag for the private layout, the default here',
  },
];

const platformFlag: FlagSpec = {
  name: 'platform',
  group: 'Issuer',
  value: '<platform>',
  choices: platforms,
  about: `whose steps are shown, and whose files are written to cluster/: ${platforms.join(', ')} (default: kubernetes, or as before)`,
};

const domainFlags: readonly FlagSpec[] = [
  {
    name: 'domain',
    group: 'Issuer',
    value: '<host>',
    about:
      'a domain of your own for a new issuer, https://<host>, with certificate and DNS records',
  },
  {
    name: 'hosted-zone-id',
    group: 'Issuer',
    value: '<id>',
    about:
      'with --domain: the public Route 53 zone for its records (default: the longest suffix; without one they are printed)',
  },
  {
    name: 'certificate-arn',
    group: 'Issuer',
    value: '<arn>',
    about:
      'with --domain: an issued ACM certificate of us-east-1 that covers it (default: one is requested)',
  },
];

const providerFlags: readonly FlagSpec[] = [
  platformFlag,
  issuerUrlFlag,
  sharedHostingFlag,
  ...domainFlags,
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
    name: 'bucket-namespace',
    group: 'Issuer',
    value: '<namespace>',
    choices: bucketNamespaces,
    about:
      'new bucket: global or account-regional (default: account-regional, where the name fits and the Region has it)',
  },
  {
    name: 'migrate-to-oac',
    group: 'Issuer',
    about:
      'replace the origin access identity of a cluster that ccoctl made by an origin access control; the issuer stays',
  },
  ...layoutFlags,
];

const roleAudienceFlag: FlagSpec = {
  name: 'audience',
  group: 'Roles',
  value: '<audience>',
  repeatable: true,
  about: 'audiences of the provider to add to existing roles (new roles have all)',
};

const rolePathFlag: FlagSpec = {
  name: 'role-path',
  group: 'Roles',
  value: '<path>',
  about: 'path of new roles (default: /)',
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
  rolePathFlag,
];

const permissionFlags: readonly FlagSpec[] = [
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

const deletionFlags: readonly FlagSpec[] = [
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

const servedFolderFlags: readonly FlagSpec[] = [
  {
    ...issuerUrlFlag,
    about: 'the issuer, where its documents are served from the folder of --documents-dir',
  },
  {
    name: 'documents-dir',
    group: 'Issuer',
    value: '<folder>',
    about: 'with --issuer-url: folder that the web server serves; keys are published into it',
  },
];

const nameToVerify: FlagSpec = {
  name: 'name',
  group: 'Required',
  value: '<name>',
  about: 'cluster name; or --issuer-url alone, or --token-file alone, or --all',
};

/** A command that only reads makes the same calls in a dry run. */
const ignoredDryRun: FlagSpec = {
  name: 'dry-run',
  group: 'Output',
  hidden: true,
  about: 'taken as everywhere; nothing is ever written',
};

const readFlags: readonly FlagSpec[] = [
  ...awsFlags.filter(({ name }) => !['name', 'region', 'timeout'].includes(name)),
  ...outputFlags.filter(({ name }) => name !== 'dry-run'),
  ignoredDryRun,
];

const verifyFlags: readonly FlagSpec[] = [
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
    ...outputFlags,
  ],
  verify: verifyFlags,
  list: [...awsFlags.filter(({ name }) => name === 'region'), ...readFlags],
  'render-documents': documentFlags,
  permissions: permissionFlags,
  completion: [formatFlag, ...messageFlags],
  delete: [...awsFlags, ...deletionFlags, ...outputFlags, ...deletionApprovals],
} as const satisfies { readonly [command: string]: readonly FlagSpec[] };
