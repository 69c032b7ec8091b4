// Every flag of every command, as data: the parser, the help and the environment variables are
// made from these tables. Names are fixed; ccoctl's spelling of its flags works.

/** A flag. Without `value` it is a boolean that also takes `=true|false|1|0`. */
export type FlagSpec = {
  /** Without dashes: `output-dir`. */
  readonly name: string;
  readonly short?: string;
  /** What help shows for the value. */
  readonly value?: string;
  /** May be given several times. */
  readonly repeatable?: boolean;
  /** Accepted, and not shown in help. */
  readonly hidden?: boolean;
  /** An approval: never taken from the environment. */
  readonly approval?: boolean;
  /** Heading under which help lists it. */
  readonly group: FlagGroup;
  /** Must be given, by flag, environment or profile; help lists it first and marks it. */
  readonly required?: boolean;
  /** The steps of rotate-keys that it belongs to; all where not given. */
  readonly steps?: readonly string[];
  readonly about: string;
};

/** Headings of the help, in order. */
export const flagGroups = [
  'Required',
  'Signing key',
  'Issuer',
  'Roles',
  'Rotation',
  'Evidence',
  'Approval',
  'AWS',
  'Output',
] as const;

export type FlagGroup = (typeof flagGroups)[number];

const outputFlags: readonly FlagSpec[] = [
  {
    name: 'output-dir',
    group: 'Output',
    value: '<folder>',
    about: 'folder for the files (default: the current one)',
  },
  {
    name: 'output',
    group: 'Output',
    short: 'o',
    value: '<format>',
    about: 'text or json (default: text)',
  },
  { name: 'dry-run', group: 'Output', about: 'show the changes; write nothing to AWS and no key' },
  { name: 'quiet', group: 'Output', about: 'no progress on stderr' },
  {
    name: 'verbose',
    group: 'Output',
    about: 'full lists, every step and AWS call on stderr, stack of an error',
  },
  { name: 'no-color', group: 'Output', about: 'no colors' },
];

const yesFlag: FlagSpec = {
  name: 'yes',
  group: 'Approval',
  short: 'y',
  approval: true,
  about: 'remove audiences, or open a closed bucket, without asking',
};

const awsFlags: readonly FlagSpec[] = [
  {
    name: 'name',
    group: 'Required',
    required: true,
    value: '<name>',
    about: "the cluster's name; every other name is made from it",
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
      'for a new name: a public bucket instead of a private one behind CloudFront; for one whose bucket was closed: open it',
  },
  {
    name: 'create-private-s3-bucket',
    group: 'Issuer',
    hidden: true,
    about: "ccoctl's name of the layout that is the default here",
  },
];

const roleAudienceFlag: FlagSpec = {
  name: 'audience',
  group: 'Roles',
  value: '<audience>',
  repeatable: true,
  about: 'audiences of the provider to add to roles that are there (a new one has all)',
};

const roleFlags: readonly FlagSpec[] = [
  {
    name: 'credentials-requests-dir',
    group: 'Required',
    required: true,
    value: '<folder>',
    about: 'folder with CredentialsRequests (*.yaml, *.yml)',
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

const rotationFlags: readonly FlagSpec[] = [
  {
    name: 'platform',
    group: 'Rotation',
    steps: ['stage'],
    value: '<platform>',
    about: 'kubernetes or openshift; given at stage, kept',
  },
  {
    name: 'min-publish-age',
    group: 'Rotation',
    steps: ['stage', 'promote'],
    value: '<duration>',
    about: 'how long the next key is published before it may sign (default: 24h)',
  },
  {
    name: 'max-token-lifetime',
    group: 'Rotation',
    steps: ['stage', 'retire', 'rollback'],
    value: '<duration>',
    about: 'longest lifetime of a token (default: 24h10m)',
  },
  {
    name: 'next-public-key-file',
    group: 'Rotation',
    steps: ['stage', 'emergency'],
    value: '<file>',
    about: 'stage a key that the cluster or another signer made',
  },
  {
    name: 'api-server-jwks',
    group: 'Evidence',
    steps: ['promote'],
    value: '<file>',
    repeatable: true,
    about: 'the /openid/v1/jwks of an API server; one each',
  },
  {
    name: 'token-file',
    group: 'Evidence',
    steps: ['retire', 'rollback'],
    value: '<file>',
    repeatable: true,
    approval: true,
    about: 'a fresh pod token of an API server; one each',
  },
  {
    name: 'probe-role-arn',
    group: 'Evidence',
    steps: ['promote', 'emergency'],
    value: '<arn>',
    about: 'role without permissions, to test tokens against STS',
  },
  {
    name: 'probe-region',
    group: 'Evidence',
    steps: ['promote', 'emergency'],
    value: '<region>',
    repeatable: true,
    about: 'Region of STS to test in (default: --region)',
  },
  {
    name: 'rotate-every',
    group: 'Rotation',
    steps: [],
    value: '<duration>',
    about: 'without a step: stage when the current key is older than this',
  },
  {
    name: 'verifier',
    group: 'Rotation',
    steps: ['retire'],
    value: '<key-id>',
    about: 'at retire: drop this key from the verifiers',
  },
  {
    name: 'key',
    group: 'Rotation',
    steps: ['retire'],
    value: '<key-id>',
    about: 'at retire: unpublish this key, which has no role',
  },
  {
    name: 'force',
    group: 'Approval',
    steps: ['promote', 'retire', 'rollback', 'emergency'],
    approval: true,
    about: 'open a closed gate; needs the typed name',
  },
  {
    name: 'confirm',
    group: 'Approval',
    value: '<name>',
    approval: true,
    about: 'cluster name, to confirm without a terminal',
  },
];

/** The flags each command takes, in the order in which help shows them. */
export const flagTables = {
  'create-key-pair': [keySizeFlag, ...outputFlags],
  'create-identity-provider': [...awsFlags, ...providerFlags, tagFlag, ...outputFlags, yesFlag],
  'create-iam-roles': [
    ...awsFlags,
    ...roleFlags,
    issuerUrlFlag,
    roleAudienceFlag,
    tagFlag,
    ...outputFlags,
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
} as const satisfies { readonly [command: string]: readonly FlagSpec[] };
