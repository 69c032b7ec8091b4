// What a user should know of the roles before they are made or changed.

import type { PlannedRole } from '../../core/roles/role-conflicts.ts';
import { keptOfEarlierRuns, keptOfOthers } from '../../core/roles/role-diff.ts';
import { trustOpenings } from '../../core/roles/trust-openings.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import { shellWord } from '../../core/shell-word.ts';
import type { Context } from '../context.ts';

/** Audiences of the provider that roles do not trust, since nobody asked for it in this run. */
export function warnOfAudiencesLeftOut(
  context: Context,
  audiences: readonly string[],
  roles: readonly PlannedRole[],
): void {
  for (const audience of audiences) {
    const without = roles.filter(({ desired }) => !desired.trust.audiences.includes(audience));
    if (without.length === 0) continue;
    const names = without.map(({ desired }) => desired.roleName).join(', ');
    context.warn(
      `audience "${audience}" of the provider is not added to roles that do not trust it, because --audience was not given ` +
        `(--audience ${shellWord(audience)} adds it): ${names}`,
    );
  }
}

/** What a flag names and is not there: a provider to trust no more, policies to detach. */
export function warnOfWhatIsNotThere(
  context: Context,
  stop: string | undefined,
  roles: readonly PlannedRole[],
): void {
  const trusting = roles.filter(
    ({ found }) => stop !== undefined && found && trustsProvider(found.trustPolicy, stop),
  );
  if (stop !== undefined && trusting.length === 0) {
    context.warn(`--stop-trusting-provider-arn: none of these roles trusts "${stop}"`);
  }
  for (const { desired, found } of roles) {
    const attached = found?.attachedPolicies ?? [];
    for (const arn of desired.detach.filter((one) => !attached.includes(one))) {
      context.warn(
        `--remove-managed-policy-arn: "${arn}" is not attached to role "${desired.roleName}"`,
      );
    }
  }
}

/** What others added to the role, who else may assume it, and a request that names another one. */
export function warnOfOthers(
  context: Context,
  { request, desired, found }: PlannedRole,
  arn: string,
): void {
  const kept = found === undefined ? [] : keptOfOthers(desired, found);
  if (kept.length > 0) {
    context.warn(`role "${desired.roleName}": kept what others added: ${kept.join(', ')}`);
  }
  const earlier = found === undefined ? [] : keptOfEarlierRuns(desired, found);
  for (const policy of earlier) {
    const remover =
      request.credentials === undefined
        ? '--remove-managed-policy-arn'
        : `\`aws iam detach-role-policy --role-name ${shellWord(desired.roleName)} --policy-arn ${shellWord(policy)}\``;
    context.warn(
      `role "${desired.roleName}": kept managed policy "${policy}" of an earlier run (${remover} detaches it)`,
    );
  }
  const openings =
    found === undefined ? [] : trustOpenings(found.trustPolicy, desired.trust.providerArn);
  for (const opening of openings) context.warn(`role "${desired.roleName}": ${opening}`);
  const named = request.credentials?.ownRoleArn;
  if (named !== undefined && named !== arn) {
    context.warn(
      `${request.label} names another role (stsIAMRoleARN "${named}"): OpenShift's cloud credential operator gives its pods that role`,
    );
  }
}
