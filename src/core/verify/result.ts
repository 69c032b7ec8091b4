// The result of `verify`, and the error that ends it where a check says no.

import { BootstrapError } from '../errors.ts';
import { findingsOf, type Check } from './check.ts';

/** A check, and with `--all` the cluster that it is of. */
export type ResultCheck = Check & { readonly cluster?: string };

/** The `result` of the JSON document. */
export type VerifyResult = {
  /** Null where there is none, or where several clusters were looked at. */
  readonly issuer: string | null;
  /** In the order of causes. */
  readonly checks: readonly ResultCheck[];
};

/** CHECK_FAILED where a check failed, or, `strict`, where one has a warning; names the first. */
export function refusalOf(
  { checks }: VerifyResult,
  { strict }: { readonly strict: boolean },
): BootstrapError | undefined {
  const findings = findingsOf(checks).filter(({ status }) => strict || status === 'fail');
  const [first] = findings;
  if (first === undefined) return undefined;
  const more = findings.length - 1;
  const others = more === 0 ? '' : `; ${more} more ${more === 1 ? 'check' : 'checks'} failed`;
  return new BootstrapError({
    code: 'CHECK_FAILED',
    message: `${first.id}: ${first.detail}${others}`,
    hint: first.hint ?? undefined,
    details: { checks: findings.map(({ id, subject }) => ({ id, subject })) },
  });
}
