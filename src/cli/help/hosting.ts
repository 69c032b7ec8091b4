// `help hosting`.

/** Where documents are served, kind by kind. */
export const hostingText = `The hosting decides the issuer URL, and so it is decided once, when the issuer
of a name is made. Later runs keep the hosting that they find, with or without
the flag. A flag that contradicts it ends the run before any write
(ISSUER_WOULD_CHANGE).

Bucket names
  A new bucket is <name>-oidc-<account>-<region>-an, in the account's regional
  namespace: nobody else can ever make a bucket of that name. Where the name is
  too long, or the Region has no such namespace, it is <name>-oidc in the
  global one, as --bucket-namespace global makes it. S3 may need an hour to free
  the name of a deleted bucket: it is waited for, as long as --timeout says.

Private bucket behind CloudFront (default)
  --hosting-only makes bucket and distribution and prints the issuer, for a
  signer that must know its host before it makes its key. The next run with a
  key goes on. --migrate-to-oac replaces the origin access identity of a ccoctl
  cluster by an origin access control. The documents are served all the time:
  the bucket admits both until every edge has the new configuration.

Own domain (--domain oidc.example.com)
  Adds an ACM certificate and DNS records: one proves the domain, A and AAAA
  lead it to the distribution. They are created in the public Route 53 zone
  with the longest suffix (--hosted-zone-id names another). What is somebody
  else's is never changed (NAME_TAKEN), and CloudFront takes no domain that
  DNS, also by a wildcard, leads to another distribution. Without a zone each
  record is printed and waited for (exit 6): make it, and run again.
  --certificate-arn takes an issued certificate of us-east-1. Repeat --domain
  until a run has succeeded. delete takes records of that exact value and a
  certificate with our tag; ACM may call it used for 20 minutes, and delete
  waits.

Shared hosting (--shared-hosting fleet)
  Puts documents and rotation state of a cluster below <name>/ of one bucket
  behind one distribution, which the first run (or --hosting-only) makes under
  the name "fleet". The bucket policy is the same for any number of clusters.
  Repeat the flag, or OIDC_BOOTSTRAP_SHARED_HOSTING, in every command for the
  cluster. An operator of one cluster reads the hosting and writes only below
  <name>/ (oidc-bootstrap permissions create-all --shared-hosting fleet ...).

Own web server (render-documents)
  Writes the documents into the folder that the server serves. Made for a
  timer: an empty or broken input ends with exit 2 and changes nothing, and so
  does a second run. New keys are added. A key that is served and not in the
  input ends the run (KEY_NOT_PUBLISHED) until --remove-key <kid> drops it for
  good. Removed keys are recorded beside the folder, in <folder>.rotation.json:
  keep that file. Serve the folder on port 443 without a redirect, and give the
  files without an extension their type. In nginx:

    location /.well-known/openid-configuration { default_type application/json; }
    location /openid/v1/jwks { default_type application/json; }

  rotate-keys with --issuer-url and --documents-dir rotates the keys there.
  While it is under way, render-documents keeps the keys of the rotation and
  adds no other.

Served elsewhere (--issuer-url https://host/path)
  Only IAM is called. Before any write the documents are read as STS reads
  them: the issuer letter by letter, no redirect, an answer within 5 s, a
  jwks_uri that the internet reaches, 1 to 100 usable keys. A key that is
  given, or lies in the folder, must be in the key set. Repeat the flag, or
  OIDC_BOOTSTRAP_ISSUER_URL, in every command for that name. For a second
  account give --profile and another --output-dir.

Partitions
  aws-us-gov and aws-eusc have no CloudFront: use --public-s3-bucket, or host
  the issuer from a commercial account. In aws-cn CloudFront serves no domain
  of its own, and a public bucket needs an account with an ICP filing. In
  aws-cn add --audience sts.amazonaws.com.cn where your pods ask for it.`;
