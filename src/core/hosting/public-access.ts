// Block Public Access of a bucket: what each layout wants of it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

import type { Hosting } from '../result.ts';

/** The four flags. */
export type AccessFlags = {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
};

/** What a bucket without a Block Public Access configuration has. */
export const nothingBlocked: AccessFlags = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

/**
 * The four flags. A public layout opens the bucket to policies only, never to ACLs; of an adopted
 * public bucket the ACL flags stay as found, since its objects may be read through ACLs.
 */
export function wantedAccess(hosting: Hosting, adopted: AccessFlags | undefined): AccessFlags {
  const open = hosting === 's3-public';
  return {
    BlockPublicAcls: adopted?.BlockPublicAcls ?? true,
    IgnorePublicAcls: adopted?.IgnorePublicAcls ?? true,
    BlockPublicPolicy: !open,
    RestrictPublicBuckets: !open,
  };
}

/** Names of the flags that differ. */
export function differingFlags(found: AccessFlags, wanted: AccessFlags): readonly string[] {
  const names = Object.keys(nothingBlocked) as (keyof AccessFlags)[];
  return names.filter((name) => found[name] !== wanted[name]);
}

/** True where it keeps a public policy from being put or from having effect. */
export function isClosed(access: AccessFlags | undefined): boolean {
  return access !== undefined && (access.BlockPublicPolicy || access.RestrictPublicBuckets);
}
