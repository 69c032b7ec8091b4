// The condition operators of IAM policies, as far as trust policies can use them.
// What is not known here never grants: an unknown operator in an Allow is false, in a Deny true.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

/** What a request shows: values by condition key, exactly as the key is spelled. */
export type RequestContext = { readonly [key: string]: readonly string[] };

type Test = (actual: string, wanted: string) => boolean;

const positive: { readonly [name: string]: Test } = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringEqualsIgnoreCase: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  StringLike: (actual, wanted) => like(wanted).test(actual),
  ArnEquals: (actual, wanted) => likeArn(actual, wanted),
  ArnLike: (actual, wanted) => likeArn(actual, wanted),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: (actual, wanted) => Number(actual) === Number(wanted),
  NumericLessThan: (actual, wanted) => Number(actual) < Number(wanted),
  NumericLessThanEquals: (actual, wanted) => Number(actual) <= Number(wanted),
  NumericGreaterThan: (actual, wanted) => Number(actual) > Number(wanted),
  NumericGreaterThanEquals: (actual, wanted) => Number(actual) >= Number(wanted),
  DateEquals: (actual, wanted) => time(actual) === time(wanted),
  DateLessThan: (actual, wanted) => time(actual) < time(wanted),
  DateLessThanEquals: (actual, wanted) => time(actual) <= time(wanted),
  DateGreaterThan: (actual, wanted) => time(actual) > time(wanted),
  DateGreaterThanEquals: (actual, wanted) => time(actual) >= time(wanted),
};
const negative: { readonly [name: string]: Test | undefined } = {
  StringNotEquals: positive.StringEquals,
  StringNotEqualsIgnoreCase: positive.StringEqualsIgnoreCase,
  StringNotLike: positive.StringLike,
  ArnNotEquals: positive.ArnEquals,
  ArnNotLike: positive.ArnLike,
  NumericNotEquals: positive.NumericEquals,
  DateNotEquals: positive.DateEquals,
};

/**
 * Whether one operator with its keys holds; undefined where the operator is not known here.
 * Keys are joined by AND, values of a key by OR (NOR for negated operators).
 */
export function operatorHolds(
  operator: string,
  keys: { readonly [key: string]: readonly string[] },
  context: RequestContext,
): boolean | undefined {
  const parts = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(operator);
  const [, set, name = '', ifExists] = parts ?? [];
  const results = Object.entries(keys).map(([key, wanted]) => {
    const actual = context[key] ?? [];
    if (name === 'Null') {
      return wanted.some((value) => (value.toLowerCase() === 'true') === (actual.length === 0));
    }
    const test = positive[name];
    const refused = negative[name];
    if (test === undefined && refused === undefined) return undefined;
    const one = (value: string): boolean =>
      test === undefined
        ? !wanted.some((item) => refused?.(value, item) === true)
        : wanted.some((item) => test(value, item));
    if (actual.length === 0) {
      if (set === 'ForAllValues') return true;
      if (set === 'ForAnyValue') return ifExists !== undefined;
      return ifExists !== undefined || test === undefined;
    }
    if (set === 'ForAllValues') return actual.every(one);
    if (set === 'ForAnyValue') return actual.some(one);
    // AWS does not say what a single-valued operator does with several values: none is taken.
    return actual.length === 1 ? actual.every(one) : false;
  });
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}

/** `*` is any text, `?` any one character; a policy variable matches nothing. */
function like(pattern: string): RegExp {
  if (pattern.includes('${')) return /^(?!)/;
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[\\s\\S]*')
    .replaceAll('?', '[\\s\\S]');
  return new RegExp(`^${source}$`);
}

/** Each of the six parts of an ARN is compared alone: a `*` does not cross a colon between them. */
function likeArn(actual: string, pattern: string): boolean {
  const parts = (arn: string): string[] => {
    const [a = '', b = '', c = '', d = '', e = '', ...rest] = arn.split(':');
    return [a, b, c, d, e, rest.join(':')];
  };
  const wanted = parts(pattern);
  return parts(actual).every((part, index) => like(wanted[index] ?? '').test(part));
}

/** ISO 8601, or seconds since 1970. */
function time(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
