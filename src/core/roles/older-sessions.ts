// The inline policy with which an emergency revokes sessions obtained with the stolen key: a Deny for
// sessions issued before a date. We own it and remove it when all such sessions have expired.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html

import denyTemplate from '../../../templates/iam/deny-older-sessions.json' with { type: 'json' };
import { isJsonObject, type JsonObject } from '../json.ts';
import { statementsOf } from '../policy.ts';
import { fillTemplate } from '../template.ts';

/** Name of the inline policy; a later emergency replaces it. */
export const denyPolicyName = 'oidc-bootstrap-deny-older-sessions';

/** The policy that denies everything to sessions issued before that time. */
export function denyOlderSessionsPolicy(before: string): JsonObject {
  return fillTemplate(denyTemplate, { cut: before });
}

/** No role can allow a longer session. One that is lowered ends no session that was given before. */
const longestSessionMs = 12 * 3600 * 1000;

/**
 * True where all denied sessions have expired: the longest session that any role allows has passed
 * since the date of the policy. A policy without a readable date is kept.
 */
export function denialIsOver(policy: JsonObject, now: Date): boolean {
  const dates = statementsOf(policy).map((statement) => {
    const condition = statement['Condition'];
    const before = isJsonObject(condition) ? condition['DateLessThan'] : undefined;
    const date = isJsonObject(before) ? before['aws:TokenIssueTime'] : undefined;
    return typeof date === 'string' ? Date.parse(date) : Number.NaN;
  });
  if (dates.length === 0 || dates.some((date) => Number.isNaN(date))) return false;
  return now.getTime() > Math.max(...dates) + longestSessionMs;
}
