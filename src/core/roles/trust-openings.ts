// Describes statements of others in a role's trust policy that open the role too widely. They are
// kept, because only their owner knows their purpose, but a warning names each of them.

import { issuerHostOf } from './iam-names.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { listOf, statementsOf } from '../policy.ts';
import {
  allowsWebIdentity,
  isStatementOf,
  letsIn,
  principalsBeside,
  providersOf,
  statementName,
} from './trust-policy.ts';

const serviceAccounts = 'system:serviceaccount:';

/** A sentence for each statement that lets in more than the service accounts of the role. */
export function trustOpenings(found: JsonObject, providerArn: string): readonly string[] {
  return statementsOf(found).flatMap((statement, index) => {
    if (statement['Effect'] !== 'Allow' || isStatementOf(providerArn, statement)) return [];
    const subject = `trust statement "${statementName(statement, index)}"`;
    if (letsIn(providerArn, statement)) {
      const others = principalsBeside(providerArn, statement)
        .map((one) => `"${one}"`)
        .join(', ');
      const reach = isOpenTo(providerArn, statement) ? 'every token' : 'other tokens';
      return [
        `${subject} opens the role to ${reach} of this cluster, and to ${others}: this cluster's provider is removed from it, ${others} is kept; remove the statement if it is not needed`,
      ];
    }
    const whom = [
      ...(allowsWebIdentity(statement) ? providersOf(statement) : [])
        .filter((arn) => isOpenTo(arn, statement))
        .map((arn) => `every token of "${arn}"`),
      ...(isOpenToAccounts(statement) ? ['every AWS account'] : []),
    ];
    return whom.length === 0
      ? []
      : [`${subject} opens the role to ${whom.join(', ')}: remove it if it is not needed`];
  });
}

/** True where no condition pins the subject: absent, or a wildcard that covers every namespace. */
function isOpenTo(providerArn: string, statement: JsonObject): boolean {
  const subjects = positiveConditions(statement).filter(([key]) => /:sub$/i.test(key));
  const own = `${issuerHostOf(providerArn)}:sub`.toLowerCase();
  // A claim of another issuer is in none of this one's tokens: the statement never lets them in.
  if (subjects.some(([key]) => key.toLowerCase() !== own)) return false;
  return subjects.every(([, values]) => values.some(coversAll));
}

function coversAll(value: string): boolean {
  const wild = value.search(/[*?]/);
  return wild >= 0 && serviceAccounts.startsWith(value.slice(0, wild));
}

function isOpenToAccounts(statement: JsonObject): boolean {
  const principal = statement['Principal'];
  const accounts = isJsonObject(principal) ? listOf(principal['AWS']) : listOf(principal);
  return accounts.includes('*') && positiveConditions(statement).length === 0;
}

/** Keys and values of the conditions that a request must match. */
function positiveConditions(
  statement: JsonObject,
): readonly (readonly [key: string, values: readonly string[]])[] {
  const condition = statement['Condition'];
  return Object.entries(isJsonObject(condition) ? condition : {}).flatMap(([operator, keys]) =>
    /Not|Null/.test(operator) || !isJsonObject(keys)
      ? []
      : Object.entries(keys).map(([key, value]) => [key, listOf(value)] as const),
  );
}
