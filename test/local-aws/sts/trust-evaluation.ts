// Whether a role's trust policy lets a verified web identity in: one Allow that applies, no Deny.
// Ambiguities are decided against the caller, so that a policy that works here works on AWS.

import { operatorHolds, type RequestContext } from '../condition-operators.ts';
import { readTrustPolicy, type TrustStatement } from '../iam/policy-grammar.ts';

/** A verified web identity that asks for a role. */
export type WebIdentityCaller = {
  /** ARN of the OIDC provider that vouches for it. */
  readonly providerArn: string;
  /** `<host/path>:sub`, `:aud`, and the `aws:` and `sts:` keys. */
  readonly context: RequestContext;
};

/** Decides a trust policy document for AssumeRoleWithWebIdentity, or for the TagSession beside it. */
export function trustAllows(trust: {
  readonly document: string;
  readonly partition: string;
  readonly caller: WebIdentityCaller;
  readonly action?: 'sts:TagSession';
}): boolean {
  const wanted = trust.action ?? 'sts:AssumeRoleWithWebIdentity';
  let allowed = false;
  for (const statement of readTrustPolicy(trust.document, trust.partition)) {
    const applies = statementApplies(statement, { caller: trust.caller, wanted });
    if (applies && statement.effect === 'Deny') return false;
    allowed ||= applies;
  }
  return allowed;
}

function statementApplies(
  statement: TrustStatement,
  { caller, wanted }: { readonly caller: WebIdentityCaller; readonly wanted: string },
): boolean {
  const denies = statement.effect === 'Deny';
  const action = statement.actions.some((name) => name.toLowerCase() === wanted.toLowerCase());
  if (!action || !principalMatches(statement, caller.providerArn)) return false;
  return Object.entries(statement.conditions).every(
    ([operator, keys]) => operatorHolds(operator, keys, caller.context) ?? denies,
  );
}

/** `AWS: *` covers everybody in a Deny; an Allow must name the provider. */
function principalMatches({ effect, principal }: TrustStatement, providerArn: string): boolean {
  if (principal.Federated?.includes(providerArn) === true) return true;
  return effect === 'Deny' && principal.AWS?.includes('*') === true;
}
