// All manifests of a set of roles. A ServiceAccount has one role annotation: where two requests
// name it, neither is written.

import type { CredentialsRequest } from './credentials-request.ts';
import {
  renderSecret,
  renderServiceAccount,
  secretManifestPath,
  serviceAccountManifestPath,
  type Manifest,
} from './manifests.ts';
import { writeYaml } from './yaml-writer.ts';

type Account = {
  readonly request: CredentialsRequest;
  readonly namespace: string;
  readonly name: string;
  readonly roleArn: string;
};

/** The Secrets as ccoctl writes them (mode 0600, as there), the ServiceAccounts, and what was left out. */
export function renderRoleManifests(
  roles: readonly { readonly request: CredentialsRequest; readonly roleArn: string }[],
): { readonly manifests: readonly Manifest[]; readonly warnings: readonly string[] } {
  const secrets = roles.map(({ request, roleArn }) => ({
    path: secretManifestPath(request.secret),
    text: writeYaml(renderSecret(request, roleArn)),
    mode: 0o600,
  }));
  const accounts = new Map<string, Account[]>();
  for (const { request, roleArn } of roles) {
    const { namespace } = request.secret;
    for (const name of request.serviceAccounts) {
      const path = serviceAccountManifestPath(namespace, name);
      accounts.set(path, [...(accounts.get(path) ?? []), { request, namespace, name, roleArn }]);
    }
  }
  const manifests: Manifest[] = [];
  const warnings: string[] = [];
  for (const [path, [account, ...others]] of accounts) {
    if (account === undefined) continue;
    const { namespace, name, roleArn, request } = account;
    if (others.length === 0) {
      const text = writeYaml(renderServiceAccount({ namespace, name, roleArn }));
      manifests.push({ path, text, mode: 0o644 });
      continue;
    }
    const requests = [request, ...others.map((other) => other.request)].map(
      (one) => `"${one.name}"`,
    );
    warnings.push(
      `ServiceAccount "${namespace}/${name}" gets no manifest: it stands in several CredentialsRequests (${requests.join(', ')})`,
    );
  }
  return { manifests: [...secrets, ...manifests], warnings };
}
