// A role's trust while its cluster moves from one issuer to another: beside the statement for its own
// issuer it has a second one of ours, of the same service accounts. It is known by them, so that a
// service account that leaves the request leaves both. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html

import { issuerHostOf } from './iam-names.ts';
import type { JsonObject } from '../json.ts';
import { statementsOf } from '../policy.ts';
import {
  conditionValues,
  isStatementOf,
  letsIn,
  mergeTrustPolicy,
  providersOf,
  renderTrustPolicy,
  sameBesideSid,
  sameSet,
  statementName,
  withoutProvider,
  type Trust,
  type TrustMerge,
} from './trust-policy.ts';

/** Whom a role shall trust. */
export type DesiredTrust = Trust & {
  /** Another issuer of the same cluster (`--also-trust-provider-arn`). */
  readonly also: Trust | undefined;
  /** ARN of the provider that the role shall trust no more (`--stop-trusting-provider-arn`). */
  readonly stop: string | undefined;
};

/** ARNs of the providers that flags name beside the role's own. */
export function namedBeside({ also, stop }: DesiredTrust): readonly string[] {
  return [also?.providerArn, stop].filter((arn) => arn !== undefined);
}

/** The trust policy of a new role. */
export function renderTrusts(trust: DesiredTrust): JsonObject {
  const own = renderTrustPolicy(trust);
  if (trust.also === undefined) return own;
  const second = statementsOf(renderTrustPolicy(trust.also));
  return { ...own, Statement: [...statementsOf(own), ...second] };
}

/**
 * The policy found, with our statement for each issuer updated, and without the provider
 * that is named to go. The second issuer stays trusted where nobody names it.
 */
export function mergeTrusts(found: JsonObject, trust: DesiredTrust): TrustMerge {
  const details: string[] = [];
  let policy = found;
  const trusts = [
    trust,
    ...(trust.also === undefined ? [] : [trust.also]),
    ...inStep(found, trust),
  ];
  for (const one of trusts) {
    const merged = mergeTrustPolicy(policy, one);
    if (merged.policy === undefined) continue;
    policy = merged.policy;
    details.push(merged.detail);
  }
  const { stop } = trust;
  if (stop !== undefined && statementsOf(policy).some((one) => letsIn(stop, one))) {
    policy = withoutIssuer(policy, stop);
    details.push(`trust policy: ${issuerHostOf(stop)} no longer trusted`);
  }
  const ours = [...trusts.map((one) => one.providerArn), ...(stop === undefined ? [] : [stop])];
  const kept = statementsOf(found).flatMap((statement, index) =>
    ours.some((arn) => isStatementOf(arn, statement)) ? [] : [statementName(statement, index)],
  );
  return { policy: policy === found ? undefined : policy, detail: details.join('; '), kept };
}

/** Second statements of earlier runs, for the service accounts of this one; their audiences stay. */
function inStep(found: JsonObject, trust: DesiredTrust): readonly Trust[] {
  const statements = statementsOf(found);
  const before = statements
    .filter((one) => isStatementOf(trust.providerArn, one))
    .flatMap((one) => conditionValues(one, 'sub'));
  const named = [trust.providerArn, ...namedBeside(trust)];
  return statements.flatMap((statement) => {
    const [providerArn = '', ...more] = providersOf(statement);
    const subjects = conditionValues(statement, 'sub');
    const audiences = conditionValues(statement, 'aud');
    const [rendered = {}] = statementsOf(renderTrustPolicy({ providerArn, subjects, audiences }));
    const isOurs =
      more.length === 0 &&
      providerArn.includes(':oidc-provider/') &&
      !named.includes(providerArn) &&
      [before, trust.subjects].some((accounts) => sameSet(accounts, subjects)) &&
      sameBesideSid(statement, rendered);
    return isOurs ? [{ providerArn, subjects: trust.subjects, audiences }] : [];
  });
}

function withoutIssuer(policy: JsonObject, providerArn: string): JsonObject {
  const statements = statementsOf(policy)
    .filter((statement) => !isStatementOf(providerArn, statement))
    .map((one) => (letsIn(providerArn, one) ? withoutProvider(one, providerArn) : one));
  return { ...policy, Statement: statements };
}
