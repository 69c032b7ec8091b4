// Which request an owned role belongs to. Two requests can lead to one role name (`team/a-logs` and
// `team-a/logs`), and one run does not know the requests of another run: a tag on the role records
// the request. For a role without that tag (version 0.1 or ccoctl), its trust policy decides.

import { BootstrapError } from '../errors.ts';
import type { PlannedRole } from './role-conflicts.ts';
import { requestTagKey, type Tags } from '../tags.ts';
import { trustedServiceAccounts } from './trust-policy.ts';

/** Value of the tag that records a request: the Secret it asks for. */
export function requestedBy(secret: { readonly namespace: string; readonly name: string }): string {
  return `${secret.namespace}/${secret.name}`;
}

/** True where the tags say that a role was made for another request than that of this Secret. */
export function isRecordedForOther(
  name: string,
  role: { readonly tags: Tags; readonly secret: { namespace: string; name: string } },
): boolean {
  const recorded = role.tags[requestTagKey(name)];
  return recorded !== undefined && recorded !== requestedBy(role.secret);
}

/**
 * NAME_TAKEN (exit 5) where an owned role belongs to another request. The hint shows how to assign
 * the role to this request by its tag.
 */
export function refuseOtherRequests(roles: readonly PlannedRole[]): void {
  const taken = roles.flatMap((role) => {
    const owner = otherOwner(role);
    return owner === undefined ? [] : [{ role, owner }];
  });
  const [first] = taken;
  if (first === undefined) return;
  const { desired } = first.role;
  const tag = `Key=${requestTagKey(desired.name)},Value=${desired.requestedBy}`;
  throw new BootstrapError({
    code: 'NAME_TAKEN',
    message: taken
      .map(
        ({ role, owner }) =>
          `role "${role.desired.roleName}" belongs to ${owner}, but CredentialsRequest "${role.request.name}" needs it for "${role.desired.requestedBy}"`,
      )
      .join('; '),
    hint:
      'rename the Secret of one request (spec.secretRef), or use another --name and --output-dir for this one; ' +
      `if this request replaces the other one: aws iam tag-role --role-name ${desired.roleName} --tags ${tag}`,
    details: {
      resource: 'iam-role',
      ids: taken.map(({ role }) => role.desired.roleName),
      request: desired.requestedBy,
      owner: first.owner,
    },
  });
}

/** The other request that a role is for, in words; undefined where it is this one's. */
function otherOwner({ request, desired, found }: PlannedRole): string | undefined {
  if (found === undefined) return undefined;
  const recorded = found.tags[requestTagKey(desired.name)];
  if (recorded === desired.requestedBy) return undefined;
  if (recorded !== undefined) return `"${recorded}"`;
  const others = trustedServiceAccounts(found.trustPolicy, desired.trust.providerArn)
    .filter(({ namespace }) => namespace !== request.secret.namespace)
    .map(({ namespace, name }) => `"${namespace}/${name}"`);
  return others.length === 0 ? undefined : `service account ${others.join(', ')}`;
}
