// Creating distributions in the local CloudFront: what is filled in, what is refused.

import {
  CreateCloudFrontOriginAccessIdentityCommand,
  CreateDistributionCommand,
  CreateDistributionWithTagsCommand,
  GetDistributionCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateDistributionCommand,
  type DefaultCacheBehavior,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';
import { describe, expect, test } from 'vitest';
import { addCertificate } from '../acm/acm-state.ts';
import { refusal } from '../iam/iam-test-clients.ts';
import {
  cachingDisabled,
  createControl,
  createDistribution,
  distributionConfig,
  testServer,
  withOrigin,
  type TestServer,
} from '../test-clients.ts';

const create = (server: TestServer, DistributionConfig: DistributionConfig) =>
  server.cloudfront.send(new CreateDistributionCommand({ DistributionConfig }));

function withBehaviour(changes: Partial<DefaultCacheBehavior>): DistributionConfig {
  const config = distributionConfig();
  return {
    ...config,
    DefaultCacheBehavior: { ...config.DefaultCacheBehavior, ...changes } as DefaultCacheBehavior,
  };
}

const forwarded = { QueryString: false, Cookies: { Forward: 'none' as const } };

describe('creating a distribution', () => {
  test('is first in progress, then deployed, and reads return every member', async () => {
    const server = await testServer({ deployMs: 120_000 });
    const control = await createControl(server, 'issuer');
    const made = await createDistribution(server, withOrigin({ OriginAccessControlId: control }));
    expect(made.Status).toBe('InProgress');
    expect(made.ARN).toBe(`arn:aws:cloudfront::111122223333:distribution/${made.Id}`);
    expect(made.DomainName).toMatch(/^d[a-z0-9]{13}\.cloudfront\.net$/);
    const get = () => server.cloudfront.send(new GetDistributionCommand({ Id: made.Id }));
    server.advance(119);
    expect((await get()).Distribution?.Status).toBe('InProgress');
    server.advance(1);
    const { Distribution: distribution, ETag: etag } = await get();
    expect(distribution?.Status).toBe('Deployed');
    expect(etag).toBe(made.etag);
    expect(distribution?.DistributionConfig).toMatchObject({
      CallerReference: 'issuer',
      Origins: {
        Quantity: 1,
        Items: [{ OriginAccessControlId: control, S3OriginConfig: { OriginAccessIdentity: '' } }],
      },
      DefaultCacheBehavior: { CachePolicyId: cachingDisabled },
      ViewerCertificate: { CloudFrontDefaultCertificate: true, MinimumProtocolVersion: 'TLSv1' },
    });
    expect(distribution?.DistributionConfig?.DefaultCacheBehavior?.ForwardedValues).toBeUndefined();
  });

  test('gives it a unique domain name', async () => {
    const server = await testServer();
    const names = new Set<string | undefined>();
    for (const CallerReference of ['a', 'b', 'c']) {
      names.add(
        (await createDistribution(server, distributionConfig({ CallerReference }))).DomainName,
      );
    }
    expect(names.size).toBe(3);
  });

  test.each<[string, DistributionConfig, number, string]>([
    ['an origin of no kind', withOrigin({ S3OriginConfig: undefined }), 400, 'InvalidOrigin'],
    [
      'a control nobody made',
      withOrigin({ OriginAccessControlId: 'E1' }),
      400,
      'InvalidOriginAccessControl',
    ],
    [
      'an identity nobody made',
      withOrigin({
        S3OriginConfig: { OriginAccessIdentity: 'origin-access-identity/cloudfront/E1' },
      }),
      400,
      'InvalidOriginAccessIdentity',
    ],
    [
      'a website endpoint',
      withOrigin({ DomainName: 'b.s3-website.eu-west-1.amazonaws.com' }),
      400,
      'InvalidArgument',
    ],
    [
      'an origin path with a slash behind',
      withOrigin({ OriginPath: '/a/' }),
      400,
      'InvalidArgument',
    ],
    ['a behaviour without its origin', withBehaviour({ TargetOriginId: 'x' }), 404, 'NoSuchOrigin'],
    [
      'an odd viewer protocol',
      withBehaviour({ ViewerProtocolPolicy: 'http' as 'allow-all' }),
      400,
      'InvalidArgument',
    ],
    [
      'cache policy and ForwardedValues',
      withBehaviour({ ForwardedValues: forwarded }),
      400,
      'InvalidArgument',
    ],
    ['cache policy and TTLs', withBehaviour({ MinTTL: 0 }), 400, 'InvalidArgument'],
    ['neither of them', withBehaviour({ CachePolicyId: undefined }), 400, 'InvalidArgument'],
    [
      'a cache policy that is none',
      withBehaviour({ CachePolicyId: 'x' }),
      404,
      'NoSuchCachePolicy',
    ],
    [
      'TTLs out of order',
      withBehaviour({
        CachePolicyId: undefined,
        ForwardedValues: forwarded,
        MinTTL: 9,
        DefaultTTL: 1,
      }),
      400,
      'InvalidTTLOrder',
    ],
    [
      'an odd set of methods',
      withBehaviour({ AllowedMethods: { Quantity: 2, Items: ['GET', 'POST'] } }),
      400,
      'InvalidArgument',
    ],
    [
      'a comment of 129 characters',
      distributionConfig({ Comment: 'c'.repeat(129) }),
      400,
      'InvalidArgument',
    ],
    [
      'a root object with a slash',
      distributionConfig({ DefaultRootObject: '/a' }),
      400,
      'InvalidDefaultRootObject',
    ],
    ['no caller reference', distributionConfig({ CallerReference: '' }), 400, 'InvalidArgument'],
    [
      'a Quantity that is wrong',
      distributionConfig({ Origins: { ...distributionConfig().Origins, Quantity: 2 } as never }),
      400,
      'InconsistentQuantities',
    ],
    [
      'a name of its own without a certificate',
      distributionConfig({ Aliases: { Quantity: 1, Items: ['oidc.example.com'] } }),
      400,
      'InvalidViewerCertificate',
    ],
    [
      'no origin',
      distributionConfig({ Origins: { Quantity: 0, Items: [] } }),
      400,
      'InvalidArgument',
    ],
    ['no comment', distributionConfig({ Comment: undefined }), 400, 'MalformedXML'],
    [
      'a TLS policy that is none',
      distributionConfig({ ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.4' as 'TLSv1' } }),
      400,
      'InvalidMinimumProtocolVersion',
    ],
    [
      'an odd geo restriction',
      distributionConfig({
        Restrictions: { GeoRestriction: { RestrictionType: 'some' as 'none', Quantity: 0 } },
      }),
      400,
      'InvalidGeoRestrictionParameter',
    ],
    [
      'aliases above the quota',
      distributionConfig({
        Aliases: {
          Quantity: 101,
          Items: Array.from({ length: 101 }, (_, index) => `a${index}.example.com`),
        },
      }),
      400,
      'TooManyDistributionCNAMEs',
    ],
  ])('refuses %s', async (_what, config, status, code) => {
    const server = await testServer();
    expect((await refusal(create(server, config))).slice(0, 2)).toEqual([status, code]);
    expect(server.aws.state.cloudfront.distributions.size).toBe(0);
  });

  test('refuses an access control and an access identity on one origin', async () => {
    const server = await testServer();
    const identity = await server.cloudfront.send(
      new CreateCloudFrontOriginAccessIdentityCommand({
        CloudFrontOriginAccessIdentityConfig: { CallerReference: 'a', Comment: 'a' },
      }),
    );
    const config = withOrigin({
      OriginAccessControlId: await createControl(server, 'issuer'),
      S3OriginConfig: {
        OriginAccessIdentity: `origin-access-identity/cloudfront/${identity.CloudFrontOriginAccessIdentity?.Id}`,
      },
    });
    expect((await refusal(create(server, config))).slice(0, 2)).toEqual([
      400,
      'IllegalOriginAccessConfiguration',
    ]);
  });

  test('refuses a used caller reference permanently, whatever the configuration', async () => {
    const server = await testServer();
    await createDistribution(server, distributionConfig());
    const again = (config: DistributionConfig) => refusal(createDistribution(server, config));
    expect((await again(distributionConfig())).slice(0, 2)).toEqual([
      409,
      'DistributionAlreadyExists',
    ]);
    expect((await again(distributionConfig({ Comment: 'other' })))[1]).toBe(
      'DistributionAlreadyExists',
    );
    server.aws.state.cloudfront.distributions.clear();
    expect((await again(distributionConfig()))[1]).toBe('DistributionAlreadyExists');
    const stranger = server.cloudfrontOf('AKIAOTHER');
    await stranger.send(
      new CreateDistributionCommand({ DistributionConfig: distributionConfig() }),
    );
  });

  test('accepts an alias only with a certificate that covers it and if no other distribution has it', async () => {
    const server = await testServer();
    const arn = 'arn:aws:acm:us-east-1:111122223333:certificate/1';
    addCertificate(server.aws.world, { arn, names: ['oidc.example.com'] });
    const named = (CallerReference: string, alias: string) =>
      distributionConfig({
        CallerReference,
        Aliases: { Quantity: 1, Items: [alias] },
        ViewerCertificate: {
          ACMCertificateArn: arn,
          SSLSupportMethod: 'sni-only',
          MinimumProtocolVersion: 'TLSv1.2_2021',
        },
      });
    const refused = async (config: DistributionConfig) =>
      (await refusal(createDistribution(server, config))).slice(0, 2);
    expect(await refused(named('a', 'other.example.com'))).toEqual([
      400,
      'InvalidViewerCertificate',
    ]);
    const made = await createDistribution(server, named('a', 'oidc.example.com'));
    expect(made.DistributionConfig?.ViewerCertificate?.ACMCertificateArn).toBe(arn);
    expect(await refused(named('b', 'oidc.example.com'))).toEqual([409, 'CNAMEAlreadyExists']);
    server.advance(180);
    // Without DNS nobody finds the way; with it the edge answers.
    await expect(server.read('oidc.example.com', '/')).rejects.toThrow('ENOTFOUND');
    server.aws.state.dns.elsewhere.set('oidc.example.com CNAME', [made.DomainName ?? '']);
    expect((await server.read('oidc.example.com', '/')).status).toBe(404);
  });

  test('accepts no alias that overlaps with one of another account, leads away in DNS or has capitals', async () => {
    const server = await testServer();
    const arn = 'arn:aws:acm:us-east-1:111122223333:certificate/1';
    addCertificate(server.aws.world, { arn, names: ['*.example.com'] });
    const create = (alias: string, CallerReference = alias) =>
      createDistribution(
        server,
        distributionConfig({
          CallerReference,
          Aliases: { Quantity: 1, Items: [alias] },
          ViewerCertificate: { ACMCertificateArn: arn, SSLSupportMethod: 'sni-only' },
        }),
      );
    const all = await create('*.example.com');
    await create('inner.example.com');
    for (const one of server.aws.state.cloudfront.distributions.values()) {
      one.account = '444455556666';
    }
    expect((await refusal(create('outer.example.com')))[1]).toBe('CNAMEAlreadyExists');
    server.aws.state.cloudfront.distributions.clear();
    const { elsewhere } = server.aws.state.dns;
    elsewhere.set('*.example.com CNAME', [all.DomainName ?? '']);
    const [status, code, text] = await refusal(create('oidc.example.com'));
    expect([status, code]).toEqual([409, 'CNAMEAlreadyExists']);
    expect(text).toContain('DNS record that points to another CloudFront distribution');
    // Any record of its own hides a wildcard.
    elsewhere.set('oidc.example.com TXT', ['mine']);
    const made = await create('oidc.example.com');
    // What it has already it keeps.
    elsewhere.set('oidc.example.com CNAME', ['dother.cloudfront.net']);
    const update = new UpdateDistributionCommand({
      Id: made.Id,
      IfMatch: made.etag,
      DistributionConfig: { ...made.DistributionConfig!, Comment: 'new' },
    });
    expect((await server.cloudfront.send(update)).ETag).toBeDefined();
    expect((await refusal(create('OIDC.example.com')))[1]).toBe('InvalidArgument');
  });

  test('shows the deprecated members of a certificate, which must agree, and changes it once at a time', async () => {
    const server = await testServer();
    const arns = [1, 2, 3].map((id) => `arn:aws:acm:us-east-1:111122223333:certificate/${id}`);
    for (const arn of arns) addCertificate(server.aws.world, { arn, names: ['oidc.example.com'] });
    const viewer = (ACMCertificateArn: string | undefined) => ({
      ACMCertificateArn,
      SSLSupportMethod: 'sni-only' as const,
    });
    const made = await createDistribution(
      server,
      distributionConfig({ ViewerCertificate: viewer(arns[0]) }),
    );
    const config = made.DistributionConfig ?? distributionConfig();
    expect(config.ViewerCertificate).toMatchObject({
      Certificate: arns[0],
      CertificateSource: 'acm',
      MinimumProtocolVersion: 'TLSv1',
    });
    let etag = made.etag;
    const update = async (ViewerCertificate: DistributionConfig['ViewerCertificate']) => {
      const DistributionConfig = { ...config, ViewerCertificate };
      const input = { Id: made.Id, IfMatch: etag, DistributionConfig };
      etag = (await server.cloudfront.send(new UpdateDistributionCommand(input))).ETag ?? '';
    };
    const mixed = await refusal(update({ ...config.ViewerCertificate, ...viewer(arns[1]) }));
    expect(mixed[1]).toBe('InvalidViewerCertificate');
    expect(mixed[2]).toContain('does not match the given Certificate field');
    server.advance(180);
    await update(viewer(arns[1]));
    expect((await refusal(update(viewer(arns[2])))).slice(0, 2)).toEqual([400, 'IllegalUpdate']);
    server.advance(180);
    await update(viewer(arns[2]));
  });

  test('is refused above the quota', async () => {
    const server = await testServer({ quotas: { distributions: 1, originAccessControls: 1 } });
    await createDistribution(server, distributionConfig());
    const second = distributionConfig({ CallerReference: 'second' });
    expect((await refusal(createDistribution(server, second)))[1]).toBe('TooManyDistributions');
    await createControl(server, 'first');
    expect((await refusal(createControl(server, 'second')))[1]).toBe('TooManyOriginAccessControls');
  });

  test('is refused if its control has as many distributions as one may have', async () => {
    const server = await testServer({ quotas: { distributionsPerControl: 1 } });
    const control = await createControl(server, 'issuer');
    const config = withOrigin({ OriginAccessControlId: control });
    await createDistribution(server, config);
    const second = createDistribution(server, { ...config, CallerReference: 'second' });
    expect((await refusal(second)).slice(0, 2)).toEqual([
      400,
      'TooManyDistributionsAssociatedToOriginAccessControl',
    ]);
  });

  test('sets its tags, which can be changed later', async () => {
    const server = await testServer();
    const { ARN: Resource } = await createDistribution(server, distributionConfig());
    const tags = async () =>
      (await server.cloudfront.send(new ListTagsForResourceCommand({ Resource }))).Tags?.Items;
    expect(await tags()).toEqual([{ Key: 'Name', Value: 'issuer' }]);
    const Tags = { Items: [{ Key: 'oidc/x', Value: 'owned' }] };
    await server.cloudfront.send(new TagResourceCommand({ Resource, Tags }));
    await server.cloudfront.send(
      new UntagResourceCommand({ Resource, TagKeys: { Items: ['Name'] } }),
    );
    expect(await tags()).toEqual([{ Key: 'oidc/x', Value: 'owned' }]);
    const bad = { Items: [{ Key: 'aws:x', Value: '' }] };
    const call = server.cloudfront.send(new TagResourceCommand({ Resource, Tags: bad }));
    expect((await refusal(call)).slice(0, 2)).toEqual([400, 'InvalidTagging']);
    const tagged = server.cloudfront.send(
      new CreateDistributionWithTagsCommand({
        DistributionConfigWithTags: {
          DistributionConfig: distributionConfig({ CallerReference: 'b' }),
          Tags: bad,
        },
      }),
    );
    expect((await refusal(tagged))[1]).toBe('InvalidTagging');
  });
});
