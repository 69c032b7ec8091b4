// What `--assume` asks STS of a role: a token of each of its service accounts must be taken; one of another
// service account, and one for another audience, must be refused. All of it comes from the trust policy.

import { isJsonObject, type JsonObject } from '../json.ts';
import { listOf, statementsOf } from '../policy.ts';
import { issuerHostOf } from '../roles/iam-names.ts';
import { letsIn } from '../roles/trust-policy.ts';

/** The subject and the audience of a token. */
export type AskedClaims = { readonly subject: string; readonly audience: string };

/** The questions for one role. */
export type AssumePlan = {
  /** To be taken; never empty where the role trusts the provider. */
  readonly own: readonly AskedClaims[];
  /** To be refused: a service account that nobody has. */
  readonly stranger: AskedClaims;
  /** To be refused: an audience of the provider that the role does not name, else one that nobody has. */
  readonly otherAudience: AskedClaims;
  /** The patterns among the service accounts, and whether none is named at all. */
  readonly wildcards: readonly string[];
  readonly open: boolean;
};

/** In no cluster: the namespace would have to be made for it. */
const strangerSubject = 'system:serviceaccount:oidc-bootstrap-verify:stranger';
const strangerAudience = 'oidc-bootstrap-verify-other-audience';
const serviceAccounts = 'system:serviceaccount:';

/** The questions; undefined where the role does not trust the provider, or that has no audience. */
export function assumePlan(
  trustPolicy: JsonObject,
  provider: { readonly arn: string; readonly clientIds: readonly string[] },
): AssumePlan | undefined {
  const host = issuerHostOf(provider.arn);
  const statements = statementsOf(trustPolicy).filter((one) => letsIn(provider.arn, one));
  const asked = statements.flatMap((statement) => {
    const subjects = wantedValues(statement, `${host}:sub`);
    const audiences = wantedValues(statement, `${host}:aud`).map(example);
    const registered = provider.clientIds.filter(
      (audience) => audiences.length === 0 || audiences.includes(audience),
    );
    const audience = registered[0] ?? audiences[0] ?? provider.clientIds[0];
    if (audience === undefined) return [];
    const own = subjects.length === 0 ? [`${serviceAccounts}default:default`] : subjects;
    return own.map((subject) => ({ subject: example(subject), audience, audiences }));
  });
  const [first] = asked;
  if (first === undefined) return undefined;
  const own = new Map(asked.map(({ subject, audience }) => [subject, { subject, audience }]));
  const named = asked.flatMap(({ audiences }) => audiences);
  const other = provider.clientIds.find(
    (audience) => named.length > 0 && !named.includes(audience),
  );
  const subjects = statements.map((statement) => wantedValues(statement, `${host}:sub`));
  return {
    own: [...own.values()],
    stranger: { subject: strangerSubject, audience: first.audience },
    otherAudience: { subject: first.subject, audience: other ?? strangerAudience },
    wildcards: [...new Set(subjects.flat().filter((subject) => /[*?]/.test(subject)))],
    open: subjects.some((list) => list.length === 0),
  };
}

/** What a statement asks of a key; a star in a value of StringEquals is a character like any other. */
function wantedValues(statement: JsonObject, key: string): readonly string[] {
  const condition = statement['Condition'];
  if (!isJsonObject(condition)) return [];
  return Object.entries(condition).flatMap(([operator, keys]) =>
    /^(?:ForAnyValue:)?String(?:Equals|EqualsIgnoreCase|Like)$/.test(operator) && isJsonObject(keys)
      ? listOf(keys[key])
      : [],
  );
}

/** A text that matches a pattern. */
function example(pattern: string): string {
  if (pattern === '*' || pattern === `${serviceAccounts}*`)
    return `${serviceAccounts}default:default`;
  return pattern.replaceAll('*', 'any').replaceAll('?', 'x');
}
