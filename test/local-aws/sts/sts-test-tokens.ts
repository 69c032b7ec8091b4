// An issuer, a role that trusts it, and tokens: what the tests of STS share.

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { SignJWT } from 'jose';
import { ownAccount, testAws, type TestAws } from '../iam/iam-test-clients.ts';

export const issuer = 'https://issuer.example.com/clusters/one';
const prefix = issuer.slice('https://'.length);
export const subject = 'system:serviceaccount:ns:app';
export const roleArn = `arn:aws:iam::${ownAccount}:role/app`;
export const providerArn = `arn:aws:iam::${ownAccount}:oidc-provider/${prefix}`;
export const start = Date.parse('2026-01-01T00:00:00Z') / 1000;
export const first = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
export const second = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
export const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

export const noKey =
  "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements";
export const notAllowed = [
  403,
  'AccessDenied',
  'Not authorized to perform sts:AssumeRoleWithWebIdentity',
];

export const publicJwk = (kid: string, key: KeyObject, members: object = {}) => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  kid,
  use: 'sig',
  ...members,
});

export function publish(aws: TestAws, ...keys: readonly object[]): void {
  aws.serve(`${issuer}/.well-known/openid-configuration`, {
    issuer,
    jwks_uri: `${issuer}/keys.json`,
  });
  aws.serve(`${issuer}/keys.json`, { keys });
}

export async function awsWithRole(
  options: { readonly condition?: object; readonly statements?: readonly object[] } = {},
): Promise<TestAws> {
  const aws = testAws();
  publish(aws, publicJwk('first', first));
  await aws.iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: issuer,
      ClientIDList: ['openshift', 'sts.amazonaws.com'],
    }),
  );
  const condition = options.condition ?? {
    StringEquals: { [`${prefix}:sub`]: [subject, 'other'], [`${prefix}:aud`]: 'openshift' },
  };
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  };
  await aws.iam.send(
    new CreateRoleCommand({
      RoleName: 'app',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: options.statements ?? [statement],
      }),
    }),
  );
  return aws;
}

type TokenOptions = {
  readonly claims?: { readonly [claim: string]: unknown };
  readonly key?: KeyObject;
  readonly header?: { readonly alg?: string; readonly kid?: string };
};

export async function mint({
  claims = {},
  key = first,
  header = {},
}: TokenOptions = {}): Promise<string> {
  const payload = {
    iss: issuer,
    sub: subject,
    aud: ['openshift'],
    iat: start,
    exp: start + 3600,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', kid: 'first', ...header })
    .sign(key);
}

export const assume = (sts: STSClient, token: string, input: object = {}) =>
  sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'session',
      WebIdentityToken: token,
      ...input,
    }),
  );
