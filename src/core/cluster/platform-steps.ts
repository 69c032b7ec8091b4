// The steps to do on a cluster of one platform, with the files under `cluster/`. A cluster in use keeps
// its own signing key: it is published, and changed later by rotate-keys if at all.

import { issuerSteps } from '../issuer/issuer-steps.ts';
import type { NewIssuer } from './issuer-moves.ts';
import { presentIssuer, type Platform } from './platform.ts';

export type StepFacts = NewIssuer & {
  /** The signing key is in the output folder; otherwise the cluster has its own. */
  readonly signerAtHand: boolean;
};

const longestToken =
  'when the longest token of the old issuer has expired (24 h with common settings, or after recreating all pods)';

/**
 * What to do for a new cluster, and in which order for one in use. Undefined, where nobody has named
 * the platform: kubernetes, with the step of OpenShift that users of ccoctl look for.
 */
export function platformSteps(platform: Platform | undefined, facts: StepFacts): readonly string[] {
  switch (platform) {
    case undefined:
      return [
        `new OpenShift cluster: ${installerStep(facts)}`,
        'kubeadm, k3s, RKE2, Talos, kops, OpenShift in use: run this command again with --platform, for steps and files of that platform',
        ...issuerSteps(facts),
      ];
    case 'kubernetes':
      return issuerSteps(facts);
    case 'kubeadm':
      return kubeadmSteps(facts);
    case 'k3s':
    case 'rke2':
      return rancherSteps(platform, facts);
    case 'talos':
      return talosSteps(facts);
    case 'kops':
      return kopsSteps();
    case 'openshift':
      return openshiftSteps(facts);
  }
}

function kubeadmSteps(facts: StepFacts): readonly string[] {
  const pair = facts.signerAtHand
    ? '`install -D -m 600 serviceaccount-signer.private /etc/kubernetes/pki/sa.key` and `install -D -m 644 serviceaccount-signer.public /etc/kubernetes/pki/sa.pub`'
    : 'put the pair whose public key is published into /etc/kubernetes/pki as sa.key and sa.pub';
  const move = (number: number, what: string): string =>
    `cluster in use, move ${number}: ${what}in \`kubectl -n kube-system edit configmap kubeadm-config\` put the extraArgs of cluster/move-${number}.yaml under apiServer in place of those of the same names, and roll it out as below`;
  return [
    `new cluster: on the first control-plane node ${pair}, then \`kubeadm init --upload-certs --config cluster/new.yaml\`, or with your own configuration and these extraArgs in it`,
    ...inUse('kubeadm', facts, 'kubectl'),
    move(1, ''),
    move(2, 'when every API server has move 1, '),
    move(3, `${longestToken}, `),
    "cluster in use, to roll a move out: on one control-plane node after the other `kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > kubeadm.yaml`, then `kubeadm init phase control-plane apiserver --config kubeadm.yaml`; " +
      '`grep service-account-issuer /etc/kubernetes/manifests/kube-apiserver.yaml` must show the issuers in the order of the file: kubeadm without the patches of February 2026 sorts them, then put the lines in order there by hand',
  ];
}

function rancherSteps(platform: 'k3s' | 'rke2', facts: StepFacts): readonly string[] {
  const key = `/var/lib/rancher/${platform}/server/tls/service.key`;
  const put = (file: string): string =>
    `\`install -D -m 600 cluster/${file}.yaml /etc/rancher/${platform}/config.yaml.d/90-issuer.yaml\``;
  const restart = `\`systemctl restart ${platform === 'k3s' ? 'k3s' : 'rke2-server'}\``;
  const move = (number: number, when: string): string =>
    `cluster in use, move ${number}: ${when}on one server after the other ${put(`move-${number}`)}, then ${restart}`;
  const signer = facts.signerAtHand
    ? `\`install -D -m 600 serviceaccount-signer.private ${key}\``
    : `put the private key of the published public key into ${key}`;
  return [
    `new cluster: before the first start of the first server ${signer}; on every server ${put('new')}`,
    ...inUse(platform, facts, 'kubectl'),
    `config.yaml and other files must not set service-account-issuer or api-audiences themselves: given arguments replace those of ${platform}, and its audience "${platform}" is in the files`,
    move(1, ''),
    move(2, 'when every server has move 1, '),
    move(3, `${longestToken}, `),
  ];
}

function talosSteps(facts: StepFacts): readonly string[] {
  const signer = facts.signerAtHand
    ? 'set certs.k8sserviceaccount.key there to `base64 -w0 serviceaccount-signer.private`'
    : 'set certs.k8sserviceaccount.key there to the base64 of the private key of the published public key';
  const move = (number: number, when: string): string =>
    `cluster in use, move ${number}: ${when}on one control-plane node after the other \`talosctl patch machineconfig --nodes <node> --patch @cluster/move-${number}.yaml\``;
  return [
    `new cluster: \`talosctl gen secrets -o secrets.yaml\`, ${signer}, then \`talosctl gen config <name> <endpoint> --with-secrets secrets.yaml --config-patch-control-plane @cluster/new.yaml\``,
    ...inUse('talos', facts, 'kubectl'),
    'the moves replace the lists accepted.issuers and accepted.audiences: what you have put there yourself, add to the files',
    move(1, ''),
    move(2, 'when every node has move 1, '),
    move(3, `${longestToken}, `),
  ];
}

function kopsSteps(): readonly string[] {
  const apply = (file: string): string =>
    `\`kops get cluster --name <name> -o yaml | yq '. *= load("cluster/${file}.yaml")' | kops replace -f -\`, \`kops update cluster --name <name> --yes\``;
  const roll =
    '`kops rolling-update cluster --name <name> --instance-group-roles control-plane --yes`';
  const move = (number: number, when: string): string =>
    `cluster in use, move ${number}: ${when}${apply(`move-${number}`)}, ${roll}`;
  return [
    `new cluster: after \`kops create cluster\` without --yes ${apply('new')}`,
    `new or in use: kops makes and keeps the signing key; when the API server answers, publish it: ${publishOwn('kubectl')}`,
    fillIn('kops'),
    move(1, ''),
    move(2, 'when every control-plane node has move 1, '),
    move(3, `${longestToken}, `),
  ];
}

function installerStep(facts: StepFacts): string {
  const folders = facts.signerAtHand
    ? 'copy manifests/ and tls/ into the installer’s folder'
    : 'copy manifests/ into the installer’s folder, and there the private key of a published public key to tls/bound-service-account-signing-key.key,';
  return `${folders} before \`openshift-install create cluster\``;
}

function openshiftSteps(facts: StepFacts): readonly string[] {
  return [
    `new cluster: ${installerStep(facts)} (manifests/ holds what cluster/new.yaml says)`,
    `cluster in use: ${keepsKey(facts, 'oc')}`,
    'cluster in use: note its present issuer, in case you have to go back: `oc get authentication.config.openshift.io cluster -o jsonpath={.spec.serviceAccountIssuer}` (nothing: the default, https://kubernetes.default.svc)',
    'cluster in use: `oc patch authentication.config.openshift.io cluster --type merge --patch-file cluster/move-1.yaml`, then `oc adm wait-for-stable-cluster --minimum-stable-period=5m`; the operator accepts the present issuer for 24 h by itself (`oc get kubeapiserver.operator.openshift.io cluster -o jsonpath={.status.serviceAccountIssuers}` shows until when)',
    'cluster in use, within these 24 h: recreate all pods, so that they get tokens of the new issuer',
  ];
}

/** What comes before the moves: the cluster's key is published, and the files name its issuer. */
function inUse(platform: Platform, facts: StepFacts, tool: 'kubectl'): readonly string[] {
  return [`cluster in use: ${keepsKey(facts, tool)}`, fillIn(platform)];
}

function keepsKey({ signerAtHand }: StepFacts, tool: 'kubectl' | 'oc'): string {
  const before = signerAtHand ? 'it keeps its own signing key; publish that first: ' : '';
  return signerAtHand
    ? `${before}${publishOwn(tool)}`
    : `it keeps its signing key; \`${tool} get --raw /openid/v1/jwks\` must list no key that is not published`;
}

function publishOwn(tool: 'kubectl' | 'oc'): string {
  return `\`${tool} get --raw /openid/v1/jwks > cluster-keys.json\`, then this command again with \`--public-key-file cluster-keys.json\``;
}

/** The old issuer in the files. */
function fillIn(platform: Platform): string {
  const present = presentIssuer(platform);
  const fill = `\`sed -i "s|${present}|$(kubectl get --raw /.well-known/openid-configuration | jq -r .issuer)|g" cluster/move-1.yaml cluster/move-2.yaml\``;
  return `cluster in use: ${present.startsWith('<') ? 'name' : 'check'} its present issuer in the files: ${fill}`;
}
