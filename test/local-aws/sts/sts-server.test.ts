import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { SignJWT } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { startLocalAws, type LocalAws } from '../server.ts';

const bucket = 'issuer-of-the-sts-test';
const issuer = `https://${bucket}.s3.eu-west-1.amazonaws.com`;
const host = issuer.slice('https://'.length);
const roleArn = 'arn:aws:iam::111122223333:role/app';
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const open: LocalAws[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((aws) => aws.close()));
});

async function start() {
  const aws = await startLocalAws();
  open.push(aws);
  const config = {
    endpoint: aws.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAOWNER', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
  return {
    aws,
    iam: new IAMClient(config),
    sts: new STSClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
}

async function publish(s3: S3Client, Bucket: string): Promise<void> {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const documents = {
    '.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys.json` },
    'keys.json': { keys: [{ ...jwk, kid: 'one', use: 'sig', alg: 'RS256' }] },
  };
  for (const [Key, document] of Object.entries(documents)) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(document) }));
  }
}

test('a pod of a public issuer gets credentials only when everything it needs exists', async () => {
  const { aws, iam, sts, s3 } = await start();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await publish(s3, bucket);
  const provider = () =>
    iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['sts.amazonaws.com'] }),
    );
  expect((await refusal(provider()))[1]).toBe('OpenIdIdpCommunicationError');

  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${bucket}/*`,
      },
    ],
  };
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }));
  const { OpenIDConnectProviderArn: Federated } = await provider();

  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({
    sub: 'system:serviceaccount:ns:app',
    aud: ['sts.amazonaws.com'],
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(key);
  const assume = () =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: 'pod',
        WebIdentityToken: token,
      }),
    );
  expect((await refusal(assume()))[1]).toBe('AccessDenied');
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${host}:sub`]: 'system:serviceaccount:ns:app' } },
      },
    ],
  };
  await iam.send(
    new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  expect((await assume()).AssumedRoleUser?.Arn).toBe(
    'arn:aws:sts::111122223333:assumed-role/app/pod',
  );
  expect(aws.calls.at(-1)).toMatchObject({
    operation: 'sts:AssumeRoleWithWebIdentity',
    write: false,
  });
});

test('each account sees only its own providers and roles', async () => {
  const { aws, iam } = await start();
  const other = new IAMClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'secret' },
  });
  const created = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: issuer, ThumbprintList: ['a'.repeat(40)] }),
  );
  expect(
    (
      await refusal(
        other.send(
          new GetOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: created.OpenIDConnectProviderArn,
          }),
        ),
      )
    )[1],
  ).toBe('NoSuchEntity');
});

test('expired credentials have their own error, and a denied call names the action and the resource', async () => {
  const { aws, iam } = await start();
  const expired = new STSClient({
    endpoint: aws.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXPIRED', secretAccessKey: 'secret' },
  });
  expect((await refusal(expired.send(new GetCallerIdentityCommand({}))))[1]).toBe('ExpiredToken');
  aws.deny('iam:GetRole', /role\/app$/);
  const [status, code, text] = await refusal(iam.send(new GetRoleCommand({ RoleName: 'app' })));
  expect([status, code]).toEqual([403, 'AccessDenied']);
  expect(text).toContain('iam:GetRole on resource: arn:aws:iam::111122223333:role/app');
});
