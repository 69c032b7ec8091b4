// All manifests of a role: the Secret and its ServiceAccounts. A ServiceAccount can name one role
// only: if two requests name the same ServiceAccount, no manifest is written for it.

import type { CredentialsRequest } from '../requests/credentials-request.ts';
import type { ManifestPaths } from './manifest-paths.ts';
import { renderSecret, renderServiceAccount, tokenAudience, type Manifest } from './manifests.ts';
import { writeYaml } from './yaml-writer.ts';

/** ServiceAccounts (`<namespace>/<name>`) that stand in several requests, with the requests' names. */
export type SharedServiceAccounts = ReadonlyMap<string, readonly string[]>;

/** Finds them. */
export function sharedServiceAccounts(
  requests: readonly CredentialsRequest[],
): SharedServiceAccounts {
  const all = new Map<string, string[]>();
  for (const { name, secret, serviceAccounts } of requests) {
    for (const account of serviceAccounts) {
      const key = `${secret.namespace}/${account}`;
      all.set(key, [...(all.get(key) ?? []), name]);
    }
  }
  return new Map([...all].filter(([, names]) => names.length > 1));
}

/** A warning for each. */
export function describeShared(shared: SharedServiceAccounts): readonly string[] {
  return [...shared].map(([serviceAccount, requests]) => {
    const names = requests.map((name) => `"${name}"`).join(', ');
    return `ServiceAccount "${serviceAccount}" gets no manifest: several CredentialsRequests name it (${names})`;
  });
}

/** The Secret as ccoctl writes it (mode 0600, as there), and the ServiceAccounts that are not shared. */
export function renderRoleManifests(role: {
  readonly request: CredentialsRequest;
  readonly roleArn: string;
  readonly shared: SharedServiceAccounts;
  readonly paths: ManifestPaths;
  /** The provider's audiences. */
  readonly audiences: readonly string[];
}): readonly Manifest[] {
  const { request, roleArn, shared, paths } = role;
  const { namespace } = request.secret;
  const secret = {
    path: paths({ folder: 'manifests', ...request.secret }),
    text: writeYaml(renderSecret(request, roleArn)),
    mode: 0o600,
  };
  const audience = tokenAudience(role.audiences);
  const accounts = request.serviceAccounts
    .filter((name) => !shared.has(`${namespace}/${name}`))
    .map((name) => ({
      path: paths({ folder: 'serviceaccounts', namespace, name }),
      text: writeYaml(renderServiceAccount({ namespace, name, roleArn, audience })),
      mode: 0o644,
    }));
  return [secret, ...accounts];
}
