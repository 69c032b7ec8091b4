// Every error the program reports, its stable code and its exit code.
// Decisions are made on `code`, never on the text of a message.

/** Exit code of each error code; the table of the README and the contract. */
export const exitCodes = {
  AWS_REQUEST_FAILED: 1,
  AWS_THROTTLED: 1,
  AWS_QUOTA: 1,
  ISSUER_UNREACHABLE: 1,
  CLUSTER_REQUEST_FAILED: 1,
  PARTIAL_DELETE: 1,
  INTERNAL: 1,
  USAGE: 2,
  INPUT_INVALID: 2,
  CONFIRMATION_REQUIRED: 2,
  FILE_EXISTS: 2,
  FILE_UNREADABLE: 2,
  CHECK_FAILED: 3,
  GATE_CLOSED: 3,
  AWS_CREDENTIALS_MISSING: 4,
  AWS_CREDENTIALS_EXPIRED: 4,
  AWS_ACCESS_DENIED: 4,
  CLUSTER_ACCESS_DENIED: 4,
  RESOURCE_NOT_OWNED: 5,
  NAME_TAKEN: 5,
  ISSUER_WOULD_CHANGE: 5,
  KEY_NOT_PUBLISHED: 5,
  KEY_REVOKED: 5,
  WAIT_TIMED_OUT: 6,
  INTERRUPTED: 130,
} as const;

/** A stable error code: scripts may depend on it. */
export type ErrorCode = keyof typeof exitCodes;

/** Facts of an error for machines; JSON values only, never key material or tokens. */
export type ErrorDetails = { readonly [name: string]: unknown };

/** What every error of the program is made of. `message` is lower case, without a full stop. */
export type ErrorFacts = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
};

/** The base of all reported errors. */
export class BootstrapError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: ErrorDetails | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.message, { cause: facts.cause });
    this.name = 'BootstrapError';
    this.code = facts.code;
    this.hint = facts.hint;
    this.details = facts.details;
  }
}

/** One thing wrong with what the user gave: where, and what to do about it. */
export type InputIssue = {
  readonly message: string;
  /** The file as the user named it, if the issue is in a file. */
  readonly file?: string | undefined;
  /** One-based line in that file. */
  readonly line?: number | undefined;
  /** Field path (`spec.secretRef.name`) or flag (`--name`). */
  readonly field?: string | undefined;
};

/** Wrong flags: every issue at once. Exit 2, `USAGE`. */
export class UsageError extends BootstrapError {
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[], hint?: string) {
    super({
      code: 'USAGE',
      message: issues.map(describeIssue).join('\n'),
      hint,
      details: { issues },
    });
    this.issues = issues;
  }
}

/** Wrong content of files given as input: every issue at once. Exit 2, `INPUT_INVALID`. */
export class InputError extends BootstrapError {
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[], hint?: string) {
    super({
      code: 'INPUT_INVALID',
      message: issues.map(describeIssue).join('\n'),
      hint,
      details: { issues },
    });
    this.issues = issues;
  }
}

/** What AWS said to one request. */
export type AwsFailure = ErrorFacts & {
  /** The wire code, such as `EntityAlreadyExists`, `NoSuchEntity`, `PreconditionFailed`. */
  readonly awsCode: string;
  /** `<service>:<Operation>`, such as `iam:CreateRole`. */
  readonly operation: string;
  readonly status?: number | undefined;
  /** How often the SDK sent the request; above 1 an earlier try may have been applied. */
  readonly attempts?: number | undefined;
};

/** A request that AWS refused or that never got an answer. */
export class AwsError extends BootstrapError {
  readonly awsCode: string;
  readonly operation: string;
  readonly status: number | undefined;
  readonly attempts: number;

  constructor(failure: AwsFailure) {
    super(failure);
    this.name = 'AwsError';
    this.awsCode = failure.awsCode;
    this.operation = failure.operation;
    this.status = failure.status;
    this.attempts = failure.attempts ?? 1;
  }
}

/** True where AWS answered with one of these wire codes. */
export function isAwsError(error: unknown, ...awsCodes: readonly string[]): error is AwsError {
  return error instanceof AwsError && awsCodes.includes(error.awsCode);
}

/** `file:line: field: message`, as far as each part is known. */
export function describeIssue(issue: InputIssue): string {
  const place = [issue.file, issue.line].filter((part) => part !== undefined).join(':');
  return [place, issue.field, issue.message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}
