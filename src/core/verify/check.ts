// What `verify` finds: one check, its outcome, and what to do about it. Every check has a stable id.

import { checkIds, type CheckId } from './check-table.ts';

/** Where a cause lies: what is published, where it is hosted, IAM's provider, the roles, a token, local files. */
export type CheckSide = 'documents' | 'hosting' | 'provider' | 'roles' | 'token' | 'files';

/** `skipped`: it could not be checked, and `detail` says why. */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skipped';

/** One row of the result of `verify`. */
export type Check = {
  /** Stable, kebab-case, begins with its side: `documents-issuer`. */
  readonly id: CheckId;
  readonly side: CheckSide;
  readonly status: CheckStatus;
  /** What was looked at: a URL, an ARN, a key ID, a file. */
  readonly subject: string;
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly hint: string | null;
};

/** What was found, and what to do about it. */
export type Finding = { readonly detail: string; readonly hint: string };

/** The check holds. */
export function passed(id: CheckId, subject: string, detail: string): Check {
  return { id, side: sideOf(id), status: 'pass', subject, detail, hint: null };
}

/** The check holds, but a person should look at it. */
export function warned(id: CheckId, subject: string, { detail, hint }: Finding): Check {
  return { id, side: sideOf(id), status: 'warn', subject, detail, hint };
}

/** The check does not hold. */
export function failed(id: CheckId, subject: string, { detail, hint }: Finding): Check {
  return { id, side: sideOf(id), status: 'fail', subject, detail, hint };
}

/** It could not be checked; `why` says what is missing. */
export function skipped(id: CheckId, subject: string, why: string): Check {
  return { id, side: sideOf(id), status: 'skipped', subject, detail: why, hint: null };
}

/** Failed where there is a finding, else passed. */
export function judged(
  id: CheckId,
  subject: string,
  outcome: { readonly finding: Finding | undefined; readonly good: string },
): Check {
  const { finding, good } = outcome;
  return finding === undefined ? passed(id, subject, good) : failed(id, subject, finding);
}

/** In the order of causes: the first finding is the one to mend first. */
export function inCauseOrder<Row extends Check>(checks: readonly Row[]): readonly Row[] {
  return checks.toSorted((a, b) => checkIds.indexOf(a.id) - checkIds.indexOf(b.id));
}

/** Failures, then warnings, each in the order of causes. */
export function findingsOf<Row extends Check>(checks: readonly Row[]): readonly Row[] {
  const ordered = inCauseOrder(checks);
  return [
    ...ordered.filter(({ status }) => status === 'fail'),
    ...ordered.filter(({ status }) => status === 'warn'),
  ];
}

/** The side of a check is the first word of its id. */
export function sideOf(id: CheckId): CheckSide {
  return id.slice(0, id.indexOf('-')) as CheckSide;
}
