// The roles of a name: those that trust its provider, and those that carry its tag and do not.
// One list, and two reads for each of them.

import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { statementsOf } from '../../core/policy.ts';
import { providersOf, trustsProvider } from '../../core/roles/trust-policy.ts';
import { ownership, policiesTagKey } from '../../core/tags.ts';
import type { RoleFacts } from '../../core/verify/roles-checks.ts';
import { seen, valueOf, type Seen } from '../../core/seen.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { look, lookWith } from './look.ts';

/** Names and trust policies of the account's roles. */
export type ListedRoles = Seen<readonly Pick<RoleFacts, 'name' | 'trustPolicy'>[]>;

/** One list of all roles. */
export async function listRoles(context: Context): Promise<ListedRoles> {
  return await lookWith('iam:ListRoles', () => context.aws.iam.listRoleTrust());
}

/** The roles of the name, with what each may do. */
export async function observeRoles(
  context: Context,
  facts: {
    readonly name: string;
    readonly providerArn: string;
    readonly listed: ListedRoles;
    /** Also the managed policies, one read more for each role. */
    readonly deep: boolean;
  },
): Promise<Seen<readonly RoleFacts[]>> {
  const { name, providerArn, listed, deep } = facts;
  if (!listed.seen) return listed;
  const candidates = listed.value.filter(
    (role) =>
      namesProvider(role.trustPolicy, providerArn) ||
      (role.name.startsWith(`${name}-`) && !isOfService(role.trustPolicy)),
  );
  const { iam } = context.aws;
  const read = await inParallel(candidates, async (listedRole) => {
    const [role, permissions] = await Promise.all([
      look(() => iam.getRole(listedRole.name)),
      look(() => iam.getRolePolicy(listedRole.name, listedRole.name)),
    ]);
    return { listedRole, role, permissions };
  });
  // A longer cluster name may begin with this one: the tags tell.
  const own = read.filter(
    ({ listedRole, role }) =>
      trustsProvider(listedRole.trustPolicy, providerArn) ||
      ownership(name, valueOf(role)?.tags ?? {}) !== 'foreign',
  );
  const arns = own.flatMap(({ role }) => valueOf(role)?.permissionsBoundaryArn ?? []);
  const attached = new Map(
    await inParallel(deep ? own : [], async ({ listedRole }) => {
      const read = () => iam.listAttachedRolePolicies(listedRole.name);
      return [listedRole.name, await lookWith('iam:ListAttachedRolePolicies', read)] as const;
    }),
  );
  const boundaries = new Map(
    await inParallel([...new Set(arns)], async (arn) => {
      const exists = await lookWith('iam:GetPolicy', () => iam.isAttachable(arn));
      return [arn, exists] as const;
    }),
  );
  return seen(
    own.map(({ listedRole, role, permissions }) => {
      const arn = valueOf(role)?.permissionsBoundaryArn;
      const boundary = arn === undefined ? undefined : boundaries.get(arn);
      return {
        ...listedRole,
        permissions,
        attached: attached.get(listedRole.name),
        policyRecord: valueOf(role)?.tags[policiesTagKey(name)],
        boundary: role.seen
          ? seen(
              arn === undefined || boundary === undefined ? undefined : { arn, exists: boundary },
            )
          : role,
      };
    }),
  );
}

/** Whether any statement names the provider, whatever it allows. */
function namesProvider(policy: JsonObject, providerArn: string): boolean {
  return statementsOf(policy).some((statement) => providersOf(statement).includes(providerArn));
}

/** The role of a service of AWS: no pod has ever assumed it. */
function isOfService(policy: JsonObject): boolean {
  return statementsOf(policy).some(({ Principal: principal }) =>
    isJsonObject(principal) ? principal['Service'] !== undefined : false,
  );
}
