import { describe, expect, test } from 'vitest';
import { trustAllows } from './trust-evaluation.ts';

const providerArn = 'arn:aws:iam::111122223333:oidc-provider/issuer.example.com';
const allow = {
  Effect: 'Allow',
  Principal: { Federated: providerArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
};
const sub = 'issuer.example.com:sub';
const aud = 'issuer.example.com:aud';

const allows = (statements: readonly object[], audiences: readonly string[] = ['openshift']) =>
  trustAllows({
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    partition: 'aws',
    caller: {
      providerArn,
      context: {
        [sub]: ['system:serviceaccount:ns:app'],
        [aud]: audiences,
        'aws:CurrentTime': ['2026-01-01T00:00:00Z'],
      },
    },
  });

describe('a condition', () => {
  test.each([
    [{ StringEquals: { [sub]: 'system:serviceaccount:ns:app' } }, true],
    [{ StringEquals: { [sub]: ['x', 'system:serviceaccount:ns:app'] } }, true],
    [{ StringEquals: { [sub]: 'system:serviceaccount:ns:*' } }, false],
    [{ StringEquals: { [sub]: 'System:serviceaccount:ns:app' } }, false],
    [{ StringEqualsIgnoreCase: { [sub]: 'SYSTEM:serviceaccount:NS:app' } }, true],
    [{ StringLike: { [sub]: 'system:serviceaccount:ns:*' } }, true],
    [{ StringLike: { [sub]: 'system:serviceaccount:n?:app' } }, true],
    [{ StringLike: { [sub]: 'system:serviceaccount:other:*' } }, false],
    [{ StringLike: { [sub]: 'system.serviceaccount:ns:app' } }, false],
    [{ StringLike: { [sub]: '${aws:username}' } }, false],
    [{ StringNotEquals: { [sub]: 'other' } }, true],
    [{ StringNotLike: { [sub]: '*:app' } }, false],
    [{ StringEquals: { [sub]: 'system:serviceaccount:ns:app', [aud]: 'other' } }, false],
    [{ StringEquals: { 'issuer.example.com:absent': 'x' } }, false],
    [{ StringEqualsIfExists: { 'issuer.example.com:absent': 'x' } }, true],
    [{ StringEquals: { 'Issuer.example.com:aud': 'openshift' } }, false],
    [{ Null: { 'issuer.example.com:absent': 'true' } }, true],
    [{ Null: { [sub]: 'true' } }, false],
    [{ 'ForAnyValue:StringEquals': { 'issuer.example.com:absent': 'x' } }, false],
    [{ 'ForAllValues:StringEquals': { 'issuer.example.com:absent': 'x' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:01Z' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }, false],
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, false],
  ])('%j decides %s', (Condition, expected) => {
    expect(allows([{ ...allow, Condition }])).toBe(expected);
  });

  test('with a single-valued operator refuses a token with several audiences', () => {
    const both = ['openshift', 'sts.amazonaws.com'];
    expect(allows([{ ...allow, Condition: { StringEquals: { [aud]: both } } }], both)).toBe(false);
    const any = { 'ForAnyValue:StringEquals': { [aud]: 'openshift' } };
    expect(allows([{ ...allow, Condition: any }], both)).toBe(true);
    const all = { 'ForAllValues:StringEquals': { [aud]: 'openshift' } };
    expect(allows([{ ...allow, Condition: all }], both)).toBe(false);
  });
});

describe('statements', () => {
  test('of another provider, another action or another principal do not apply', () => {
    expect(allows([{ ...allow, Principal: { Federated: `${providerArn}/path` } }])).toBe(false);
    expect(allows([{ ...allow, Action: 'sts:AssumeRole' }])).toBe(false);
    expect(allows([{ ...allow, Principal: { AWS: '*' } }])).toBe(false);
    expect(allows([{ ...allow, Action: 'sts:AssumeRole' }, allow])).toBe(true);
  });

  test('that deny have priority at any place, also with an unknown operator', () => {
    const deny = { ...allow, Effect: 'Deny', Principal: { AWS: '*' } };
    expect(allows([allow, deny])).toBe(false);
    expect(allows([deny, allow])).toBe(false);
    const Condition = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
    expect(allows([allow, { ...deny, Condition }])).toBe(false);
    const later = { DateGreaterThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } };
    expect(allows([allow, { ...deny, Condition: later }])).toBe(true);
  });
});
