import { expect, test } from 'vitest';
import type { AwsRequest } from './protocol.ts';
import { operationOfQuery, readList, readParams, readTags } from './query-request.ts';

const request = (body: string): AwsRequest => ({
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  headers: {},
  body: Buffer.from(body),
  account: '111122223333',
  callerArn: 'arn:aws-cn:iam::111122223333:user/admin',
  region: 'cn-north-1',
});

test.each([
  [
    'Action=CreateRole&Version=2010-05-08&RoleName=a&Path=%2Fx%2F',
    'iam:CreateRole',
    true,
    'arn:aws-cn:iam::111122223333:role/x/a',
  ],
  [
    'Action=GetRole&Version=2010-05-08&RoleName=a',
    'iam:GetRole',
    false,
    'arn:aws-cn:iam::111122223333:role/a',
  ],
  [
    'Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=https%3A%2F%2Fh%2Fp',
    'iam:CreateOpenIDConnectProvider',
    true,
    'arn:aws-cn:iam::111122223333:oidc-provider/h/p',
  ],
  [
    'Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws-cn%3Aiam%3A%3A111122223333%3Apolicy%2Fp',
    'iam:GetPolicy',
    false,
    'arn:aws-cn:iam::111122223333:policy/p',
  ],
  ['Action=GetAccountSummary&Version=2010-05-08', 'iam:GetAccountSummary', false, '*'],
  ['Action=GetCallerIdentity&Version=2011-06-15', 'sts:GetCallerIdentity', false, '*'],
])('%s is %s', (body, operation, write, resource) => {
  expect(operationOfQuery(request(body))).toMatchObject({ operation, write, resource });
});

test('only AssumeRoleWithWebIdentity has no signature', () => {
  const signed = (action: string) =>
    operationOfQuery(request(`Action=${action}&Version=2011-06-15`)).signed;
  expect(signed('AssumeRoleWithWebIdentity')).toBe(false);
  expect(signed('GetCallerIdentity')).toBe(true);
});

test('an empty list is different from a list that was not sent', () => {
  expect(readList(readParams(request('ThumbprintList=')), 'ThumbprintList')).toEqual([]);
  expect(readList(readParams(request('Url=x')), 'ThumbprintList')).toBeUndefined();
  expect(readTags(readParams(request('Tags.member.1.Key=a&Tags.member.1.Value=')))).toEqual([
    { key: 'a', value: '' },
  ]);
});
