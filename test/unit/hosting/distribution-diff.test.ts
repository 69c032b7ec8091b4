import { describe, expect, it } from 'vitest';
import template from '../../../templates/cloudfront/create-distribution-with-tags.json' with { type: 'json' };
import { distributionAdditions } from '../../../src/core/hosting/distribution-additions.ts';
import { caches, planDistribution } from '../../../src/core/hosting/distribution-diff.ts';
import { fillTemplate } from '../../../src/core/template.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const wanted = { bucketHost: 'c-oidc.s3.eu-west-1.amazonaws.com', originAccessControlId: 'E0' };

function freshConfig(): JsonObject {
  const filled = fillTemplate(template, {
    reference: 'oidc-bootstrap/c',
    comment: 'oidc-bootstrap/c',
    bucket: 'c-oidc',
    ...wanted,
    aliases: undefined,
    viewerCertificate: { CloudFrontDefaultCertificate: true },
    tags: [],
  });
  const inner = filled['DistributionConfigWithTags'] as JsonObject;
  return inner['DistributionConfig'] as JsonObject;
}

function behavior(change: JsonObject): JsonObject {
  const config = freshConfig();
  return {
    ...config,
    DefaultCacheBehavior: { ...(config['DefaultCacheBehavior'] as JsonObject), ...change },
  };
}

describe('a distribution', () => {
  it('that is new needs no repair and does not cache', () => {
    expect(planDistribution(freshConfig(), wanted).config).toBeUndefined();
    expect(caches(freshConfig())).toBe(false);
  });

  it.each<[string, JsonObject, string]>([
    ['switched off', { ...freshConfig(), Enabled: false }, 'enabled'],
    ['open to plain HTTP', behavior({ ViewerProtocolPolicy: 'allow-all' }), 'HTTPS only'],
    [
      'caching',
      behavior({ CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6' }),
      'CachingDisabled',
    ],
    [
      'open to other methods',
      behavior({ AllowedMethods: { Quantity: 3, Items: ['GET', 'HEAD', 'OPTIONS'] } }),
      'GET and HEAD only',
    ],
  ])('that is %s is repaired', (_, config, detail) => {
    const plan = planDistribution(config, wanted);
    expect(plan.detail).toBe(detail);
    expect(planDistribution(plan.config ?? {}, wanted).config).toBeUndefined();
  });

  it('that reads another bucket or signs differently is repaired, and other origins are kept', () => {
    const config = freshConfig();
    const other = { Id: 'other', DomainName: 'other.example', CustomOriginConfig: {} };
    const origins = {
      Quantity: 2,
      Items: [
        other,
        {
          Id: 'c-oidc',
          DomainName: 'x.s3.amazonaws.com',
          S3OriginConfig: { OriginAccessIdentity: 'oai' },
        },
      ],
    };
    const plan = planDistribution({ ...config, Origins: origins }, wanted);
    expect(plan.detail).toBe('origin, origin access control');
    expect(plan.config?.['Origins']).toEqual({
      Quantity: 2,
      Items: [
        other,
        {
          Id: 'c-oidc',
          DomainName: wanted.bucketHost,
          OriginAccessControlId: 'E0',
          S3OriginConfig: { OriginAccessIdentity: '' },
        },
      ],
    });
  });

  it('keeps settings of others, such as a price class, an alias or a firewall', () => {
    const config = {
      ...freshConfig(),
      PriceClass: 'PriceClass_100',
      WebACLId: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/x',
      Aliases: { Quantity: 1, Items: ['oidc.example.com'] },
    };
    expect(planDistribution(config, wanted).config).toBeUndefined();
    const off = planDistribution({ ...config, Enabled: false }, wanted).config;
    expect(off).toEqual({ ...config, Enabled: true });
  });
});

describe('additions of others', () => {
  const purpose = { bucketHost: wanted.bucketHost, issuerHost: 'oidc.example.com' };
  const withBehavior = (PathPattern: string): JsonObject => ({
    ...freshConfig(),
    CacheBehaviors: { Quantity: 1, Items: [{ PathPattern, TargetOriginId: 'c-oidc' }] },
  });

  it('do not include our own settings, nor the alias that is the issuer', () => {
    const config = { ...freshConfig(), Aliases: { Quantity: 1, Items: ['oidc.example.com'] } };
    expect(distributionAdditions(config, purpose)).toEqual([]);
  });

  it.each([
    ['/keys.json', 'keys.json'],
    ['*.json', 'keys.json'],
    ['openid/v?/*', 'openid/v1/jwks'],
    ['.well-known/*', '.well-known/openid-configuration'],
    ['*', 'keys.json, openid/v1/jwks, .well-known/openid-configuration'],
  ])('name a behavior for %s that matches %s', (pattern, documents) => {
    expect(distributionAdditions(withBehavior(pattern), purpose)).toEqual([
      `behavior "${pattern}" (origin "c-oidc"), which answers for ${documents}`,
    ]);
  });

  it.each(['keysxjson', 'KEYS.json', 'images/*'])('name no document for %s', (pattern) => {
    expect(distributionAdditions(withBehavior(pattern), purpose)).toEqual([
      `behavior "${pattern}" (origin "c-oidc")`,
    ]);
  });

  it('include a default behavior that reads another origin with a kept access identity', () => {
    const origin = {
      Id: 'c-oidc',
      DomainName: wanted.bucketHost,
      OriginPath: '/theirs',
      S3OriginConfig: { OriginAccessIdentity: 'origin-access-identity/cloudfront/E1' },
    };
    const config = { ...freshConfig(), Origins: { Quantity: 1, Items: [origin] } };
    expect(distributionAdditions(config, purpose)).toEqual([
      `a default behavior that reads ${wanted.bucketHost}/theirs instead of ${wanted.bucketHost}`,
    ]);
  });

  it('include a default behavior with an origin group, which is kept', () => {
    const moved = behavior({ TargetOriginId: 'group' });
    expect(planDistribution({ ...moved, Enabled: false }, wanted).config).toBeUndefined();
    expect(distributionAdditions(moved, purpose)[0]).toContain('reads origin "group" instead of');
  });
});
