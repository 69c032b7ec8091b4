// The steps of a rotation on OpenShift. Its operator rolls the keys out, verifiers first, once it is given
// the Secret with the next pair.

import type { RotationPhase } from '../cluster/rotation-file.ts';
import { afterEmergency, unpublishStep } from './shared-steps.ts';
import { currentKey, keyInRole, type RotationState } from './state.ts';
import { openshiftSecretFile, privateFiles, publicFiles } from './view.ts';

/** The steps of the phase; empty where nothing is to be done. */
export function openshiftSteps(state: RotationState, phase: RotationPhase): readonly string[] {
  switch (phase) {
    case 'stage':
      return [
        'nothing yet: the operator rolls the keys out itself once you apply the Secret that `promote` writes',
      ];
    case 'promote':
      return promotedSteps(state);
    case 'retire':
      return [];
    case 'rollback':
      return rolledBackSteps(state);
    case 'emergency':
      return [
        `${secretStep(state)}, then \`oc adm wait-for-stable-cluster\``,
        'reboot every node: `oc adm reboot-machine-config-pool mcp/worker mcp/master`',
        ...afterEmergency(state),
      ];
  }
}

function promotedSteps(state: RotationState): readonly string[] {
  return [
    `1. ${secretStep(state)}; or let \`oidc-bootstrap rotate-keys --from-cluster --yes\` with an --api-server for each control-plane node do this and the steps 2 and 4`,
    '2. `oc adm wait-for-stable-cluster --minimum-stable-period=5m` (the operator rolls the verifiers out first, then the signer)',
    '3. drain or reboot every node: `oc adm reboot-machine-config-pool mcp/worker mcp/master`, then `oc adm wait-for-node-reboot nodes --all`',
    `4. take a token: \`oc create token default --audience openshift > token\`; its kid must be "${currentKey(state).keyId}"; give it with \`oidc-bootstrap rotate-keys retire --token-file token\``,
  ];
}

/** How the operator gets the current key. */
function secretStep(state: RotationState): string {
  return currentKey(state).external
    ? 'replace Secret openshift-kube-apiserver-operator/next-bound-service-account-signing-key by the pair, from where it was made'
    : `\`oc replace -f ${openshiftSecretFile}\``;
}

function rolledBackSteps(state: RotationState): readonly string[] {
  const next = keyInRole(state, 'next');
  if (next === undefined) return [];
  const pair = currentKey(state).external
    ? '--from-file=service-account.key=<its private key> --from-file=service-account.pub=<its public key>'
    : `--from-file=service-account.key=${privateFiles.signer} --from-file=service-account.pub=${publicFiles.signer}`;
  return [
    `if the Secret was already replaced: \`oc create secret generic next-bound-service-account-signing-key -n openshift-kube-apiserver-operator ${pair} --dry-run=client -o yaml | oc replace -f -\`, then wait until the cluster is stable`,
    unpublishStep(state, next),
  ];
}
