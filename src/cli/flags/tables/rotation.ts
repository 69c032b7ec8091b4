// The flags that only rotate-keys takes, as data, with the steps that each belongs to.

import { platforms } from '../../../core/cluster/platform.ts';
import type { FlagSpec } from './flag-spec.ts';

/** In the order in which help shows them. */
export const rotationFlags: readonly FlagSpec[] = [
  {
    name: 'platform',
    group: 'Rotation',
    steps: ['stage', 'emergency'],
    value: '<platform>',
    choices: platforms,
    about:
      'steps and files of this platform; set at stage (default: as the output folder keeps it, else kubernetes)',
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
    name: 'from-cluster',
    group: 'Evidence',
    steps: ['promote', 'retire', 'rollback'],
    about: 'ask each API server through kubectl, in place of files',
  },
  {
    name: 'context',
    group: 'Evidence',
    steps: ['promote', 'retire', 'rollback'],
    value: '<name>',
    about: 'context of the kubeconfig (default: the current one)',
  },
  {
    name: 'api-server',
    group: 'Evidence',
    steps: ['promote', 'retire', 'rollback'],
    value: '<url>',
    repeatable: true,
    about: 'an API server to ask; one each (default: the one of the context)',
  },
  {
    name: 'token-account',
    group: 'Evidence',
    steps: ['retire', 'rollback'],
    value: '<ns>/<name>',
    about: 'whose tokens are asked for (default: default/default)',
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
    about: 'skip a closed gate; needs the cluster name as confirmation',
  },
  {
    name: 'confirm',
    group: 'Approval',
    value: '<name>',
    approval: true,
    about: 'cluster name, to confirm without a terminal',
  },
];
