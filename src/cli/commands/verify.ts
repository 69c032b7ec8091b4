// verify: joins documents, hosting, provider, roles and key files of a name, and says what is wrong first.
// Reads only. What a check finds is a row of the result, never an error; the exit code tells.

import type { BootstrapError } from '../../core/errors.ts';
import { refusalOf, type VerifyResult } from '../../core/verify/result.ts';
import { verifyIssuer } from '../../workflows/verify/verify-issuer.ts';
import { readVerifyOptions, type VerifyOptions } from '../flags/verify-flags.ts';
import type { Flags } from '../flags/flags.ts';
import { describeChecks } from '../output/checks.ts';
import type { Page } from '../output/page.ts';
import type { Session } from '../session/session.ts';

export type Options = VerifyOptions;

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  return readVerifyOptions(flags);
}

/** Looks at everything that the flags ask for. */
export async function run(options: Options, session: Session): Promise<VerifyResult> {
  const { scope, issuerUrl } = options;
  const context = await session.connect({ ...options, skipCaller: scope === 'issuer' });
  const { issuer, checks } = await verifyIssuer(context, issuerUrl ?? '');
  return { issuer, checks };
}

/** CHECK_FAILED where the result says no. */
export function refusal(result: VerifyResult, options: Options): BootstrapError | undefined {
  return refusalOf(result, options);
}

/** The checklist, and the findings at its end. */
export function describe(result: VerifyResult, page: Page): string {
  return describeChecks(result, page);
}
