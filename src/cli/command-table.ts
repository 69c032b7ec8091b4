// The commands: what help says of each, and the module that does it, loaded only when it runs.
// Examples run as they are printed, one after the other, in a folder with `credentials-requests`.

import { loadedCommand, type LoadedCommand } from './command.ts';
import { flagTables, type FlagSpec } from './flags/flag-tables.ts';

export type CommandSpec = {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** A word after the command: what each does, and an example. */
  readonly argument?: {
    readonly name: string;
    readonly choices: {
      readonly [word: string]: { readonly does: string; readonly example: string };
    };
  };
  readonly flags: readonly FlagSpec[];
  readonly examples: readonly string[];
  readonly load: () => Promise<LoadedCommand>;
};

const cluster = '--name my-cluster --region eu-west-1 --output-dir ./my-cluster';
const rehearse = `${cluster} --dry-run`;

export const commandTable: readonly CommandSpec[] = [
  {
    name: 'create-key-pair',
    summary: 'make the RSA key pair that signs service-account tokens, offline',
    description:
      'Makes the RSA key pair with which the cluster signs service-account tokens. Needs no network.\n' +
      'A private key that is there is kept, never overwritten.',
    flags: flagTables['create-key-pair'],
    examples: [
      'oidc-bootstrap create-key-pair --output-dir ./my-cluster',
      'oidc-bootstrap create-key-pair --output-dir ./other-cluster --key-size 3072 -o json',
    ],
    load: async () => loadedCommand(await import('./commands/create-key-pair.ts')),
  },
  {
    name: 'create-identity-provider',
    summary: 'publish the issuer documents and make the IAM OIDC provider',
    description:
      'Publishes the discovery document and the public keys on a private S3 bucket behind CloudFront,\n' +
      'and makes the IAM OIDC provider that trusts them. What is there already is brought up to date.',
    flags: flagTables['create-identity-provider'],
    examples: [
      'oidc-bootstrap create-key-pair --output-dir ./my-cluster',
      `oidc-bootstrap create-identity-provider ${rehearse}`,
    ],
    load: async () => loadedCommand(await import('./commands/create-identity-provider.ts')),
  },
  {
    name: 'create-iam-roles',
    summary: 'make one IAM role for each CredentialsRequest, or for service accounts',
    description:
      'Makes one IAM role for each CredentialsRequest, or one for the service accounts given, trusted by\n' +
      'these service accounts only, and the manifests that tell the cluster about them.',
    flags: flagTables['create-iam-roles'],
    examples: [
      'oidc-bootstrap create-iam-roles --credentials-requests-dir ./credentials-requests ' +
        '--identity-provider-arn arn:aws:iam::111122223333:oidc-provider/d111111abcdef8.cloudfront.net ' +
        rehearse,
      'oidc-bootstrap create-iam-roles --service-account team/web ' +
        '--managed-policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess ' +
        rehearse,
    ],
    load: async () => loadedCommand(await import('./commands/create-iam-roles.ts')),
  },
  {
    name: 'create-all',
    summary: 'the three commands above, in order',
    description:
      'Makes the key pair, the identity provider and the IAM roles, in this order.\n' +
      'Run again, it goes on from where it stopped and changes nothing that is as it should be.',
    flags: flagTables['create-all'],
    examples: [
      `oidc-bootstrap create-all --credentials-requests-dir ./credentials-requests ${rehearse}`,
    ],
    load: async () => loadedCommand(await import('./commands/create-all.ts')),
  },
  {
    name: 'rotate-keys',
    summary: 'replace the signing key of a live cluster, step by step',
    description:
      'Replaces the signing key of a live cluster without an outage. Each step has a gate that opens\n' +
      'when it is safe; without a step, whatever is due and open is done.',
    argument: {
      name: 'step',
      choices: {
        status: {
          does: 'show which key is current, next or retiring, and which gate comes next',
          example: `oidc-bootstrap rotate-keys status ${cluster}`,
        },
        stage: {
          does: 'make the next key and publish it beside the current one',
          example: `oidc-bootstrap rotate-keys stage ${cluster}`,
        },
        promote: {
          does: 'let the next key sign, once it is published long enough and every API server accepts it',
          example: `oidc-bootstrap rotate-keys promote ${cluster} --api-server-jwks ./api-server-1.json --api-server-jwks ./api-server-2.json`,
        },
        retire: {
          does: 'stop publishing the old key, once no token that it signed is valid',
          example: `oidc-bootstrap rotate-keys retire ${cluster} --token-file ./token-1.jwt --token-file ./token-2.jwt`,
        },
        rollback: {
          does: 'go back one step: from promoted to staged, or from staged to steady',
          example: `oidc-bootstrap rotate-keys rollback ${cluster}`,
        },
        emergency: {
          does: 'replace a stolen key at once; tokens of the old key are refused from then on',
          example: `oidc-bootstrap rotate-keys emergency ${cluster} --probe-role-arn arn:aws:iam::111122223333:role/my-cluster-probe`,
        },
      },
    },
    flags: flagTables['rotate-keys'],
    examples: [
      `oidc-bootstrap rotate-keys status ${cluster}`,
      `oidc-bootstrap rotate-keys stage ${cluster}`,
    ],
    load: async () => loadedCommand(await import('./commands/rotate-keys.ts')),
  },
];
