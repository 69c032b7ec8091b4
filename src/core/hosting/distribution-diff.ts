// What of a distribution is ours to keep right: whether it is on, where it reads, how it signs, what
// viewers may do, and that it does not cache. Everything else in its configuration is left alone,
// and all of it where the default behavior no longer reads a bucket: then it is somebody else's.

import viewerCertificateTemplate from '../../../templates/cloudfront/viewer-certificate.json' with { type: 'json' };
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { fillTemplate } from '../template.ts';

/** AWS's managed policy CachingDisabled: a new key is visible at once, at every edge. */
export const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

/** The own domain that a distribution serves, and its certificate. */
export type DistributionDomain = { readonly host: string; readonly certificateArn: string };

export type DistributionPlan = {
  /** The whole configuration to send; undefined where nothing differs. */
  readonly config: JsonObject | undefined;
  /** What differs, in a few words. */
  readonly detail: string;
  /** Each of them by itself. */
  readonly differences: readonly string[];
};

/**
 * The origin that the default behavior reads, where it is a bucket. Undefined: the behavior was moved
 * to an origin of another kind, or to a group of origins, and is no longer ours to change.
 */
export function bucketOrigin(config: JsonObject): JsonObject | undefined {
  const originId = objectAt(config, 'DefaultCacheBehavior')['TargetOriginId'];
  const origin = itemsAt(config, 'Origins').find(({ Id }) => Id === originId);
  if (origin === undefined) return undefined;
  const otherKind = isJsonObject(origin['CustomOriginConfig'] ?? origin['VpcOriginConfig']);
  return otherKind ? undefined : origin;
}

/** Whether the default behavior reads something else than a bucket: then none of it is ours. */
export function isMoved(config: JsonObject): boolean {
  return bucketOrigin(config) === undefined;
}

/** Compares the fields we own; gives the whole configuration with them put right. */
export function planDistribution(
  config: JsonObject,
  wanted: {
    readonly bucketHost: string;
    readonly originAccessControlId: string;
    readonly domain?: DistributionDomain | undefined;
  },
): DistributionPlan {
  const differences: string[] = [];
  const ours = bucketOrigin(config);
  if (ours === undefined) return { config: undefined, detail: '', differences };
  const behavior = objectAt(config, 'DefaultCacheBehavior');
  const origins = itemsAt(config, 'Origins');

  const note = (differs: boolean, text: string): boolean => {
    if (differs) differences.push(text);
    return differs;
  };
  const newOrigins = origins.map((origin) => {
    if (origin !== ours) return origin;
    const moved = note(origin['DomainName'] !== wanted.bucketHost, 'origin');
    const unsigned = note(
      origin['OriginAccessControlId'] !== wanted.originAccessControlId,
      'origin access control',
    );
    const deeper = note((origin['OriginPath'] ?? '') !== '', 'origin path');
    return moved || unsigned || deeper
      ? {
          ...origin,
          ...(deeper && { OriginPath: '' }),
          DomainName: wanted.bucketHost,
          OriginAccessControlId: wanted.originAccessControlId,
          S3OriginConfig: { ...objectAt(origin, 'S3OriginConfig'), OriginAccessIdentity: '' },
        }
      : origin;
  });
  const methods = itemTexts(objectAt(behavior, 'AllowedMethods'));
  const newBehavior = {
    ...behavior,
    ...(note(behavior['ViewerProtocolPolicy'] !== 'https-only', 'HTTPS only') && {
      ViewerProtocolPolicy: 'https-only',
    }),
    ...(note(methods.length !== 2, 'GET and HEAD only') && {
      AllowedMethods: {
        Quantity: 2,
        Items: ['GET', 'HEAD'],
        CachedMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
      },
    }),
    ...(note(behavior['CachePolicyId'] !== cachingDisabled, 'CachingDisabled') && {
      CachePolicyId: cachingDisabled,
      ForwardedValues: undefined,
      MinTTL: undefined,
      DefaultTTL: undefined,
      MaxTTL: undefined,
    }),
  };
  const domain = wanted.domain === undefined ? {} : domainDifferences(config, wanted.domain, note);
  note(config['Enabled'] !== true, 'enabled');
  if (differences.length === 0) return { config: undefined, detail: '', differences };
  return {
    config: {
      ...config,
      ...domain,
      Enabled: true,
      Origins: { ...objectAt(config, 'Origins'), Items: newOrigins },
      DefaultCacheBehavior: newBehavior,
    },
    detail: differences.join(', '),
    differences,
  };
}

/** The members that give the distribution its domain; others' aliases stay. */
function domainDifferences(
  config: JsonObject,
  { host, certificateArn }: DistributionDomain,
  note: (differs: boolean, text: string) => boolean,
): JsonObject {
  const aliases = itemTexts(objectAt(config, 'Aliases'));
  const inUse = objectAt(config, 'ViewerCertificate')['ACMCertificateArn'];
  return {
    ...(note(!aliases.includes(host), `domain ${host}`) && {
      Aliases: { Quantity: aliases.length + 1, Items: [...aliases, host] },
    }),
    ...(note(inUse !== certificateArn, 'certificate') && {
      ViewerCertificate: fillTemplate(viewerCertificateTemplate, { certificateArn }),
    }),
  };
}

/** Whether edges keep documents: then a change needs an invalidation. */
export function caches(config: JsonObject): boolean {
  return objectAt(config, 'DefaultCacheBehavior')['CachePolicyId'] !== cachingDisabled;
}

/** A member that is an object; an empty one where it is absent. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  return isJsonObject(value) ? value : {};
}

/** The objects in a list of CloudFront, `{Quantity, Items}`. */
export function itemsAt(parent: JsonObject, key: string): readonly JsonObject[] {
  const items = objectAt(parent, key)['Items'];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

/** The texts in a list of CloudFront. */
export function itemTexts(list: JsonObject): readonly Json[] {
  const items = list['Items'];
  return Array.isArray(items) ? items : [];
}
