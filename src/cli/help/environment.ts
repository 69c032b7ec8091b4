// `help environment`.

/** Variables, retries, proxies, emulators. */
export const environmentText = `Flags as variables
  Every flag can be set as OIDC_BOOTSTRAP_<FLAG>, for example
  OIDC_BOOTSTRAP_OUTPUT_DIR. A flag beats its variable. Booleans take true,
  false, 1 or 0. Approvals (--yes, --force, --confirm, --token-file) have no
  variable. A variable of no flag is named in a warning.

AWS
  Credentials and region come from where every AWS tool has them: AWS_*
  variables, the profile, SSO, the role of an instance or container.
  AWS_ENDPOINT_URL and --endpoint-url lead to another endpoint.

Retries
  A request is sent up to ten times, one that is throttled up to forty, and the
  rate adapts to throttling: IAM takes few calls a second, and a run of many
  roles must not fail for it. AWS_RETRY_MODE and AWS_MAX_ATTEMPTS change that.
  Sent again too: what AWS asks to send again (OperationAborted,
  ConditionalRequestConflict, ConcurrentModification). Never sent again: a quota
  that is used up.

Proxies and certificates
  HTTPS_PROXY, HTTP_PROXY and NO_PROXY apply to requests to AWS, to those of
  the credential chain and to the issuer's documents; the lower-case variable
  wins. A proxy is http://user:password@host:port, or https://... for one that
  uses TLS. An entry of NO_PROXY is a host with its subdomains, with or without
  a port, or *. Requests to this machine and to the credential services of
  instances and containers never go to a proxy.
  A proxy that opens TLS has certificates of its own: name them with
  AWS_CA_BUNDLE, or ca_bundle of the profile. AWS is then trusted by these
  alone, the issuer's documents by these and those of Node. NODE_EXTRA_CA_CERTS
  works as for every Node program.

Emulators
  OIDC_BOOTSTRAP_EDGE_URL=http://127.0.0.1:<port>/_edge/{host} says where the
  issuer's documents are fetched in place of https://{host}. Only addresses of
  this machine are taken, and its use is said on stderr.`;
