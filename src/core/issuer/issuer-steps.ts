// What is left to do on the cluster: the API-server settings for an issuer, as sentences with flags.
// https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/

/** Settings for a new cluster, and the three moves for one in use. */
export function issuerSteps(facts: { issuer: string; jwksUri: string }): readonly string[] {
  const issuer = `--service-account-issuer=${facts.issuer}`;
  const jwks = `--service-account-jwks-uri=${facts.jwksUri}`;
  return [
    'new OpenShift cluster: copy manifests/ and tls/ into the installer’s folder before "openshift-install create cluster"',
    `new Kubernetes cluster: start every kube-apiserver with ${issuer} ${jwks} ` +
      '--service-account-signing-key-file=<serviceaccount-signer.private> --service-account-key-file=<serviceaccount-signer.public>, ' +
      'and kube-controller-manager with --service-account-private-key-file=<serviceaccount-signer.private>',
    `cluster in use, move 1: on every kube-apiserver add ${issuer} after the issuer it has (second), ` +
      'and --service-account-key-file=<serviceaccount-signer.public> beside the key it has; restart one by one',
    `cluster in use, move 2: put ${issuer} first and the old issuer second on every kube-apiserver, with ${jwks}, ` +
      '--api-audiences=<old issuer>,<this issuer> and the new signing key; restart one by one, then kube-controller-manager',
    'cluster in use, move 3: when the longest token of the old issuer has expired (24 h with common settings, or after recreating all pods), drop the old issuer from --service-account-issuer and --api-audiences',
  ];
}
