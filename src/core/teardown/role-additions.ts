// What others added to a role of ours. A role goes with all that hangs on it, so whoever else uses it
// is named first, and the role is deleted only where the user says so.

import { isRecorded } from '../roles/attached-policies.ts';
import { denyPolicyName } from '../roles/older-sessions.ts';
import {
  allowsWebIdentity,
  conditionValues,
  principalsBeside,
  providersOf,
  sameSet,
  statementName,
} from '../roles/trust-policy.ts';
import type { JsonObject } from '../json.ts';
import { statementsOf } from '../policy.ts';

/** A role of ours, and what hangs on it. */
export type HeldRole = {
  readonly name: string;
  readonly trustPolicy: JsonObject;
  /** Names of inline policies. */
  readonly inlinePolicies: readonly string[];
  /** ARNs. */
  readonly attachedPolicies: readonly string[];
  /** The tag that records which of them this program attached. */
  readonly policyRecord: string | undefined;
  readonly instanceProfiles: readonly string[];
};

/** Each addition in words; `isOurs` tells whether a provider is this name's. */
export function roleAdditions(
  role: HeldRole,
  isOurs: (providerArn: string) => boolean,
): readonly string[] {
  const inline = role.inlinePolicies.filter(
    (name) => name !== role.name && name !== denyPolicyName,
  );
  return [
    ...foreignStatements(role.trustPolicy, isOurs).map((name) => `trust statement "${name}"`),
    ...inline.map((name) => `inline policy "${name}"`),
    ...role.attachedPolicies
      .filter((arn) => !isRecorded(role.policyRecord, arn))
      .map((arn) => `managed policy "${arn}"`),
    ...role.instanceProfiles.map((name) => `instance profile "${name}"`),
  ];
}

/**
 * Statements that let in others than our service accounts. One for another provider with the same
 * subjects is ours too: the cluster moves from one issuer to another.
 */
function foreignStatements(
  trustPolicy: JsonObject,
  isOurs: (providerArn: string) => boolean,
): readonly string[] {
  const statements = statementsOf(trustPolicy);
  const isForProvider = (statement: JsonObject, of: (arn: string) => boolean): boolean => {
    const providers = providersOf(statement);
    const [first = ''] = providers;
    return (
      allowsWebIdentity(statement) &&
      providers.length === 1 &&
      of(first) &&
      principalsBeside(first, statement).length === 0
    );
  };
  const subjects = statements
    .filter((one) => isForProvider(one, isOurs))
    .flatMap((one) => conditionValues(one, 'sub'));
  return statements.flatMap((statement, index) => {
    const isMove =
      subjects.length > 0 &&
      isForProvider(statement, () => true) &&
      sameSet(conditionValues(statement, 'sub'), subjects);
    const foreign = statement['Effect'] === 'Allow' && !isForProvider(statement, isOurs) && !isMove;
    return foreign ? [statementName(statement, index)] : [];
  });
}
