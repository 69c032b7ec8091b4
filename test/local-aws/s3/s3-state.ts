// What the local S3 remembers: plain mutable data, so that tests can prepare or damage it by hand.

/** Block Public Access flags, or undefined on the bucket where the configuration was deleted. */
export type PublicAccessBlock = {
  BlockPublicAcls: boolean;
  IgnorePublicAcls: boolean;
  BlockPublicPolicy: boolean;
  RestrictPublicBuckets: boolean;
};

export type S3Object = {
  body: Buffer;
  /** With its quotes. */
  etag: string;
  contentType: string;
  cacheControl: string | undefined;
  /** Other stored headers (`content-disposition`, `x-amz-meta-...`) by lower-case name. */
  metadata: { [header: string]: string };
  tags: { [key: string]: string };
  lastModified: Date;
  /** `AES256` or `aws:kms`, as the bucket's default was when it was written. */
  encryption: string;
  /** Undefined where it was written without versioning: the id "null". */
  versionId?: string;
};

export type Bucket = {
  name: string;
  account: string;
  region: string;
  created: Date;
  /** Empty: no tag set. */
  tags: { [key: string]: string };
  /** The policy text as it was put. */
  policy: string | undefined;
  publicAccessBlock: PublicAccessBlock | undefined;
  /** The flags of before a change, in force until that moment in milliseconds. */
  formerBlock: { flags: PublicAccessBlock | undefined; until: number } | undefined;
  ownership: string | undefined;
  encryption: { algorithm: string; kmsKeyId: string | undefined } | undefined;
  versioning: string | undefined;
  objects: Map<string, S3Object>;
  /** Versions below the current objects, oldest first; without an object: delete markers. */
  earlier: { key: string; id: string; object: S3Object | undefined }[];
};

export type S3State = {
  buckets: Map<string, Bucket>;
  /** Block Public Access of whole accounts: tests put it here. */
  accountBlocks: Map<string, PublicAccessBlock>;
  /** Names of buckets with a configuration write under way: a second one meets a 409. */
  configuring: Set<string>;
  /** Keys that DeleteObjects does not delete, and the code it gives: tests put them here. */
  undeletable: Map<string, string>;
  /** Most versions in one answer; tests lower it. */
  versionPageSize: number;
  /** How long the name of a deleted bucket cannot be used again; tests raise it. */
  nameLagMs: number;
  /** Names of deleted buckets, and until when S3 still deletes them. */
  deleted: Map<string, number>;
};

/** An S3 without buckets. */
export function newS3State(): S3State {
  return {
    buckets: new Map(),
    accountBlocks: new Map(),
    configuring: new Set(),
    undeletable: new Map(),
    versionPageSize: 1000,
    nameLagMs: 0,
    deleted: new Map(),
  };
}

/** All four flags set alike; new buckets have them all on. */
export function publicAccessBlock(on: boolean): PublicAccessBlock {
  return {
    BlockPublicAcls: on,
    IgnorePublicAcls: on,
    BlockPublicPolicy: on,
    RestrictPublicBuckets: on,
  };
}

/** A bucket as CreateBucket makes it since 2023: private, owner enforced, SSE-S3. */
export function newBucket(facts: {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly created: Date;
}): Bucket {
  return {
    ...facts,
    tags: {},
    policy: undefined,
    publicAccessBlock: publicAccessBlock(true),
    formerBlock: undefined,
    ownership: 'BucketOwnerEnforced',
    encryption: { algorithm: 'AES256', kmsKeyId: undefined },
    versioning: undefined,
    objects: new Map(),
    earlier: [],
  };
}
