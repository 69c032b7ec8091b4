// The typed name of rotate-keys: what a step destroys or skips is told before it is asked for.

import { BootstrapError } from '../../core/errors.ts';
import { shortenedWaits } from '../../core/rotation/durations.ts';
import { defaultDurations } from '../../core/rotation/state.ts';
import type { RotateKeysResult } from '../../core/rotation/status.ts';
import type { RotationRequest } from '../../core/rotation/view.ts';
import type { RotationOptions } from '../flags/rotation-flags.ts';
import { confirmName } from '../session/confirm.ts';
import type { Session } from '../session/session.ts';

/** Steps that need the typed name whatever AWS says; a wrong `--confirm` ends any step. */
export async function confirmedBefore(
  options: RotationOptions,
  session: Session,
): Promise<boolean> {
  if (
    options.confirm === undefined &&
    (options.dryRun || !(options.force || options.step === 'emergency'))
  ) {
    return options.dryRun;
  }
  const waits = shortenedWaits(options, defaultDurations);
  await confirmName(session.host, {
    consequence:
      options.step === 'emergency'
        ? emergencyConsequence(options)
        : [
            `--force skips the gate of "${options.step}" on "${options.name}": AWS may refuse tokens of running pods`,
            ...waits,
          ].join('; '),
    name: options.name,
    confirm: options.confirm,
  });
  return true;
}

/** What an emergency destroys, and what has to be restarted after it. */
function emergencyConsequence(options: RotationOptions): string {
  const { name, probeRoleArn } = options;
  const proven = probeRoleArn !== undefined;
  return [
    `emergency creates a new signing key for "${name}" and revokes every other key for good`,
    'AWS refuses every token of the old keys from then on; a staged key is lost',
    `the old private keys are destroyed in the output folder${proven ? ' once STS refuses them' : ''}`,
    ...(proven ? [`every earlier AWS session of the roles of "${name}" is denied`] : []),
    'every API server and kube-controller-manager must be restarted with the new key, then every pod',
  ].join('; ');
}

/** A shortened wait is only known once the state is read: it is asked for then, on a terminal. */
export async function withConfirmation(
  request: RotationRequest,
  { options, session }: { readonly options: RotationOptions; readonly session: Session },
  rotate: (request: RotationRequest) => Promise<RotateKeysResult>,
): Promise<RotateKeysResult> {
  try {
    return await rotate(request);
  } catch (error) {
    const asked = error instanceof BootstrapError && error.code === 'CONFIRMATION_REQUIRED';
    if (!asked || request.confirmed || !session.host.canAsk()) throw error;
    await confirmName(session.host, {
      consequence: error.message,
      name: options.name,
      confirm: undefined,
    });
    return await rotate({ ...request, confirmed: true });
  }
}
