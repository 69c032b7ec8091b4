// The flags that commands share: name and region, AWS, output, approval.

import type { FlagSpec } from './flag-spec.ts';

/** `-o text|json`. */
export const formatFlag: FlagSpec = {
  name: 'output',
  group: 'Output',
  short: 'o',
  value: '<format>',
  choices: ['text', 'json'],
  about: 'text or json (default: text)',
};

/** What goes to the terminal beside the result. */
export const messageFlags: readonly FlagSpec[] = [
  { name: 'quiet', group: 'Output', about: 'no progress on stderr' },
  {
    name: 'verbose',
    group: 'Output',
    about: 'full lists, every step and AWS call on stderr, stack of an error',
  },
  { name: 'no-color', group: 'Output', about: 'no colors' },
];

/** Where results and files go. */
export const outputFlags: readonly FlagSpec[] = [
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

/** `--yes`; commands say what it approves. */
export const yesFlag: FlagSpec = {
  name: 'yes',
  group: 'Approval',
  short: 'y',
  approval: true,
  about: 'remove audiences or roles, or open a closed bucket, without asking',
};

/** `--name`. */
export const nameFlag: FlagSpec = {
  name: 'name',
  group: 'Required',
  required: true,
  value: '<name>',
  about: 'cluster name; all resource names are derived from it',
};

/** Name, region and connection of commands that write to AWS. */
export const awsFlags: readonly FlagSpec[] = [
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

/** `--tag`. */
export const tagFlag: FlagSpec = {
  name: 'tag',
  group: 'AWS',
  value: '<key=value>',
  repeatable: true,
  about: 'a tag for everything created',
};

/** A command that only reads makes the same calls in a dry run. */
const ignoredDryRun: FlagSpec = {
  name: 'dry-run',
  group: 'Output',
  hidden: true,
  about: 'taken as everywhere; nothing is ever written',
};

/** Connection and output of commands that only read. */
export const readFlags: readonly FlagSpec[] = [
  ...awsFlags.filter(({ name }) => !['name', 'region', 'timeout'].includes(name)),
  ...outputFlags.filter(({ name }) => name !== 'dry-run'),
  ignoredDryRun,
];
