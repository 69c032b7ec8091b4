// verify: joins documents, hosting, provider, roles and key files of a name, and says what is wrong first.
// Reads only. What a check finds is a row of the result, never an error; the exit code tells.

import type { BootstrapError } from '../../core/errors.ts';
import { refusalOf, type VerifyResult } from '../../core/verify/result.ts';
import { inCauseOrder } from '../../core/verify/check.ts';
import type { Context } from '../../workflows/context.ts';
import { hostingKind } from '../../workflows/hosting/kinds/index-of-kinds.ts';
import { verifyIssuer } from '../../workflows/verify/verify-issuer.ts';
import { targetOf } from '../flags/target.ts';
import { answerQuestions, readQuestions } from '../flags/verify-questions.ts';
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
  const questions = readQuestions(options, session);
  const { scope } = options;
  const context = await session.connect({
    ...options,
    skipCaller: scope === 'issuer' && questions.token === undefined,
    optionalCaller: scope === 'issuer' || scope === 'token',
  });
  const { issuer, checks } = await checksOf(context, options);
  const asked = await answerQuestions(context, { options, questions, issuer });
  return { issuer, checks: inCauseOrder([...checks, ...asked]) };
}

async function checksOf(context: Context, options: Options): Promise<VerifyResult> {
  const { scope, issuerUrl } = options;
  if (scope === 'token') return { issuer: null, checks: [] };
  if (scope === 'name') {
    const issuer = await hostingKind({ issuerUrl }).findIssuer(context, targetOf(context, options));
    return { issuer: issuer ?? null, checks: [] };
  }
  return await verifyIssuer(context, issuerUrl ?? '');
}

/** CHECK_FAILED where the result says no. */
export function refusal(result: VerifyResult, options: Options): BootstrapError | undefined {
  return refusalOf(result, options);
}

/** The checklist, and the findings at its end. */
export function describe(result: VerifyResult, page: Page): string {
  return describeChecks(result, page);
}
