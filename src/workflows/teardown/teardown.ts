// Deletes what a name has: roles, IAM provider, hosting. Nothing of the hosting goes while IAM trusts
// its issuer, so at no moment can somebody else sign tokens that AWS accepts.

import { BootstrapError } from '../../core/errors.ts';
import type { DeleteResult } from '../../core/result.ts';
import type { Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { closedRole } from '../roles/find-name-roles.ts';
import { deleteProvider } from '../provider/delete-provider.ts';
import { waitUntilForgotten } from '../provider/wait-until-forgotten.ts';
import { deleteRoles, roleThing } from '../roles/delete-roles.ts';
import type { NameProviderRemains } from './find-providers.ts';
import type { Remains } from './find-what-is-ours.ts';
import { newSteps, type Steps } from '../delete-steps.ts';

/** What a teardown would delete, in order. */
export function thingsToDelete(remains: Remains): readonly Thing[] {
  const { trusting } = remains;
  return thingsOf(trusting.length > 0 ? { ...remains, hosting: undefined } : remains);
}

/** All that is ours and not in use by others. */
function thingsOf({ roles, providers, hosting }: Remains): readonly Thing[] {
  return [...roles.map(roleThing), ...providers.map(providerThing), ...(hosting?.owned ?? [])];
}

/** Deletes. `known` gets the result also where it ends with an error: PARTIAL_DELETE, WAIT_TIMED_OUT. */
export async function tearDown(
  context: Context,
  remains: Remains,
  known: (result: DeleteResult) => void,
): Promise<DeleteResult> {
  const steps = newSteps(context, remains.kept);
  for (const { reason, ...thing } of remains.blocked) steps.leave([thing], reason);
  try {
    await deleteInOrder(context, steps, remains);
  } catch (error) {
    steps.leaveRest(thingsOf(remains), 'not reached: the run stopped before');
    throw error;
  } finally {
    known(steps.result());
  }
  if (!context.gate.dryRun) refusePartial(steps, remains);
  return steps.result();
}

async function deleteInOrder(context: Context, steps: Steps, remains: Remains): Promise<void> {
  const { roles, providers, hosting, trusting } = remains;
  if (roles.length > 0) {
    const text = roles.length === 1 ? '1 IAM role' : `${roles.length} IAM roles`;
    context.progress({ kind: 'step', text });
  }
  await deleteRoles(context, steps, roles);
  const standing = [...trusting];
  for (const provider of providers) {
    const gone = await steps.attempt(
      providerThing(provider),
      async () => await deleteProvider(context, provider),
    );
    if (!gone) standing.push(provider.arn);
  }
  if (hosting === undefined) return;
  const [trusts] = standing;
  if (trusts !== undefined) {
    steps.leave(hosting.owned, `IAM provider "${trusts}" still trusts the issuer`);
    return;
  }
  if (hosting.owned.some(({ resource }) => resource === 's3-bucket')) {
    await waitUntilForgotten(context, remains.issuers);
  }
  await hosting.remove(context, steps);
}

function providerThing({ arn }: NameProviderRemains): Thing {
  return { resource: 'iam-oidc-provider', id: arn };
}

/** A resource that only waits for CloudFront is no failure; any other that is left is one. */
function refusePartial(steps: Steps, remains: Remains): void {
  const failures = steps.failures();
  const { left } = steps.result();
  const blocked = remains.blocked.length > 0 || (remains.trusting.length > 0 && left.length > 0);
  if (failures.length === 0 && !blocked) return;
  const [first] = failures;
  if (first !== undefined && failures.every(({ code }) => code === 'WAIT_TIMED_OUT') && !blocked) {
    throw first;
  }
  const names = left.map(
    ({ resource, id, reason }) => `${resource} "${id}" (${reason.replace(/; --detach.*/, '')})`,
  );
  throw new BootstrapError({
    code: 'PARTIAL_DELETE',
    message: `not everything was deleted: ${names.join(', ')}`,
    hint: hintOf(failures, remains),
    details: { left },
    cause: first,
  });
}

function hintOf(failures: readonly BootstrapError[], remains: Remains): string {
  const again = 'then run the same command again: it goes on from here';
  const [failure] = failures.flatMap(({ hint }) => hint ?? []);
  if (failure !== undefined) return failure.includes('run') ? failure : `${failure}; ${again}`;
  const [trusting] = remains.trusting;
  if (trusting !== undefined) {
    return `make sure that nothing uses provider "${trusting}", delete it, ${again}; --keep-issuer leaves the hosting out`;
  }
  const reasons = remains.blocked.map(({ reason }) => reason);
  if (reasons.some((reason) => reason.includes('--detach-foreign'))) {
    return 'check what others use it for; --detach-foreign deletes it anyway';
  }
  return reasons.includes(closedRole)
    ? `add "iam:GetRole" for these roles to the policy of the caller, ${again}`
    : `remove what stands against it, ${again}`;
}
