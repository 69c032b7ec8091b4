import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { statementsOf } from '../../../src/core/policy.ts';
import {
  mergeTrustPolicy,
  otherIssuers,
  renderTrustPolicy,
  trustedAudiences,
  trustsOnly,
  trustsProvider,
  withAudiences,
} from '../../../src/core/roles/trust-policy.ts';

const providerArn = 'arn:aws:iam::111122223333:oidc-provider/example.com/c';
const subjects = ['system:serviceaccount:ns:one', 'system:serviceaccount:ns:two'];
const trust = { providerArn, subjects, audiences: ['a', 'b'] };
const rendered = renderTrustPolicy(trust);
const [ours = {}] = statementsOf(rendered);
const changed = (change: JsonObject): JsonObject => ({ ...ours, ...change });
const policy = (...statements: readonly JsonObject[]): JsonObject => ({
  Version: '2012-10-17',
  Statement: statements,
});

describe('the trust policy', () => {
  it('restricts sub and aud with the keys of the issuer and its path', () => {
    expect(ours['Condition']).toEqual({
      StringEquals: { 'example.com/c:sub': subjects, 'example.com/c:aud': ['a', 'b'] },
    });
  });

  it('takes a statement that allows the action by a pattern for one of ours, and pins it', () => {
    const open = { Effect: 'Allow', Principal: ours['Principal'], Action: 'sts:AssumeRole*' };
    expect(mergeTrustPolicy(policy(open), trust).policy).toEqual(policy(ours));
  });

  it('is not changed if only its form differs, or if our statement has a Sid', () => {
    const found = { Version: '2012-10-17', Statement: { Sid: 'Ours', ...ours } };
    expect(mergeTrustPolicy(found, trust)).toEqual({ policy: undefined, detail: '', kept: [] });
  });

  it.each<readonly [string, JsonObject, string]>([
    [
      'a wider operator',
      changed({ Condition: { StringLike: { 'example.com/c:sub': '*' } } }),
      'trust policy: service accounts, pinned to audience "a", "b"',
    ],
    [
      'a condition more',
      changed({
        Condition: {
          ...(ours['Condition'] as JsonObject),
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        },
      }),
      'trust policy: statement restored',
    ],
    [
      'more than the one action',
      changed({ Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] }),
      'trust policy: statement restored',
    ],
  ])('replaces our statement with %s, and keeps its place and Sid', (_, statement, detail) => {
    const other = { Effect: 'Allow', Principal: { AWS: 'x' }, Action: 'sts:AssumeRole' };
    const merge = mergeTrustPolicy(policy(other, { Sid: 'Ours', ...statement }), trust);
    expect(merge).toEqual({
      policy: policy(other, { Sid: 'Ours', ...ours }),
      detail,
      kept: ['number 1'],
    });
  });

  it('has one statement of ours, also if there were several', () => {
    const merge = mergeTrustPolicy(policy(ours, changed({ Sid: 'Two' })), trust);
    expect(merge.policy).toEqual(policy(ours));
  });

  it.each<readonly [string, JsonObject]>([
    ['denies', changed({ Effect: 'Deny', Sid: 'X' })],
    ['is of another action', changed({ Action: 'sts:TagSession', Sid: 'X' })],
    ['is of another provider', changed({ Principal: { Federated: `${providerArn}2` }, Sid: 'X' })],
  ])('keeps a statement that %s', (_, other) => {
    expect(mergeTrustPolicy(policy(other), trust)).toEqual({
      policy: policy(other, ours),
      detail: 'trust policy: statement for example.com/c added',
      kept: ['X'],
    });
  });

  it.each<readonly [string, JsonObject, JsonObject]>([
    ['another provider', { Federated: [providerArn, 'other'] }, { Federated: ['other'] }],
    ['an account', { Federated: providerArn, AWS: '111122223333' }, { AWS: '111122223333' }],
  ])('removes our provider from a statement that also lists %s', (_, both, left) => {
    const Condition = { StringLike: { 'example.com/c:sub': '*' } };
    const shared = changed({ Sid: 'X', Principal: both, Condition });
    const narrowed = { ...shared, Principal: left };
    expect(mergeTrustPolicy(policy(shared, ours), trust)).toEqual({
      policy: policy(narrowed, ours),
      detail: 'trust policy: our provider removed from statement "X"',
      kept: ['X'],
    });
    expect(mergeTrustPolicy(policy(shared), trust)).toEqual({
      policy: policy(narrowed, ours),
      detail:
        'trust policy: statement for example.com/c added; trust policy: our provider removed from statement "X"',
      kept: ['X'],
    });
    expect(mergeTrustPolicy(policy(narrowed, ours), trust).policy).toBeUndefined();
  });

  it('keeps other members of the document', () => {
    expect(mergeTrustPolicy({ Id: 'x', Statement: [] }, trust).policy).toEqual({
      Id: 'x',
      Statement: [ours],
    });
  });
});

describe('what a role trusts', () => {
  it('includes other issuers, but not ours', () => {
    const other = changed({
      Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/old.example.com' },
    });
    const saml = changed({ Principal: { Federated: 'arn:aws:iam::111122223333:saml-provider/x' } });
    expect(otherIssuers(policy(ours, other, saml), providerArn)).toEqual([
      'https://old.example.com',
    ]);
    expect(trustsProvider(policy(other), providerArn)).toBe(false);
    expect(trustsProvider(policy(other, ours), providerArn)).toBe(true);
  });

  it('is for one request only if every Allow is restricted to its service accounts', () => {
    expect(trustsOnly(rendered, subjects)).toBe(true);
    expect(trustsOnly(rendered, [...subjects, 'more'])).toBe(true);
    expect(trustsOnly(rendered, subjects.slice(1))).toBe(false);
    expect(trustsOnly(policy(), subjects)).toBe(false);
    const open = { Effect: 'Allow', Principal: { AWS: 'x' }, Action: 'sts:AssumeRole' };
    expect(trustsOnly(policy(ours, open), subjects)).toBe(false);
    expect(trustsOnly(policy(ours, { ...open, Effect: 'Deny' }), subjects)).toBe(true);
  });

  it('has audiences that can be changed without other changes', () => {
    expect(trustedAudiences(rendered, providerArn)).toEqual(['a', 'b']);
    const open = { Effect: 'Allow', Principal: { AWS: 'x' }, Action: 'sts:AssumeRole' };
    const narrowed = withAudiences(policy(open, ours), { providerArn, audiences: ['b'] });
    expect(narrowed).toEqual(
      policy(open, ...statementsOf(renderTrustPolicy({ ...trust, audiences: ['b'] }))),
    );
  });
});
