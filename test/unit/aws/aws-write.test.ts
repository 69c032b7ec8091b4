import { afterEach, describe, expect, it } from 'vitest';
import type { WriteRequest } from '../../../src/core/change.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { connectTo, startScriptedServer, type ScriptedServer } from './scripted-server.ts';
import { leavesLostOnTheWire } from './wire-leaves.ts';

const policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', a: '<&>' }] });
const tags = [
  { Key: 'oidc-bootstrap/demo', Value: 'owned' },
  { Key: 'Name', Value: 'demo' },
];
const bucket = { Bucket: 'demo-oidc', ExpectedBucketOwner: '111122223333' };
const providerArn = 'arn:aws:iam::111122223333:oidc-provider/d1.cloudfront.net';
const boundary = 'arn:aws:iam::111122223333:policy/limit';
const distribution: JsonObject = {
  CallerReference: 'oidc-bootstrap/demo',
  Comment: 'oidc-bootstrap/demo',
  Enabled: true,
  HttpVersion: 'http2',
  IsIPV6Enabled: true,
  PriceClass: 'PriceClass_All',
  Aliases: { Quantity: 1, Items: ['keys.example.org'] },
  Origins: {
    Quantity: 1,
    Items: [
      {
        Id: 'bucket',
        DomainName: 'demo-oidc.s3.eu-west-1.amazonaws.com',
        OriginAccessControlId: 'E1OAC',
        S3OriginConfig: { OriginAccessIdentity: '' },
      },
    ],
  },
  DefaultCacheBehavior: {
    TargetOriginId: 'bucket',
    ViewerProtocolPolicy: 'https-only',
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    Compress: false,
    AllowedMethods: {
      Quantity: 2,
      Items: ['HEAD', 'GET'],
      CachedMethods: { Quantity: 2, Items: ['HEAD', 'GET'] },
    },
  },
  Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
  ViewerCertificate: { CloudFrontDefaultCertificate: true },
};
const accessControl = {
  Name: 'demo-oidc',
  Description: 'oidc-bootstrap/demo',
  SigningProtocol: 'sigv4',
  SigningBehavior: 'always',
  OriginAccessControlOriginType: 's3',
};

/** One full request for each writing operation. */
const requests: readonly WriteRequest[] = [
  {
    service: 's3api',
    operation: 'create-bucket',
    input: {
      Bucket: 'demo-oidc',
      ObjectOwnership: 'BucketOwnerEnforced',
      CreateBucketConfiguration: { Tags: tags },
    },
  },
  {
    service: 's3api',
    operation: 'put-bucket-encryption',
    input: {
      ...bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
            BucketKeyEnabled: true,
          },
        ],
      },
    },
  },
  {
    service: 's3api',
    operation: 'put-bucket-ownership-controls',
    input: {
      ...bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    },
  },
  { service: 's3api', operation: 'put-bucket-policy', input: { ...bucket, Policy: policy } },
  {
    service: 's3api',
    operation: 'put-bucket-tagging',
    input: { ...bucket, Tagging: { TagSet: tags } },
  },
  {
    service: 's3api',
    operation: 'put-object',
    input: {
      ...bucket,
      Key: '.well-known/openid-configuration',
      ContentType: 'application/json',
      CacheControl: 'public, max-age=300',
      IfMatch: '"0123"',
      Tagging: 'a=b',
    },
    body: { text: '{"issuer":"https://d1.cloudfront.net"}\n', fileName: '02-openid-configuration' },
  },
  {
    service: 's3api',
    operation: 'put-public-access-block',
    input: {
      ...bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    },
  },
  {
    service: 'cloudfront',
    operation: 'create-distribution-with-tags',
    input: {
      DistributionConfigWithTags: { DistributionConfig: distribution, Tags: { Items: tags } },
    },
  },
  {
    service: 'cloudfront',
    operation: 'create-invalidation',
    input: {
      DistributionId: 'E1',
      InvalidationBatch: { CallerReference: 'now', Paths: { Quantity: 1, Items: ['/keys.json'] } },
    },
  },
  {
    service: 'cloudfront',
    operation: 'create-origin-access-control',
    input: { OriginAccessControlConfig: accessControl },
  },
  {
    service: 'cloudfront',
    operation: 'tag-resource',
    input: {
      Resource: 'arn:aws:cloudfront::111122223333:distribution/E1',
      Tags: { Items: tags },
    },
  },
  {
    service: 'cloudfront',
    operation: 'update-distribution',
    input: { Id: 'E1', IfMatch: 'ETAG', DistributionConfig: distribution },
  },
  {
    service: 'cloudfront',
    operation: 'update-origin-access-control',
    input: { Id: 'E1OAC', IfMatch: 'ETAG', OriginAccessControlConfig: accessControl },
  },
  {
    service: 'iam',
    operation: 'add-client-id-to-open-id-connect-provider',
    input: { OpenIDConnectProviderArn: providerArn, ClientID: 'openshift' },
  },
  {
    service: 'iam',
    operation: 'create-open-id-connect-provider',
    input: {
      Url: 'https://d1.cloudfront.net',
      ClientIDList: ['openshift', 'sts.amazonaws.com'],
      Tags: tags,
    },
  },
  {
    service: 'iam',
    operation: 'create-role',
    input: {
      RoleName: 'demo-a-b',
      Path: '/team/',
      AssumeRolePolicyDocument: policy,
      Description: 'for a',
      MaxSessionDuration: 7200,
      PermissionsBoundary: boundary,
      Tags: tags,
    },
  },
  {
    service: 'iam',
    operation: 'attach-role-policy',
    input: { RoleName: 'r', PolicyArn: boundary },
  },
  { service: 'iam', operation: 'delete-role-permissions-boundary', input: { RoleName: 'r' } },
  {
    service: 'iam',
    operation: 'delete-role-policy',
    input: { RoleName: 'r', PolicyName: 'p' },
  },
  {
    service: 'iam',
    operation: 'detach-role-policy',
    input: { RoleName: 'r', PolicyArn: boundary },
  },
  {
    service: 'iam',
    operation: 'put-role-permissions-boundary',
    input: { RoleName: 'r', PermissionsBoundary: boundary },
  },
  {
    service: 'iam',
    operation: 'put-role-policy',
    input: { RoleName: 'r', PolicyName: 'p', PolicyDocument: policy },
  },
  {
    service: 'iam',
    operation: 'remove-client-id-from-open-id-connect-provider',
    input: { OpenIDConnectProviderArn: providerArn, ClientID: 'openshift' },
  },
  {
    service: 'iam',
    operation: 'tag-open-id-connect-provider',
    input: { OpenIDConnectProviderArn: providerArn, Tags: tags },
  },
  { service: 'iam', operation: 'tag-role', input: { RoleName: 'r', Tags: tags } },
  {
    service: 'iam',
    operation: 'update-assume-role-policy',
    input: { RoleName: 'r', PolicyDocument: policy },
  },
  {
    service: 'iam',
    operation: 'update-role',
    input: { RoleName: 'r', Description: 'new', MaxSessionDuration: 3600 },
  },
  { service: 's3api', operation: 'delete-bucket', input: bucket },
  {
    service: 's3api',
    operation: 'delete-objects',
    input: { ...bucket, Delete: { Objects: [{ Key: 'keys.json', VersionId: 'v1' }], Quiet: true } },
  },
  ...[
    'delete-cloud-front-origin-access-identity',
    'delete-distribution',
    'delete-origin-access-control',
  ].map((operation) => ({
    service: 'cloudfront' as const,
    operation,
    input: { Id: 'E1', IfMatch: 'ETAG1' },
  })),
  {
    service: 'iam',
    operation: 'delete-open-id-connect-provider',
    input: { OpenIDConnectProviderArn: providerArn },
  },
  { service: 'iam', operation: 'delete-role', input: { RoleName: 'r' } },
  {
    service: 'acm',
    operation: 'delete-certificate',
    input: { CertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/1' },
  },
  {
    service: 'acm',
    operation: 'request-certificate',
    input: {
      DomainName: 'keys.example.org',
      ValidationMethod: 'DNS',
      IdempotencyToken: 'a1',
      Tags: tags,
    },
  },
  {
    service: 'route53',
    operation: 'change-resource-record-sets',
    input: {
      HostedZoneId: 'Z1',
      ChangeBatch: {
        Comment: 'oidc-bootstrap',
        Changes: [
          {
            Action: 'DELETE',
            ResourceRecordSet: {
              Name: 'keys.example.org',
              Type: 'A',
              AliasTarget: {
                HostedZoneId: 'Z2FDTNDATAQYW2',
                DNSName: 'd1.cloudfront.net',
                EvaluateTargetHealth: false,
              },
            },
          },
          {
            Action: 'CREATE',
            ResourceRecordSet: {
              Name: '_a.keys.example.org',
              Type: 'CNAME',
              TTL: 60,
              ResourceRecords: [{ Value: '_b.acm-validations.aws' }],
            },
          },
        ],
      },
    },
  },
  {
    service: 'iam',
    operation: 'remove-role-from-instance-profile',
    input: { InstanceProfileName: 'p', RoleName: 'r' },
  },
];

describe('writing requests', () => {
  let server: ScriptedServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it.each(requests.map((request) => [`${request.service} ${request.operation}`, request] as const))(
    '%s sends every leaf of its input',
    async (_, request) => {
      expect(await leavesLostOnTheWire(request)).toEqual([]);
    },
  );

  it('are all in the list above', async () => {
    const tables = [
      ['s3api', (await import('../../../src/aws/s3.ts')).writes],
      ['cloudfront', (await import('../../../src/aws/cloudfront.ts')).writes],
      ['iam', (await import('../../../src/aws/iam.ts')).writes],
      ['acm', (await import('../../../src/aws/acm.ts')).writes],
      ['route53', (await import('../../../src/aws/route53.ts')).writes],
    ] as const;
    const offered = tables.flatMap(([service, table]) =>
      Object.keys(table).map((operation) => `${service} ${operation}`),
    );
    const tested = requests.map(({ service, operation }) => `${service} ${operation}`);
    expect(tested.toSorted()).toEqual(offered.toSorted());
  });

  it('lose a misspelt member at the top, in a list and in nested members, and the check finds it', async () => {
    const lost = await leavesLostOnTheWire({
      service: 'iam',
      operation: 'create-role',
      input: {
        RoleName: 'r',
        AssumeRolePolicyDocument: '{}',
        Desription: 'typo',
        Tags: [{ Key: 'a', Vlaue: 'b' }],
      },
    });
    expect(lost).toEqual(['Desription', 'Tags.0.Vlaue']);
    const lostInXml = await leavesLostOnTheWire({
      service: 's3api',
      operation: 'put-public-access-block',
      input: {
        ...bucket,
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolcy: true },
      },
    });
    expect(lostInXml).toEqual(['PublicAccessBlockConfiguration.BlockPublicPolcy']);
  });

  it('return the members of the answer as plain JSON', async () => {
    server = await startScriptedServer(() => ({
      status: 200,
      body: '<CreateRoleResponse><CreateRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::1:role/r</Arn><CreateDate>2026-11-22T01:02:03Z</CreateDate></Role></CreateRoleResult></CreateRoleResponse>',
    }));
    const answer = await connectTo(server).write({
      service: 'iam',
      operation: 'create-role',
      input: { RoleName: 'r', AssumeRolePolicyDocument: '{}' },
    });
    expect(answer).toEqual({
      Role: {
        Path: '/',
        RoleName: 'r',
        RoleId: 'AROA',
        Arn: 'arn:aws:iam::1:role/r',
        CreateDate: '2026-11-22T01:02:03.000Z',
      },
    });
  });

  it('do not change the request object', async () => {
    server = await startScriptedServer(() => ({ status: 200 }));
    const request = requests.find(({ operation }) => operation === 'put-public-access-block');
    const before = JSON.stringify(request);
    if (request !== undefined) await connectTo(server).write(request);
    expect(JSON.stringify(request)).toBe(before);
    expect(server.requests).toHaveLength(1);
  });

  it('of an unknown operation are an internal error before anything is sent', async () => {
    server = await startScriptedServer(() => ({ status: 200 }));
    await expect(
      connectTo(server).write({ service: 'iam', operation: 'create-user', input: {} }),
    ).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('create-user') });
    expect(server.requests).toEqual([]);
  });

  it('go to the region of the bucket after it is known, and the bucket is created there', async () => {
    server = await startScriptedServer(() => ({ status: 200 }));
    const aws = connectTo(server, { region: 'eu-west-1' });
    aws.useBucketRegion('eu-central-1');
    await aws.write({
      service: 's3api',
      operation: 'create-bucket',
      input: { Bucket: 'demo-oidc', CreateBucketConfiguration: { Tags: tags } },
    });
    const [request] = server.requests;
    expect(request?.headers.authorization).toContain('/eu-central-1/s3/');
    expect(request?.url).toBe('/demo-oidc/');
    expect(request?.body).toContain('<LocationConstraint>eu-central-1</LocationConstraint>');
  });

  it('have no optional checksum, because the signature covers the body', async () => {
    server = await startScriptedServer(() => ({ status: 200 }));
    await connectTo(server).write({
      service: 's3api',
      operation: 'put-object',
      input: { ...bucket, Key: 'keys.json' },
      body: { text: '{"keys":[]}', fileName: '03-keys.json' },
    });
    const headers = server.requests[0]?.headers ?? {};
    expect(Object.keys(headers).filter((name) => name.includes('checksum'))).toEqual([]);
    expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });
});
