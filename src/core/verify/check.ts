// What `verify` finds: one check, its outcome, and what to do about it. Every check has a stable id.

/** Where a cause lies: what is published, where it is hosted, IAM's provider, the roles, a token, local files. */
export type CheckSide = 'documents' | 'hosting' | 'provider' | 'roles' | 'token' | 'files';

/** `skipped`: it could not be looked at, and `detail` says why. */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skipped';

/** One row of the result of `verify`. */
export type Check = {
  /** Stable, kebab-case, begins with its side: `documents-issuer`. */
  readonly id: string;
  readonly side: CheckSide;
  readonly status: CheckStatus;
  /** What was looked at: a URL, an ARN, a key ID, a file. */
  readonly subject: string;
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly hint: string | null;
};
