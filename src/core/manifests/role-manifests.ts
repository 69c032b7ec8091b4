// All files of a role: the Secret of a CredentialsRequest, and what each of its ServiceAccounts needs.
// A ServiceAccount can name one role only: if two requests name it, no file is written for it.

import type { RoleRequest } from '../requests/role-request.ts';
import type { ManifestPaths } from './manifest-paths.ts';
import type { ManifestFolder } from './manifest-folders.ts';
import { renderAwsConfig, renderPodPatch } from './pod-files.ts';
import { renderSecret, renderServiceAccount, tokenAudience, type Manifest } from './manifests.ts';
import { writeYaml } from './yaml-writer.ts';

/** First line of a ServiceAccount whose role was asked for by flags: no run for requests misses it. */
export const flagRoleMark = '# of create-iam-roles --service-account';

/** ServiceAccounts (`<namespace>/<name>`) that stand in several requests, with the requests' names. */
export type SharedServiceAccounts = ReadonlyMap<string, readonly string[]>;

/** Finds them. */
export function sharedServiceAccounts(requests: readonly RoleRequest[]): SharedServiceAccounts {
  const all = new Map<string, string[]>();
  for (const { label, serviceAccounts } of requests) {
    for (const { namespace, name } of serviceAccounts) {
      const key = `${namespace}/${name}`;
      all.set(key, [...(all.get(key) ?? []), label]);
    }
  }
  return new Map([...all].filter(([, names]) => names.length > 1));
}

/** A warning for each. */
export function describeShared(shared: SharedServiceAccounts): readonly string[] {
  return [...shared].map(([serviceAccount, requests]) => {
    const names = requests.map((label) => label.replace(/^CredentialsRequest /, '')).join(', ');
    return `ServiceAccount "${serviceAccount}" gets no manifest: several CredentialsRequests name it (${names})`;
  });
}

/** The Secret as ccoctl writes it (mode 0600, as there), and the files of ServiceAccounts that are not shared. */
export function renderRoleManifests(role: {
  readonly request: RoleRequest;
  readonly roleArn: string;
  readonly shared: SharedServiceAccounts;
  readonly paths: ManifestPaths;
  /** The provider's audiences. */
  readonly audiences: readonly string[];
  /** Region that the pods shall use. */
  readonly region: string | undefined;
}): readonly Manifest[] {
  const { request, roleArn, shared, paths, region } = role;
  const { credentials } = request;
  const audience = tokenAudience(role.audiences);
  const secret = credentials && {
    path: paths({ folder: 'manifests', ...credentials.secret }),
    text: writeYaml(renderSecret(credentials, roleArn)),
    mode: 0o600,
  };
  const mark = credentials === undefined ? `${flagRoleMark}\n` : '';
  const accounts = request.serviceAccounts
    .filter(({ namespace, name }) => !shared.has(`${namespace}/${name}`))
    .flatMap(({ namespace, name }) => {
      const at = (folder: ManifestFolder): string => paths({ folder, namespace, name });
      const account = { namespace, name, roleArn, audience };
      const [pod, config] = [at('pods'), at('aws-config')];
      const files = [
        [at('serviceaccounts'), mark + writeYaml(renderServiceAccount(account))],
        [pod, mark + renderPodPatch({ ...account, region, path: pod })],
        [config, mark + renderAwsConfig({ ...account, region, path: config })],
      ] as const;
      return files.map(([path, text]) => ({ path, text, mode: 0o644 }));
    });
  return secret === undefined ? accounts : [secret, ...accounts];
}
