import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { ownAccount, refusal, testAws } from '../iam/iam-test-clients.ts';
import {
  assume,
  awsWithRole,
  curve,
  issuer,
  mint,
  noKey,
  notAllowed,
  providerArn,
  publicJwk,
  publish,
  roleArn,
  second,
  start,
  subject,
} from './sts-test-tokens.ts';

test('GetCallerIdentity returns the account and ARN', async () => {
  const { sts } = testAws();
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: ownAccount,
    Arn: `arn:aws:iam::${ownAccount}:user/admin`,
  });
});

describe('a good token', () => {
  test('gets a session of the requested duration', async () => {
    const aws = await awsWithRole();
    const answer = await assume(aws.sts, await mint(), { DurationSeconds: 900 });
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: subject,
      Provider: providerArn,
      Audience: 'openshift',
      AssumedRoleUser: { Arn: `arn:aws:sts::${ownAccount}:assumed-role/app/session` },
      Credentials: { Expiration: new Date((start + 900) * 1000) },
    });
    expect(aws.world.sts.sessions).toMatchObject([{ keyId: 'first', roleArn, subject }]);
  });

  test('may be signed with an elliptic curve', async () => {
    const aws = await awsWithRole();
    publish(aws, publicJwk('curve', curve));
    await assume(aws.sts, await mint({ key: curve, header: { alg: 'ES256', kid: 'curve' } }));
  });

  test('is accepted until five minutes after its expiry', async () => {
    const aws = await awsWithRole();
    const token = await mint();
    aws.advance(3600 + 300);
    await assume(aws.sts, token);
    aws.advance(1);
    expect(await refusal(assume(aws.sts, token))).toEqual([
      400,
      'ExpiredTokenException',
      `Token expired: current date/time ${start + 3901} must be before the expiration date/time ${start + 3600}`,
    ]);
  });
});

describe('a bad token is refused', () => {
  test.each([
    ['is no JWT', 'hello', /not a valid JWT/],
    ['has four parts', 'YQ.YQ.YQ.YQ', /not a valid JWT/],
  ])('that %s', async (_, token, text) => {
    const aws = await awsWithRole();
    expect(await refusal(assume(aws.sts, token))).toEqual([
      400,
      'InvalidIdentityToken',
      expect.stringMatching(text),
    ]);
  });

  test.each([
    ['no sub', { sub: undefined }, 'Missing a required claim: sub'],
    ['no aud', { aud: undefined }, 'Missing a required claim: aud'],
    ['no exp', { exp: undefined }, 'Missing a required claim: exp'],
    ['no iat', { iat: undefined }, 'Missing a required claim: iat'],
    ['an audience that the provider lacks', { aud: 'sts.amazon.com' }, 'Incorrect token audience'],
    ['an azp that the provider lacks', { azp: 'client' }, 'Incorrect token audience'],
    [
      'another issuer',
      { iss: `${issuer}/` },
      `No OpenIDConnect provider found in your account for ${issuer}/`,
    ],
    [
      'an issuer in another case',
      { iss: 'https://issuer.example.com/Clusters/one' },
      'No OpenIDConnect provider found in your account for https://issuer.example.com/Clusters/one',
    ],
    ['a fraction for a time', { exp: start + 3600.5 }, expect.stringMatching(/not a valid JWT/)],
  ])('with %s', async (_, claims, text) => {
    const aws = await awsWithRole();
    const token = await mint({ claims });
    expect(await refusal(assume(aws.sts, token))).toEqual([400, 'InvalidIdentityToken', text]);
  });

  test.each([
    ['a key that is not published', { header: { kid: 'second' }, key: second }, noKey],
    ['an algorithm that STS does not take', { header: { alg: 'PS256' } }, noKey],
    ['another key under a published id', { key: second }, 'Token signature invalid'],
  ])('signed with %s', async (_, options, text) => {
    const aws = await awsWithRole();
    const token = await mint(options);
    expect(await refusal(assume(aws.sts, token))).toEqual([400, 'InvalidIdentityToken', text]);
  });

  test('for the account of another role, which has no such provider', async () => {
    const aws = await awsWithRole();
    const RoleArn = roleArn.replace(ownAccount, '444455556666');
    expect((await refusal(assume(aws.sts, await mint(), { RoleArn })))[2]).toBe(
      `No OpenIDConnect provider found in your account for ${issuer}`,
    );
  });
});

describe('a role can be assumed by', () => {
  test('nobody that it does not trust, and by nobody if it does not exist', async () => {
    const aws = await awsWithRole();
    const claims = { sub: 'system:serviceaccount:ns:stranger' };
    expect(await refusal(assume(aws.sts, await mint({ claims })))).toEqual(notAllowed);
    const wrongAudience = await mint({ claims: { aud: 'sts.amazonaws.com' } });
    expect(await refusal(assume(aws.sts, wrongAudience))).toEqual(notAllowed);
    const RoleArn = `${roleArn}2`;
    expect(await refusal(assume(aws.sts, await mint(), { RoleArn }))).toEqual(notAllowed);
    const wrongPath = roleArn.replace('role/', 'role/path/');
    expect(await refusal(assume(aws.sts, await mint(), { RoleArn: wrongPath }))).toEqual(
      notAllowed,
    );
  });

  test('no invalid token, which fails before the trust policy is evaluated', async () => {
    const aws = await awsWithRole();
    const claims = { sub: 'stranger', aud: 'nobody' };
    expect((await refusal(assume(aws.sts, await mint({ claims }))))[2]).toBe(
      'Incorrect token audience',
    );
  });

  test.each([
    ['roleSessionName', { RoleSessionName: 'x' }],
    ['roleSessionName', { RoleSessionName: 'a b' }],
    ['durationSeconds', { DurationSeconds: 899 }],
    ['durationSeconds', { DurationSeconds: 43_201 }],
    ['webIdentityToken', { WebIdentityToken: 'x'.repeat(20_001) }],
  ])('nobody with an invalid %s (%#)', async (at, input) => {
    const aws = await awsWithRole();
    const [status, code, text] = await refusal(assume(aws.sts, await mint(), input));
    expect([status, code]).toEqual([400, 'ValidationError']);
    expect(text).toContain(`Value at '${at}' failed`);
  });

  test('nobody for longer than its maximum session duration', async () => {
    const aws = await awsWithRole();
    expect(await refusal(assume(aws.sts, await mint(), { DurationSeconds: 3601 }))).toEqual([
      400,
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role',
    ]);
  });
});

describe('STS with a fault', () => {
  test('refuses a valid key like an unknown one until the fault ends', async () => {
    const aws = await awsWithRole();
    const token = await mint();
    await assume(aws.sts, token);
    aws.world.sts.disturbances.push({ kind: 'no-key', until: new Date((start + 60) * 1000) });
    expect(await refusal(assume(aws.sts, token))).toEqual([400, 'InvalidIdentityToken', noKey]);
    aws.advance(60);
    await assume(aws.sts, token);
  });

  test('has the fault in one region only', async () => {
    const aws = await awsWithRole();
    const until = new Date((start + 60) * 1000);
    aws.world.sts.disturbances.push({ kind: 'no-key', region: 'ap-south-2', until });
    await assume(aws.sts, await mint());
  });

  test('may throttle', async () => {
    const aws = await awsWithRole();
    aws.world.sts.disturbances.push({ kind: 'throttled', until: new Date((start + 60) * 1000) });
    const answer = await refusal(assume(aws.sts, await mint()));
    expect(answer).toEqual([400, 'Throttling', 'Rate exceeded']);
  });
});
