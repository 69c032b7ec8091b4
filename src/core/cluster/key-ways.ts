// How the operator of each platform gives keys to API servers, as sentences with commands. Files are named
// relative to the output folder. The order of the sentences refuses no token: one server after the other,
// API servers before kube-controller-manager.

import { elsewhere, sourceOf, type KeyFacts, type KeyWays } from './key-facts.ts';
import { kopsWays } from './kops-ways.ts';
import type { Platform } from './platform.ts';
import { rancherWays } from './rancher-ways.ts';

/** Platforms on which the operator hands keys over; OpenShift's operator is a program. */
export type HandPlatform = Exclude<Platform, 'openshift'>;

/** Where the verifiers file takes the place of another: no key that is accepted today may be missing. */
const takeFurtherKeys =
  'first, if the API servers accept keys that this program does not know: `kubectl get --raw /openid/v1/jwks > accepted.json`, then run `oidc-bootstrap rotate-keys stage` again with `--api-server-jwks accepted.json`, which adds those keys';

/** The sentences of a platform. */
export function keyWays(platform: HandPlatform, facts: KeyFacts): KeyWays {
  switch (platform) {
    case 'kubernetes':
      return kubernetesWays(facts);
    case 'kubeadm':
      return kubeadmWays(facts);
    case 'k3s':
    case 'rke2':
      return rancherWays(platform, facts);
    case 'talos':
      return talosWays(facts);
    case 'kops':
      return kopsWays(facts);
  }
}

function kubernetesWays({ verifiersFile, signer }: KeyFacts): KeyWays {
  const key =
    signer.file ??
    `the private key of "${signer.keyId}", from where it was made, (or the external signer switched to it)`;
  const verifiers = `give ${verifiersFile} to every kube-apiserver as --service-account-key-file, and keep --service-account-signing-key-file as it is; restart one by one`;
  const sign = [
    `give ${key} to every kube-apiserver as --service-account-signing-key-file; restart one by one`,
    'then give the same key to kube-controller-manager as --service-account-private-key-file, and restart it',
  ];
  return {
    verifiers,
    before: [takeFurtherKeys],
    signer: sign,
    back: sign,
    withdraw: verifiers,
    replace: [
      `at once, on every kube-apiserver together: ${verifiersFile} as --service-account-key-file and ${key} as --service-account-signing-key-file; restart all`,
      'kube-controller-manager: the same signing key as --service-account-private-key-file; restart',
    ],
    drop: [verifiers],
  };
}

/** kubeadm's own places: `kubeadm init phase upload-certs` gives them to control-plane nodes that join. */
function kubeadmWays({ phaseFile, verifiersFile, signer }: KeyFacts): KeyWays {
  const pki = '/etc/kubernetes/pki';
  const accepted = `\`install -m 644 ${verifiersFile} ${pki}/sa.pub\``;
  const signing = `\`install -m 600 ${sourceOf(signer)} ${pki}/sa.key\``;
  const restart = (what: string): string => `\`crictl stop $(crictl ps -q --name ${what})\``;
  const verifiers = `on one control-plane node after the other ${accepted}, then ${restart('kube-apiserver')}: kubelet starts it again`;
  const sign = [
    `on one control-plane node after the other ${signing} and ${accepted}, then ${restart('kube-apiserver')}${elsewhere(signer)}`,
    `then kube-controller-manager, on one node after the other: ${restart('kube-controller-manager')}`,
  ];
  return {
    verifiers,
    before: [
      takeFurtherKeys,
      `only if \`grep service-account- /etc/kubernetes/manifests/kube-apiserver.yaml\` shows other key files than sa.pub and sa.key: put the extraArgs of ${phaseFile} into ` +
        'the configmap kubeadm-config, in place of those of the same names, and run `kubeadm init phase control-plane all --config <file with that configuration>` on one node after the other',
    ],
    signer: sign,
    back: sign,
    withdraw: verifiers,
    replace: [
      `at once, on every control-plane node: ${accepted}, ${signing} and ${restart("'kube-apiserver|kube-controller-manager'")}${elsewhere(signer)}`,
    ],
    drop: [verifiers],
  };
}

/** The machine configuration of each node holds the key that signs; it is accepted by itself. */
function talosWays({ phaseFile, signer }: KeyFacts): KeyWays {
  const patch = `talosctl patch machineconfig --nodes <node> --patch @${phaseFile}`;
  const withKey =
    `\`jq -n --rawfile key ${sourceOf(signer)} '{apiVersion: "v1alpha1", kind: "KubeServiceAccountConfig", issuer: {privateKey: $key}}' | ` +
    `${patch} --patch @/dev/stdin\`${elsewhere(signer)}`;
  const verifiers = `on one control-plane node after the other \`${patch}\``;
  const kept =
    'for control-plane nodes that join later, put the same key and patch into the configuration that you keep (certs.k8sserviceaccount.key of secrets.yaml)';
  const sign = [
    `on one control-plane node after the other ${withKey}: kube-controller-manager switches with the API server of its node`,
    kept,
  ];
  return {
    verifiers,
    before: [
      takeFurtherKeys,
      'the configuration must have the document KubeServiceAccountConfig, as Talos 1.14 makes it, and no cluster.serviceAccount',
    ],
    signer: sign,
    back: sign,
    withdraw: verifiers,
    replace: [`at once, on every control-plane node: ${withKey}`, kept],
    drop: [verifiers],
  };
}
