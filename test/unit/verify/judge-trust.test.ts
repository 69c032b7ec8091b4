import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { judgeTrust } from '../../../src/core/verify/sts/judge-trust.ts';
import { matchesPattern } from '../../../src/core/verify/sts/patterns.ts';
import { keyValuesOf } from '../../../src/core/verify/sts/token-keys.ts';

const providerArn = 'arn:aws:iam::111122223333:oidc-provider/issuer.example.com/one';
const host = 'issuer.example.com/one';
const [sub, aud] = [`${host}:sub`, `${host}:aud`];
const app = 'system:serviceaccount:ns:app';
const allow: JsonObject = {
  Effect: 'Allow',
  Principal: { Federated: providerArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
};

function judge(Statement: JsonObject | readonly JsonObject[], claims: JsonObject = {}) {
  return judgeTrust(
    { Version: '2012-10-17', Statement },
    {
      providerArn,
      valuesOf: keyValuesOf({
        claims: { sub: app, aud: ['openshift'], ...claims },
        issuerHost: host,
        providerArn,
        now: new Date('2026-01-01T00:00:00Z'),
      }),
    },
  );
}

const unjudged = undefined;

describe('a condition', () => {
  test.each<[JsonObject, boolean | undefined]>([
    [{}, true],
    [{ StringEquals: { [sub]: app, [aud]: 'openshift' } }, true],
    [{ StringEquals: { [sub]: ['x', app] } }, true],
    [{ StringEquals: { [sub]: 'system:serviceaccount:ns:*' } }, false],
    [{ StringEquals: { [sub]: app.toUpperCase() } }, false],
    [{ StringEqualsIgnoreCase: { [sub]: app.toUpperCase() } }, true],
    [{ StringLike: { [sub]: 'system:serviceaccount:ns:*' } }, true],
    [{ StringLike: { [sub]: 'system:serviceaccount:n?:app' } }, true],
    [{ StringLike: { [sub]: 'system:serviceaccount:other:*' } }, false],
    [{ StringNotEquals: { [sub]: app } }, false],
    [{ StringNotLike: { [sub]: 'x*' } }, true],
    [{ StringEquals: { [sub]: app, [aud]: 'other' } }, false],
    [{ StringEquals: { [sub]: app }, StringLike: { [aud]: 'other' } }, false],
    [{ 'ForAnyValue:StringEquals': { [aud]: ['other', 'openshift'] } }, true],
    [{ 'ForAnyValue:StringEquals': { [`${host}:amr`]: 'x' } }, false],
    [{ 'ForAllValues:StringEquals': { [`${host}:amr`]: 'x' } }, true],
    [{ StringEqualsIfExists: { [`${host}:amr`]: 'x' } }, true],
    [{ Null: { [`${host}:amr`]: 'true', [sub]: false } }, true],
    [{ Null: { [sub]: 'true' } }, false],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:01Z' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }, false],
    [{ NumericLessThan: { 'aws:EpochTime': '1767225601' } }, true],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, true],
    [{ ArnLike: { 'aws:FederatedProvider': 'arn:aws:iam::*:oidc-provider/*' } }, true],
    [{ StringEquals: { 'other.example.com:sub': app } }, false],
    // What only AWS can tell is not guessed.
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, unjudged],
    [{ StringEquals: { 'sts:RoleSessionName': 'pod' } }, unjudged],
    [{ StringLike: { [sub]: '${aws:username}' } }, unjudged],
    [{ StringEquals: { [sub.toUpperCase()]: app } }, unjudged],
    [{ NoSuchOperator: { [sub]: app } }, unjudged],
    [{ ArnLike: { 'aws:FederatedProvider': 'arn:*' } }, unjudged],
    [{ DateLessThan: { 'aws:CurrentTime': 'tomorrow' } }, unjudged],
    // A condition that surely fails decides whatever the others are.
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' }, StringEquals: { [sub]: 'x' } }, false],
  ])('%j decides %s', (Condition, expected) => {
    expect(judge({ ...allow, Condition }).allowed).toBe(expected);
  });

  test('with a single-valued operator on several audiences cannot be judged', () => {
    const both = { aud: ['openshift', 'sts.amazonaws.com'] };
    const Condition = { StringEquals: { [aud]: 'openshift' } };
    expect(judge({ ...allow, Condition }, both).allowed).toBeUndefined();
    const any = { 'ForAnyValue:StringEquals': { [aud]: 'openshift' } };
    expect(judge({ ...allow, Condition: any }, both).allowed).toBe(true);
  });

  test('on the audience compares "azp" where the token has one', () => {
    const Condition = { StringEquals: { [aud]: 'openshift' } };
    expect(judge({ ...allow, Condition }, { azp: 'client' }).allowed).toBe(false);
    const original = { StringEquals: { [aud]: 'client', [`${host}:oaud`]: 'openshift' } };
    expect(judge({ ...allow, Condition: original }, { azp: 'client' }).allowed).toBe(true);
  });

  test('on a claim that AWS may have no key for is judged only where the token lacks it', () => {
    const Condition = { StringEquals: { [`${host}:email`]: 'x' } };
    expect(judge({ ...allow, Condition }).allowed).toBe(false);
    expect(judge({ ...allow, Condition }, { email: 'x' }).allowed).toBeUndefined();
  });
});

describe('statements', () => {
  const deny = { ...allow, Effect: 'Deny', Principal: '*' };

  test.each<[string, readonly JsonObject[], boolean | undefined]>([
    ['none for the provider', [{ ...allow, Principal: { Federated: `${providerArn}/x` } }], false],
    ['of several providers', [{ ...allow, Principal: { Federated: ['x', providerArn] } }], true],
    ['of another action', [{ ...allow, Action: 'sts:AssumeRole' }], false],
    ['with a pattern of actions', [{ ...allow, Action: ['sts:assumerolewith*'] }], true],
    ['of everybody', [{ ...allow, Principal: { AWS: '*' } }], unjudged],
    ['without a principal but some', [{ ...allow, NotPrincipal: { AWS: 'x' } }], unjudged],
    ['without an action but some', [{ ...allow, NotAction: 'sts:AssumeRole' }], unjudged],
    ['one of which allows', [{ ...allow, Action: 'sts:AssumeRole' }, allow], true],
    ['one of which denies', [allow, deny], false],
    [
      'one of which denies another',
      [allow, { ...deny, Condition: { StringEquals: { [sub]: 'x' } } }],
      true,
    ],
    [
      'one of which may deny',
      [allow, { ...deny, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }],
      unjudged,
    ],
    ['none of which allows, whatever the other does', [{ ...deny, NotAction: 'x' }], false],
  ])('%s', (_, statements, expected) => {
    expect(judge(statements).allowed).toBe(expected);
  });
});

test('a refusal names the condition, what it asks for, and what the token has', () => {
  const Condition = { StringEquals: { [sub]: 'system:serviceaccount:ns:other' } };
  expect(judge({ ...allow, Sid: 'Pods', Condition }).detail).toBe(
    `statement "Pods" has the condition StringEquals "${sub}": "system:serviceaccount:ns:other", and the token has "${app}"`,
  );
  expect(judge({ ...allow, Principal: { Federated: 'other' } }).detail).toBe(
    `no statement allows tokens of "${providerArn}"; the trust policy names "other"`,
  );
});

test('a pattern of many stars is compared in no time', () => {
  expect(matchesPattern('a'.repeat(20_000), `${'a*'.repeat(500)}b`)).toBe(false);
  expect(matchesPattern('abcabc', 'a*c?b*d')).toBe(false);
  expect(matchesPattern('abcabc', 'a*c?*c')).toBe(true);
});
