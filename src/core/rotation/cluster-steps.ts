// The steps that operators do on the cluster in each phase, in the required order: verifiers before
// signers, API servers before kube-controller-manager. The program does not access the cluster.

import type { KeyWays } from '../cluster/key-facts.ts';
import { keyWays, type HandPlatform } from '../cluster/key-ways.ts';
import { clusterPhase, rotationFiles } from './cluster-phase.ts';
import { formatDuration } from './durations.ts';
import { openshiftSteps } from './openshift-steps.ts';
import { afterEmergency, unpublishStep } from './shared-steps.ts';
import { currentKey, keyInRole, type ManagedKey, type RotationState } from './state.ts';
import { privateFiles, verifiersFile } from './view.ts';
import { shellWord } from '../shell-word.ts';

const checkVerifiers =
  'check that `kubectl --server https://<api-server> get --raw /openid/v1/jwks` lists both key IDs, on each API server';

/** The steps for the state as it stands; empty where nothing is to be done. */
export function rotationSteps(state: RotationState): readonly string[] {
  const phase = clusterPhase(state);
  if (phase === undefined) return [];
  if (state.platform === 'openshift') return openshiftSteps(state, phase);
  const ways = waysOf(state, state.platform);
  switch (phase) {
    case 'stage':
      return stagedSteps(state, ways);
    case 'promote':
      return promotedSteps(state, ways);
    case 'retire':
      return retiredSteps(state, ways);
    case 'rollback':
      return rolledBackSteps(state, ways);
    case 'emergency':
      return [...ways.replace, ...afterEmergency(state)];
  }
}

function waysOf(state: RotationState, platform: HandPlatform): KeyWays {
  const handed = ({ keyId, external }: ManagedKey, file: string) => ({
    keyId,
    file: external ? undefined : file,
  });
  const current = currentKey(state);
  const next = keyInRole(state, 'next');
  return keyWays(platform, {
    phaseFile: rotationFiles(state)[0]?.path,
    verifiersFile,
    signer: handed(current, privateFiles.signer),
    incoming:
      next === undefined ? handed(current, privateFiles.signer) : handed(next, privateFiles.next),
  });
}

function stagedSteps(state: RotationState, ways: KeyWays): readonly string[] {
  const age = formatDuration(state.durations.minPublishAge);
  return [
    ...ways.before,
    `now, and complete before promote: ${ways.verifiers}`,
    `${checkVerifiers}; save the answers in files for --api-server-jwks, or use --from-cluster`,
    `then \`oidc-bootstrap rotate-keys promote\`, once the key has been published for ${age} or a probe shows that STS accepts it`,
    ...(state.platform === 'kubernetes'
      ? [
          'for commands and files of kubeadm, k3s, RKE2, Talos or kops: run `oidc-bootstrap rotate-keys stage` again with --platform',
        ]
      : []),
  ];
}

function promotedSteps(state: RotationState, ways: KeyWays): readonly string[] {
  const current = currentKey(state).keyId;
  return [
    `verifiers, if not done after stage: ${ways.verifiers}; ${checkVerifiers}`,
    ...ways.signer,
    `a fresh token from each API server: \`kubectl --server https://<api-server> create token default --audience <audience> > <file>\`; its kid must be "${current}"; give all in one run of \`oidc-bootstrap rotate-keys retire --token-file <file> ...\`, or let --from-cluster take them; this starts the wait of ${formatDuration(state.durations.maxTokenLifetime)}`,
  ].map((step, index) => `${index + 1}. ${step}`);
}

function retiredSteps(state: RotationState, ways: KeyWays): readonly string[] {
  const retired = state.verifiers.filter((verifier) => verifier.retiredAt !== null);
  if (retired.length === 0) return ways.drop.map((step) => `when convenient: ${step}`);
  return [
    `keep the old public key on the API servers: the Kubernetes API extends pod tokens to a year and legacy Secret tokens never expire; neither affects STS`,
    `after 366 days: \`oidc-bootstrap rotate-keys retire --verifier ${shellWord(retired.at(-1)?.keyId ?? '<kid>')}\``,
    ...ways.drop.map((step) => `after that: ${step}`),
  ];
}

function rolledBackSteps(state: RotationState, ways: KeyWays): readonly string[] {
  const next = keyInRole(state, 'next');
  if (next === undefined) {
    return [`when convenient, since a key that never signed is accepted still: ${ways.withdraw}`];
  }
  return [
    ...ways.back.map((step) => `if the signer was already switched: ${step}`),
    unpublishStep(state, next),
  ];
}
