// The trust policy of a role: who may assume it. We own the one statement that allows tokens of our
// provider, pinned to service accounts (`sub`) and audiences (`aud`). All other statements are kept.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html

import template from '../../../templates/iam/trust-policy.json' with { type: 'json' };
import { issuerHostOf } from './iam-names.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { matchesPattern } from '../hosting/statement.ts';
import { listOf, sameStatement, statementsOf } from '../policy.ts';
import { fillTemplate } from '../template.ts';

/** Whom a role trusts. */
export type Trust = {
  readonly providerArn: string;
  /** `system:serviceaccount:<namespace>:<name>`, at least one. */
  readonly subjects: readonly string[];
  /** At least one. */
  readonly audiences: readonly string[];
};

/** The trust policy of a new role. */
export function renderTrustPolicy(trust: Trust): JsonObject {
  return fillTemplate(template, {
    identityProviderArn: trust.providerArn,
    issuerHost: issuerHostOf(trust.providerArn),
    subjects: trust.subjects,
    audiences: trust.audiences,
  });
}

/** True for the statement that lets tokens of this provider in: Allow, web identity, our provider alone. */
export function isStatementOf(providerArn: string, statement: JsonObject): boolean {
  return letsIn(providerArn, statement) && principalsBeside(providerArn, statement).length === 0;
}

/** True for each statement that lets tokens of this provider in, with other principals or without. */
export function letsIn(providerArn: string, statement: JsonObject): boolean {
  return allowsWebIdentity(statement) && providersOf(statement).includes(providerArn);
}

/** The principals of a statement except this provider. */
export function principalsBeside(providerArn: string, statement: JsonObject): readonly string[] {
  const principal: Json | undefined = statement['Principal'];
  const all = isJsonObject(principal) ? Object.values(principal).flatMap(listOf) : [];
  return [...new Set(all)].filter((one) => one !== providerArn);
}

/** The updated trust policy, and what differs. */
export type TrustMerge = {
  /** Undefined where nothing differs. */
  readonly policy: JsonObject | undefined;
  /** In a few words, for the plan. */
  readonly detail: string;
  /** Statements of others, by Sid or number. */
  readonly kept: readonly string[];
};

/**
 * Replaces our statement in the policy found (or adds it) and keeps the others as they are. A
 * statement that lists our provider beside other principals is left to those: ours is removed from it.
 */
export function mergeTrustPolicy(found: JsonObject, trust: Trust): TrustMerge {
  const statements = statementsOf(found);
  const [wanted = {}] = statementsOf(renderTrustPolicy(trust));
  const ours = statements.filter((statement) => isStatementOf(trust.providerArn, statement));
  const kept = statements.flatMap((statement, index) =>
    ours.includes(statement) ? [] : [statementName(statement, index)],
  );
  const [first] = ours;
  const isRight = first !== undefined && ours.length === 1 && sameBesideSid(first, wanted);
  const shared = statements.filter((one) => !ours.includes(one) && letsIn(trust.providerArn, one));
  if (isRight && shared.length === 0) return { policy: undefined, detail: '', kept };
  const sid = first?.['Sid'];
  const statement = sid === undefined ? wanted : { Sid: sid, ...wanted };
  const others = (one: JsonObject): JsonObject =>
    shared.includes(one) ? withoutProvider(one, trust.providerArn) : one;
  const merged =
    first === undefined
      ? [...statements.map(others), statement]
      : statements.flatMap((one) =>
          one === first ? [statement] : ours.includes(one) ? [] : [others(one)],
        );
  const names = shared.map((one) => `"${statementName(one, statements.indexOf(one))}"`);
  const details = [
    ...(isRight ? [] : [describeDifference(first, wanted, trust.providerArn)]),
    ...(names.length === 0
      ? []
      : [`trust policy: our provider removed from statement ${names.join(', ')}`]),
  ];
  return { policy: { ...found, Statement: merged }, detail: details.join('; '), kept };
}

/** Other OIDC providers that a role's tokens may come from. */
export function otherProviders(found: JsonObject, providerArn: string): readonly string[] {
  const arns = statementsOf(found).filter(allowsWebIdentity).flatMap(providersOf);
  const others = arns.filter((arn) => arn !== providerArn && arn.includes(':oidc-provider/'));
  return [...new Set(others)];
}

/** Their issuers, with `https://`. */
export function otherIssuers(found: JsonObject, providerArn: string): readonly string[] {
  return otherProviders(found, providerArn).map((arn) => `https://${issuerHostOf(arn)}`);
}

/** True where a role lets this provider in. */
export function trustsProvider(found: JsonObject, providerArn: string): boolean {
  return statementsOf(found).some((statement) => letsIn(providerArn, statement));
}

/**
 * True where every statement that allows anything is pinned to some of these subjects:
 * a role that nothing but this request's service accounts can assume.
 */
export function trustsOnly(found: JsonObject, subjects: readonly string[]): boolean {
  const allowed = statementsOf(found).filter((statement) => statement['Effect'] === 'Allow');
  return (
    allowed.length > 0 &&
    allowed.every((statement) => {
      const pinned = conditionValues(statement, 'sub');
      return pinned.length > 0 && pinned.every((subject) => subjects.includes(subject));
    })
  );
}

/** Namespace and name of the service accounts that this provider lets in; wildcards as they stand. */
export function trustedServiceAccounts(
  found: JsonObject,
  providerArn: string,
): readonly { readonly namespace: string; readonly name: string }[] {
  const letIn = statementsOf(found).filter((one) => letsIn(providerArn, one));
  const subjects = letIn.flatMap((statement) => conditionValues(statement, 'sub'));
  return [...new Set(subjects)].flatMap((subject) => {
    const [, namespace, name] = /^system:serviceaccount:([^:]+):(.+)$/.exec(subject) ?? [];
    return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
  });
}

/** Audiences that our statement is pinned to; empty where there is no such statement or pin. */
export function trustedAudiences(found: JsonObject, providerArn: string): readonly string[] {
  const ours = statementsOf(found).filter((one) => isStatementOf(providerArn, one));
  return [...new Set(ours.flatMap((statement) => conditionValues(statement, 'aud')))];
}

/**
 * What our statement in a role that is there is pinned to: of the provider's audiences those that it trusts
 * already and those asked for in this run. A run that asks for none widens no role: an audience that somebody
 * added to the provider would turn tokens made for something else into credentials. All of the provider's where
 * the statement is missing, is pinned to no audience, or would have none left.
 */
export function audiencesFor(
  found: JsonObject,
  wanted: {
    readonly providerArn: string;
    readonly registered: readonly string[];
    readonly asked: readonly string[];
  },
): readonly string[] {
  const trusted = trustedAudiences(found, wanted.providerArn);
  const kept = wanted.registered.filter(
    (audience) => trusted.includes(audience) || wanted.asked.includes(audience),
  );
  return trusted.length === 0 || kept.length === 0 ? wanted.registered : kept;
}

/** `audience "a" added, audience "b" removed`; empty where both pin the same. */
export function describeAudiences(from: readonly string[], to: readonly string[]): string {
  const without = (one: readonly string[], other: readonly string[]): readonly string[] => [
    ...new Set(one.filter((audience) => !other.includes(audience))),
  ];
  return [
    ...without(to, from).map((audience) => `audience "${audience}" added`),
    ...without(from, to).map((audience) => `audience "${audience}" removed`),
  ].join(', ');
}

/** The trust policy with these audiences pinned in our statement; everything else as it is. */
export function withAudiences(
  found: JsonObject,
  trust: { readonly providerArn: string; readonly audiences: readonly string[] },
): JsonObject {
  const key = `${issuerHostOf(trust.providerArn)}:aud`;
  const statements = statementsOf(found).map((statement) => {
    if (!isStatementOf(trust.providerArn, statement)) return statement;
    const condition = isJsonObject(statement['Condition']) ? statement['Condition'] : {};
    const equals = isJsonObject(condition['StringEquals']) ? condition['StringEquals'] : {};
    const pinned = { ...condition, StringEquals: { ...equals, [key]: trust.audiences } };
    return { ...statement, Condition: pinned };
  });
  return { ...found, Statement: statements };
}

function describeDifference(
  found: JsonObject | undefined,
  wanted: JsonObject,
  providerArn: string,
): string {
  if (found === undefined) return `trust policy: statement for ${issuerHostOf(providerArn)} added`;
  const subjects = sameSet(conditionValues(found, 'sub'), conditionValues(wanted, 'sub'));
  const audiences = conditionValues(wanted, 'aud');
  const trusted = conditionValues(found, 'aud');
  const parts = [
    subjects ? '' : 'service accounts',
    trusted.length === 0
      ? `pinned to audience ${audiences.map((audience) => `"${audience}"`).join(', ')}`
      : describeAudiences(trusted, audiences),
  ].filter((part) => part !== '');
  return `trust policy: ${parts.length === 0 ? 'statement restored' : parts.join(', ')}`;
}

/** True where both are the same apart from the Sid, which others may have set. */
export function sameBesideSid(found: JsonObject, wanted: JsonObject): boolean {
  const { Sid: _, ...statement } = found;
  return sameStatement(statement, wanted);
}

/** True where both hold the same texts, in whatever order. */
export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const left = new Set(one);
  return left.size === new Set(other).size && other.every((item) => left.has(item));
}

/** The statement for its other principals alone. */
export function withoutProvider(statement: JsonObject, providerArn: string): JsonObject {
  const principal = statement['Principal'];
  const { Federated: federated, ...others } = isJsonObject(principal) ? principal : {};
  const left = listOf(federated).filter((arn) => arn !== providerArn);
  return {
    ...statement,
    Principal: left.length === 0 ? others : { ...others, Federated: left },
  };
}

/** True for a statement that allows AssumeRoleWithWebIdentity. */
export function allowsWebIdentity(statement: JsonObject): boolean {
  const actions = listOf(statement['Action']).map((action) => action.toLowerCase());
  return (
    statement['Effect'] === 'Allow' &&
    actions.some((action) => matchesPattern(action, 'sts:assumerolewithwebidentity'))
  );
}

/** Identity providers that a statement names. */
export function providersOf(statement: JsonObject): readonly string[] {
  const principal: Json | undefined = statement['Principal'];
  return isJsonObject(principal) ? listOf(principal['Federated']) : [];
}

/** Values of `StringEquals <any issuer>:<claim>`. */
export function conditionValues(statement: JsonObject, claim: 'sub' | 'aud'): readonly string[] {
  const condition = statement['Condition'];
  const equals = isJsonObject(condition) ? condition['StringEquals'] : undefined;
  if (!isJsonObject(equals)) return [];
  return Object.entries(equals).flatMap(([key, value]) =>
    key.toLowerCase().endsWith(`:${claim}`) ? listOf(value) : [],
  );
}

/** A statement in a message: by its Sid, else by its place. */
export function statementName(statement: JsonObject, index: number): string {
  return typeof statement['Sid'] === 'string' ? statement['Sid'] : `number ${index + 1}`;
}
