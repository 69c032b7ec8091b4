// Connects --from-cluster: kubectl of this machine, and the question before a Secret is replaced.
// Loaded only with that flag.

import type { ClusterWish, RunKubectl } from '../../core/evidence/kubectl.ts';
import type { RotateKeysResult } from '../../core/rotation/status.ts';
import { kubectlRunner } from '../../local/kubectl.ts';
import type { Context } from '../../workflows/context.ts';
import { openCluster } from '../../workflows/evidence/cluster.ts';
import { rotateFromCluster } from '../../workflows/evidence/rotate-from-cluster.ts';
import type { RotationInput } from '../../workflows/rotation/key-rotation.ts';
import { confirmYes } from '../session/confirm.ts';
import type { Session } from '../session/session.ts';

/** The step, with evidence of that cluster. */
export function fromCluster(
  context: Context,
  wish: ClusterWish,
  { session, yes }: { readonly session: Session; readonly yes: boolean },
): (input: RotationInput) => Promise<RotateKeysResult> {
  const { host, note } = session;
  const kubectl = host.runKubectl ?? kubectlRunner(host.env);
  const run: RunKubectl = async (call) => {
    const answer = await kubectl(call);
    // Ctrl-C ends kubectl too, which is no failure of the cluster: the pause ends with INTERRUPTED.
    await context.clock.sleep(0);
    return answer;
  };
  const cluster = openCluster(run, wish);
  return (input) =>
    rotateFromCluster(context, input, {
      cluster,
      note,
      approve: (consequence) => confirmYes(host, { consequence, yes }),
    });
}
