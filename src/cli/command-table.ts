// The commands: what help says of each, and the module that does it, loaded only when it runs.
// Examples run as they are printed, one after the other, in a folder with `credentials-requests`.

import { offlineCommands, permissionCommands } from '../core/permissions/commands.ts';
import { checkTable } from '../core/verify/check-table.ts';
import { loadedCommand, type LoadedCommand } from './command.ts';
import type { FlagSpec } from './flags/tables/flag-spec.ts';
import { flagTables } from './flags/flag-tables.ts';
import { topics } from './help/topics.ts';

export type CommandSpec = {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** A word after the command: what each does, and an example. */
  readonly argument?: {
    readonly name: string;
    /** Above the list of the help: `Steps`. */
    readonly heading: string;
    /** A command without the word is wrong; help then shows `<name>`. */
    readonly required?: boolean;
    /** Other words that users may try, and why they are none. */
    readonly refused?: { readonly [word: string]: string };
    readonly choices: {
      readonly [word: string]: { readonly does: string; readonly example: string };
    };
  };
  readonly flags: readonly FlagSpec[];
  /** Not in the list of commands. */
  readonly hidden?: boolean;
  /** It changes nothing, on AWS or in the output folder. */
  readonly readOnly?: boolean;
  /** A list after the flags: a heading, and rows of a word and what it stands for. */
  readonly glossary?: {
    readonly heading: string;
    readonly rows: readonly (readonly [word: string, about: string])[];
  };
  readonly examples: readonly string[];
  /** The text is for a file or a shell: no line of it is wrapped. */
  readonly verbatim?: boolean;
  /** What a run says that changed nothing. */
  readonly unchanged?: string;
  readonly load: () => Promise<LoadedCommand>;
};

const cluster = '--name my-cluster --region eu-west-1 --output-dir ./my-cluster';
const rehearse = `${cluster} --dry-run`;

const whose = '--name my-cluster --account 111122223333';
const callsNothing = 'needs no permission: it never calls AWS';

function permissionChoice(command: string): readonly [string, { does: string; example: string }] {
  const example = `oidc-bootstrap permissions ${command} ${whose}`;
  return [command, { does: `the policy for ${command}`, example }];
}

function topicChoice([topic, does]: readonly [string, string]): readonly [
  string,
  { does: string; example: string },
] {
  return [topic, { does, example: `oidc-bootstrap help ${topic}` }];
}

export const commandTable: readonly CommandSpec[] = [
  {
    name: 'create-key-pair',
    summary: 'create the RSA key pair that signs service-account tokens, offline',
    description:
      'Creates the RSA key pair with which the cluster signs service-account tokens. Needs no network. ' +
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
      'Publishes the discovery document and the public keys on a private S3 bucket behind CloudFront, ' +
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
      'Creates one IAM role for each CredentialsRequest, or one for the given service accounts. It trusts ' +
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
      'Creates the key pair, the identity provider and the IAM roles, in this order. ' +
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
      'Replaces the signing key of a live cluster without an outage. Each step has a gate that opens ' +
      'when it is safe. Without a step, the step that is due and open is done. The evidence of the API ' +
      'servers is given as files, or asked for through kubectl with --from-cluster; then a daily job ' +
      'does all but what only an operator can do, and on OpenShift, with --yes, that too.',
    argument: {
      name: 'step',
      heading: 'Steps',
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
    name: 'verify',
    summary: 'find out why STS refuses tokens, before the pods do',
    description:
      'Checks documents, hosting, IAM provider, roles and key files of a name, and names the first ' +
      'thing that is wrong, with what mends it. Reads only; a read that is denied skips its checks. ' +
      'With --issuer-url alone: the public side of any issuer, without credentials.',
    flags: flagTables['verify'],
    readOnly: true,
    glossary: { heading: 'Checks', rows: Object.entries(checkTable) },
    examples: [
      `oidc-bootstrap verify ${cluster}`,
      'oidc-bootstrap verify --issuer-url https://oidc.example.com',
    ],
    load: async () => loadedCommand(await import('./commands/verify.ts')),
  },
  {
    name: 'list',
    summary: 'show every cluster that has something in the account',
    description:
      'Lists the clusters of the account: issuer, hosting, keys, roles and rotation phase, made by this ' +
      'program or by ccoctl. Names are found by the tags of the IAM OIDC providers. Reads only.',
    flags: flagTables['list'],
    readOnly: true,
    examples: [
      'oidc-bootstrap list --region eu-west-1',
      'oidc-bootstrap list --region eu-west-1 -o json',
    ],
    load: async () => loadedCommand(await import('./commands/list.ts')),
  },
  {
    name: 'render-documents',
    summary: 'write the issuer documents into the folder of a web server, offline',
    description:
      'Writes the discovery document and the key set of an issuer into a folder that your own web server ' +
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
    name: 'permissions',
    summary: 'print the least-privilege IAM policy for running a command, offline',
    description:
      'Prints the IAM policy that a command needs and no more, as JSON for "aws iam create-policy". ' +
      'Give the hosting flags that the command gets. Statements named Optional... may be left out. ' +
      'Roles of other names (--role-name, --probe-role-arn) need the actions on roles for their own ARNs.',
    argument: {
      name: 'command',
      heading: 'Commands',
      required: true,
      choices: Object.fromEntries(permissionCommands.map(permissionChoice)),
      refused: Object.fromEntries(offlineCommands.map((command) => [command, callsNothing])),
    },
    flags: flagTables.permissions,
    examples: [
      `oidc-bootstrap permissions create-all ${whose}`,
      `oidc-bootstrap permissions rotate-keys ${whose} --partition aws-us-gov -o json`,
    ],
    verbatim: true,
    load: async () => loadedCommand(await import('./commands/permissions.ts')),
  },
  {
    name: 'completion',
    summary: 'print the completion script for bash, zsh or fish',
    description:
      'Prints the script that completes commands, steps, flags, values, files and folders. It does not start ' +
      'the program: after an upgrade print it again.',
    argument: {
      name: 'shell',
      heading: 'Shells',
      required: true,
      choices: {
        bash: {
          does: 'in ~/.bashrc: source <(oidc-bootstrap completion bash)',
          example: 'oidc-bootstrap completion bash',
        },
        zsh: {
          does: 'in ~/.zshrc, after compinit: source <(oidc-bootstrap completion zsh)',
          example: 'oidc-bootstrap completion zsh',
        },
        fish: {
          does: 'oidc-bootstrap completion fish > ~/.config/fish/completions/oidc-bootstrap.fish',
          example: 'oidc-bootstrap completion fish',
        },
      },
    },
    flags: flagTables.completion,
    examples: ['oidc-bootstrap completion bash'],
    verbatim: true,
    load: async () => {
      const { completionOf } = await import('./commands/completion.ts');
      return loadedCommand(completionOf(commandTable));
    },
  },
  {
    name: 'delete',
    summary: 'delete what a name has: roles, identity provider, hosting',
    description:
      'Shows what carries the tag of the name, asks for the name, and deletes it: roles, IAM provider, then the hosting. ' +
      'Resources of others are kept and named. A run that was cut off is finished by running it again.',
    flags: flagTables.delete,
    examples: [`oidc-bootstrap delete ${rehearse}`],
    unchanged: 'Nothing was deleted.',
    load: async () => loadedCommand(await import('./commands/delete.ts')),
  },
  {
    name: 'help',
    summary: 'show a topic',
    description: 'Shows the page of a topic, a command or a step.',
    hidden: true,
    argument: {
      name: 'topic',
      heading: 'Topics',
      required: true,
      choices: Object.fromEntries(Object.entries(topics).map(topicChoice)),
    },
    flags: flagTables.help,
    examples: ['oidc-bootstrap help output'],
    readOnly: true,
    verbatim: true,
    load: async () => loadedCommand(await import('./commands/help.ts')),
  },
];
