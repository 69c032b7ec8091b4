// Which IAM permissions an operation needs, and on what: for the message of a denied call.
// Most permissions carry the operation's name; the exceptions stand in one table.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html

import { partitionOfRegion } from '../core/partition.ts';

/** One request to AWS: what error messages and retries know of it. */
export type AwsCall = {
  /** `<service>:<Operation>`, such as `iam:CreateRole`. */
  readonly operation: string;
  /** The request's input; only names and ARNs are ever taken from it. */
  readonly input: object;
  /** Region of the client. */
  readonly region: string;
};

const renamed: { readonly [operation: string]: string } = {
  's3:HeadBucket': 's3:ListBucket',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:DeleteObjects': 's3:DeleteObjectVersion',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  'cloudfront:CreateDistributionWithTags': 'cloudfront:CreateDistribution',
};

/** Needed beside the first where the request carries tags. */
const tagging: { readonly [operation: string]: string } = {
  's3:CreateBucket': 's3:TagResource',
  'cloudfront:CreateDistributionWithTags': 'cloudfront:TagResource',
  'iam:CreateOpenIDConnectProvider': 'iam:TagOpenIDConnectProvider',
  'iam:CreateRole': 'iam:TagRole',
  'acm:RequestCertificate': 'acm:AddTagsToCertificate',
  's3:PutObject': 's3:PutObjectTagging',
};

/** The permissions of a call, the one that names it first. */
export function permissionsOf({ operation, input }: AwsCall): readonly string[] {
  const own = renamed[operation] ?? operation;
  const tag = hasTags(input) ? tagging[operation] : undefined;
  return tag === undefined ? [own] : [own, tag];
}

function hasTags(input: object): boolean {
  return /"Tag(?:s|ging)":/.test(JSON.stringify(input));
}

/** What a call is about, as an ARN where the request tells enough, else a name; `*` for lists. */
export function resourceOf(call: AwsCall): string {
  const input = new Map(Object.entries(call.input));
  const text = (member: string): string | undefined => {
    const value: unknown = input.get(member);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const bucket = text('Bucket');
  if (bucket !== undefined) {
    const partition = partitionOfRegion(call.region)?.id ?? 'aws';
    const key = text('Key');
    return `arn:${partition}:s3:::${bucket}${key === undefined ? '' : `/${key}`}`;
  }
  const role = text('RoleName');
  if (role !== undefined) return `role/${role}`;
  const url = text('Url');
  if (url !== undefined) return `oidc-provider/${url.replace(/^https:\/\//, '')}`;
  const distribution = text('DistributionId');
  if (distribution !== undefined) return `distribution/${distribution}`;
  const zone = text('HostedZoneId');
  if (zone !== undefined) return `hostedzone/${zone}`;
  return (
    text('CertificateArn') ??
    text('OpenIDConnectProviderArn') ??
    text('Resource') ??
    text('DomainName') ??
    text('Id') ??
    '*'
  );
}
