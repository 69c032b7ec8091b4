// Whether a role's trust policy lets a web identity in: one Allow that applies, and no Deny. What AWS alone
// can tell (a source address, an unpublished rule) is not guessed: the answer is then undefined.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { listOf, statementsOf } from '../../policy.ts';
import { providersOf, statementName } from '../../roles/trust-policy.ts';
import { judgeCondition, type Condition } from './conditions.ts';
import { allOf, anyOf, type Judged } from './judged.ts';
import { matchesPattern } from './patterns.ts';
import type { KeyValues } from './token-keys.ts';

/** The answer, and what decided it, for people. */
export type TrustJudgement = { readonly allowed: Judged; readonly detail: string };

/** The caller: a token of this provider, and its condition keys. */
export type WebIdentity = { readonly providerArn: string; readonly valuesOf: KeyValues };

/** Judges a trust policy for AssumeRoleWithWebIdentity. */
export function judgeTrust(policy: JsonObject, identity: WebIdentity): TrustJudgement {
  const judged = statementsOf(policy).map((statement, index) =>
    judgeStatement(statement, { name: statementName(statement, index), identity }),
  );
  const denies = judged.filter(({ effect }) => effect === 'Deny');
  const allows = judged.filter(({ effect }) => effect === 'Allow');
  const denial = denies.find(({ applies }) => applies === true);
  if (denial !== undefined) {
    return { allowed: false, detail: `statement "${denial.name}" denies the token` };
  }
  const granted = anyOf(allows.map(({ applies }) => applies));
  if (granted === false) return { allowed: false, detail: whyNone(allows, policy, identity) };
  const doubt = [...denies, ...(granted === true ? [] : allows)].find(
    ({ applies }) => applies === undefined,
  );
  if (doubt !== undefined) {
    return {
      allowed: undefined,
      detail: `cannot be judged: statement "${doubt.name}" ${doubt.why}`,
    };
  }
  const grant = allows.find(({ applies }) => applies === true);
  return { allowed: true, detail: `statement "${grant?.name ?? ''}" allows it` };
}

type JudgedStatement = {
  readonly name: string;
  readonly effect: Json | undefined;
  readonly applies: Judged;
  /** Names the provider and the action: only its conditions can refuse the token. */
  readonly concerns: boolean;
  /** What decided, following `statement "x"`. */
  readonly why: string;
};

function judgeStatement(
  statement: JsonObject,
  { name, identity }: { readonly name: string; readonly identity: WebIdentity },
): JudgedStatement {
  const effect = statement['Effect'];
  const [principal, action] = [judgePrincipal(statement, identity), judgeAction(statement)];
  const addressed = allOf([principal, action]);
  if (addressed !== true) {
    const why = principal === undefined ? 'has a principal' : 'has an action';
    const applies = addressed;
    return { name, effect, applies, concerns: false, why: `${why} that only AWS can compare` };
  }
  const conditions = conditionsOf(statement).map((condition) => {
    const actual = identity.valuesOf(condition.key);
    return { condition, actual, holds: judgeCondition(condition, actual) };
  });
  const applies = allOf(conditions.map(({ holds }) => holds));
  const decisive = conditions.find(({ holds }) => holds === applies);
  const why = decisive === undefined ? '' : describeCondition(decisive);
  return { name, effect, applies, concerns: true, why };
}

/** An Allow must name the provider; a Deny may name everybody. */
function judgePrincipal(statement: JsonObject, identity: WebIdentity): Judged {
  if (statement['NotPrincipal'] !== undefined) return undefined;
  if (providersOf(statement).includes(identity.providerArn)) return true;
  const principal = statement['Principal'];
  const everybody = [
    ...listOf(principal),
    ...(isJsonObject(principal) ? listOf(principal['AWS']) : []),
  ].includes('*');
  if (!everybody) return false;
  return statement['Effect'] === 'Deny' ? true : undefined;
}

function judgeAction(statement: JsonObject): Judged {
  if (statement['NotAction'] !== undefined) return undefined;
  return listOf(statement['Action']).some((action) =>
    matchesPattern('sts:assumerolewithwebidentity', action.toLowerCase()),
  );
}

function conditionsOf(statement: JsonObject): readonly Condition[] {
  const condition = statement['Condition'];
  if (!isJsonObject(condition)) return [];
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(isJsonObject(keys) ? keys : {}).map(([key, value]) => ({
      operator,
      key,
      wanted: (Array.isArray(value) ? value : [value]).map(String),
    })),
  );
}

function whyNone(
  allows: readonly JudgedStatement[],
  policy: JsonObject,
  identity: WebIdentity,
): string {
  const reasons = allows.filter(({ concerns }) => concerns);
  if (reasons.length > 0) {
    return reasons.map(({ name, why }) => `statement "${name}" ${why}`).join('; ');
  }
  const named = [...new Set(statementsOf(policy).flatMap(providersOf))];
  return (
    `no statement allows tokens of "${identity.providerArn}"` +
    (named.length === 0 ? '' : `; the trust policy names ${quoted(named)}`)
  );
}

function describeCondition(judged: {
  readonly condition: Condition;
  readonly actual: readonly string[] | undefined;
}): string {
  const { condition, actual } = judged;
  const found =
    actual === undefined
      ? 'and only AWS knows the value'
      : actual.length === 0
        ? 'and the token has no such claim'
        : `and the token has ${quoted(actual)}`;
  return `has the condition ${condition.operator} "${condition.key}": ${quoted(condition.wanted)}, ${found}`;
}

function quoted(list: readonly string[]): string {
  const shown = list.slice(0, 5).map((item) => `"${item.slice(0, 255)}"`);
  return shown.join(', ') + (list.length > 5 ? `, and ${list.length - 5} more` : '');
}
