// Names of the manifests' files: namespace and name joined by "-", as ccoctl joins them. `team/a-web`
// and `team-a/web` lead to one name: the object whose manifest stands there keeps it, and the other
// one gets a name with a hash. A name that was given once is kept.

import { createHash } from 'node:crypto';
import { readYamlDocuments } from '../requests/yaml-documents.ts';
import { isJsonObject } from '../json.ts';
import type { RoleRequest } from '../requests/role-request.ts';
import { ownerOf } from './pod-files.ts';

/** Folders of manifests; installers take the first one whole. */
export const manifestFolders = ['manifests', 'serviceaccounts', 'pods', 'aws-config'] as const;
export type ManifestFolder = (typeof manifestFolders)[number];

/** An object of Kubernetes that has a manifest of its own. */
export type ManifestObject = {
  readonly folder: ManifestFolder;
  readonly namespace: string;
  readonly name: string;
};

/** Path of the manifest of each object, relative to the output folder. */
export type ManifestPaths = (object: ManifestObject) => string;

/** What follows the two names, without and with a hash between. */
const endings = {
  manifests: ['-credentials', '.yaml'],
  serviceaccounts: ['', '.yaml'],
  pods: ['', '.yaml'],
  'aws-config': ['', ''],
} as const;

/** With ending, hash and the suffix of a temporary file the name must fit into 255 bytes. */
const maxHashedStem = 200;

/** The name that an object's manifest has where no other object has it. */
export function plainManifestPath({ folder, namespace, name }: ManifestObject): string {
  return `${folder}/${namespace}-${name}${endings[folder].join('')}`;
}

/** The Secret and the ServiceAccounts of a request; each of these has a file in three folders. */
export function manifestObjects(request: RoleRequest): readonly ManifestObject[] {
  const { credentials, serviceAccounts } = request;
  const [, ...folders] = manifestFolders;
  return [
    ...(credentials === undefined ? [] : [{ folder: 'manifests' as const, ...credentials.secret }]),
    ...serviceAccounts.flatMap((account) => folders.map((folder) => ({ folder, ...account }))),
  ];
}

/** Gives each object a path of its own. `read` gives what a file holds; undefined: it is not there. */
export function assignManifestPaths(
  objects: readonly ManifestObject[],
  read: (path: string) => string | undefined,
): ManifestPaths {
  const taken = new Map<string, string>();
  const paths = new Map<string, string>();
  for (const object of objects) {
    const key = keyOf(object);
    if (paths.has(key)) continue;
    const path = choosePath(object, { taken: taken.get(plainManifestPath(object)), read });
    taken.set(path, key);
    paths.set(key, path);
  }
  return (object) => paths.get(keyOf(object)) ?? plainManifestPath(object);
}

function choosePath(
  object: ManifestObject,
  there: {
    readonly taken: string | undefined;
    readonly read: (path: string) => string | undefined;
  },
): string {
  const plain = plainManifestPath(object);
  const hash = createHash('sha256').update(keyOf(object)).digest('hex').slice(0, 8);
  const stem = `${object.namespace}-${object.name}`.slice(0, maxHashedStem);
  const [before, after] = endings[object.folder];
  const hashed = `${object.folder}/${stem}${before}-${hash}${after}`;
  if (there.taken !== undefined) return hashed;
  const text = there.read(plain);
  if (text === undefined) return there.read(hashed) === undefined ? plain : hashed;
  return isOfAnother(object, text) ? hashed : plain;
}

/** True where a manifest is that of another object; what is no manifest belongs to nobody. */
function isOfAnother({ namespace, name }: ManifestObject, text: string): boolean {
  const owner = ownerOf(text);
  if (owner !== undefined) return owner.namespace !== namespace || owner.name !== name;
  // As this program writes it: most files need no parser.
  if (text.includes(`\n  name: ${name}\n`) && text.includes(`\n  namespace: ${namespace}\n`)) {
    return false;
  }
  const [document] = readYamlDocuments(text, () => {});
  const metadata = isJsonObject(document?.value) ? document.value['metadata'] : undefined;
  if (!isJsonObject(metadata) || typeof metadata['name'] !== 'string') return false;
  return metadata['name'] !== name || metadata['namespace'] !== namespace;
}

function keyOf({ folder, namespace, name }: ManifestObject): string {
  return `${folder}/${namespace}/${name}`;
}
