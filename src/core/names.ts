// Names of all resources that the program creates. They are derived from the cluster name alone, so
// a second run, on any machine, finds the resources of the first one.

import { createHash } from 'node:crypto';
import { globalBucketName } from './bucket-names.ts';

const clusterNamePattern = /^[a-z0-9](?:[a-z0-9-]{0,56}[a-z0-9])?$/;
const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-'];

/**
 * What is wrong with a cluster name, or undefined.
 * The bucket's name begins with `<name>-oidc`, so the name obeys S3's bucket rules, without dots.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function clusterNameProblem(name: string): string | undefined {
  if (!clusterNamePattern.test(name)) {
    return 'must be 1 to 58 of a-z, 0-9 and "-", beginning and ending with a letter or digit';
  }
  // Of the bucket, not of the name: "sthree" alone makes "sthree-oidc".
  const prefix = reservedPrefixes.find((reserved) => globalBucketName(name).startsWith(reserved));
  return prefix === undefined
    ? undefined
    : `makes bucket "${globalBucketName(name)}": S3 reserves names that begin with "${prefix}"`;
}

/** Name of the origin access control; at most 64 characters. */
export function originAccessControlName(name: string): string {
  return `${name}-oidc`;
}

/** Description that marks an origin access control as ours; it has no tags. */
export function originAccessControlDescription(name: string): string {
  return `oidc-bootstrap/${name}`;
}

/** Comment of the distribution, by which it is found. */
export function distributionReference(name: string): string {
  return `oidc-bootstrap/${name}`;
}

/**
 * Caller reference of the distribution: CloudFront refuses to create a second distribution with it,
 * so a retry creates none. Later generations replace a reference whose distribution was deleted; the
 * id of the origin access control tells the issuers apart that a name had one after the other.
 */
export function callerReference(
  name: string,
  made: { readonly originAccessControlId: string; readonly generation: number },
): string {
  const { originAccessControlId, generation } = made;
  const reference = distributionReference(name);
  if (generation === 1) return reference;
  const second = `${reference}/${originAccessControlId}`;
  return generation === 2 ? second : `${second}/${generation - 1}`;
}

/** Comment of ccoctl's distribution and origin access identity. */
export function ccoctlReference(name: string): string {
  return `openshift.io/cloud-credential-operator/${name}`;
}

/**
 * Role of a CredentialsRequest: `<name>-<namespace>-<secret>`; past IAM's 64 characters the first 55,
 * a hyphen and the first 8 hex digits of the SHA-256 of the whole. This rule never changes.
 */
export function roleName(name: string, secret: { namespace: string; name: string }): string {
  const whole = `${name}-${secret.namespace}-${secret.name}`;
  if (whole.length <= 64) return whole;
  const digest = createHash('sha256').update(whole).digest('hex');
  return `${whole.slice(0, 55)}-${digest.slice(0, 8)}`;
}

/** The name ccoctl gives the same role: cut at 64 characters. */
export function ccoctlRoleName(name: string, secret: { namespace: string; name: string }): string {
  return `${name}-${secret.namespace}-${secret.name}`.slice(0, 64);
}
