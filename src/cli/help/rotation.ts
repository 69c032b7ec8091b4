// `help rotation`.

/** Evidence, waits, a stolen key, special cases. */
export const rotationText = `Gates
  A step runs when its gate is open. A closed gate is exit 3 (GATE_CLOSED) with
  the reason and the time at which it opens. --force and the typed name of the
  cluster open it. All times are those of AWS, not of your machine.
  promote  The next key has been published for --min-publish-age (24h), or a
           probe saw STS accept it; and every API server lists both keys.
           OpenShift and external signers need no API server.
  retire   Every API server has shown a token of the new key in one run, and
           --max-token-lifetime (24h10m) has passed since the latest was
           issued.
  rollback From promoted to staged always. From staged to steady as retire, if
           the key was ever promoted.
  The waits are kept at stage, for one rotation. A shorter one than the
  default, or than the one given before, needs the typed name.

Evidence from the cluster (--from-cluster)
  Each API server is asked through your own kubectl (1.24 or newer), with the
  credentials of --context: for its key set, and for a fresh token of the
  service account --token-account. The token is of an audience that nobody
  takes ("oidc-bootstrap"), lives ten minutes, and stays in memory.
  Give every API server with --api-server https://<address>:6443. The cluster
  itself says how many it has (EndpointSlices of Service default/kubernetes);
  with fewer, or with one that does not answer, nothing is opened. An address
  is checked for the name kubernetes.default.svc, with the CA of the kubeconfig.
  Rights: ClusterRole system:service-account-issuer-discovery; in namespace
  default list of endpointslices and create of serviceaccounts/token. An error
  names the commands that give what is missing.
  A plan and status read only, and ask for no token.
  OpenShift: after promote the key is put into the Secret of the kube-apiserver
  operator (a question, or --yes), if that holds a key of this issuer; the
  rollout is watched up to --timeout, and the tokens are recorded. Once a day:
    rotate-keys --rotate-every 90d --from-cluster --yes --api-server ...
  The nodes are still yours to drain or to reboot, so that pods get new tokens.

Probe role
  STS may keep an old key set for a time that AWS does not publish. With
  --probe-role-arn, promote signs a five-minute token with the next key and
  asks STS in each --probe-region. You make that role: no policy, and a trust
  policy like those of your other roles, for one service account that does not
  exist and one audience. Make it before you need it: an emergency needs it
  too.

A stolen key (emergency)
  1. A fresh key is published alone; every other key is revoked for good.
  2. Give the fresh key to all API servers at once, verifiers and signer
     together, and restart every pod.
  3. With the probe role, and the old key in the folder, STS is asked with the
     old key until every region refuses it.
  4. Older sessions of all roles are denied (inline policy
     oidc-bootstrap-deny-older-sessions). create-iam-roles and create-all
     remove it 12 hours after its date.
  Without a probe role the cut is not proven: to stop STS at once, delete the
  IAM provider until STS has forgotten the key. An emergency that was cut short
  is finished by running it again; after a finished one it is a new emergency.

Special cases
  A key made elsewhere: stage --next-public-key-file next.pub takes the public
    key of a pair that the cluster or an external signer made.
  The cluster keeps the current private key itself: stage makes a pair only
    beside the current private key. Else use --next-public-key-file, or
    --confirm <name>.
  Different keys under one id, in key files, keys.json, its copy or the
    rotation state: every step but emergency ends with exit 5 and names them.
  A key known only from the rotation state goes into no file and no key set
    before --confirm <name>.
  A published key without a role ("unknown" in status): retire --key <kid>
    unpublishes it for good.
  The old public key stays in serviceaccount-verifiers.pem, because the
    Kubernetes API extends pod tokens to a year. retire --verifier <kid> drops
    it after 366 days.
  k3s and RKE2 keep earlier keys in service.key: before stage, keep the answer
    of \`kubectl get --raw /openid/v1/jwks\` and give it with
    --api-server-jwks, so that the verifiers file holds them too.
  After a rollback tokens count only from five minutes later.
  One run at a time moves key files (.rotate-keys.lock); the lock of a killed
    run is taken over.`;
