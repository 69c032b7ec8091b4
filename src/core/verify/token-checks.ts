// The steps of STS's decision on a token as checks: what is wrong, what STS answers to it, what to do.

import { withoutUserinfo } from '../issuer/issuer-url.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { CheckId } from './check-table.ts';
import { noProviderAnswer, notTrustedAnswer, type StsAnswer } from './sts/answers.ts';
import type { StepResult, StsStep } from './sts/steps.ts';
import { comparedAudiences } from './sts/token-keys.ts';
import { differBySlash, tokenHint, type TokenAbout } from './token-hints.ts';

/** One check for each step, in STS's order. */
export function tokenChecks(steps: readonly StepResult[], about: TokenAbout): readonly Check[] {
  const judged = withExpectedIssuer(steps, about);
  const first = judged.find(({ outcome }) => outcome === 'fail');
  return judged.map((result) => {
    const id: CheckId = `token-${result.step}`;
    const subject = subjectOf(result.step, about);
    const hint = tokenHint(result.step, about);
    switch (result.outcome) {
      case 'pass':
        return passed(id, subject, result.detail);
      case 'caution':
        return warned(id, subject, { detail: result.detail, hint });
      case 'unknown':
        return skipped(id, subject, result.detail);
      case 'fail': {
        const when =
          result === first ? 'STS answers' : 'once the first failure is mended, STS answers';
        const answer = result.answer === null ? '' : `; ${when} ${describeAnswer(result.answer)}`;
        return failed(id, subject, { detail: `${result.detail}${answer}`, hint });
      }
    }
  });
}

/** A token of another issuer fails, also where the account knows that issuer: the roles do not trust it. */
function withExpectedIssuer(
  steps: readonly StepResult[],
  { token, expectedIssuer }: TokenAbout,
): readonly StepResult[] {
  const issuer = token?.claims['iss'];
  if (expectedIssuer === undefined || typeof issuer !== 'string') return steps;
  if (issuer === expectedIssuer) return steps;
  const shown = withoutUserinfo(issuer).slice(0, 255);
  const by = differBySlash(issuer, expectedIssuer) ? ', by a slash at the end' : '';
  return steps.map((result) =>
    result.step !== 'issuer'
      ? result
      : {
          step: 'issuer',
          outcome: 'fail',
          detail: `the token is of issuer "${shown}", which differs from "${expectedIssuer}"${by}`,
          answer: result.outcome === 'pass' ? notTrustedAnswer : noProviderAnswer(shown),
        },
  );
}

function describeAnswer({ code, message }: StsAnswer): string {
  return message === null ? code : `${code} "${message}"`;
}

/** What a step looks at. */
function subjectOf(step: StsStep, about: TokenAbout): string {
  const { token, shown } = about;
  if (token === undefined) return shown;
  const { iss } = token.claims;
  const { alg, kid } = token.header;
  const texts: { readonly [name in StsStep]: unknown } = {
    format: shown,
    algorithm: alg,
    issuer: iss,
    audience: comparedAudiences(token.claims).slice(0, 5).join(', '),
    documents: iss,
    key: kid,
    signature: kid,
    times: shown,
    trust: about.roleArn,
  };
  const text = texts[step];
  return typeof text === 'string' && text !== '' ? withoutUserinfo(text).slice(0, 255) : shown;
}
