// Grammar of the statements of an identity policy, for CredentialsRequests and policy files alike: IAM
// refuses a policy as a whole and names no place, so each value is checked where it stands.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

import {
  addProblem,
  isAbsent,
  kindOf,
  pathOf,
  quoted,
  readList,
  readMembers,
  type Field,
  type FieldProblem,
} from './fields.ts';
import type { JsonObject } from '../json.ts';
import { policySize } from '../policy.ts';

/** Characters of all inline policies of a role together, white space not counted. */
export const maxInlinePolicySize = 10_240;

/** What reading a policy needs besides its values. */
export type PolicyReading = {
  /** Partition of the account, where it is known: resources are of it. */
  readonly partition?: string | undefined;
  /** A plain scalar as it was written. */
  readonly textOf: (path: readonly PropertyKey[]) => string | undefined;
};

/** What is wrong with an effect, or undefined. */
export function effectProblem(text: string): string | undefined {
  return text === 'Allow' || text === 'Deny' ? undefined : 'is neither Allow nor Deny';
}

/** What is wrong with an action, or undefined. */
export function actionProblem(text: string): string | undefined {
  return /^(?:\*|[\w*?-]+:[\w*?-]+)$/.test(text)
    ? undefined
    : 'is not an action such as s3:GetObject, s3:* or *';
}

/** What is wrong with a resource of an account of that partition, or undefined. */
export function resourceProblem(text: string, partition: string | undefined): string | undefined {
  return /^(?:\*|arn:[\x20-\xff]+)$/.test(text)
    ? partitionProblem(text, partition)
    : 'is neither * nor an ARN';
}

/** IAM takes no ARN of another partition than the account's; wildcards are its own to judge. */
export function partitionProblem(text: string, wanted: string | undefined): string | undefined {
  const [, partition = ''] = /^arn:([^:]*)/.exec(text) ?? [];
  if (wanted === undefined || text === '*' || partition === wanted || /[*?]/.test(partition)) {
    return undefined;
  }
  return `is of partition "${partition}", the account of "${wanted}": write ${quoted(text.replace(/^arn:[^:]*/, `arn:${wanted}`))}`;
}

/** `{operator: {key: value}}`; undefined where it is absent or empty, which IAM refuses. */
export function readCondition(field: Field, reading: PolicyReading): JsonObject | undefined {
  if (isAbsent(field)) return undefined;
  const operators = readMembers(field).map((operator) => {
    const keys = readMembers(operator).map((key) => {
      const values = Array.isArray(key.value)
        ? readList(key).map((value) => conditionText(value, reading))
        : conditionText(key, reading);
      return [String(key.step), values] as const;
    });
    return [String(operator.step), Object.fromEntries(keys)] as const;
  });
  return operators.length === 0 ? undefined : Object.fromEntries(operators);
}

/** Texts that YAML reads as the boolean or number that they look like, digit by digit. */
const sameText = /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?)$/;

/**
 * A condition value as the text that was written, which is what IAM compares. A boolean or number that
 * other readers of the request would change (012, 0x1F, 1e3, yes, twenty digits) has to be quoted.
 */
function conditionText(field: Field, reading: PolicyReading): string {
  const { value } = field;
  if (typeof value === 'string') return value;
  if (typeof value !== 'boolean' && typeof value !== 'number') {
    addProblem(field, `must be a text, true, false or a number, not ${kindOf(value)}`);
    return '';
  }
  const text = reading.textOf(pathOf(field)) ?? String(value);
  const digits = text.replaceAll(/\D/g, '').length;
  if (!sameText.test(text) || digits > 15) {
    addProblem(field, `${text} is read as ${String(value)}; quote it: "${text}"`);
  }
  return text;
}

/** What is wrong with a whole inline policy (compact JSON): its size, and characters IAM does not take. */
export function policyProblems(
  policy: string,
  path: readonly PropertyKey[],
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  // White space only ever makes it smaller: most policies need no counting.
  const size = policy.length <= maxInlinePolicySize ? 0 : policySize(policy);
  if (size > maxInlinePolicySize) {
    const message = `make an inline policy of ${size} characters; IAM accepts ${maxInlinePolicySize}`;
    problems.push({ path, message });
  }
  const odd = /[^\t\n\r\x20-\xff]/.exec(policy)?.[0];
  if (odd !== undefined) {
    problems.push({ path, message: `hold ${quoted(odd)}, a character that IAM does not take` });
  }
  return problems;
}
