// One statement of an IAM policy as data. The rows of each command are in command-rows.ts.

/** What a statement is about; `resourcesOf` gives the ARNs. */
export type PermissionSubject =
  | 'bucket'
  | 'objects'
  /** Buckets of every cluster in the account. */
  | 'all-buckets'
  /** ACM certificates in the region of CloudFront. */
  | 'certificates'
  /** The Route 53 zone of the own domain. */
  | 'zone'
  /** The rotation states in them. */
  | 'all-states'
  | 'providers'
  | 'roles'
  /** Roles that may not exist yet: IAM does not know the path of such a role. */
  | 'roles-to-come'
  /** Actions that IAM grants on no single resource, or on names that are not known before. */
  | 'everything';

/** A fact about the cluster, from the flags, that a row may depend on. */
export type Situation =
  | 'bucket'
  | 'cloudfront'
  | 'public-bucket'
  | 'role-path'
  /** The issuer is at a domain of the user's own. */
  | 'domain'
  /** The hosting is the cluster's own. */
  | 'own-hosting'
  /** The cluster is on a hosting that others share: it only reads the hosting. */
  | 'shared-hosting';

export type PermissionRow = {
  /** Letters and digits; `Optional` is put before it where the row is optional. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly on: PermissionSubject;
  /** The row is left out unless all of these hold. */
  readonly when?: readonly Situation[];
  /** What the program does without the row; undefined where it needs it. */
  readonly optional?: string;
};

/** The Sid of the row's statement. */
export function sidOf(row: PermissionRow): string {
  return row.optional === undefined ? row.sid : `Optional${row.sid}`;
}
