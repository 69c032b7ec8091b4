// The steps that operators do on the cluster in each phase, in the required order: verifiers before
// signers, API servers before kube-controller-manager. The program does not access the cluster.

import { formatDuration } from './durations.ts';
import { currentKey, keyInRole, lastStep, type RotationState } from './state.ts';
import { openshiftSecretFile, privateFiles, publicFiles, verifiersFile } from './view.ts';
import { shellWord } from '../shell-word.ts';

const checkVerifiers =
  'check that `kubectl --server https://<api-server> get --raw /openid/v1/jwks` lists both key IDs, on each API server';

/** What signs, as steps name it, and where distributions keep it; a key made elsewhere is in no file here. */
function signerOf(state: RotationState): readonly [string, string] {
  const current = currentKey(state);
  return current.external
    ? [
        `the private key of "${current.keyId}", from where it was made,`,
        ' (or the external signer switched to it)',
      ]
    : [
        privateFiles.signer,
        ' (kubeadm: /etc/kubernetes/pki/sa.key; k3s, RKE2: a service.key with this key first and the present one after it, given to `k3s certificate rotate-ca`)',
      ];
}

/** The steps for the state as it stands; empty where nothing is to be done. */
export function rotationSteps(state: RotationState): readonly string[] {
  const last = lastStep(state);
  if (last === 'emergency') return emergencySteps(state);
  if (last === 'rollback') return rollbackSteps(state);
  switch (state.phase) {
    case 'staged':
      return stagedSteps(state);
    case 'promoted':
      return state.platform === 'openshift' ? openshiftSteps(state) : kubernetesSteps(state);
    case 'steady':
      return last === 'retire' ? retiredSteps(state) : [];
  }
}

function stagedSteps(state: RotationState): readonly string[] {
  if (state.platform === 'openshift') {
    return [
      'nothing yet: the operator rolls the keys out itself once you apply the Secret that `promote` writes',
    ];
  }
  const age = formatDuration(state.durations.minPublishAge);
  return [
    `now, and complete before promote: copy ${verifiersFile} to every control-plane node and give it to every kube-apiserver as --service-account-key-file (kubeadm: /etc/kubernetes/pki/sa.pub; k3s, RKE2: in kube-apiserver-arg of config.yaml); keep --service-account-signing-key-file as it is; restart one by one`,
    `${checkVerifiers}; keep the answers in files, for --api-server-jwks`,
    `then \`rotate-keys promote\`, once the key has been published for ${age} or a probe shows that STS accepts it`,
  ];
}

function kubernetesSteps(state: RotationState): readonly string[] {
  const current = currentKey(state).keyId;
  const [signer, places] = signerOf(state);
  return [
    `1. verifiers, if not done after stage: ${verifiersFile} on every kube-apiserver as --service-account-key-file, restarted one by one; ${checkVerifiers}`,
    `2. the signer: ${signer} as --service-account-signing-key-file of every kube-apiserver${places}, restarted one by one`,
    '3. kube-controller-manager: the same key as --service-account-private-key-file, restarted (k3s, RKE2: already restarted with the server)',
    `4. a fresh token from each API server: \`kubectl --server https://<api-server> create token default --audience <audience> > <file>\`; its kid must be "${current}"; give all in one run of \`rotate-keys retire --token-file <file> ...\`, which starts the wait of ${formatDuration(state.durations.maxTokenLifetime)}`,
  ];
}

function openshiftSteps(state: RotationState): readonly string[] {
  const current = currentKey(state);
  return [
    `1. ${secretStep(state)}`,
    '2. `oc adm wait-for-stable-cluster --minimum-stable-period=5m` (the operator rolls the verifiers out first, then the signer)',
    '3. drain or reboot every node: `oc adm reboot-machine-config-pool mcp/worker mcp/master`, then `oc adm wait-for-node-reboot nodes --all`',
    `4. take a token: \`oc create token default --audience openshift > token\`; its kid must be "${current.keyId}"; give it with \`rotate-keys retire --token-file token\``,
  ];
}

/** How OpenShift's operator gets the current key. */
function secretStep(state: RotationState): string {
  return currentKey(state).external
    ? 'replace Secret openshift-kube-apiserver-operator/next-bound-service-account-signing-key by the pair, from where it was made'
    : `\`oc replace -f ${openshiftSecretFile}\``;
}

function retiredSteps(state: RotationState): readonly string[] {
  const retired = state.verifiers.filter((verifier) => verifier.retiredAt !== null);
  if (retired.length === 0 || state.platform === 'openshift') return [];
  const last = shellWord(retired.at(-1)?.keyId ?? '<kid>');
  return [
    `keep the old public key on the API servers: ${verifiersFile} still holds it, since the Kubernetes API extends pod tokens to a year and legacy Secret tokens never expire; neither affects STS`,
    `after 366 days: \`rotate-keys retire --verifier ${last}\`, then roll ${verifiersFile} out again`,
  ];
}

function rollbackSteps(state: RotationState): readonly string[] {
  const current = currentKey(state).keyId;
  const next = keyInRole(state, 'next');
  const [signer] = signerOf(state);
  const pair = currentKey(state).external
    ? '--from-file=service-account.key=<its private key> --from-file=service-account.pub=<its public key>'
    : `--from-file=service-account.key=${privateFiles.signer} --from-file=service-account.pub=${publicFiles.signer}`;
  if (next === undefined) {
    return state.platform === 'openshift'
      ? []
      : [
          `roll ${verifiersFile} out again when convenient: keys that never signed were removed from it`,
        ];
  }
  const back =
    state.platform === 'openshift'
      ? `if the Secret was already replaced: \`oc create secret generic next-bound-service-account-signing-key -n openshift-kube-apiserver-operator ${pair} --dry-run=client -o yaml | oc replace -f -\`, then wait until the cluster is stable`
      : `if the signer was already switched: set ${signer} again as --service-account-signing-key-file of every kube-apiserver and --service-account-private-key-file of kube-controller-manager, one by one; keep the verifiers`;
  return [
    back,
    `"${next.keyId}" stays published: to unpublish it, give a fresh token of each API server signed by "${current}", issued after ${state.phaseSince}, with \`rotate-keys rollback --token-file <file>\``,
  ];
}

function emergencySteps(state: RotationState): readonly string[] {
  const [signer] = signerOf(state);
  const switching =
    state.platform === 'openshift'
      ? [
          `${secretStep(state)}, then \`oc adm wait-for-stable-cluster\``,
          'reboot every node: `oc adm reboot-machine-config-pool mcp/worker mcp/master`',
        ]
      : [
          `at once, on every kube-apiserver together: ${verifiersFile} as --service-account-key-file and ${signer} as --service-account-signing-key-file; restart all`,
          'kube-controller-manager: the same signing key as --service-account-private-key-file; restart',
        ];
  const proven = typeof state.emergency?.cutProvenAt === 'string';
  return [
    ...switching,
    'restart every pod: every token of the old key is refused from now on; recreate legacy token Secrets',
    ...(proven
      ? []
      : [
          'the cut is not proven: STS may accept the old key until it fetches the key set again; to stop it at once, delete the IAM OIDC provider (`aws iam delete-open-id-connect-provider`) and create it again later with create-identity-provider',
        ]),
  ];
}
