// The patterns of IAM policies: `*` is any text, also none, and `?` is any one character. Matched without
// regular expressions, because both sides may come from others: the time grows with their lengths only.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import type { Judged } from './judged.ts';

/** True where the whole text matches. */
export function matchesPattern(text: string, pattern: string): boolean {
  let [at, wanted] = [0, 0];
  // Where the last star stands, and up to where it has taken the text.
  let [star, taken] = [-1, 0];
  while (at < text.length) {
    if (pattern[wanted] === '*') {
      [star, taken] = [wanted, at];
      wanted += 1;
    } else if (wanted < pattern.length && ['?', text[at]].includes(pattern[wanted])) {
      at += 1;
      wanted += 1;
    } else if (star >= 0) {
      taken += 1;
      [at, wanted] = [taken, star + 1];
    } else {
      return false;
    }
  }
  while (pattern[wanted] === '*') wanted += 1;
  return wanted === pattern.length;
}

/**
 * Whether each of the six parts of an ARN matches; a star does not reach into the next part. Undefined
 * where one of the two is no ARN: what AWS makes of that is not published.
 */
export function matchesArn(arn: string, pattern: string): Judged {
  const [parts, wanted] = [arnParts(arn), arnParts(pattern)];
  if (parts === undefined || wanted === undefined) return undefined;
  return parts.every((part, index) => matchesPattern(part, wanted[index] ?? ''));
}

/** `arn`, partition, service, region, account, and all the rest. */
function arnParts(arn: string): readonly string[] | undefined {
  const parts = arn.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
