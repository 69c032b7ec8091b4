// STS's decision on a web-identity token, step by step in its order: the token's form, the issuer's provider,
// the audience, the key, the signature, the times, the trust of the role. A step whose facts are missing
// is unknown, and the others are still judged. The local AWS of the tests has its own implementation of the rules.

import type { JsonObject } from '../../json.ts';
import { issuerHostPath } from '../../issuer/discovery.ts';
import { withoutUserinfo } from '../../issuer/issuer-url.ts';
import {
  expiredAnswer,
  invalidToken,
  noProviderAnswer,
  notTrustedAnswer,
  wrongAudienceAnswer,
} from './answers.ts';
import type { Seen } from '../../seen.ts';
import { judgeAlgorithm, judgeKey, type SeenKeys } from './judge-key.ts';
import { judgeTrust } from './judge-trust.ts';
import type { Judged } from './judged.ts';
import { readToken, type ReadToken } from './read-token.ts';
import { caution, fail, pass, quoted, stsSteps, unknown, type StepResult } from './steps.ts';
import { comparedAudiences, hasSessionClaims, keyValuesOf, textsOf } from './token-keys.ts';

/** What STS decides on. */
export type StsFacts = {
  readonly token: string;
  readonly now: Date;
  /** The provider for the token's issuer in the account of the role; undefined where there is none. */
  readonly provider: Seen<
    | { readonly arn: string; readonly url: string; readonly clientIds: readonly string[] }
    | undefined
  >;
  readonly keys: SeenKeys;
  /** The role; undefined where it does not exist. */
  readonly role: Seen<{ readonly trustPolicy: JsonObject } | undefined>;
};

/** For how long STS takes an expired token, or one from the future, since clocks differ. */
const skewSeconds = 300;

/** Judges every step. */
export function walkToken(facts: StsFacts): readonly StepResult[] {
  const read = readToken(facts.token);
  if ('detail' in read) {
    const [first, ...others] = stsSteps;
    return [fail(first, read), ...others.map((step) => unknown(step, 'the token cannot be read'))];
  }
  return [
    pass(
      'format',
      `a JSON Web Token of ${facts.token.length} characters with every claim that STS needs`,
    ),
    judgeAlgorithm(read.header),
    judgeIssuer(read, facts.provider),
    judgeAudience(read, facts.provider),
    ...judgeKey(read, facts.keys),
    judgeTimes(read, facts.now),
    judgeRole(read, facts),
  ];
}

/** The verdict of the steps: allowed, refused with an answer, or undefined where that is not known. */
export function verdictOf(steps: readonly StepResult[]): {
  readonly allowed: Judged;
  /** The step that decided; undefined where the token is accepted. */
  readonly step: StepResult | undefined;
} {
  const failed = steps.find(({ outcome }) => outcome === 'fail');
  const open = steps.find(({ outcome }) => outcome === 'unknown');
  if (failed !== undefined) return { allowed: false, step: failed };
  return { allowed: open === undefined ? true : undefined, step: open };
}

function judgeIssuer({ issuer }: ReadToken, provider: StsFacts['provider']): StepResult {
  if (!provider.seen) return unknown('issuer', provider.why);
  const found = provider.value;
  if (found !== undefined && found.url === issuer) {
    return pass('issuer', `IAM OIDC provider "${found.arn}" has the issuer of the token`);
  }
  const shown = withoutUserinfo(issuer).slice(0, 255);
  return fail('issuer', {
    detail:
      found === undefined
        ? `the account has no IAM OIDC provider for the issuer "${shown}"`
        : `IAM OIDC provider "${found.arn}" is for "${found.url}", and the token names "${shown}"`,
    answer: noProviderAnswer(shown),
  });
}

function judgeAudience({ claims }: ReadToken, provider: StsFacts['provider']): StepResult {
  if (!provider.seen) return unknown('audience', provider.why);
  if (provider.value === undefined) {
    return unknown('audience', 'there is no provider to compare the audience with');
  }
  const { clientIds } = provider.value;
  const audiences = comparedAudiences(claims);
  const named = audiences.length === 0 ? 'none' : quoted(audiences);
  const registered = clientIds.length === 0 ? 'none' : quoted(clientIds);
  const byAzp = typeof claims['azp'] === 'string';
  const what = byAzp
    ? `the claim "azp" (${named}), which STS compares in place of "aud" (${quoted(textsOf(claims['aud']))}),`
    : `the audience ${named}`;
  if (audiences.some((audience) => clientIds.includes(audience))) {
    const detail = `${what} is registered with the provider`;
    return byAzp ? caution('audience', detail) : pass('audience', detail);
  }
  return fail('audience', {
    detail: `${what} is not registered with the provider; registered: ${registered}`,
    answer: wrongAudienceAnswer,
  });
}

function judgeTimes({ times }: ReadToken, now: Date): StepResult {
  const seconds = Math.floor(now.getTime() / 1000);
  const { iat, exp, nbf } = times;
  const skew = `${skewSeconds / 60} minutes`;
  if (seconds > exp + skewSeconds) {
    const detail = `expired at ${timeOf(exp)}, more than ${skew} ago; it is ${timeOf(seconds)}`;
    return fail('times', { detail, answer: expiredAnswer });
  }
  for (const [claim, from] of [
    ['nbf', nbf],
    ['iat', iat],
  ] as const) {
    if (from <= seconds + skewSeconds) continue;
    const detail = `"${claim}" is ${timeOf(from)}, more than ${skew} in the future; it is ${timeOf(seconds)}`;
    return fail('times', { detail, answer: invalidToken(null) });
  }
  if (seconds <= exp) return pass('times', `valid until ${timeOf(exp)}`);
  const until = timeOf(exp + skewSeconds);
  return caution('times', `expired at ${timeOf(exp)}; STS takes it until ${until}`);
}

function judgeRole(token: ReadToken, facts: StsFacts): StepResult {
  const { role, provider } = facts;
  if (!role.seen) return unknown('trust', role.why);
  if (role.value === undefined) {
    return fail('trust', { detail: 'the role does not exist', answer: notTrustedAnswer });
  }
  if (!provider.seen) return unknown('trust', provider.why);
  if (provider.value === undefined) {
    return unknown('trust', 'there is no provider that the role could trust');
  }
  const { allowed, detail } = judgeTrust(role.value.trustPolicy, {
    providerArn: provider.value.arn,
    valuesOf: keyValuesOf({
      claims: token.claims,
      issuerHost: issuerHostPath(token.issuer),
      providerArn: provider.value.arn,
      now: facts.now,
    }),
  });
  if (allowed === false) return fail('trust', { detail, answer: notTrustedAnswer });
  if (allowed === true && hasSessionClaims(token.claims)) {
    return unknown(
      'trust',
      'cannot be judged: the token has session tags, which need more permissions',
    );
  }
  return allowed === true ? pass('trust', detail) : unknown('trust', detail);
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : `${date.toISOString().slice(0, 19)}Z`;
}
