// What others added to a distribution: each may answer for our documents, change them on their way,
// or keep STS out. None is undone, since it may be wanted; each is named, since it may be a takeover.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html

import { publishedKeys } from '../issuer/discovery.ts';
import type { JsonObject } from '../json.ts';
import { bucketOrigin, itemsAt, itemTexts, objectAt } from './distribution-diff.ts';
import { objectKey } from './shared-hosting.ts';

/** What the distribution is for: all else is an addition. */
export type DistributionPurpose = {
  readonly bucketHost: string;
  /** The host of the issuer: an alias of that name is its address. */
  readonly issuerHost: string;
  /** Of the cluster's documents, where the distribution is for many. */
  readonly prefix?: string | undefined;
};

/** Each addition in words, ready to follow the name of the distribution; empty where there is none. */
export function distributionAdditions(
  config: JsonObject,
  purpose: DistributionPurpose,
): readonly string[] {
  const behavior = objectAt(config, 'DefaultCacheBehavior');
  return [
    ...movedOrigin(config, purpose),
    ...extraOrigins(config, purpose),
    ...itemsAt(config, 'OriginGroups').map(({ Id }) => `origin group "${text(Id)}"`),
    ...itemsAt(config, 'CacheBehaviors').map((one) => describeBehavior(one, purpose)),
    ...functionsOf(behavior),
    ...keyGroups(behavior),
    ...named('web ACL', config['WebACLId']),
    ...geoRestriction(config),
    ...aliases(config, purpose),
    ...named('continuous deployment policy', config['ContinuousDeploymentPolicyId']),
    ...itemsAt(config, 'CustomErrorResponses').flatMap(errorPage),
  ];
}

/** The default behavior, where it no longer reads our bucket's root and no repair changes that. */
function movedOrigin(config: JsonObject, { bucketHost }: DistributionPurpose): readonly string[] {
  const origin = bucketOrigin(config);
  if (origin === undefined) {
    const id = text(objectAt(config, 'DefaultCacheBehavior')['TargetOriginId']);
    const domain = itemsAt(config, 'Origins').find(({ Id }) => Id === id)?.['DomainName'];
    const target = domain === undefined ? `"${id}"` : `"${id}" (${text(domain)})`;
    return [
      `a default behavior that reads origin ${target} instead of ${bucketHost}: it is kept, so the issuer serves the content of that origin`,
    ];
  }
  const identity = text(objectAt(origin, 'S3OriginConfig')['OriginAccessIdentity']);
  if (identity === '') return [];
  const place = `${text(origin['DomainName'])}${text(origin['OriginPath'])}`;
  return place === bucketHost
    ? []
    : [`a default behavior that reads ${place} instead of ${bucketHost}`];
}

function extraOrigins(config: JsonObject, { bucketHost }: DistributionPurpose): readonly string[] {
  const used = objectAt(config, 'DefaultCacheBehavior')['TargetOriginId'];
  return itemsAt(config, 'Origins')
    .filter(({ Id, DomainName }) => Id !== used && DomainName !== bucketHost)
    .map(({ Id, DomainName }) => `origin "${text(Id)}" (${text(DomainName)})`);
}

/** A behavior comes before the default one: it may answer for a document. */
function describeBehavior(behavior: JsonObject, { prefix }: DistributionPurpose): string {
  const pattern = text(behavior['PathPattern']);
  const name = `behavior "${pattern}" (origin "${text(behavior['TargetOriginId'])}")`;
  const documents = publishedKeys
    .map((key) => objectKey(prefix, key))
    .filter((key) => matches(pattern, key));
  return documents.length === 0 ? name : `${name}, which answers for ${documents.join(', ')}`;
}

/** `*` is any text, `?` one character; a leading slash may be left out. */
function matches(pattern: string, key: string): boolean {
  const expression = pattern
    .replace(/^\//, '')
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(key);
}

function functionsOf(behavior: JsonObject): readonly string[] {
  const describe = (kind: string, arn: unknown, event: unknown): string =>
    `${kind} "${text(arn)}" on ${text(event)}`;
  return [
    ...itemsAt(behavior, 'FunctionAssociations').map(({ FunctionARN, EventType }) =>
      describe('function', FunctionARN, EventType),
    ),
    ...itemsAt(behavior, 'LambdaFunctionAssociations').map(({ LambdaFunctionARN, EventType }) =>
      describe('Lambda@Edge function', LambdaFunctionARN, EventType),
    ),
  ];
}

/** Signed URLs only: STS has none, so it is refused. */
function keyGroups(behavior: JsonObject): readonly string[] {
  const kinds = { TrustedKeyGroups: 'trusted key group', TrustedSigners: 'trusted signer' };
  return Object.entries(kinds).flatMap(([member, kind]) =>
    itemTexts(objectAt(behavior, member)).map(
      (id) =>
        `${kind} "${text(id)}": only signed URLs are allowed, so STS cannot read the documents`,
    ),
  );
}

function geoRestriction(config: JsonObject): readonly string[] {
  const restriction = objectAt(objectAt(config, 'Restrictions'), 'GeoRestriction');
  const type = text(restriction['RestrictionType']);
  if (type === '' || type === 'none') return [];
  return [`geo restriction (${type}: ${itemTexts(restriction).map(text).join(', ')})`];
}

function aliases(config: JsonObject, { issuerHost }: DistributionPurpose): readonly string[] {
  return itemTexts(objectAt(config, 'Aliases'))
    .filter((alias) => alias !== issuerHost)
    .map((alias) => `alias "${text(alias)}"`);
}

function errorPage({ ErrorCode, ResponsePagePath }: JsonObject): readonly string[] {
  return named(`error page for HTTP ${String(ErrorCode)}`, ResponsePagePath);
}

function named(kind: string, value: unknown): readonly string[] {
  return text(value) === '' ? [] : [`${kind} "${text(value)}"`];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
