// The commands: what help says of each, and the module that does it, loaded only when it runs.
// Examples run as they are printed, one after the other, in a folder with `credentials-requests`.

import { loadedCommand, type LoadedCommand } from './command.ts';
import type { FlagSpec } from './flags/flag-spec.ts';
import { flagTables } from './flags/flag-tables.ts';

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
  /** What a run says that changed nothing. */
  readonly unchanged?: string;
  readonly load: () => Promise<LoadedCommand>;
};

const cluster = '--name my-cluster --region eu-west-1 --output-dir ./my-cluster';
const rehearse = `${cluster} --dry-run`;

export const commandTable: readonly CommandSpec[] = [
  {
    name: 'create-key-pair',
    summary: 'create the RSA key pair that signs service-account tokens, offline',
    description:
      'Creates the RSA key pair with which the cluster signs service-account tokens. Needs no network.\n' +
      'An existing private key is kept, never overwritten.',
    flags: flagTables['create-key-pair'],
    examples: [
      'oidc-bootstrap create-key-pair --output-dir ./my-cluster',
      'oidc-bootstrap create-key-pair --output-dir ./other-cluster --key-size 3072 -o json',
    ],
    load: async () => loadedCommand(await import('./commands/create-key-pair.ts')),
  },
  {
    name: 'create-identity-provider',
    summary: 'publish the issuer documents and create the IAM OIDC provider',
    description:
      'Publishes the discovery document and the public keys on a private S3 bucket behind CloudFront,\n' +
      'and creates the IAM OIDC provider that trusts them. Existing resources are updated.',
    flags: flagTables['create-identity-provider'],
    examples: [
      'oidc-bootstrap create-key-pair --output-dir ./my-cluster',
      `oidc-bootstrap create-identity-provider ${rehearse}`,
    ],
    load: async () => loadedCommand(await import('./commands/create-identity-provider.ts')),
  },
  {
    name: 'create-iam-roles',
    summary: 'create one IAM role for each CredentialsRequest, or for service accounts',
    description:
      'Creates one IAM role for each CredentialsRequest, or one for the given service accounts. It trusts\n' +
      'these service accounts only. Also writes the manifests that tell the cluster about the roles.',
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
      'Creates the key pair, the identity provider and the IAM roles, in this order.\n' +
      'A second run continues where the first one stopped; resources that are up to date are not changed.',
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
      'when it is safe. Without a step, the step that is due and open is done.',
    argument: {
      name: 'step',
      choices: {
        status: {
          does: 'show which key is current, next or retiring, and which gate comes next',
          example: `oidc-bootstrap rotate-keys status ${cluster}`,
        },
        stage: {
          does: 'create the next key and publish it beside the current one',
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
  {
    name: 'render-documents',
    summary: 'write the issuer documents into the folder of a web server, offline',
    description:
      'Writes the discovery document and the key set of an issuer into a folder that your own web server\n' +
      'serves. Needs no network. Fit for a timer: what is served is never replaced by empty or broken documents.',
    flags: flagTables['render-documents'],
    examples: [
      'oidc-bootstrap create-key-pair --output-dir ./my-cluster',
      'oidc-bootstrap render-documents --issuer-url https://oidc.example.com ' +
        '--public-key-file ./my-cluster/serviceaccount-signer.public --documents-dir ./site',
    ],
    load: async () => loadedCommand(await import('./commands/render-documents.ts')),
  },
  {
    name: 'delete',
    summary: 'delete what a name has: roles, identity provider, hosting',
    description:
      'Shows what carries the tag of the name, asks for the name, and deletes it: roles, IAM provider, then the hosting.\n' +
      'Resources of others are kept and named. A run that was cut off is finished by running it again.',
    flags: flagTables.delete,
    examples: [`oidc-bootstrap delete ${rehearse}`],
    unchanged: 'Nothing was deleted.',
    load: async () => loadedCommand(await import('./commands/delete.ts')),
  },
];
