// The tag of a role that records the managed policies which this program attached.

import { describe, expect, it } from 'vitest';
import { isRecorded, policyRecord } from '../../../src/core/roles/attached-policies.ts';
import { attachedPolicyLimits } from '../../../src/core/requests/managed-policies.ts';
import { tagProblem } from '../../../src/core/tags.ts';

const arns = Array.from(
  { length: attachedPolicyLimits.most },
  (_, n) => `arn:aws:iam::111122223333:policy/team,a/${'x'.repeat(100)}-${n}`,
);
const [first = '', second = '', third = ''] = arns;
const none = { record: undefined, attached: [] };

describe('the record of managed policies', () => {
  it('fits into a tag for as many as IAM attaches, whatever their names', () => {
    const record = policyRecord({ attach: arns, detach: [] }, none);
    expect(tagProblem('key', record ?? '')).toBeUndefined();
    expect(arns.every((arn) => isRecorded(record, arn))).toBe(true);
    expect(isRecorded(record, `${first}0`)).toBe(false);
    expect(isRecorded(undefined, first)).toBe(false);
  });

  it('is left alone where nothing is asked', () => {
    const nothing = { attach: [], detach: [] };
    expect(policyRecord(nothing, { record: 'abc', attached: arns })).toBeUndefined();
    expect(policyRecord({ attach: [], detach: [first] }, none)).toBeUndefined();
  });

  it('keeps what it names and is still attached, and never takes in those of others', () => {
    const record = policyRecord({ attach: [first, second], detach: [] }, none);
    const found = { record, attached: [first, third] };
    expect(policyRecord({ attach: [first], detach: [] }, found)).toBe(
      policyRecord({ attach: [first], detach: [] }, none),
    );
    const emptied = policyRecord({ attach: [], detach: [first] }, found);
    expect([emptied, isRecorded(emptied, first)]).toEqual(['', false]);
  });
});
