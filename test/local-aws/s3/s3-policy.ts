// Evaluates a bucket policy for one request: who, what, on which ARN, under which conditions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
// Nothing here is lenient: what it cannot judge is refused when the policy is put.

/** Who asks S3. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'aws'; readonly account: string; readonly arn: string }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'oai'; readonly id: string; readonly canonicalUserId: string };

/** One request as a policy sees it. */
export type PolicyRequest = {
  readonly principal: Principal;
  /** `s3:GetObject` */
  readonly action: string;
  readonly resource: string;
  /** Condition keys in lower case. */
  readonly context: { readonly [key: string]: string | undefined };
};

export type OneOrMany<T> = T | readonly T[];
export type Conditions = {
  readonly [operator: string]: { readonly [key: string]: OneOrMany<unknown> };
};
export type Statement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: string | { readonly [type: string]: OneOrMany<string> };
  readonly NotPrincipal?: string | { readonly [type: string]: OneOrMany<string> };
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: Conditions;
};

/** A single value or a list, as a list. */
export function listOf<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Statements of a policy that `checkBucketPolicy` has accepted. */
export function statementsOf(policy: string): readonly Statement[] {
  return listOf((JSON.parse(policy) as { Statement: OneOrMany<Statement> }).Statement);
}

/** IAM's wildcards: `*` any run of characters, `?` any one. */
export function matchesWildcard(pattern: string, text: string, ignoreCase = false): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[\\s\\S]*')
    .replaceAll('?', '[\\s\\S]');
  return new RegExp(`^${source}$`, ignoreCase ? 'i' : '').test(text);
}

function matchesAwsPrincipal(value: string, principal: Principal): boolean {
  if (value === '*') return true;
  if (principal.kind === 'oai') {
    return value.endsWith(
      `:iam::cloudfront:user/CloudFront Origin Access Identity ${principal.id}`,
    );
  }
  if (principal.kind !== 'aws') return false;
  return (
    value === principal.account ||
    value === principal.arn ||
    new RegExp(`^arn:[a-z-]+:iam::${principal.account}:root$`).test(value)
  );
}

function matchesPrincipal(
  wanted: string | { readonly [type: string]: OneOrMany<string> },
  principal: Principal,
): boolean {
  if (typeof wanted === 'string') return wanted === '*';
  return Object.entries(wanted).some(([type, values]) =>
    listOf(values).some((value) => {
      if (type === 'AWS') return matchesAwsPrincipal(value, principal);
      if (type === 'Service') return principal.kind === 'service' && value === principal.name;
      if (type === 'CanonicalUser') {
        return principal.kind === 'oai' && value === principal.canonicalUserId;
      }
      return false;
    }),
  );
}

type Test = (actual: string, wanted: string) => boolean;

const equals: Test = (actual, wanted) => actual === wanted;
const like: Test = (actual, wanted) => matchesWildcard(wanted, actual);
const equalsIgnoringCase: Test = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase();
const arnLike: Test = (actual, wanted) => {
  // Each of the six parts is matched on its own; wildcards do not cross a colon of the first five.
  const split = (arn: string): readonly string[] => {
    const parts = arn.split(':');
    return [...parts.slice(0, 5), parts.slice(5).join(':')];
  };
  const [actualParts, wantedParts] = [split(actual), split(wanted)];
  return wantedParts.every((part, index) => matchesWildcard(part, actualParts[index] ?? ''));
};

/** The operators this evaluation knows; a policy with another one is refused when it is put. */
export const conditionTests: { readonly [operator: string]: { test: Test; negated: boolean } } = {
  StringEquals: { test: equals, negated: false },
  StringNotEquals: { test: equals, negated: true },
  StringEqualsIgnoreCase: { test: equalsIgnoringCase, negated: false },
  StringNotEqualsIgnoreCase: { test: equalsIgnoringCase, negated: true },
  StringLike: { test: like, negated: false },
  StringNotLike: { test: like, negated: true },
  ArnEquals: { test: arnLike, negated: false },
  ArnLike: { test: arnLike, negated: false },
  ArnNotEquals: { test: arnLike, negated: true },
  ArnNotLike: { test: arnLike, negated: true },
  Bool: { test: equalsIgnoringCase, negated: false },
};

function conditionHolds(
  operator: string,
  key: string,
  values: readonly string[],
  request: PolicyRequest,
) {
  const actual = request.context[key.toLowerCase()];
  if (operator === 'Null')
    return values.some((value) => (value === 'true') === (actual === undefined));
  const optional = operator.endsWith('IfExists');
  const known = conditionTests[optional ? operator.slice(0, -'IfExists'.length) : operator];
  if (known === undefined) return false;
  if (actual === undefined) return optional || known.negated;
  return known.negated !== values.some((value) => known.test(actual, value));
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  const who =
    statement.Principal !== undefined
      ? matchesPrincipal(statement.Principal, request.principal)
      : !matchesPrincipal(statement.NotPrincipal ?? '*', request.principal);
  const matchesAction = (action: string): boolean => matchesWildcard(action, request.action, true);
  const what =
    statement.Action !== undefined
      ? listOf(statement.Action).some(matchesAction)
      : !listOf(statement.NotAction).some(matchesAction);
  const matchesResource = (resource: string): boolean =>
    matchesWildcard(resource, request.resource);
  const where =
    statement.Resource !== undefined
      ? listOf(statement.Resource).some(matchesResource)
      : !listOf(statement.NotResource).some(matchesResource);
  const when = Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      conditionHolds(operator, key, listOf(values).map(String), request),
    ),
  );
  return who && what && where && when;
}

/** What the policy says of the request: an explicit deny beats every allow. */
export function evaluatePolicy(
  policy: string | undefined,
  request: PolicyRequest,
): 'allow' | 'deny' | 'silent' {
  if (policy === undefined) return 'silent';
  const matching = statementsOf(policy).filter((statement) => applies(statement, request));
  if (matching.some((statement) => statement.Effect === 'Deny')) return 'deny';
  return matching.some((statement) => statement.Effect === 'Allow') ? 'allow' : 'silent';
}
