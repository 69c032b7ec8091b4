// The steps to do on the cluster: the API-server settings for an issuer, as sentences with flags.
// https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/

/**
 * Settings for a new cluster, and the three moves for one in use. `signerAtHand`: the signing key is in
 * the output folder; otherwise the cluster has its own key and keeps it.
 */
export function issuerSteps(facts: {
  issuer: string;
  jwksUri: string;
  signerAtHand: boolean;
}): readonly string[] {
  const issuer = `--service-account-issuer=${facts.issuer}`;
  const jwks = `--service-account-jwks-uri=${facts.jwksUri}`;
  const keys = facts.signerAtHand ? folderKeys : ownKeys;
  return [
    `new Kubernetes cluster: start every kube-apiserver with ${issuer} ${jwks} ${keys.fresh}`,
    `cluster in use, move 1: on every kube-apiserver add ${issuer} after the issuer it has (second)${keys.first}; restart one by one`,
    `cluster in use, move 2: put ${issuer} first and the old issuer second on every kube-apiserver, with ${jwks} and ` +
      `--api-audiences=<the audiences it has>,<this issuer> (the default of the flag is the issuer, on k3s also k3s, on RKE2 also rke2)${keys.second}`,
    'cluster in use, move 3: when the longest token of the old issuer has expired (24 h with common settings, or after recreating all pods), drop the old issuer from --service-account-issuer and --api-audiences',
  ];
}

/** The parts of the steps that name the keys. */
type KeyWords = {
  readonly fresh: string;
  readonly first: string;
  readonly second: string;
};

const folderKeys: KeyWords = {
  fresh:
    'and copies of two files on its node: serviceaccount-signer.private as --service-account-signing-key-file and serviceaccount-signer.public as --service-account-key-file; ' +
    'start kube-controller-manager with the private one as --service-account-private-key-file',
  first:
    ', and a copy of serviceaccount-signer.public as one more --service-account-key-file beside those it has',
  second: ' and the new signing key; restart one by one, then kube-controller-manager',
};

const ownKeys: KeyWords = {
  fresh:
    'and the key pair whose public key is published: the private key as --service-account-signing-key-file, the public key as --service-account-key-file, ' +
    'and kube-controller-manager with the private key as --service-account-private-key-file',
  first: '; keep its key files if its signing key is published',
  second: '; keep its signing key; restart one by one',
};
