// The end state for equality between two runs: everything that somebody configured, nothing that
// only this run made up. Ids and domain names are replaced by what the resource is.

import { bucketOfDomain } from './cloudfront/cloudfront-config.ts';
import { snapshotIam } from './iam/iam-state.ts';
import type { World } from './wire/protocol.ts';

const byKey = (record: { readonly [key: string]: unknown }): { [key: string]: unknown } =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function sorted<T>(items: Iterable<T>, key: (item: T) => string): T[] {
  return [...items].toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function snapshotBuckets(world: World): unknown {
  return sorted(world.s3.buckets.values(), ({ name }) => name).map((bucket) => ({
    name: bucket.name,
    account: bucket.account,
    region: bucket.region,
    tags: byKey(bucket.tags),
    policy: bucket.policy === undefined ? undefined : (JSON.parse(bucket.policy) as unknown),
    publicAccessBlock: bucket.publicAccessBlock,
    ownership: bucket.ownership,
    encryption: bucket.encryption,
    versioning: bucket.versioning,
    ...(bucket.earlier.length === 0
      ? {}
      : { earlier: bucket.earlier.map(({ key, id }) => `${key} ${id}`) }),
    objects: sorted(bucket.objects, ([key]) => key).map(([key, object]) => ({
      key,
      body: object.body.toString('utf8'),
      contentType: object.contentType,
      cacheControl: object.cacheControl,
      metadata: byKey(object.metadata),
      tags: byKey(object.tags),
    })),
  }));
}

/** What stands for ids that CloudFront made up: by name, bucket or caller reference. */
function names(world: World): readonly (readonly [id: string, name: string])[] {
  const { distributions, originAccessControls, originAccessIdentities } = world.cloudfront;
  return [
    ...[...distributions.values()].flatMap((distribution) => {
      const domain = distribution.config.Origins?.Items?.[0]?.DomainName ?? '';
      const name = `${bucketOfDomain(domain)?.bucket ?? domain} ${distribution.config.CallerReference}`;
      return [
        [distribution.id, `<distribution of ${name}>`] as const,
        [distribution.domainName, `<domain of ${name}>`] as const,
      ];
    }),
    ...[...world.acm.certificates.values()].map(
      ({ arn, names }) => [arn, `<certificate of ${names.join()}>`] as const,
    ),
    ...[...originAccessControls.values()].map(
      ({ id, config }) => [id, `<origin access control ${config.Name}>`] as const,
    ),
    ...[...originAccessIdentities.values()].flatMap((identity) => [
      [identity.id, `<origin access identity ${identity.callerReference}>`] as const,
      [identity.s3CanonicalUserId, `<canonical user ${identity.callerReference}>`] as const,
    ]),
  ];
}

/** Buckets with objects, origin access controls, distributions, IAM; JSON values only. */
export function snapshotWorld(world: World): unknown {
  const { distributions, originAccessControls, originAccessIdentities } = world.cloudfront;
  const state = {
    buckets: snapshotBuckets(world),
    originAccessControls: [...originAccessControls.values()].map(({ account, config }) => ({
      account,
      config,
    })),
    originAccessIdentities: [...originAccessIdentities.values()].map((identity) => ({
      account: identity.account,
      callerReference: identity.callerReference,
      comment: identity.comment,
    })),
    distributions: [...distributions.values()].map((distribution) => ({
      account: distribution.account,
      id: distribution.id,
      domainName: distribution.domainName,
      config: distribution.config,
      enabled: distribution.config.Enabled,
      tags: byKey(distribution.tags),
    })),
    iam: snapshotIam(world.iam),
    certificates: sorted(world.acm.certificates.values(), ({ names }) => names.join()).map(
      ({ account, region, names, tags }) => ({ account, region, names, tags: byKey(tags) }),
    ),
    zones: sorted(world.route53.zones.values(), ({ id }) => id).map((zone) => ({
      id: zone.id,
      name: zone.name,
      records: sorted(zone.records.values(), ({ name, type }) => `${name} ${type}`),
    })),
  };
  let text = JSON.stringify(state);
  for (const [id, name] of names(world))
    text = text.replaceAll(id, JSON.stringify(name).slice(1, -1));
  const named = JSON.parse(text) as typeof state;
  const order = (item: unknown): string => JSON.stringify(item);
  return {
    ...named,
    originAccessControls: sorted(named.originAccessControls, order),
    originAccessIdentities: sorted(named.originAccessIdentities, order),
    distributions: sorted(named.distributions, order),
  };
}
