// Which managed policies of a role this program attached: a tag of the role records them, so that a teardown takes
// them off and leaves a role with those of others. An ARN may be longer than a tag, and hold what no tag may hold:
// the tag has the beginning of a hash of each. Whoever changes the tag changes what is said of a role of ours, and
// nothing else.

import { createHash } from 'node:crypto';

/** Of the most that IAM attaches, 25, all fit into the 256 characters of a tag. */
const digestLength = 9;

function digestOf(arn: string): string {
  return createHash('sha256').update(arn).digest('hex').slice(0, digestLength);
}

/** Whether the value of the tag names the policy; undefined: the role has no such tag. */
export function isRecorded(record: string | undefined, arn: string): boolean {
  return record?.split(' ').includes(digestOf(arn)) === true;
}

/**
 * The value that the tag is to have: what is asked for, and of what was recorded what is still attached.
 * Undefined where nothing is asked and nothing is recorded: the tag is left alone.
 */
export function policyRecord(
  asked: { readonly attach: readonly string[]; readonly detach: readonly string[] },
  found: { readonly record: string | undefined; readonly attached: readonly string[] },
): string | undefined {
  const { attach, detach } = asked;
  if (attach.length + detach.length === 0) return undefined;
  const kept = found.attached.filter((arn) => isRecorded(found.record, arn));
  const arns = [...attach, ...kept].filter((arn) => !detach.includes(arn));
  if (arns.length === 0 && found.record === undefined) return undefined;
  return [...new Set(arns.map(digestOf))].toSorted().join(' ');
}
