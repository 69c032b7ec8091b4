// Which bucket policy statements let somebody outside the account sign tokens: a table of usual statements.

import { describe, expect, it } from 'vitest';
import { foreignWriters } from '../../../src/core/hosting/foreign-writers.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const arn = 'arn:aws:s3:::c-oidc';
const account = '111122223333';
const other = { AWS: 'arn:aws:iam::444455556666:root' };
const own = { AWS: 'arn:aws:iam::111122223333:role/backup' };
const put = { Action: 's3:PutObject', Resource: `${arn}/*` };

const writers = (statement: JsonObject): readonly string[] =>
  foreignWriters({ Statement: [{ Sid: 'S', Effect: 'Allow', ...statement }] }, { arn, account });

describe('a statement that lets others write', () => {
  it.each<[string, JsonObject]>([
    ['every object', { Principal: other, ...put }],
    ['one document', { Principal: other, Action: 's3:Put*', Resource: `${arn}/keys.json` }],
    ['the state', { Principal: other, Action: 's3:*', Resource: `${arn}/.oidc-bootstrap/*` }],
    ['by deleting', { Principal: other, Action: ['s3:DeleteObject'], Resource: `${arn}/openid/*` }],
    ['an ACL', { Principal: other, Action: 's3:PutObjectAcl', Resource: '*' }],
    ['the policy', { Principal: other, Action: 's3:PutBucketPolicy', Resource: arn }],
    ['the ACL of the bucket', { Principal: other, Action: 's3:PutBucketAcl', Resource: arn }],
    ['by replication', { Principal: other, Action: 's3:ReplicateObject', Resource: `${arn}/*` }],
    ['all but some actions', { Principal: other, NotAction: 's3:GetObject', Resource: `${arn}/*` }],
    ['all but some paths', { Principal: other, Action: 's3:PutObject', NotResource: `${arn}/x` }],
    ['everybody', { Principal: '*', ...put }],
    ['everybody but some', { NotPrincipal: own, ...put }],
    ['an account by its number', { Principal: { AWS: ['444455556666', account] }, ...put }],
    ['a canonical user', { Principal: { CanonicalUser: 'abc' }, ...put }],
    ['a service for anybody', { Principal: { Service: 'logging.s3.amazonaws.com' }, ...put }],
    [
      'viewers of a distribution',
      {
        Principal: { Service: 'cloudfront.amazonaws.com' },
        ...put,
        Condition: { StringEquals: { 'AWS:SourceArn': `arn:aws:cloudfront::${account}:x` } },
      },
    ],
    [
      'an organization',
      { Principal: '*', ...put, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
    ],
  ])('is found: %s', (_, statement) => {
    expect(writers(statement)).toEqual(['S']);
  });

  it.each<[string, JsonObject]>([
    ['of the account', { Principal: own, ...put }],
    ['the account by its number', { Principal: { AWS: account }, ...put }],
    ['of a role that is gone', { Principal: { AWS: 'AROAEXAMPLE123' }, ...put }],
    ['a reader', { Principal: other, Action: 's3:Get*', Resource: `${arn}/*` }],
    ['of other paths', { Principal: other, Action: 's3:PutObject', Resource: `${arn}/logs/*` }],
    ['a Deny', { Effect: 'Deny', Principal: '*', ...put }],
    [
      'a service for the account',
      {
        Principal: { Service: 'logging.s3.amazonaws.com' },
        ...put,
        Condition: { StringEquals: { 'aws:SourceAccount': account } },
      },
    ],
    [
      'everybody of the account',
      { Principal: '*', ...put, Condition: { StringEquals: { 'aws:PrincipalAccount': account } } },
    ],
  ])('is not found: %s', (_, statement) => {
    expect(writers(statement)).toEqual([]);
  });
});
