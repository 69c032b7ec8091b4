// A rotation step whose evidence the cluster itself gives. On OpenShift a key that was just promoted is
// handed over in the same run, and the tokens that it signs are recorded: they start the wait of `retire`.

import type { RotationState } from '../../core/rotation/state.ts';
import type { RotateKeysResult } from '../../core/rotation/status.ts';
import type { Context } from '../context.ts';
import { rotateKeys, type RotationInput } from '../rotation/key-rotation.ts';
import { gatherEvidence } from './gather-evidence.ts';
import { handOverKey, type HandOver } from './hand-over-key.ts';
import type { Cluster } from './cluster.ts';

/** Takes the step and gives the result. */
export async function rotateFromCluster(
  context: Context,
  input: RotationInput,
  from: {
    readonly cluster: Cluster;
    readonly note: (text: string) => void;
    readonly approve: HandOver['approve'];
  },
): Promise<RotateKeysResult> {
  let before: RotationState | undefined;
  const take = (request: RotationInput['request']): Promise<RotateKeysResult> =>
    rotateKeys(context, {
      ...input,
      request,
      gather: (seen) => {
        before = seen.view.state;
        return gatherEvidence(context, seen, {
          ...from,
          request,
          handOver: () => handOverKey(context, seen, { ...from, place: input.place }),
        });
      },
    });
  const result = await take(input.request);
  const { step } = input.request;
  const isHandedOver = result.phase === 'promoted' && before?.platform === 'openshift';
  const isUnrecorded =
    before?.phase === 'staged' || (step === 'promote' && before?.evidence.length === 0);
  if (!isHandedOver || !isUnrecorded || context.gate.dryRun) return result;
  // The same as the next run without a step: it cannot retire, since its tokens start the wait.
  return take({ ...input.request, step: 'advance', force: false });
}
