// The folders of manifests as they stand before the roles are made: which file belongs to which
// object, and which files no request of this run writes.

import {
  assignManifestPaths,
  manifestObjects,
  type ManifestPaths,
} from '../core/manifests/manifest-paths.ts';
import { manifestFolders } from '../core/manifests/manifest-folders.ts';
import { featureGateWarning } from '../core/manifests/manifests.ts';
import { flagRoleMark, sharedServiceAccounts } from '../core/manifests/role-manifests.ts';
import type { RoleRequest } from '../core/requests/role-request.ts';
import type { OutputFolder } from './output-folder.ts';

/**
 * Paths of the manifests, a warning where files of earlier runs stay beside them, and a reminder of each
 * manifest that is only for clusters with certain feature gates.
 */
export type RoleManifestFiles = {
  readonly manifestPaths: ManifestPaths;
  readonly warnings: readonly string[];
  readonly reminders: readonly string[];
};

/** Looks at the folder; nothing is written. */
export function prepareRoleManifests(
  folder: OutputFolder,
  requests: readonly RoleRequest[],
): RoleManifestFiles {
  const objects = requests.flatMap(manifestObjects);
  const there = new Set(
    manifestFolders.flatMap((name) => folder.list(name).map((file) => `${name}/${file}`)),
  );
  const read = (path: string): string | undefined =>
    there.has(path) ? folder.read(path) : undefined;
  const manifestPaths = assignManifestPaths(objects, read);
  const shared = sharedServiceAccounts(requests);
  const written = new Set(
    objects
      .filter(
        ({ folder: kind, namespace, name }) =>
          kind === 'manifests' || !shared.has(`${namespace}/${name}`),
      )
      .map(manifestPaths),
  );
  // Flags ask for one role, so that they leave those of other runs as they are.
  const left = requests.some(({ credentials }) => credentials === undefined)
    ? []
    : [...there].filter((path) => isOurs(path) && !written.has(path)).toSorted();
  const gone = left.filter((path) => !isOfFlags(read(path)));
  return {
    manifestPaths,
    warnings: gone.length === 0 ? [] : [describeLeft(gone)],
    reminders: requests
      .flatMap(({ credentials }) => credentials ?? [])
      .filter((request) => request.featureGates.length > 0)
      .map((request) => featureGateWarning(request, manifestPaths)),
  };
}

function isOurs(path: string): boolean {
  return /^(?:manifests\/.*-credentials(?:-[0-9a-f]{8})?\.yaml|(?:serviceaccounts|pods)\/.*\.yaml|aws-config\/.*)$/.test(
    path,
  );
}

function isOfFlags(text: string | undefined): boolean {
  return text?.startsWith(flagRoleMark) === true;
}

function describeLeft(paths: readonly string[]): string {
  const names = paths.map((path) => `"${path}"`).join(', ');
  return `manifests of an earlier run without a CredentialsRequest: ${names}; remove those that no workload uses`;
}
