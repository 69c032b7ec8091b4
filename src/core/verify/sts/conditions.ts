// One condition of a trust policy against what a token shows: an operator, a key, the wanted values.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import { allOf, anyOf, not, type Judged } from './judged.ts';
import { matchesArn, matchesPattern } from './patterns.ts';

/** `StringEquals`, `issuer.example.com:sub`, and the values of the policy. */
export type Condition = {
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
};

/**
 * Whether the condition holds for these values of its key; an empty list is an absent key, undefined
 * one whose values only AWS knows. An operator that is not known here, and a single-valued operator on
 * several values (AWS does not say what it does then), cannot be judged.
 */
export function judgeCondition(
  condition: Condition,
  actual: readonly string[] | undefined,
): Judged {
  const [, set, name = '', ifExists] = operatorForm.exec(condition.operator) ?? [];
  if (actual === undefined) return undefined;
  if (condition.operator === 'Null') return judgeNull(condition.wanted, actual);
  const test = tests[name.replace('Not', '')];
  if (test === undefined) return undefined;
  const negated = name.includes('Not');
  if (actual.length === 0) {
    if (set === 'ForAllValues' || ifExists !== undefined) return true;
    return set === 'ForAnyValue' ? false : negated;
  }
  const judgeOne = (value: string): Judged => {
    const found = anyOf(condition.wanted.map((wanted) => test(value, wanted)));
    return negated ? not(found) : found;
  };
  if (set === 'ForAllValues') return allOf(actual.map(judgeOne));
  if (set === 'ForAnyValue') return anyOf(actual.map(judgeOne));
  const [value = '', ...others] = actual;
  return others.length === 0 ? judgeOne(value) : undefined;
}

const operatorForm = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

type Test = (actual: string, wanted: string) => Judged;

const tests: { readonly [operator: string]: Test | undefined } = {
  StringEquals: unlessVariable((actual, wanted) => actual === wanted),
  StringEqualsIgnoreCase: unlessVariable(
    (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  ),
  StringLike: unlessVariable(matchesPattern),
  ArnEquals: unlessVariable(matchesArn),
  ArnLike: unlessVariable(matchesArn),
  Bool: (actual, wanted) =>
    /^(?:true|false)$/i.test(wanted) ? actual.toLowerCase() === wanted.toLowerCase() : undefined,
  ...compared('Numeric', (text) => (text.trim() === '' ? Number.NaN : Number(text))),
  ...compared('Date', seconds),
};

/** A policy variable, `${aws:username}`, is filled in by AWS. */
function unlessVariable(test: Test): Test {
  return (actual, wanted) => (wanted.includes('${') ? undefined : test(actual, wanted));
}

function compared(
  kind: string,
  read: (text: string) => number,
): { readonly [operator: string]: Test } {
  const by =
    (holds: (actual: number, wanted: number) => boolean): Test =>
    (actual, wanted) => {
      const [left, right] = [read(actual), read(wanted)];
      return Number.isFinite(left) && Number.isFinite(right) ? holds(left, right) : undefined;
    };
  return {
    [`${kind}Equals`]: by((actual, wanted) => actual === wanted),
    [`${kind}LessThan`]: by((actual, wanted) => actual < wanted),
    [`${kind}LessThanEquals`]: by((actual, wanted) => actual <= wanted),
    [`${kind}GreaterThan`]: by((actual, wanted) => actual > wanted),
    [`${kind}GreaterThanEquals`]: by((actual, wanted) => actual >= wanted),
  };
}

/** Of an ISO 8601 time, or of a number of seconds since 1970. */
function seconds(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) / 1000 : Number.NaN;
}

function judgeNull(wanted: readonly string[], actual: readonly string[]): Judged {
  return anyOf(
    wanted.map((value) => {
      if (value.toLowerCase() === 'true') return actual.length === 0;
      return value.toLowerCase() === 'false' ? actual.length > 0 : undefined;
    }),
  );
}
