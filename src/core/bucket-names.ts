// The names that the bucket of a cluster can have: in the account's regional namespace, where nobody else
// can ever make a bucket of that name, or in the global one, as ccoctl names it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html

import type { Target } from './target.ts';

/** The namespaces, as `--bucket-namespace` and CreateBucket spell them. */
export const bucketNamespaces = ['global', 'account-regional'] as const;

export type BucketNamespace = (typeof bucketNamespaces)[number];

/** A bucket and the region it is in, as a host tells them. */
export type PlacedBucket = { readonly bucket: string; readonly region: string };

const longestBucketName = 63;
const accountDigits = 12;
const regionsWithoutNamespace = /^(?:me-south-1|me-central-1|eusc-.*)$/;

/** The bucket in the global namespace, as ccoctl names it. */
export function globalBucketName(name: string): string {
  return `${name}-oidc`;
}

/** The bucket in the regional namespace of an account. */
export function regionalBucketName(owner: Pick<Target, 'name' | 'account' | 'region'>): string {
  return `${globalBucketName(owner.name)}${regionalSuffix(owner.account, owner.region)}`;
}

function regionalSuffix(account: string, region: string): string {
  return `-${account}-${region}-an`;
}

/** Why a name can have no bucket in the regional namespace of its account, or undefined. */
export function regionalNameProblem({
  name,
  region,
}: Pick<Target, 'name' | 'region'>): string | undefined {
  if (regionsWithoutNamespace.test(region)) {
    return `region "${region}" has no account regional namespace`;
  }
  const rest = globalBucketName('') + regionalSuffix('0'.repeat(accountDigits), region);
  const longest = longestBucketName - rest.length;
  return name.length > longest
    ? `a name has at most ${longest} characters for the account regional namespace in region "${region}", and "${name}" has ${name.length}`
    : undefined;
}

/** The namespace of a bucket: S3 reserves names that end in "-an" for the regional one. */
export function namespaceOf(bucket: string): BucketNamespace {
  return bucket.endsWith('-an') ? 'account-regional' : 'global';
}

/** The bucket that is made for a new name: in the regional namespace, unless that cannot be. */
export function newBucketName(target: Target, namespace: BucketNamespace | undefined): string {
  const fits = regionalNameProblem(target) === undefined;
  return (namespace ?? (fits ? 'account-regional' : 'global')) === 'global'
    ? globalBucketName(target.name)
    : regionalBucketName(target);
}

/** Every name under which the bucket may be there, in the target's region or, the last, in any. */
export function bucketNames(target: Target): readonly string[] {
  const global = globalBucketName(target.name);
  return regionalNameProblem(target) === undefined
    ? [regionalBucketName(target), global]
    : [global];
}

/** The bucket of this name, in whatever region, whose regional URL has that host; undefined for any other host. */
export function bucketOfHost(
  owner: Pick<Target, 'name' | 'account' | 'partition'>,
  host: string,
): PlacedBucket | undefined {
  const [, bucket, region, suffix] = /^([a-z0-9-]+)\.s3\.([a-z0-9-]+)\.(.+)$/.exec(host) ?? [];
  if (bucket === undefined || region === undefined || suffix !== owner.partition.dnsSuffix) {
    return undefined;
  }
  const { name, account } = owner;
  const names = [globalBucketName(name), regionalBucketName({ name, account, region })];
  return names.includes(bucket) ? { bucket, region } : undefined;
}
