import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { trustOpenings } from '../../../src/core/roles/trust-openings.ts';

const provider = 'arn:aws:iam::111122223333:oidc-provider/example.com';
const other = 'arn:aws:iam::111122223333:oidc-provider/other.example.com';

const openings = (principal: JsonObject, condition?: JsonObject): readonly string[] =>
  trustOpenings(
    {
      Statement: {
        Sid: 'X',
        Effect: 'Allow',
        Principal: principal,
        Action: ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity'],
        Condition: condition,
      },
    },
    provider,
  );
const like = (key: string, value: string): JsonObject => ({ StringLike: { [key]: value } });

describe('a trust statement of others opens the role', () => {
  it('if it lists our provider and another one, with and without a wildcard', () => {
    const both = { Federated: [provider, other] };
    const text = (reach: string): unknown =>
      expect.stringContaining(
        `"X" opens the role to ${reach} of this cluster, and to "${other}": this cluster's provider is removed from it`,
      );
    expect(openings(both, like('example.com:sub', '*'))).toEqual([text('every token')]);
    expect(openings(both, like('example.com:sub', 'system:serviceaccount:a:*'))).toEqual([
      text('other tokens'),
    ]);
  });

  it.each<readonly [string, JsonObject | undefined]>([
    ['no condition', undefined],
    ['a wildcard', like('other.example.com:sub', '*')],
    ['a wildcard namespace', like('other.example.com:sub', 'system:serviceaccount:*:operator')],
    ['an audience alone', { StringEquals: { 'other.example.com:aud': 'a' } }],
    ['a subject that is not', { StringNotLike: { 'other.example.com:sub': 'a' } }],
  ])('if it accepts tokens of another provider with %s', (_, condition) => {
    expect(openings({ Federated: other }, condition)).toEqual([
      expect.stringContaining(`"X" opens the role to every token of "${other}"`),
    ]);
  });

  it('if it allows every account', () => {
    expect(openings({ AWS: '*' })).toEqual([expect.stringContaining('every AWS account')]);
  });

  it.each<{ what: string; principal: JsonObject; condition?: JsonObject }>([
    { what: 'ours', principal: { Federated: provider } },
    {
      what: 'pinned',
      principal: { Federated: other },
      condition: like('other.example.com:sub', 'repo:team/*'),
    },
    {
      what: 'of claims that its tokens lack',
      principal: { Federated: other },
      condition: like('example.com:sub', '*'),
    },
    { what: 'for one account', principal: { AWS: '111122223333' } },
    {
      what: 'for every account on a condition',
      principal: { AWS: '*' },
      condition: like('aws:PrincipalOrgID', 'o-1'),
    },
  ])('but not if it is $what', ({ principal, condition }) => {
    expect(openings(principal, condition)).toEqual([]);
  });
});
