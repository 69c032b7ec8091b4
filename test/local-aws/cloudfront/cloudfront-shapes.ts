// The XML shapes of CloudFront's API, version 2020-05-31, as far as the local AWS takes part: which
// elements there are, of which kind, which are required, and how list items are called.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html

import { AwsFault } from '../wire/protocol.ts';
import type { XmlNode, XmlValue } from '../wire/xml.ts';

/** A member name ending in `!` is required. `{list, of}` is `{Quantity, Items: [of...]}`. */
export type Shape =
  | 'text'
  | 'number'
  | 'boolean'
  | {
      readonly list: string;
      readonly of: Shape;
      readonly and?: { readonly [member: string]: Shape };
    }
  | { readonly members: { readonly [member: string]: Shape } };

const list = (
  name: string,
  of: Shape = 'text',
  and?: { readonly [member: string]: Shape },
): Shape => (and === undefined ? { list: name, of } : { list: name, of, and });
const struct = (members: { readonly [member: string]: Shape }): Shape => ({ members });

const origin = struct({
  'Id!': 'text',
  'DomainName!': 'text',
  OriginPath: 'text',
  CustomHeaders: list(
    'OriginCustomHeader',
    struct({ 'HeaderName!': 'text', 'HeaderValue!': 'text' }),
  ),
  S3OriginConfig: struct({ 'OriginAccessIdentity!': 'text', OriginReadTimeout: 'number' }),
  CustomOriginConfig: struct({
    'HTTPPort!': 'number',
    'HTTPSPort!': 'number',
    'OriginProtocolPolicy!': 'text',
    OriginSslProtocols: list('SslProtocol'),
    OriginReadTimeout: 'number',
    OriginKeepaliveTimeout: 'number',
    IpAddressType: 'text',
    // No release of the SDK knows this one yet: it drops it from every answer.
    OriginHttpVersion: 'text',
  }),
  ConnectionAttempts: 'number',
  ConnectionTimeout: 'number',
  ResponseCompletionTimeout: 'number',
  OriginShield: struct({ 'Enabled!': 'boolean', OriginShieldRegion: 'text' }),
  OriginAccessControlId: 'text',
});

const behaviour: { readonly [member: string]: Shape } = {
  'TargetOriginId!': 'text',
  'ViewerProtocolPolicy!': 'text',
  TrustedSigners: list('AwsAccountNumber', 'text', { 'Enabled!': 'boolean' }),
  TrustedKeyGroups: list('KeyGroup', 'text', { 'Enabled!': 'boolean' }),
  AllowedMethods: list('Method', 'text', { CachedMethods: list('Method') }),
  SmoothStreaming: 'boolean',
  Compress: 'boolean',
  LambdaFunctionAssociations: list(
    'LambdaFunctionAssociation',
    struct({ 'LambdaFunctionARN!': 'text', 'EventType!': 'text', IncludeBody: 'boolean' }),
  ),
  FunctionAssociations: list(
    'FunctionAssociation',
    struct({ 'FunctionARN!': 'text', 'EventType!': 'text' }),
  ),
  FieldLevelEncryptionId: 'text',
  RealtimeLogConfigArn: 'text',
  CachePolicyId: 'text',
  OriginRequestPolicyId: 'text',
  ResponseHeadersPolicyId: 'text',
  GrpcConfig: struct({ 'Enabled!': 'boolean' }),
  ForwardedValues: struct({
    'QueryString!': 'boolean',
    'Cookies!': struct({ 'Forward!': 'text', WhitelistedNames: list('Name') }),
    Headers: list('Name'),
    QueryStringCacheKeys: list('Name'),
  }),
  MinTTL: 'number',
  DefaultTTL: 'number',
  MaxTTL: 'number',
};

/** DistributionConfig. Origin groups, tenants and mutual TLS are not known here. */
export const distributionConfig: Shape = struct({
  'CallerReference!': 'text',
  Aliases: list('CNAME'),
  DefaultRootObject: 'text',
  'Origins!': list('Origin', origin),
  OriginGroups: list('OriginGroup'),
  'DefaultCacheBehavior!': struct(behaviour),
  CacheBehaviors: list('CacheBehavior', struct({ 'PathPattern!': 'text', ...behaviour })),
  CustomErrorResponses: list(
    'CustomErrorResponse',
    struct({
      'ErrorCode!': 'number',
      ResponsePagePath: 'text',
      ResponseCode: 'text',
      ErrorCachingMinTTL: 'number',
    }),
  ),
  'Comment!': 'text',
  Logging: struct({
    Enabled: 'boolean',
    IncludeCookies: 'boolean',
    Bucket: 'text',
    Prefix: 'text',
  }),
  PriceClass: 'text',
  'Enabled!': 'boolean',
  ViewerCertificate: struct({
    CloudFrontDefaultCertificate: 'boolean',
    IAMCertificateId: 'text',
    ACMCertificateArn: 'text',
    SSLSupportMethod: 'text',
    MinimumProtocolVersion: 'text',
    Certificate: 'text',
    CertificateSource: 'text',
  }),
  Restrictions: struct({
    'GeoRestriction!': list('Location', 'text', { 'RestrictionType!': 'text' }),
  }),
  WebACLId: 'text',
  HttpVersion: 'text',
  IsIPV6Enabled: 'boolean',
  ContinuousDeploymentPolicyId: 'text',
  Staging: 'boolean',
  ConnectionMode: 'text',
});

/** A tag set: the one list of the API without Quantity. */
export const tags: Shape = struct({
  Items: { list: 'Tag', of: struct({ 'Key!': 'text', Value: 'text' }) },
});

/** DistributionConfigWithTags. */
export const distributionConfigWithTags: Shape = struct({
  'DistributionConfig!': distributionConfig,
  'Tags!': tags,
});

/** OriginAccessControlConfig. */
export const originAccessControlConfig: Shape = struct({
  'Name!': 'text',
  Description: 'text',
  'SigningProtocol!': 'text',
  'SigningBehavior!': 'text',
  'OriginAccessControlOriginType!': 'text',
});

/** CloudFrontOriginAccessIdentityConfig. */
export const originAccessIdentityConfig: Shape = struct({
  'CallerReference!': 'text',
  'Comment!': 'text',
});

/** InvalidationBatch. */
export const invalidationBatch: Shape = struct({
  'Paths!': list('Path'),
  'CallerReference!': 'text',
});

/** Keys of an UntagResource request. */
export const tagKeys: Shape = struct({ Items: { list: 'Key', of: 'text' } });

function malformed(message: string): AwsFault {
  return new AwsFault(400, 'MalformedXML', message);
}

function readScalar(text: string, kind: 'text' | 'number' | 'boolean', path: string) {
  if (kind === 'text') return text;
  if (kind === 'boolean') {
    if (text !== 'true' && text !== 'false') throw malformed(`${path} is not a boolean: ${text}`);
    return text === 'true';
  }
  if (!/^-?\d+$/.test(text)) throw malformed(`${path} is not a number: ${text}`);
  return Number(text);
}

function readMembers(
  node: XmlNode,
  members: { readonly [member: string]: Shape },
  path: string,
): { [member: string]: unknown } {
  const result: { [member: string]: unknown } = {};
  for (const child of node.children) {
    const shape = members[child.name] ?? members[`${child.name}!`];
    if (shape === undefined) throw malformed(`unknown element ${path}.${child.name}`);
    if (child.name in result) throw malformed(`${path}.${child.name} occurs twice`);
    result[child.name] = readShape(child, shape, `${path}.${child.name}`);
  }
  for (const member of Object.keys(members)) {
    if (member.endsWith('!') && !(member.slice(0, -1) in result)) {
      throw malformed(
        `1 validation error detected: Value null at '${path}.${member.slice(0, -1)}' failed to ` +
          'satisfy constraint: Member must not be null',
      );
    }
  }
  return result;
}

/**
 * Reads an element into the form the SDK uses. 400 `MalformedXML` for unknown, repeated or missing
 * elements; 400 `InconsistentQuantities` where Quantity is not the number of items.
 */
export function readShape(node: XmlNode, shape: Shape, path: string): unknown {
  if (typeof shape === 'string') return readScalar(node.text, shape, path);
  if ('members' in shape) return readMembers(node, shape.members, path);
  const bare = path.endsWith('.Items');
  const holder = bare ? node : node.children.find((child) => child.name === 'Items');
  const items = (holder?.children ?? []).map((item) => {
    if (item.name !== shape.list) throw malformed(`unknown element ${path}.${item.name}`);
    return readShape(item, shape.of, `${path}.${item.name}`);
  });
  if (bare) return items;
  const rest = { ...node, children: node.children.filter((child) => child.name !== 'Items') };
  const others = readMembers(rest, { 'Quantity!': 'number', ...shape.and }, path);
  if (others['Quantity'] !== items.length) {
    throw new AwsFault(
      400,
      'InconsistentQuantities',
      'The value of Quantity and the size of Items do not match.',
    );
  }
  return items.length === 0 ? others : { ...others, Items: items };
}

/** Writes a value of that shape; the names of list items come back in. */
export function writeShape(value: unknown, shape: Shape): XmlValue {
  if (value === undefined || typeof shape === 'string') return value as XmlValue;
  if ('members' in shape) return writeMembers(value as object, shape.members);
  if (Array.isArray(value)) {
    return { [shape.list]: value.map((item: unknown) => writeShape(item, shape.of)) };
  }
  const { Items, ...others } = value as { Items?: readonly unknown[] };
  return {
    ...(writeMembers(others, { Quantity: 'number', ...shape.and }) as object),
    ...(Items === undefined
      ? {}
      : { Items: { [shape.list]: Items.map((item) => writeShape(item, shape.of)) } }),
  };
}

function writeMembers(value: object, members: { readonly [member: string]: Shape }): XmlValue {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const shape = members[name] ?? members[`${name}!`];
      return shape === undefined ? [] : [[name, writeShape(member, shape)]];
    }),
  );
}
