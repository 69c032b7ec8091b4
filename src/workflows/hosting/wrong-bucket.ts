// A bucket of a name that a command may not use: of others, of another use, in another region, or one of two.

import type { BucketRef } from '../../aws/ports.ts';
import { newBucketName } from '../../core/bucket-names.ts';
import { BootstrapError } from '../../core/errors.ts';
import { isSharedHosting } from '../../core/hosting/shared-hosting.ts';
import { publicIssuer } from '../../core/partition.ts';
import type { Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';

/** ISSUER_WOULD_CHANGE: the name has a bucket under each of the names that a bucket can have. */
export function twoBuckets(
  target: Target,
  owned: readonly { readonly ref: BucketRef; readonly issuer: string | undefined }[],
): BootstrapError {
  const [one, two] = owned;
  const shown = owned.map(
    ({ ref, issuer }) =>
      `"${ref.bucket}" (${issuer === undefined ? 'no issuer yet' : `issuer "${issuer}"`})`,
  );
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `"${target.name}" has two buckets: ${shown.join(' and ')}`,
    hint:
      `keep the one whose issuer is the "iss" of the cluster's tokens, and take the tag "oidc-bootstrap/${target.name}" off the other by hand; ` +
      'before the other is deleted, delete the IAM provider of its issuer',
    details: {
      issuer: one?.issuer ?? null,
      wantedIssuer: two?.issuer ?? null,
      buckets: owned.map(({ ref }) => ref.bucket),
    },
  });
}

/** RESOURCE_NOT_OWNED: the bucket of that name carries neither our tag nor ccoctl's. */
export function foreignBucket(bucket: string, name: string): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `bucket "${bucket}" exists, but is not tagged as made for "${name}"`,
    hint: `choose another --name; if the bucket really is this cluster's, tag it "oidc-bootstrap/${name}" = "owned" by hand`,
    details: { resource: 's3-bucket', id: bucket },
  });
}

/** NAME_TAKEN where a shared hosting is used as the hosting of one cluster, or the other way round. */
export function refuseOtherUse(
  ref: BucketRef,
  use: { readonly target: Target; readonly tags: Tags; readonly shared: boolean },
): void {
  const { name } = use.target;
  if (isSharedHosting(use.tags) === use.shared) return;
  throw new BootstrapError({
    code: 'NAME_TAKEN',
    message: use.shared
      ? `"${name}" is a cluster with hosting of its own (bucket "${ref.bucket}"), not a shared hosting`
      : `"${name}" is a shared hosting (bucket "${ref.bucket}"), not a cluster`,
    hint: use.shared
      ? 'give --shared-hosting another name, or leave it out for a cluster that has hosting of its own'
      : `give the name of the cluster with --name, and --shared-hosting ${name}`,
    details: { bucket: ref.bucket, name },
  });
}

/** ISSUER_WOULD_CHANGE: this name is in use in another region; `what` says what is in it. */
export function otherRegion(facts: {
  readonly target: Target;
  readonly what: string;
  readonly bucket: string;
  readonly region: string;
  readonly issuer: string | undefined;
}): BootstrapError {
  const { target, what, bucket, region, issuer } = facts;
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `${what} in region "${region}", not "${target.region}"`,
    hint: `run again with --region ${region}`,
    details: {
      bucket,
      region,
      issuer: issuer ?? null,
      wantedIssuer: publicIssuer(newBucketName(target, undefined), target),
    },
  });
}
