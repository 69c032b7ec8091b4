// Every check that `verify` knows: its id, whose first word is its side, and what it looks at. Help lists
// this table, and every check has an id of it. Causes come before their consequences: the first finding of
// a result, in this order, is the one to mend first.

/** What each check looks at, by id. */
export const checkTable = {
  'hosting-bucket': 'the bucket is there, carries the tag of this name, and is in the region given',
  'hosting-public-access': 'Block Public Access: on for a private bucket, off for a public one',
  'hosting-account-access':
    'Block Public Access of the account leaves a public bucket readable (--deep)',
  'hosting-ownership': 'object ownership: ACLs are off',
  'hosting-encryption': 'encryption of the bucket: SSE-S3',
  'hosting-policy': 'the bucket policy lets exactly the reader of this layout read the documents',
  'hosting-exposure': 'no statement of the policy lets others read the state or write anything',
  'hosting-namespace': 'nobody else can claim the name of a public bucket once it is deleted',
  'hosting-anonymous-read': 'a read without credentials is refused, but for published documents',
  'hosting-distribution': 'the distribution is there and carries the tag of this name',
  'hosting-enabled': 'the distribution is enabled',
  'hosting-deployed': 'the distribution is deployed',
  'hosting-access-control': 'the origin access control is attached and always signs',
  'hosting-https': 'the distribution answers over HTTPS only',
  'hosting-origin': 'origin, methods and caching of the distribution are as made',
  'hosting-certificate': 'the certificate of an own domain is issued, covers it and is renewed',
  'hosting-records': 'the DNS records of an own domain lead to the distribution',
  'hosting-additions': 'nothing was added to the distribution that may answer for a document',
  'documents-stored': 'the documents are in the bucket, with type and cache headers',
  'documents-discovery':
    'the discovery document is served as STS reads it: public name, TLS, no redirect, 5 s, JSON',
  'documents-issuer': 'the "issuer" of the discovery document is the issuer, byte for byte',
  'documents-jwks-uri': 'the "jwks_uri" is an https URL that AWS can reach',
  'documents-algorithms': 'the discovery document names a signature algorithm that STS takes',
  'documents-key-set': 'the key set is served, and has 1 to 100 keys of each type that STS can use',
  'documents-key': 'each key: key ID, size, use, algorithm, and no other key under its ID',
  'documents-current': 'what is served is what the bucket holds',
  'documents-content-type': 'the documents are served as application/json',
  'documents-rotation': 'the rotation state can be read and agrees with the published keys',
  'provider-present': 'IAM has an OIDC provider of exactly this issuer',
  'provider-owner': 'the provider carries the tag of this name',
  'provider-audiences': 'the provider has the audiences that roles and manifests use',
  'provider-thumbprint': 'whether AWS uses the thumbprints of the provider',
  'provider-other': 'IAM trusts no other issuer for this name',
  'provider-quota': 'the quota of OIDC providers (--deep)',
  'roles-present': 'there are roles that trust the provider',
  'roles-issuer': 'the roles of this name trust this issuer',
  'roles-subject': 'each role pins the service accounts, without wildcards',
  'roles-audience': 'each role pins audiences, and the provider has them',
  'roles-trust': 'the trust policy as a whole takes tokens of the service accounts that it names',
  'roles-others': 'no other statement opens a role to every token or every account',
  'roles-boundary': 'the permissions boundary of each role exists',
  'roles-permissions': 'no role may do everything, or everything of a service',
  'roles-managed-policies':
    'managed policies of each role: whose they are, and none of an administrator (--deep)',
  'roles-quota': 'the quotas of roles and of the size of trust policies (--deep)',
  'roles-assume': 'STS takes a token of each service account of the role (--assume)',
  'roles-assume-stranger': 'STS refuses a token of another service account (--assume)',
  'roles-assume-audience': 'STS refuses a token for another audience (--assume)',
  'token-format': 'the token is a JSON Web Token with every claim that STS needs (--token-file)',
  'token-algorithm': 'the token is signed with an algorithm that STS takes',
  'token-issuer': 'IAM has a provider of exactly the issuer that the token names',
  'token-audience': 'the provider has the audience of the token',
  'token-documents': 'the issuer of the token serves its documents as STS reads them',
  'token-key': 'the key of the token is published',
  'token-signature': 'the signature matches that key',
  'token-times': 'the token is valid now, within the 5 minutes that STS allows clocks to differ',
  'token-trust': 'the trust policy of the role lets the token in (--role-arn)',
  'files-folder': 'the output folder belongs to this cluster',
  'files-mode': 'private keys are readable by their owner only',
  'files-pair': 'private and public key files belong together',
  'files-key': 'the keys in the output folder are published, under the key ID that tokens have',
} as const satisfies { readonly [id: string]: string };

/** The id of a check: stable. */
export type CheckId = keyof typeof checkTable;

/** The ids in the order of causes. */
export const checkIds = Object.keys(checkTable) as readonly CheckId[];
