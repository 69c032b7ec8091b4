import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.ts';
import { readPolicyFile } from '../../../src/core/requests/policy-file.ts';

const read = (text: string): string => readPolicyFile(text, { file: 'p.json', partition: 'aws' });

function issues(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.issues.map(({ line, field, message }) => `${line} ${field ?? ''}: ${message}`);
  }
  return [];
}

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const document = (change: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...change }] }, null, 1);

describe('a policy file', () => {
  it('goes to IAM as it is, without white space', () => {
    const text =
      '{ "Version": "2012-10-17",\n "Statement": { "Effect": "Deny", "NotAction": ["a:b"], "Resource": "*" } }';
    expect(read(text)).toBe(JSON.stringify(JSON.parse(text)));
  });

  it.each([
    ['', ': is empty'],
    ['{\n "a": ,\n}', ': is not valid JSON: '],
    ['{"Version":"2012-10-17"', '1 : is not valid JSON'],
    ['[]', '1 : must be a mapping, not a list'],
    ['{"Statement":[]}', '1 Statement: is empty'],
    [document({ Effect: 'allow' }), '5 Statement[0].Effect: "allow" is neither Allow nor Deny'],
    [document({ Action: ['s3'] }), '7 Statement[0].Action[0]: "s3" is not an action'],
    [document({ Resource: 'b' }), '7 Statement[0].Resource: "b" is neither * nor an ARN'],
    [document({ Resource: 'arn:aws-cn:s3:::b' }), 'write "arn:aws:s3:::b"'],
    [document({ Principal: '*' }), 'stands in trust policies only'],
    [document({ Sid: 'a-b' }), 'is no Sid'],
    [document({ NotAction: 'a:b' }), 'stands beside Action'],
    [document({ Action: 'x:y', Effect: 'Allow', Note: 'z' }), 'is no member of a statement'],
    ['{"Statement":[],"Statement":[]}', 'stands twice'],
    [document({ Resource: `arn:aws:s3:::${'b'.repeat(10_240)}` }), 'IAM accepts 10240'],
  ])('is refused with line and field: %#', (text, wanted) => {
    expect(issues(text).join('\n')).toContain(wanted);
  });
});
