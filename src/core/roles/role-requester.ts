// Which request an owned role belongs to. Two requests can lead to one role name (`team/a-logs` and
// `team-a/logs`), and one run does not know the requests of another run: a tag on the role records
// the request. For a role without that tag (version 0.1 or ccoctl), its trust policy decides.

import { BootstrapError } from '../errors.ts';
import type { RoleRequest } from '../requests/role-request.ts';
import type { PlannedRole } from './role-conflicts.ts';
import { requestTagKey, type Tags } from '../tags.ts';
import { namedBeside } from './second-issuer.ts';
import { trustedServiceAccounts } from './trust-policy.ts';

/** Begins the tag of a role that flags asked for: a Secret may have the name of a ServiceAccount. */
const flagPrefix = 'serviceaccount:';

/**
 * Value of the tag that records a request: the Secret it asks for, or a service account of the flags.
 * A role that records another of the same service accounts keeps it: their order means nothing.
 */
export function requestedBy(request: RoleRequest, recorded: string | undefined): string {
  const { credentials, holder, serviceAccounts } = request;
  if (credentials !== undefined) return `${holder.namespace}/${holder.name}`;
  const values = serviceAccounts.map(({ namespace, name }) => `${flagPrefix}${namespace}/${name}`);
  return values.find((value) => value === recorded) ?? values[0] ?? '';
}

/** True where the tag's value is that of a role which flags asked for. */
export function isOfFlags(recorded: string | undefined): boolean {
  return recorded?.startsWith(flagPrefix) === true;
}

/** True where the tags say that a role was made for another request than this one. */
export function isRecordedForOther(
  name: string,
  role: { readonly tags: Tags; readonly request: RoleRequest },
): boolean {
  const recorded = role.tags[requestTagKey(name)];
  return recorded !== undefined && recorded !== requestedBy(role.request, recorded);
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
  const { desired, request } = first.role;
  const tag = `Key=${requestTagKey(desired.name)},Value=${desired.requestedBy}`;
  const other =
    request.credentials === undefined
      ? 'give this role another --role-name'
      : 'rename the Secret of one request (spec.secretRef), or give this one another --name and --output-dir';
  throw new BootstrapError({
    code: 'NAME_TAKEN',
    message: taken
      .map(
        ({ role, owner }) =>
          `role "${role.desired.roleName}" belongs to ${owner}, but ${role.request.label} needs it for "${role.desired.requestedBy}"`,
      )
      .join('; '),
    hint: `${other}; if this request replaces the other one: aws iam tag-role --role-name ${desired.roleName} --tags ${tag}`,
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
  const own = request.serviceAccounts.map(({ namespace }) => namespace);
  const others = [desired.trust.providerArn, ...namedBeside(desired.trust)]
    .flatMap((arn) => trustedServiceAccounts(found.trustPolicy, arn))
    .filter(({ namespace }) => !own.includes(namespace))
    .map(({ namespace, name }) => `"${namespace}/${name}"`);
  return others.length === 0 ? undefined : `service account ${[...new Set(others)].join(', ')}`;
}
