// File names of the manifests: namespace and name joined by "-", as ccoctl does. `team/a-web` and
// `team-a/web` have the same name: the object whose manifest exists keeps it, and the other one gets
// a name with a hash. Once assigned, a name is kept.

import { createHash } from 'node:crypto';
import { readYamlDocuments } from '../requests/yaml-documents.ts';
import { isJsonObject } from '../json.ts';
import type { RoleRequest } from '../requests/role-request.ts';
import { manifestFolders, type ManifestFolder } from './manifest-folders.ts';
import { ownerOf } from './pod-files.ts';

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

/** The name must fit into 255 bytes, with ending, hash and the suffix of a temporary file. */
const maxHashedStem = 200;

/** The path of an object's manifest where no other object has the same path. */
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

/** Gives each object its own path. `read` returns the content of a file; undefined: no such file. */
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

/** True where a manifest belongs to another object; other files belong to no object. */
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
