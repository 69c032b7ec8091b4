// The key files of the output folder: whose folder it is, who can read the private keys, and whether
// the cluster's key is the one that is published.

import { leaksPrivateKey, sameKey, type Jwk } from '../keys/jwks.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { Commands } from './hosting-facts.ts';
import { shellWord } from '../shell-word.ts';

/** A key file. */
export type KeyFile = {
  /** Relative to the folder. */
  readonly file: string;
  /** As the user would name it. */
  readonly shown: string;
  readonly isPrivate: boolean;
  /** Permission bits. */
  readonly mode: number;
  /** Its first key, as it would be published; undefined where it cannot be read. */
  readonly key: Jwk | undefined;
  /** Why it cannot be read. */
  readonly problem: string | undefined;
};

/** What was seen of the folder. */
export type FilesFacts = {
  readonly root: string;
  /** The name, account and issuer in its record; undefined where there is none. */
  readonly owner:
    | { readonly name: string; readonly account: string; readonly issuer: string | null }
    | undefined;
  /** Why the record cannot be read. */
  readonly ownerProblem: string | undefined;
  readonly keys: readonly KeyFile[];
  /** Audiences for which the manifests of the folder have pods ask. */
  readonly audiences: readonly string[];
  /** Roles that the manifests of the folder name. */
  readonly roleArns: readonly string[];
  /** Folders of private keys in which others can write. */
  readonly shared: readonly { readonly folder: string; readonly mode: string }[];
};

/** What the files must agree with. */
export type FilesWanted = {
  readonly name: string;
  readonly account: string;
  readonly issuer: string;
  /** Keys that are served; undefined where they could not be read. */
  readonly served: readonly Jwk[] | undefined;
  readonly commands: Commands;
};

/** The private file and the public one that belong together. */
const pairs: readonly (readonly [privateFile: string, publicFile: string])[] = [
  ['serviceaccount-signer.private', 'serviceaccount-signer.public'],
  ['serviceaccount-signer.next.private', 'serviceaccount-signer.next.public'],
  ['serviceaccount-signer.previous.private', 'serviceaccount-signer.previous.public'],
];
const signer = 'serviceaccount-signer.private';
const signerPublic = 'serviceaccount-signer.public';
const boundKey = 'tls/bound-service-account-signing-key.key';

/** The public key of this cluster in the folder, as the user would name it. */
export function signerPublicKey({ keys, owner }: FilesFacts, name: string): string | undefined {
  if (owner !== undefined && owner.name !== name) return undefined;
  return keys.find(({ file, key }) => file === signerPublic && key !== undefined)?.shown;
}

/** Audiences and roles of its manifests; none where the folder belongs to another cluster. */
export function manifestFacts(
  facts: FilesFacts | undefined,
  name: string,
): Pick<FilesFacts, 'audiences' | 'roleArns'> {
  const isOther = facts?.owner !== undefined && facts.owner.name !== name;
  return facts === undefined || isOther ? { audiences: [], roleArns: [] } : facts;
}

/** Checks of the folder; empty where it holds nothing of a cluster. */
export function filesChecks(facts: FilesFacts, wanted: FilesWanted): readonly Check[] {
  const { keys, owner, ownerProblem } = facts;
  if (keys.length === 0 && owner === undefined && ownerProblem === undefined) {
    return [skipped('files-key', facts.root, 'no key file in the output folder')];
  }
  const folder = folderCheck(facts, wanted);
  // The keys of another cluster say nothing about this one.
  if (folder.status === 'fail') return [folder];
  return [
    folder,
    ...keys.flatMap((file) => modeChecks(file, wanted)),
    ...facts.shared.map(({ folder: shared, mode }) =>
      warned('files-mode', shared, {
        detail: `other users can write to "${shared}" (mode ${mode}) and replace the private keys in it`,
        hint: `run \`chmod go-w ${shellWord(shared)}\``,
      }),
    ),
    ...pairChecks(keys),
    ...keyChecks(keys, wanted),
  ];
}

function folderCheck({ root, owner, ownerProblem }: FilesFacts, wanted: FilesWanted): Check {
  const id = 'files-folder';
  if (ownerProblem !== undefined) {
    const hint =
      'use another --output-dir, or remove the file if the folder belongs to this cluster';
    return failed(id, root, { detail: ownerProblem, hint });
  }
  if (owner === undefined) return passed(id, root, 'has no record of a cluster');
  const { name, account, issuer } = owner;
  const other = [
    ...(name === wanted.name ? [] : [`name "${name}", not "${wanted.name}"`]),
    ...(account === wanted.account ? [] : [`account "${account}", not "${wanted.account}"`]),
    ...(issuer === null || issuer === wanted.issuer
      ? []
      : [`issuer "${issuer}", not "${wanted.issuer}"`]),
  ];
  if (other.length === 0) return passed(id, root, 'belongs to this cluster');
  return failed(id, root, {
    detail: `output folder "${root}" belongs to ${other.join(', ')}`,
    hint: 'give the folder of this cluster with --output-dir, and the right --name and --profile',
  });
}

function modeChecks(
  { shown, isPrivate, mode }: KeyFile,
  { commands }: FilesWanted,
): readonly Check[] {
  if (!isPrivate) return [];
  const id = 'files-mode';
  const octal = `0${mode.toString(8).padStart(3, '0')}`;
  if ((mode & 0o077) === 0) return [passed(id, shown, `mode ${octal}`)];
  return [
    failed(id, shown, {
      detail: `the private key "${shown}" has mode ${octal}: other users of this machine can read it and sign tokens`,
      hint: `run \`chmod 600 ${shellWord(shown)}\`; if others may have read the key, replace it with \`${commands.emergency}\``,
    }),
  ];
}

function pairChecks(keys: readonly KeyFile[]): readonly Check[] {
  const id = 'files-pair';
  const find = (file: string): KeyFile | undefined => keys.find((one) => one.file === file);
  const broken = keys.flatMap(({ shown, problem }) =>
    problem === undefined
      ? []
      : [failed(id, shown, { detail: problem, hint: 'restore the file, or move it away' })],
  );
  const paired = [...pairs, [boundKey, signer] as const].flatMap(([one, other]) => {
    const [first, second] = [find(one), find(other)];
    if (first?.key === undefined || second?.key === undefined) return [];
    if (sameKey(first.key, second.key)) {
      return [passed(id, first.shown, `belongs to "${second.shown}"`)];
    }
    return [
      failed(id, first.shown, {
        detail: `"${first.shown}" and "${second.shown}" hold different keys: tokens that are signed with one fail the check with the other`,
        hint:
          one === boundKey
            ? `if the cluster signs with "${second.shown}", run \`cp -p ${shellWord(second.shown)} ${shellWord(first.shown)}\`; else restore "${second.shown}"`
            : `if the cluster signs with "${first.shown}", run \`openssl pkey -in ${shellWord(first.shown)} -pubout -out ${shellWord(second.shown)}\`; else restore "${first.shown}"`,
      }),
    ];
  });
  return [...broken, ...paired];
}

/** Whether the key that signs is published, and under the ID that tokens have. */
function keyChecks(keys: readonly KeyFile[], { served, commands }: FilesWanted): readonly Check[] {
  const id = 'files-key';
  const main =
    keys.find(({ file, key }) => file === signer && key !== undefined) ??
    keys.find(({ file, key }) => file === signerPublic && key !== undefined);
  if (main?.key === undefined)
    return [skipped(id, 'signing key', 'the signing key is not in the output folder')];
  const { key, shown } = main;
  if (served === undefined) return [skipped(id, shown, 'the key set of the issuer cannot be read')];
  const publics = served.filter((one) => !leaksPrivateKey(one));
  const same = publics.filter((one) => sameKey(one, key));
  if (same.some(({ kid }) => kid === key.kid))
    return [passed(id, shown, `published as ${key.kid}`)];
  const [other] = same;
  if (other !== undefined) {
    // With the private key at hand Kubernetes signs; a public key alone may be an external signer's.
    return [
      (main.isPrivate ? failed : warned)(id, shown, {
        detail: `the key in "${shown}" is published as "${other.kid}", and Kubernetes names it "${key.kid}" in its tokens`,
        hint: `publish it under that ID too: \`${commands.publish} --public-key-file ${shellWord(shown.replace(/\.private$/, '.public'))}\`; then remove the other entry from keys.json`,
      }),
    ];
  }
  const twin = publics.find(({ kid }) => kid === key.kid);
  return [
    failed(id, shown, {
      detail:
        twin === undefined
          ? `the key in "${shown}" has the key ID "${key.kid}", which the issuer does not publish: STS refuses its tokens`
          : `the issuer publishes another key under the key ID "${key.kid}" of "${shown}"`,
      hint:
        twin === undefined
          ? `if the cluster signs with it, run \`${commands.publish} --public-key-file ${shellWord(shown.replace(/\.private$/, '.public'))}\`; else give the folder of this cluster with --output-dir`
          : 'find out who changed keys.json, and restore that entry from the public key file',
    }),
  ];
}
