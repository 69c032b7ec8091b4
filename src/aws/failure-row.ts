// The shape of one row of the failure table, and what rows are written with: conditions on AWS's code
// and words, and parts of messages.

import type { ErrorCode } from '../core/errors.ts';

/** What is known of one failed call. */
export type FailureFacts = {
  readonly operation: string;
  readonly awsCode: string;
  /** First line of AWS's words, without a full stop. */
  readonly text: string;
  readonly status: number | undefined;
  readonly region: string;
  /** Region that S3 names as the right one. */
  readonly rightRegion: string | undefined;
  readonly permissions: readonly string[];
  readonly resource: string;
  /** The profile in use. */
  readonly profile: string | undefined;
};

/** One row: the first whose `when` holds decides. */
export type FailureRow = {
  readonly when: (facts: FailureFacts) => boolean;
  readonly code: ErrorCode;
  /** What happened, in place of `<operation> failed`. */
  readonly what?: (facts: FailureFacts) => string;
  readonly hint: (facts: FailureFacts) => string | undefined;
};

/** Holds for AWS's codes of this list. */
export const code =
  (...codes: readonly string[]): FailureRow['when'] =>
  ({ awsCode }) =>
    codes.includes(awsCode);

/** Holds for words of AWS, of these codes where some are given. */
export const says =
  (pattern: RegExp, ...codes: readonly string[]): FailureRow['when'] =>
  ({ awsCode, text }) =>
    pattern.test(text) && (codes.length === 0 || codes.includes(awsCode));

/** ` --profile <profile>` for a command in a hint, where one is in use. */
export const withProfile = (facts: FailureFacts): string =>
  facts.profile === undefined ? '' : ` --profile ${facts.profile}`;

/** ` on "<resource>"`, or nothing where the call is about no one thing. */
export const on = (facts: FailureFacts): string =>
  facts.resource === '*' ? '' : ` on "${facts.resource}"`;
