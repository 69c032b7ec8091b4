// `help roles`.

/** Names, trust, audiences, policies, and a move to another issuer. */
export const rolesText = `Requests
  create-iam-roles reads all *.yaml and *.yml files at the top of
  --credentials-requests-dir. Requests for other clouds are skipped and
  counted, and so are those of tech preview, unless --enable-tech-preview is
  given. Without requests: --service-account <namespace>/<name> (repeatable,
  one role for all of them), with --policy-file, --managed-policy-arn and
  --role-name.

Name
  <name>-<secret namespace>-<secret name>. Over 64 characters it is the first
  55, "-", and 8 digits of a hash. The tag oidc-bootstrap/<name>/request says
  which request a role is for; another request that leads to the same name is
  refused (NAME_TAKEN). Where one request replaced another, the hint shows the
  command that hands the role over.

Trust
  A role trusts the service accounts of its request (sub) and the audiences of
  the provider (aud), nothing else. A new role gets all audiences; a role that
  is there gets those of --audience only. An audience that somebody else added
  to the provider is named in a warning and given to no role. What others added
  to a role is kept, and named.

Policies
  The annotation oidc-bootstrap/managed-policy-arns of a request (a comma list)
  attaches managed policies; statementEntries may then be empty. One that is not
  named any more stays attached: --remove-managed-policy-arn detaches it from a
  role of --service-account, \`aws iam detach-role-policy\` from one of a request.
  The tag oidc-bootstrap/<name>/policies records them (9 digits of a hash of
  each ARN), so that delete and --prune take them off, and keep a role with
  those of others.
  Who may write roles can give them any rights. To limit that, make all roles
  with --permissions-boundary-arn. In the policy of the caller, add the
  condition "StringEquals": {"iam:PermissionsBoundary": "<arn>"} to
  iam:CreateRole, iam:PutRolePolicy and iam:PutRolePermissionsBoundary, and
  remove iam:DeleteRolePermissionsBoundary. Also deny the caller that action on
  "*", and iam:CreatePolicyVersion, iam:DeletePolicy, iam:DeletePolicyVersion
  and iam:SetDefaultPolicyVersion on the boundary itself.

Requests that are gone
  Their roles are named and kept. --prune deletes them after showing them
  (--yes in pipelines). Roles of flags, of requests that are only skipped, and
  those made for another name too stay. All requests of a name must be in the
  one folder: --prune takes those of any other for gone.

Another issuer of the same cluster
  A new issuer URL is a new name with a folder of its own. Both issuers publish
  the same key, and the new roles trust both, so that no token is refused on
  the way:

    oidc-bootstrap create-identity-provider --name new --output-dir ./new \\
      --public-key-file ./old/serviceaccount-signer.public
    oidc-bootstrap create-iam-roles --name new --output-dir ./new \\
      --credentials-requests-dir ./requests \\
      --also-trust-provider-arn arn:aws:iam::111122223333:oidc-provider/<old issuer>

  1. Apply the manifests of ./new: pods use the new roles, with tokens of the
     old issuer.
  2. Do the three moves that the first command prints.
  3. Run create-iam-roles again with --stop-trusting-provider-arn in place of
     --also-trust-provider-arn.`;
