// What differs between AWS partitions: ARN prefix, DNS suffix, and whether CloudFront can serve us.
// https://docs.aws.amazon.com/general/latest/gr/rande.html

/** A partition, and how an issuer can be hosted in it. */
export type Partition = {
  /** As in ARNs. */
  readonly id: string;
  readonly dnsSuffix: string;
  /** Region of the CloudFront API; undefined where the partition has no CloudFront. */
  readonly cloudfrontRegion: string | undefined;
  /**
   * The zone in which Route 53 has all distributions: an alias names it as its target's zone.
   * https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
   */
  readonly cloudfrontZoneId: string | undefined;
  /** Why CloudFront cannot serve an issuer here, or undefined where it can. */
  readonly cloudfrontProblem: string | undefined;
  /** Whether CreateBucket takes tags here; it refuses them in some Regions of other partitions too. */
  readonly createsTaggedBuckets: boolean;
};

const noCloudFront = (id: string): string => `partition "${id}" has no CloudFront`;

const partitions: readonly (Partition & { readonly regions: RegExp })[] = [
  {
    id: 'aws',
    dnsSuffix: 'amazonaws.com',
    cloudfrontRegion: 'us-east-1',
    cloudfrontZoneId: 'Z2FDTNDATAQYW2',
    cloudfrontProblem: undefined,
    createsTaggedBuckets: true,
    regions: /^(?:us|eu|ap|sa|ca|me|af|il|mx)-(?!gov-|iso)[a-z]+-\d+$/,
  },
  {
    id: 'aws-cn',
    dnsSuffix: 'amazonaws.com.cn',
    cloudfrontRegion: 'cn-northwest-1',
    cloudfrontZoneId: 'Z3RFFRIM2A3IF5',
    cloudfrontProblem:
      'CloudFront in partition "aws-cn" serves content only at a domain with ICP recordal, with a certificate of the IAM store, and this program sets up neither',
    createsTaggedBuckets: true,
    regions: /^cn-[a-z]+-\d+$/,
  },
  {
    id: 'aws-us-gov',
    dnsSuffix: 'amazonaws.com',
    cloudfrontRegion: undefined,
    cloudfrontZoneId: undefined,
    cloudfrontProblem: noCloudFront('aws-us-gov'),
    createsTaggedBuckets: true,
    regions: /^us-gov-[a-z]+-\d+$/,
  },
  {
    id: 'aws-eusc',
    dnsSuffix: 'amazonaws.eu',
    cloudfrontRegion: undefined,
    cloudfrontZoneId: undefined,
    cloudfrontProblem: noCloudFront('aws-eusc'),
    createsTaggedBuckets: false,
    regions: /^eusc-[a-z]+-[a-z]+-\d+$|^eusc-[a-z]+-\d+$/,
  },
];

/** Ids of all partitions, as in ARNs. */
export const partitionIds: readonly string[] = partitions.map(({ id }) => id);

/** The partition of that id (from an ARN), or undefined where the program does not know it. */
export function partitionById(id: string): Partition | undefined {
  return partitions.find((partition) => partition.id === id);
}

/** The partition a region is in, judged by its name; for runs without credentials. */
export function partitionOfRegion(region: string): Partition | undefined {
  return partitions.find((partition) => partition.regions.test(region));
}

/** True for the shape of a region name, known to us or not. */
export function isRegionName(region: string): boolean {
  return /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(region);
}

/** `<bucket>.s3.<region>.<suffix>`: the regional host, never the global one, which redirects. */
export function bucketHost(bucket: string, region: string, partition: Partition): string {
  return `${bucket}.s3.${region}.${partition.dnsSuffix}`;
}

/** The issuer of a public layout: the regional URL of its bucket, known before anything is made. */
export function publicIssuer(
  bucket: string,
  { region, partition }: { readonly region: string; readonly partition: Partition },
): string {
  return `https://${bucketHost(bucket, region, partition)}`;
}
