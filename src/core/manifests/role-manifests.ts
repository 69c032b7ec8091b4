// All manifests of a role: the Secret, and its ServiceAccounts. A ServiceAccount has one role
// annotation: where two requests name it, neither writes it.

import type { CredentialsRequest } from '../requests/credentials-request.ts';
import {
  renderSecret,
  renderServiceAccount,
  secretManifestPath,
  serviceAccountManifestPath,
  type Manifest,
} from './manifests.ts';
import { writeYaml } from './yaml-writer.ts';

/** ServiceAccounts that stand in several requests, by the path their manifest would have. */
export type SharedServiceAccounts = ReadonlyMap<
  string,
  { readonly serviceAccount: string; readonly requests: readonly string[] }
>;

/** Finds them; `a-b/c` and `a/b-c` share a path, and so count as well. */
export function sharedServiceAccounts(
  requests: readonly CredentialsRequest[],
): SharedServiceAccounts {
  const all = new Map<string, { serviceAccount: string; requests: string[] }>();
  for (const { name, secret, serviceAccounts } of requests) {
    for (const account of serviceAccounts) {
      const path = serviceAccountManifestPath(secret.namespace, account);
      const serviceAccount = `${secret.namespace}/${account}`;
      const known = all.get(path) ?? { serviceAccount, requests: [] };
      known.requests.push(name);
      all.set(path, known);
    }
  }
  return new Map([...all].filter(([, account]) => account.requests.length > 1));
}

/** A warning for each. */
export function describeShared(shared: SharedServiceAccounts): readonly string[] {
  return [...shared.values()].map(({ serviceAccount, requests }) => {
    const names = requests.map((name) => `"${name}"`).join(', ');
    return `ServiceAccount "${serviceAccount}" gets no manifest: it stands in several CredentialsRequests (${names})`;
  });
}

/** The Secret as ccoctl writes it (mode 0600, as there), and the ServiceAccounts that are not shared. */
export function renderRoleManifests(role: {
  readonly request: CredentialsRequest;
  readonly roleArn: string;
  readonly shared: SharedServiceAccounts;
}): readonly Manifest[] {
  const { request, roleArn, shared } = role;
  const { namespace } = request.secret;
  const secret = {
    path: secretManifestPath(request.secret),
    text: writeYaml(renderSecret(request, roleArn)),
    mode: 0o600,
  };
  const accounts = request.serviceAccounts
    .map((name) => ({ name, path: serviceAccountManifestPath(namespace, name) }))
    .filter(({ path }) => !shared.has(path))
    .map(({ name, path }) => ({
      path,
      text: writeYaml(renderServiceAccount({ namespace, name, roleArn })),
      mode: 0o644,
    }));
  return [secret, ...accounts];
}
