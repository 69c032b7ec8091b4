// What the workflows ask of AWS, in our own types. Nothing of the SDK is visible here.
// Reads answer undefined where the thing is absent; every other failure is an AwsError.

import type { WriteRequest } from '../core/change.ts';
import type { Certificate, ListedCertificate } from '../core/hosting/certificate.ts';
import type { DnsRecord } from '../core/hosting/dns-record.ts';
import type { HostedZone } from '../core/hosting/hosted-zone.ts';
import type { JsonObject } from '../core/json.ts';
import type { Tags } from '../core/tags.ts';

/** Who calls, from `sts:GetCallerIdentity`. */
export type Caller = {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
  /** Partition of the ARN: `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`, ... */
  readonly partition: string;
};

/** A bucket and the account that must own it (sent as ExpectedBucketOwner). */
export type BucketRef = { readonly bucket: string; readonly account: string };

/** The answer of HeadBucket. `forbidden`: it exists, and is another account's or closed to us. */
export type BucketPresence =
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly region: string }
  | { readonly state: 'forbidden'; readonly region: string | undefined };

/** The four Block Public Access flags of a bucket or an account. */
export type PublicAccessBlock = {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
};

/** One version of an object, or a delete marker. `id` is `null` (the text) where there is no versioning. */
export type ObjectVersion = {
  readonly key: string;
  readonly id: string;
  /** What readers of the key get; false for earlier versions and for delete markers. */
  readonly isCurrent: boolean;
};

/** An object as it stands in the bucket. */
export type StoredObject = {
  readonly body: string;
  /** With its quotes, as If-Match takes it. */
  readonly etag: string;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
};

export type S3Reads = {
  readonly headBucket: (ref: BucketRef) => Promise<BucketPresence>;
  /** Whether the caller's account owns a bucket of that name; undefined where listing is denied. */
  readonly ownsBucket: (bucket: string) => Promise<boolean | undefined>;
  /** Whether there is no object in it. */
  readonly isEmpty: (ref: BucketRef) => Promise<boolean>;
  /** Empty where the bucket has no tag set. */
  readonly getBucketTags: (ref: BucketRef) => Promise<Tags>;
  readonly getPublicAccessBlock: (ref: BucketRef) => Promise<PublicAccessBlock | undefined>;
  /** Of the whole account: the stricter of both holds. */
  readonly getAccountAccessBlock: (account: string) => Promise<PublicAccessBlock | undefined>;
  /** `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`. */
  readonly getObjectOwnership: (ref: BucketRef) => Promise<string | undefined>;
  /** `AES256`, `aws:kms`, ... */
  readonly getEncryptionAlgorithm: (ref: BucketRef) => Promise<string | undefined>;
  /** The decoded policy. */
  readonly getBucketPolicy: (ref: BucketRef) => Promise<JsonObject | undefined>;
  /** Versions and delete markers of keys with that prefix, at most so many; fewer means all. */
  readonly listVersions: (
    ref: BucketRef,
    look: { readonly most: number; readonly prefix?: string },
  ) => Promise<readonly ObjectVersion[]>;
  /** At most 1 MiB; larger is an InputError. */
  readonly getObject: (ref: BucketRef, key: string) => Promise<StoredObject | undefined>;
};

export type OriginAccessControl = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly signingProtocol: string;
  readonly signingBehavior: string;
  readonly originType: string;
  readonly etag: string | undefined;
};

/** A legacy origin access identity, as ccoctl makes. */
export type OriginAccessIdentity = {
  readonly id: string;
  readonly comment: string;
  readonly etag: string | undefined;
};

export type DistributionSummary = {
  readonly id: string;
  readonly arn: string;
  /** `d111111abcdef8.cloudfront.net` */
  readonly domainName: string;
  readonly aliases: readonly string[];
  readonly comment: string;
  readonly originDomainNames: readonly string[];
  /** Ids of the access controls and identities with which its origins are read. */
  readonly originAccessIds: readonly string[];
};

export type Distribution = DistributionSummary & {
  /** The bucket is read through a (legacy) origin access identity, as ccoctl's is. */
  readonly usesOriginAccessIdentity: boolean;
  /** `InProgress` or `Deployed`. */
  readonly status: string;
  /** When its configuration was last changed. */
  readonly lastModified?: Date | undefined;
  /** For If-Match. */
  readonly etag: string;
  /** The whole DistributionConfig as the SDK gives it: what UpdateDistribution takes back. */
  readonly config: JsonObject;
  /** Paths of what AWS answered and the SDK does not know: an update would drop it. */
  readonly unknownSettings: readonly string[];
};

export type CloudFrontReads = {
  /** By exact name; follows all pages. */
  readonly findOriginAccessControl: (name: string) => Promise<OriginAccessControl | undefined>;
  readonly getOriginAccessControl: (id: string) => Promise<OriginAccessControl | undefined>;
  /** All identities of the account, without their ETag. */
  readonly listOriginAccessIdentities: () => Promise<readonly OriginAccessIdentity[]>;
  readonly getOriginAccessIdentity: (id: string) => Promise<OriginAccessIdentity | undefined>;
  /** All distributions of the account. */
  readonly listDistributions: () => Promise<readonly DistributionSummary[]>;
  readonly getDistribution: (id: string) => Promise<Distribution | undefined>;
  readonly getTags: (arn: string) => Promise<Tags>;
  /** `InProgress` or `Completed`. */
  readonly getInvalidationStatus: (
    distributionId: string,
    id: string,
  ) => Promise<string | undefined>;
};

export type AcmReads = {
  readonly getCertificate: (arn: string) => Promise<Certificate | undefined>;
  /** All of the account in that region, in CloudFront's where none is given. */
  readonly listCertificates: (region?: string) => Promise<readonly ListedCertificate[]>;
  readonly getTags: (arn: string) => Promise<Tags>;
};

export type Route53Reads = {
  /** Zones of exactly that name, private ones too. */
  readonly findZones: (name: string) => Promise<readonly HostedZone[]>;
  /** With its name servers; undefined where the account has no such zone. */
  readonly getZone: (
    id: string,
  ) => Promise<(HostedZone & { readonly nameServers: readonly string[] }) | undefined>;
  /** All records of exactly that name. */
  readonly listRecords: (zoneId: string, name: string) => Promise<readonly DnsRecord[]>;
};

export type OidcProvider = {
  readonly arn: string;
  /** Always with `https://`, whatever IAM returns. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: Tags;
};

export type Role = {
  readonly name: string;
  readonly arn: string;
  /** `/` or `/team/`. */
  readonly path: string;
  readonly description: string;
  /** Seconds. */
  readonly maxSessionDuration: number;
  readonly permissionsBoundaryArn: string | undefined;
  /** Decoded and parsed. */
  readonly trustPolicy: JsonObject;
  readonly tags: Tags;
};

export type IamReads = {
  readonly getOidcProvider: (arn: string) => Promise<OidcProvider | undefined>;
  /** ARNs of all providers of the account, which tell their URLs; undefined where denied. */
  readonly listOidcProviderArns: () => Promise<readonly string[] | undefined>;
  /**
   * Names and trust policies of the account's roles from one ListRoles call of 1,000;
   * undefined where there are more, or where listing is denied: ask for each role then.
   */
  readonly listRoles: () => Promise<
    readonly { readonly name: string; readonly trustPolicy: JsonObject }[] | undefined
  >;
  /** Names and trust policies of all roles, following all pages; undefined where denied. */
  readonly listRoleTrust: () => Promise<
    readonly { readonly name: string; readonly trustPolicy: JsonObject }[] | undefined
  >;
  readonly getRole: (name: string) => Promise<Role | undefined>;
  readonly listRolePolicies: (role: string) => Promise<readonly string[]>;
  readonly getRolePolicy: (role: string, policy: string) => Promise<JsonObject | undefined>;
  /** ARNs; undefined where the call is denied. */
  readonly listAttachedRolePolicies: (role: string) => Promise<readonly string[] | undefined>;
  /** Names of the instance profiles that hold the role. */
  readonly listInstanceProfiles: (role: string) => Promise<readonly string[]>;
  /** Whether roles can have that managed policy; undefined where the call is denied. */
  readonly isAttachable: (policyArn: string) => Promise<boolean | undefined>;
  /** The account's actual quotas and counts by summary key; undefined where denied. */
  readonly getAccountSummary: () => Promise<{ readonly [key: string]: number } | undefined>;
};

/** Answer of STS to a web-identity token: accepted, or the wire code and text of the refusal. */
export type WebIdentityAnswer =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly awsCode: string; readonly message: string };

export type StsReads = {
  readonly getCaller: () => Promise<Caller>;
  /** Never returns the credentials: only whether STS took the token. */
  readonly tryWebIdentity: (probe: {
    readonly region: string;
    readonly roleArn: string;
    readonly token: string;
  }) => Promise<WebIdentityAnswer>;
};

/** AWS as the workflows see it. */
export type Aws = {
  readonly s3: S3Reads;
  readonly cloudfront: CloudFrontReads;
  readonly iam: IamReads;
  readonly acm: AcmReads;
  readonly route53: Route53Reads;
  readonly sts: StsReads;
  /**
   * Sends one writing request and gives back the members of the answer.
   * S3 requests go to the region of `useBucketRegion`.
   */
  readonly write: (request: WriteRequest) => Promise<JsonObject>;
  /** Rebuilds the S3 client for the region in which the bucket was found. */
  readonly useBucketRegion: (region: string) => void;
  /** Time by the `Date` header of the latest answer of AWS, undefined before the first. */
  readonly serverTime: () => Date | undefined;
};
