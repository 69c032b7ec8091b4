// The ARNs of a permission: names that the program derives from the cluster's name, as IAM patterns.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

import { objectKey } from '../hosting/shared-hosting.ts';
import { rotationStateKey } from '../keys/removed-keys.ts';
import type { Situation, PermissionSubject } from './permission-row.ts';

/** Whose policy it is; nothing in it may hold a wildcard of IAM. */
export type PermissionTarget = {
  readonly name: string;
  /** The hosting that the cluster shares with others. */
  readonly sharedHosting: string | undefined;
  readonly account: string;
  /** `aws`, as in ARNs. */
  readonly partition: string;
  /** `/` or `/team/`. */
  readonly rolePath: string;
  /** Of the own domain; undefined: any zone of the account. */
  readonly hostedZoneId: string | undefined;
  readonly situations: readonly Situation[];
};

/** Of a longer name roles begin with so many characters of it, and a hyphen. */
const roleNameStart = 55;

/** The Resource of a statement, one ARN or more. */
export function resourcesOf(
  subject: PermissionSubject,
  target: PermissionTarget,
): readonly string[] {
  const { partition, account, rolePath } = target;
  const iam = `arn:${partition}:iam::${account}`;
  switch (subject) {
    case 'bucket':
      return bucketPatterns(target).map((bucket) => `arn:${partition}:s3:::${bucket}`);
    case 'objects':
      return bucketPatterns(target).map(
        (bucket) =>
          `arn:${partition}:s3:::${objectKey(bucket, target.sharedHosting === undefined ? '*' : `${target.name}/*`)}`,
      );
    case 'certificates':
      return [`arn:${partition}:acm:us-east-1:${account}:certificate/*`];
    case 'zone':
      return [`arn:${partition}:route53:::hostedzone/${target.hostedZoneId ?? '*'}`];
    case 'all-buckets':
      return bucketPatterns({ ...target, name: '*', sharedHosting: undefined }).map(
        (bucket) => `arn:${partition}:s3:::${bucket}`,
      );
    case 'all-states':
      return bucketPatterns({ ...target, name: '*', sharedHosting: undefined }).map(
        (bucket) => `arn:${partition}:s3:::${bucket}/*${rotationStateKey}`,
      );
    case 'providers':
      return [`${iam}:oidc-provider/*`];
    case 'roles':
      return rolePatterns(target).map((role) => `${iam}:role${rolePath}${role}`);
    case 'roles-to-come':
      return rolePatterns(target).map((role) => `${iam}:role/${role}`);
    case 'everything':
      return ['*'];
  }
}

/** In S3's global namespace, and in the account's namespace of each Region. */
function bucketPatterns({ name, sharedHosting, account }: PermissionTarget): readonly string[] {
  const own = sharedHosting ?? name;
  return [`${own}-oidc`, `${own}-oidc-${account}-*-an`];
}

function rolePatterns({ name }: PermissionTarget): readonly string[] {
  const cut = name.slice(0, roleNameStart);
  return cut === name ? [`${name}-*`] : [`${name}-*`, `${cut}-*`];
}
