// The reads of src/aws against the local AWS: they return what was written through the same ports.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAws } from '../../src/aws/clients.ts';
import type { Aws } from '../../src/aws/ports.ts';
import { startLocalAws, type LocalAws } from '../local-aws/server.ts';

const account = '111122223333';
const ref = { bucket: 'demo-oidc', account };
const tags = [
  { Key: 'oidc-bootstrap/demo', Value: 'owned' },
  { Key: 'Name', Value: 'demo' },
];
const trust = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/keys.example.org` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'keys.example.org:sub': 'system:serviceaccount:a:b' } },
    },
  ],
};

function connect(local: LocalAws, keyId?: string): Aws {
  const env = keyId === undefined ? {} : { AWS_ACCESS_KEY_ID: keyId };
  return connectAws({
    region: 'eu-west-1',
    profile: undefined,
    endpointUrl: local.endpoint,
    env: { ...local.credentials, ...env },
  });
}

describe('the readers return what was written', () => {
  let local: LocalAws;
  let aws: Aws;
  beforeAll(async () => {
    local = await startLocalAws();
    aws = connect(local);
  });
  afterAll(() => local.close());

  it('for the caller', async () => {
    expect(await aws.sts.getCaller()).toMatchObject({ account, partition: 'aws' });
  });

  it('for a bucket: absent, empty, and fully configured', async () => {
    expect(await aws.s3.headBucket(ref)).toEqual({ state: 'absent' });
    expect(await aws.s3.ownsBucket('demo-oidc')).toBe(false);
    await aws.write({
      service: 's3api',
      operation: 'create-bucket',
      input: {
        Bucket: 'demo-oidc',
        ObjectOwnership: 'BucketOwnerEnforced',
        CreateBucketConfiguration: { Tags: tags },
      },
    });
    expect(await aws.s3.headBucket(ref)).toEqual({ state: 'present', region: 'eu-west-1' });
    expect(await aws.s3.ownsBucket('demo-oidc')).toBe(true);
    expect(await aws.s3.getBucketTags(ref)).toEqual({
      'oidc-bootstrap/demo': 'owned',
      Name: 'demo',
    });
    expect(await aws.s3.getPublicAccessBlock(ref)).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    expect(await aws.s3.getObjectOwnership(ref)).toBe('BucketOwnerEnforced');
    expect(await aws.s3.getEncryptionAlgorithm(ref)).toBe('AES256');
    expect(await aws.s3.getBucketPolicy(ref)).toBeUndefined();

    expect(await aws.s3.getObject(ref, 'keys.json')).toBeUndefined();
    await aws.write({
      service: 's3api',
      operation: 'put-object',
      input: { Bucket: 'demo-oidc', Key: 'keys.json', ContentType: 'application/json' },
      body: { text: '{"keys":[]}', fileName: '03-keys.json' },
    });
    expect(await aws.s3.getObject(ref, 'keys.json')).toMatchObject({
      body: '{"keys":[]}',
      contentType: 'application/json',
      etag: expect.stringMatching(/^".+"$/),
    });

    const other = connect(local, 'AKIAOTHER');
    expect(await other.s3.headBucket({ ...ref, account: '444455556666' })).toMatchObject({
      state: 'forbidden',
    });
    expect(await other.s3.ownsBucket('demo-oidc')).toBe(false);
  });

  it('for a provider, and for a role with its policies', async () => {
    const created = await aws.write({
      service: 'iam',
      operation: 'create-open-id-connect-provider',
      input: {
        Url: 'https://keys.example.org',
        ClientIDList: ['openshift', 'sts.amazonaws.com'],
        ThumbprintList: ['a'.repeat(40)],
        Tags: tags,
      },
    });
    const arn = `arn:aws:iam::${account}:oidc-provider/keys.example.org`;
    expect(created).toMatchObject({ OpenIDConnectProviderArn: arn });
    const provider = await aws.iam.getOidcProvider(arn);
    expect(provider).toMatchObject({
      arn,
      url: 'https://keys.example.org',
      tags: { Name: 'demo' },
    });
    expect(provider?.clientIds.toSorted()).toEqual(['openshift', 'sts.amazonaws.com']);

    expect(await aws.iam.getRole('demo-a-b')).toBeUndefined();
    await aws.write({
      service: 'iam',
      operation: 'create-role',
      input: {
        RoleName: 'demo-a-b',
        Path: '/team/',
        AssumeRolePolicyDocument: JSON.stringify(trust),
        Description: 'made by a test',
        Tags: tags,
      },
    });
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }],
    };
    await aws.write({
      service: 'iam',
      operation: 'put-role-policy',
      input: {
        RoleName: 'demo-a-b',
        PolicyName: 'demo-a-b',
        PolicyDocument: JSON.stringify(policy),
      },
    });
    expect(await aws.iam.getRole('demo-a-b')).toEqual({
      name: 'demo-a-b',
      arn: `arn:aws:iam::${account}:role/team/demo-a-b`,
      path: '/team/',
      description: 'made by a test',
      maxSessionDuration: 3600,
      permissionsBoundaryArn: undefined,
      trustPolicy: trust,
      tags: { 'oidc-bootstrap/demo': 'owned', Name: 'demo' },
    });
    expect(await aws.iam.listRoles()).toContainEqual({ name: 'demo-a-b', trustPolicy: trust });
    expect(await aws.iam.listRolePolicies('demo-a-b')).toEqual(['demo-a-b']);
    expect(await aws.iam.getRolePolicy('demo-a-b', 'demo-a-b')).toEqual(policy);
    expect(await aws.iam.listAttachedRolePolicies('demo-a-b')).toEqual([]);
    expect(await aws.iam.getAccountSummary()).toMatchObject({ RolesQuota: expect.any(Number) });
  });

  it('for an origin access control', async () => {
    expect(await aws.cloudfront.findOriginAccessControl('demo-oidc')).toBeUndefined();
    expect(await aws.cloudfront.listDistributions()).toEqual([]);
    await aws.write({
      service: 'cloudfront',
      operation: 'create-origin-access-control',
      input: {
        OriginAccessControlConfig: {
          Name: 'demo-oidc',
          Description: 'oidc-bootstrap/demo',
          SigningProtocol: 'sigv4',
          SigningBehavior: 'always',
          OriginAccessControlOriginType: 's3',
        },
      },
    });
    const found = await aws.cloudfront.findOriginAccessControl('demo-oidc');
    expect(found).toMatchObject({ description: 'oidc-bootstrap/demo', signingBehavior: 'always' });
    expect(await aws.cloudfront.getOriginAccessControl(found?.id ?? '')).toEqual({
      ...found,
      etag: expect.any(String),
    });
  });
});

describe('a refusal of the local AWS', () => {
  let local: LocalAws;
  beforeAll(async () => {
    local = await startLocalAws({ quotas: {} });
  });
  afterAll(() => local.close());

  it('for expired credentials has the code of expired credentials', async () => {
    await expect(connect(local, 'AKIAEXPIRED').sts.getCaller()).rejects.toMatchObject({
      code: 'AWS_CREDENTIALS_EXPIRED',
    });
  });

  it('for a missing permission names the permission and the resource', async () => {
    local.deny('iam:GetRole');
    await expect(connect(local).iam.getRole('demo-a-b')).rejects.toMatchObject({
      code: 'AWS_ACCESS_DENIED',
      details: {
        permissions: ['iam:GetRole'],
        resource: expect.stringContaining('role/demo-a-b'),
      },
    });
  });

  it('after a dropped connection says that the request was sent twice', async () => {
    local.failCall(1, 'after', 'drop');
    await expect(
      connect(local).write({
        service: 'iam',
        operation: 'create-role',
        input: { RoleName: 'twice', AssumeRolePolicyDocument: JSON.stringify(trust) },
      }),
    ).rejects.toMatchObject({ awsCode: 'EntityAlreadyExists', attempts: 2 });
  });
});
