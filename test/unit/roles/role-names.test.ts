import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  issuerHostOf,
  parseIdentityProviderArn,
  roleArn,
} from '../../../src/core/roles/iam-names.ts';
import { ccoctlRoleName, roleName } from '../../../src/core/names.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/);
const secretName = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,90}[a-z0-9])?$/);
const secret = fc.record({ namespace: label, name: secretName });

describe('a role name', () => {
  it('is always valid in IAM', () => {
    fc.assert(
      fc.property(label, secret, (name, of) => {
        expect(roleName(name, of)).toMatch(/^[\w+=,.@-]{1,64}$/);
      }),
    );
  });

  it('equals ccoctl’s up to 64 characters, and has a digest of the whole name beyond that', () => {
    fc.assert(
      fc.property(label, secret, (name, of) => {
        const whole = `${name}-${of.namespace}-${of.name}`;
        if (whole.length <= 64) {
          expect(roleName(name, of)).toBe(whole);
          expect(ccoctlRoleName(name, of)).toBe(whole);
        } else {
          const digest = createHash('sha256').update(whole).digest('hex').slice(0, 8);
          expect(roleName(name, of)).toBe(`${whole.slice(0, 55)}-${digest}`);
          expect(ccoctlRoleName(name, of)).toBe(whole.slice(0, 64));
        }
      }),
    );
  });

  it('differs if the whole name differs', () => {
    fc.assert(
      fc.property(label, secret, secret, (name, one, other) => {
        fc.pre(`${one.namespace}-${one.name}` !== `${other.namespace}-${other.name}`);
        expect(roleName(name, one)).not.toBe(roleName(name, other));
      }),
    );
  });
});

describe('the ARN of an identity provider', () => {
  it.each([
    [
      'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net',
      'aws',
      'https://d1.cloudfront.net',
    ],
    [
      'arn:aws-us-gov:iam::111122223333:oidc-provider/s3.us-gov-west-1.amazonaws.com/c-oidc',
      'aws-us-gov',
      'https://s3.us-gov-west-1.amazonaws.com/c-oidc',
    ],
  ])('gives partition, account and issuer: %s', (arn, partition, issuer) => {
    expect(parseIdentityProviderArn(arn)).toEqual({ partition, account: '111122223333', issuer });
    expect(`https://${issuerHostOf(arn)}`).toBe(issuer);
  });

  it.each([
    'd1.cloudfront.net',
    'arn:aws:iam::111122223333:role/x',
    'arn:aws:iam::1111:oidc-provider/d1.cloudfront.net',
    'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net/',
    'arn:aws:iam::111122223333:oidc-provider/https://d1.cloudfront.net',
    'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net"*',
  ])('is not "%s"', (arn) => {
    expect(parseIdentityProviderArn(arn)).toBeUndefined();
  });
});

it('the ARN of a role has its path', () => {
  const role = { partition: 'aws-cn', account: '111122223333', name: 'r' };
  expect(roleArn({ ...role, path: '/' })).toBe('arn:aws-cn:iam::111122223333:role/r');
  expect(roleArn({ ...role, path: '/a/b/' })).toBe('arn:aws-cn:iam::111122223333:role/a/b/r');
});
