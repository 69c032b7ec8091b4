// The constraints that IAM and STS check before anything else, reported together in one
// ValidationError, and the rules of tags. Texts are those recorded from AWS (RULES-IAM.md).

import type { IamTag } from './iam-state.ts';
import { AwsFault } from '../wire/protocol.ts';
import type { SentTag } from '../wire/query-request.ts';

/** Length in characters and pattern of a parameter; the pattern is shown as AWS writes it. */
export type Constraint = {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: { readonly test: RegExp; readonly text: string };
};

/** One violated constraint: wire name with a lower-case first letter, and AWS's words for it. */
export type Violation = { readonly at: string; readonly rule: string };

const roleOrPolicyName = { test: /^[\w+=,.@-]*$/, text: '[\\w+=,.@-]+' };
const documentCharacters = {
  // A byte order mark passes here and is refused as bad syntax by the policy grammar.
  // oxlint-disable-next-line no-control-regex -- AWS's own character set
  test: /^\uFEFF?[\u0009\u000A\u000D\u0020-\u00FF]*$/,
  text: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
};
const tagText = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Constraints of botocore's IAM and STS models, by subject. */
export const constraints = {
  roleName: { min: 1, max: 64, pattern: roleOrPolicyName },
  policyName: { min: 1, max: 128, pattern: roleOrPolicyName },
  path: {
    min: 1,
    max: 512,
    pattern: {
      test: /^(?:\/|\/[!-\u007E]+\/)$/,
      text: '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
    },
  },
  pathPrefix: {
    min: 1,
    max: 512,
    pattern: { test: /^\/[!-\u007F]*$/, text: '\\u002F[\\u0021-\\u007F]*' },
  },
  description: {
    max: 1000,
    pattern: {
      test: /^[\t\n\r -~\u00A1-\u00FF]*$/,
      text: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
    },
  },
  document: { min: 1, max: 131_072, pattern: documentCharacters },
  arn: { min: 20, max: 2048 },
  marker: { min: 1, max: 320, pattern: { test: /^[ -\u00FF]*$/, text: '[\\u0020-\\u00FF]+' } },
  url: { min: 1, max: 255 },
  clientId: { min: 1, max: 255 },
  thumbprint: { min: 40, max: 40 },
  sessionName: { min: 2, max: 64, pattern: { test: /^[\w+=,.@-]*$/, text: '[\\w+=,.@-]*' } },
  webIdentityToken: { min: 4, max: 20_000 },
} as const satisfies { readonly [subject: string]: Constraint };

/** Violations of an optional string. */
export function checkText(
  at: string,
  value: string | undefined,
  constraint: Constraint,
): Violation[] {
  return value === undefined ? [] : rulesBroken(value, constraint).map((rule) => ({ at, rule }));
}

/** Violations of a required string: absence too. */
export function checkRequired(
  at: string,
  value: string | undefined,
  constraint: Constraint,
): Violation[] {
  return value === undefined
    ? [{ at, rule: 'Member must not be null' }]
    : checkText(at, value, constraint);
}

/** A list whose members break a rule is reported once, with all the rules of its members. */
export function checkMembers(
  at: string,
  values: readonly string[] | undefined,
  constraint: { readonly min: number; readonly max: number },
): Violation[] {
  const broken = values?.some((value) => rulesBroken(value, constraint).length > 0) ?? false;
  if (!broken) return [];
  const rules = [
    `Member must have length less than or equal to ${constraint.max}`,
    `Member must have length greater than or equal to ${constraint.min}`,
  ];
  return [{ at, rule: `Member must satisfy constraint: [${rules.join(', ')}]` }];
}

/** A whole number within bounds, or absent. Text that is no number is MalformedInput. */
export function checkNumber(
  at: string,
  value: string | undefined,
  bounds: { readonly min: number; readonly max: number },
): Violation[] {
  if (value === undefined) return [];
  if (!/^-?\d{1,10}$/.test(value)) {
    throw new AwsFault(400, 'MalformedInput', `Invalid Argument: ${at}`);
  }
  const number = Number(value);
  if (number > bounds.max) {
    return [{ at, rule: `Member must have value less than or equal to ${bounds.max}` }];
  }
  if (number < bounds.min) {
    return [{ at, rule: `Member must have value greater than or equal to ${bounds.min}` }];
  }
  return [];
}

/** Constraints of tags in a request: number, lengths and characters. */
export function checkTags(tags: readonly SentTag[] | undefined): Violation[] {
  if (tags === undefined) return [];
  if (tags.length > 50) {
    return [{ at: 'tags', rule: 'Member must have length less than or equal to 50' }];
  }
  return tags.flatMap(({ key, value }, index) => [
    ...checkRequired(`tags.${index + 1}.member.key`, key, {
      min: 1,
      max: 128,
      pattern: { test: tagCharacters, text: `${tagText}+` },
    }),
    ...checkRequired(`tags.${index + 1}.member.value`, value, {
      max: 256,
      pattern: { test: tagCharacters, text: `${tagText}*` },
    }),
  ]);
}

/** Throws 400 ValidationError that names every violation. */
export function refuseViolations(...violations: readonly (readonly Violation[])[]): void {
  const all = violations.flat();
  if (all.length === 0) return;
  const list = all.map(({ at, rule }) => `Value at '${at}' failed to satisfy constraint: ${rule}`);
  const count = `${all.length} validation error${all.length === 1 ? '' : 's'} detected`;
  throw new AwsFault(400, 'ValidationError', `${count}: ${list.join('; ')}`);
}

/** The tags of a creating call. Keys that differ only in case are one key: InvalidInput 400. */
export function newTags(sent: readonly SentTag[] | undefined): IamTag[] {
  const tags = (sent ?? []).map(({ key = '', value = '' }) => ({ key, value }));
  if (tags.some(({ key }) => key.toLowerCase().startsWith('aws:'))) {
    throw new AwsFault(
      400,
      'InvalidInput',
      'Caller is an end user and not allowed to mutate system tags instead of requested tags.',
    );
  }
  if (new Set(tags.map(({ key }) => key.toLowerCase())).size < tags.length) {
    throw new AwsFault(
      400,
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  }
  return tags;
}

/** Adds to what is there, replacing by key without regard to case; over 50 LimitExceeded 409. */
export function mergeTags(present: readonly IamTag[], added: readonly IamTag[]): IamTag[] {
  const keys = new Set(added.map(({ key }) => key.toLowerCase()));
  const merged = [...present.filter(({ key }) => !keys.has(key.toLowerCase())), ...added];
  if (merged.length > 50) {
    throw new AwsFault(409, 'LimitExceeded', 'The number of tags has reached the maximum limit.');
  }
  return merged;
}

/** What remains after an untag call; keys are compared without regard to case. */
export function removeTags(present: readonly IamTag[], keys: readonly string[]): IamTag[] {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return present.filter(({ key }) => !removed.has(key.toLowerCase()));
}

/** Tag keys of an untag call: 1 to 50, each with a tag key's own constraints. */
export function checkTagKeys(keys: readonly string[] | undefined): Violation[] {
  if (keys === undefined) return [{ at: 'tagKeys', rule: 'Member must not be null' }];
  if (keys.length > 50) {
    return [{ at: 'tagKeys', rule: 'Member must have length less than or equal to 50' }];
  }
  if (keys.every((key) => key.length >= 1 && key.length <= 128 && tagCharacters.test(key))) {
    return [];
  }
  return [
    {
      at: 'tagKeys',
      rule:
        'Member must satisfy constraint: [Member must have length less than or equal to 128, ' +
        'Member must have length greater than or equal to 1, ' +
        `Member must satisfy regular expression pattern: ${tagText}+, Member must not be null]`,
    },
  ];
}

function rulesBroken(value: string, constraint: Constraint): string[] {
  const { min, max, pattern } = constraint;
  const { length } = value;
  const rules: string[] = [];
  if (max !== undefined && length > max) {
    rules.push(`Member must have length less than or equal to ${max}`);
  }
  if (min !== undefined && length < min) {
    rules.push(`Member must have length greater than or equal to ${min}`);
  }
  if (pattern !== undefined && !pattern.test.test(value)) {
    rules.push(`Member must satisfy regular expression pattern: ${pattern.text}`);
  }
  return rules;
}
