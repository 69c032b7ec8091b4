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
  readonly about: string;
};

const outputFlags: readonly FlagSpec[] = [
  { name: 'output-dir', value: '<folder>', about: 'where files are written (default: here)' },
  { name: 'output', short: 'o', value: '<format>', about: 'text or json (default: text)' },
  { name: 'dry-run', about: 'show what would be done; write nothing to AWS, and no key' },
  { name: 'quiet', about: 'no progress on stderr' },
  { name: 'verbose', about: 'every step on stderr, and the stack of an error' },
  { name: 'no-color', about: 'no colors' },
];

const yesFlag: FlagSpec = {
  name: 'yes',
  short: 'y',
  approval: true,
  about: 'remove audiences without asking',
};

const awsFlags: readonly FlagSpec[] = [
  {
    name: 'name',
    value: '<name>',
    about: "the cluster's name, part of every other name; required",
  },
  { name: 'region', value: '<region>', about: "AWS region (default: AWS_REGION, the profile's)" },
  { name: 'profile', value: '<profile>', about: 'profile of the shared AWS files' },
  { name: 'endpoint-url', value: '<url>', about: 'another endpoint for every AWS service' },
  { name: 'timeout', value: '<duration>', about: 'limit of each wait (default: 30m)' },
];

const keySizeFlag: FlagSpec = {
  name: 'key-size',
  value: '<bits>',
  about: '4096, 3072 or 2048 (default: 4096)',
};

const tagFlag: FlagSpec = {
  name: 'tag',
  value: '<key=value>',
  repeatable: true,
  about: 'a tag for everything created',
};

const providerFlags: readonly FlagSpec[] = [
  {
    name: 'public-key-file',
    value: '<file>',
    repeatable: true,
    about: 'RSA public keys to publish, PEM (default: serviceaccount-signer.public)',
  },
  {
    name: 'audience',
    value: '<audience>',
    repeatable: true,
    about: 'add audiences (default for a new provider: openshift,sts.amazonaws.com)',
  },
  {
    name: 'remove-audience',
    value: '<audience>',
    repeatable: true,
    about: 'remove audiences, after naming the roles that use them',
  },
  {
    name: 'public-s3-bucket',
    about: 'for a new name: a public bucket instead of a private one behind CloudFront',
  },
  {
    name: 'create-private-s3-bucket',
    hidden: true,
    about: "ccoctl's name of the layout that is the default here",
  },
];

const roleFlags: readonly FlagSpec[] = [
  {
    name: 'credentials-requests-dir',
    value: '<folder>',
    about: 'folder with CredentialsRequests (*.yaml, *.yml); required',
  },
  {
    name: 'identity-provider-arn',
    value: '<arn>',
    about: 'the IAM OIDC provider to trust (default: the one of --name)',
  },
  {
    name: 'permissions-boundary-arn',
    value: '<arn>',
    about: 'permissions boundary of the roles; "none" removes it',
  },
  {
    name: 'enable-tech-preview',
    about: 'include the requests of the feature set TechPreviewNoUpgrade',
  },
  {
    name: 'max-session-duration',
    value: '<duration>',
    about: 'longest session of the roles, 1h to 12h, or in seconds',
  },
  { name: 'role-path', value: '<path>', about: 'path of new roles (default: /)' },
];

const rotationFlags: readonly FlagSpec[] = [
  { name: 'platform', value: '<platform>', about: 'kubernetes or openshift; given at stage, kept' },
  {
    name: 'min-publish-age',
    value: '<duration>',
    about: 'how long the next key is published before it may sign (default: 24h)',
  },
  {
    name: 'max-token-lifetime',
    value: '<duration>',
    about: 'longest lifetime of a token (default: 24h10m)',
  },
  {
    name: 'next-public-key-file',
    value: '<file>',
    about: 'stage a key that the cluster or another signer made',
  },
  {
    name: 'api-server-jwks',
    value: '<file>',
    repeatable: true,
    about: 'the /openid/v1/jwks of an API server; one each',
  },
  {
    name: 'token-file',
    value: '<file>',
    repeatable: true,
    approval: true,
    about: 'a fresh pod token of an API server; one each',
  },
  { name: 'probe-role-arn', value: '<arn>', about: 'role that grants nothing, to ask STS with' },
  {
    name: 'probe-region',
    value: '<region>',
    repeatable: true,
    about: 'region in which STS is asked',
  },
  {
    name: 'rotate-every',
    value: '<duration>',
    about: 'without a step: stage when the current key is older than this',
  },
  { name: 'verifier', value: '<key-id>', about: 'at retire: drop this key from the verifiers' },
  { name: 'key', value: '<key-id>', about: 'at retire: unpublish this key, which has no role' },
  { name: 'force', approval: true, about: 'open a closed gate; needs the typed name' },
  {
    name: 'confirm',
    value: '<name>',
    approval: true,
    about: 'the typed name, where there is no terminal to ask on',
  },
];

/** The flags each command takes, in the order in which help shows them. */
export const flagTables = {
  'create-key-pair': [keySizeFlag, ...outputFlags],
  'create-identity-provider': [...awsFlags, ...providerFlags, tagFlag, ...outputFlags, yesFlag],
  'create-iam-roles': [...awsFlags, ...roleFlags, tagFlag, ...outputFlags],
  'create-all': [
    ...awsFlags,
    keySizeFlag,
    ...providerFlags,
    ...roleFlags,
    tagFlag,
    ...outputFlags,
    yesFlag,
  ],
  'rotate-keys': [...awsFlags, keySizeFlag, ...rotationFlags, ...outputFlags],
} as const satisfies { readonly [command: string]: readonly FlagSpec[] };
