// What every judgement of a bucket policy's statements needs: how one is called, and which resources
// and actions a pattern covers.

import type { JsonObject } from '../json.ts';

/** The Sid of a statement, or its number. */
export function sidOf(statement: JsonObject, index: number): string {
  return typeof statement['Sid'] === 'string' ? statement['Sid'] : `statement ${index + 1}`;
}

/**
 * Whether an IAM pattern covers a text, whatever its policy variables stand for. In steps, not as an
 * expression: one with many stars, by whoever wrote the policy, would be tried for ever.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const glob = pattern.replaceAll(/\$\{[^}]*\}/g, '*');
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let next = 0; next < text.length;) {
    if (glob[at] === '*') {
      star = at;
      resume = next;
      at += 1;
    } else if (glob[at] === '?' || glob[at] === text[next]) {
      at += 1;
      next += 1;
    } else {
      if (star < 0) return false;
      // The last star takes one character more.
      resume += 1;
      next = resume;
      at = star + 1;
    }
  }
  return /^\**$/.test(glob.slice(at));
}
