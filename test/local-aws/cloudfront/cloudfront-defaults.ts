// What CloudFront adds to a configuration: reads never give back less than the whole structure, so
// a comparison must not take a filled-in default for drift (facts 4.1).

import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
} from '@aws-sdk/client-cloudfront';

function completeOrigin(origin: Origin): Origin {
  return {
    OriginPath: '',
    CustomHeaders: { Quantity: 0 },
    ConnectionAttempts: 3,
    ConnectionTimeout: 10,
    OriginShield: { Enabled: false },
    OriginAccessControlId: '',
    ...origin,
  };
}

function completeBehaviour<Behaviour extends DefaultCacheBehavior | CacheBehavior>(
  behaviour: Behaviour,
): Behaviour {
  const cached = { Quantity: 2, Items: ['HEAD', 'GET'] };
  const methods = behaviour.AllowedMethods ?? { Quantity: 2, Items: ['HEAD', 'GET'] };
  const legacy =
    behaviour.ForwardedValues === undefined
      ? {}
      : {
          MinTTL: 0,
          DefaultTTL: 86_400,
          MaxTTL: 31_536_000,
          ForwardedValues: {
            Headers: { Quantity: 0 },
            QueryStringCacheKeys: { Quantity: 0 },
            ...behaviour.ForwardedValues,
          },
        };
  return {
    TrustedSigners: { Enabled: false, Quantity: 0 },
    TrustedKeyGroups: { Enabled: false, Quantity: 0 },
    SmoothStreaming: false,
    Compress: false,
    LambdaFunctionAssociations: { Quantity: 0 },
    FunctionAssociations: { Quantity: 0 },
    FieldLevelEncryptionId: '',
    GrpcConfig: { Enabled: false },
    ...legacy,
    ...behaviour,
    ...(legacy.ForwardedValues === undefined ? {} : { ForwardedValues: legacy.ForwardedValues }),
    AllowedMethods: { CachedMethods: cached, ...methods },
  };
}

/** The configuration as GetDistribution shows it. */
export function completeConfig(config: DistributionConfig): DistributionConfig {
  const origins = (config.Origins?.Items ?? []).map(completeOrigin);
  const behaviours = config.CacheBehaviors?.Items?.map(completeBehaviour);
  return {
    Aliases: { Quantity: 0 },
    DefaultRootObject: '',
    OriginGroups: { Quantity: 0 },
    CustomErrorResponses: { Quantity: 0 },
    Logging: { Enabled: false, IncludeCookies: false, Bucket: '', Prefix: '' },
    PriceClass: 'PriceClass_All',
    Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
    WebACLId: '',
    IsIPV6Enabled: false,
    ContinuousDeploymentPolicyId: '',
    Staging: false,
    ...config,
    HttpVersion: (config.HttpVersion ?? 'http2').toLowerCase() as 'http2',
    // With the default certificate CloudFront sets these whatever was sent.
    ViewerCertificate:
      config.ViewerCertificate?.ACMCertificateArn === undefined
        ? {
            CloudFrontDefaultCertificate: true,
            SSLSupportMethod: 'vip',
            MinimumProtocolVersion: 'TLSv1',
            CertificateSource: 'cloudfront',
          }
        : {
            CloudFrontDefaultCertificate: false,
            MinimumProtocolVersion: 'TLSv1',
            // Deprecated, and still told.
            Certificate: config.ViewerCertificate.ACMCertificateArn,
            CertificateSource: 'acm',
            ...config.ViewerCertificate,
          },
    Origins: { Quantity: origins.length, Items: origins },
    DefaultCacheBehavior:
      config.DefaultCacheBehavior && completeBehaviour(config.DefaultCacheBehavior),
    CacheBehaviors:
      behaviours === undefined
        ? { Quantity: 0 }
        : { Quantity: behaviours.length, Items: behaviours },
  };
}

/** Elements that an update must send, since it replaces the whole configuration (facts 4.4). */
export const requiredForUpdate = [
  'Aliases',
  'DefaultRootObject',
  'CacheBehaviors',
  'CustomErrorResponses',
  'Logging',
  'PriceClass',
  'ViewerCertificate',
  'Restrictions',
  'WebACLId',
  'HttpVersion',
] as const;
