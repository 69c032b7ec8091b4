// What one role is asked for with: a CredentialsRequest, or the flags of the command. Everything
// behind it (trust, policies, takeover check, manifests) takes this and asks no more.

import type { CredentialsRequest } from './credentials-request.ts';
import { serviceAccountSubject } from './kubernetes-names.ts';
import { ccoctlRoleName, roleName } from '../names.ts';

/** An object of Kubernetes. */
export type ObjectName = { readonly namespace: string; readonly name: string };

/** What one role is asked for with. Undefined members: not asked for, so left as they are. */
export type RoleRequest = {
  /** As messages name it: `CredentialsRequest "ingress"`, `--service-account "team/web"`. */
  readonly label: string;
  /** Undefined where flags ask for the role. */
  readonly credentials: CredentialsRequest | undefined;
  /** The object that role and tag are named by: the Secret, else the first service account. */
  readonly holder: ObjectName;
  /** At least one, each once. */
  readonly serviceAccounts: readonly ObjectName[];
  /** Name of the role that was given. */
  readonly roleName: string | undefined;
  /** The inline policy as compact JSON, or `none`: there shall be none. */
  readonly policy: string | undefined;
  /** ARNs of managed policies to attach, and to detach. */
  readonly attach: readonly string[];
  readonly detach: readonly string[];
};

/** What the flags ask for: one role for these service accounts. */
export type FlagRole = Pick<
  RoleRequest,
  'serviceAccounts' | 'roleName' | 'policy' | 'attach' | 'detach'
>;

/** The role of a CredentialsRequest. */
export function requestedRole(credentials: CredentialsRequest): RoleRequest {
  const { secret, serviceAccounts } = credentials;
  return {
    label: `CredentialsRequest "${credentials.name}"`,
    credentials,
    holder: secret,
    serviceAccounts: serviceAccounts.map((name) => ({ namespace: secret.namespace, name })),
    roleName: undefined,
    policy: credentials.policy,
    attach: credentials.managedPolicyArns,
    detach: [],
  };
}

/** The role that `--service-account` asks for. */
export function flagRole(role: FlagRole): RoleRequest {
  const [holder = { namespace: '', name: '' }] = role.serviceAccounts;
  const label = `--service-account "${holder.namespace}/${holder.name}"`;
  return { ...role, label, credentials: undefined, holder };
}

/** The `sub` claims of a request's service accounts. */
export function subjectsOf({ serviceAccounts }: RoleRequest): readonly string[] {
  return serviceAccounts.map(({ namespace, name }) => serviceAccountSubject(namespace, name));
}

/** The name that a request's role has unless ccoctl made it; `cluster` is the cluster's name. */
export function ownRoleName(cluster: string, request: RoleRequest): string {
  return request.roleName ?? roleName(cluster, request.holder);
}

/** The name under which ccoctl made the role of a request, where it is another. */
export function otherRoleName(cluster: string, request: RoleRequest): string | undefined {
  if (request.credentials === undefined) return undefined;
  const cut = ccoctlRoleName(cluster, request.holder);
  return cut === ownRoleName(cluster, request) ? undefined : cut;
}
