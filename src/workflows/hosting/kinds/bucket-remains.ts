// What is left of a hosting in a bucket: the bucket, distributions, origin access control and ccoctl's
// identity, each found by itself, so that a teardown which was cut off is finished by the next.

import type { BucketRef, Distribution, DistributionSummary } from '../../../aws/ports.ts';
import { bucketNames, bucketOfHost } from '../../../core/bucket-names.ts';
import { bucketArn } from '../../../core/hosting/bucket-policy.ts';
import { distributionAdditions } from '../../../core/hosting/distribution-additions.ts';
import { documentKeys, parseDiscovery } from '../../../core/issuer/discovery.ts';
import { BootstrapError } from '../../../core/errors.ts';
import { rotationStateKey } from '../../../core/keys/removed-keys.ts';
import {
  ccoctlReference,
  distributionReference,
  originAccessControlDescription,
  originAccessControlName,
} from '../../../core/names.ts';
import { bucketHost, publicIssuer } from '../../../core/partition.ts';
import type { RotationState } from '../../../core/rotation/state.ts';
import { parseRotationState } from '../../../core/rotation/parse-state.ts';
import { isSharedHosting } from '../../../core/hosting/shared-hosting.ts';
import { otherOwners, ownership, type Tags } from '../../../core/tags.ts';
import type { Target } from '../../../core/target.ts';
import type { Spared, Thing } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { inTurn } from '../../parallel.ts';
import { deleteBucket, foreignKeys, keptByObjects } from '../delete-bucket.ts';
import { deleteDistribution } from '../delete-distribution.ts';
import { deleteOriginAccessControl, deleteOriginAccessIdentity } from '../delete-origin-access.ts';
import type { Steps } from '../../delete-steps.ts';
import { isTaggedFor } from '../find-distribution.ts';
import { foundDomain } from '../check-domain.ts';
import { otherRegion } from '../wrong-bucket.ts';
import type { HostingRemains, TeardownWish } from '../remains.ts';

/** What is ours, where others use it too, and what only has our name. */
type Part<Found> = {
  readonly found: readonly Found[];
  readonly blocked: readonly Spared[];
  readonly kept: readonly Spared[];
};

type Access = {
  /** By which CloudFront knows it. */
  readonly id: string;
  readonly thing: Thing;
  readonly remove: (context: Context) => Promise<'deleted' | 'gone'>;
};

/** Reads only. AWS_ACCESS_DENIED where a bucket of the account is closed to the caller. */
export async function findBucketRemains(
  context: Context,
  given: Target,
  wish: TeardownWish,
): Promise<HostingRemains> {
  const hasCloudFront = given.partition.cloudfrontRegion !== undefined;
  const [bucket, named] = await inTurn(
    findBuckets(context, given, wish),
    hasCloudFront
      ? findAccess(context, given.name)
      : Promise.resolve({ found: [], blocked: [], kept: [] }),
  );
  const target = { ...given, region: bucket.region ?? given.region };
  const distributions = hasCloudFront
    ? await findDistributions(context, { target, issuer: bucket.issuer, wish })
    : { found: [], blocked: [], kept: [], others: [], domain: [] };
  refuseOtherRegion(given, bucket, distributions.found);
  const access = withoutUsed(named, distributions.others);
  const domains = distributions.found.flatMap(({ domainName, aliases }) => [
    domainName,
    ...aliases,
  ]);
  const hosts = domains.filter((host) => !host.startsWith('*'));
  const served = bucket.found.map((ref) => bucket.issuer ?? publicIssuer(ref.bucket, target));
  return {
    issuers: [...new Set([...served, ...hosts.map((host) => `https://${host}`)])],
    owned: [
      ...distributions.found.map(distributionThing),
      ...access.found.map(({ thing }) => thing),
      ...bucket.found.map(bucketThing),
    ],
    blocked: [...distributions.blocked, ...access.blocked, ...bucket.blocked],
    kept: [...distributions.kept, ...access.kept, ...bucket.kept, ...distributions.domain],
    rotation: bucket.rotation,
    remove: async (where, steps) => {
      await remove(where, steps, { distributions, access, bucket, wish });
    },
  };
}

/** Distributions, then what they read the bucket with, then the bucket: its name is free afterwards. */
async function remove(
  context: Context,
  steps: Steps,
  parts: {
    readonly distributions: Part<DistributionSummary>;
    readonly access: Part<Access>;
    readonly bucket: Part<BucketRef>;
    readonly wish: TeardownWish;
  },
): Promise<void> {
  const { distributions, access, bucket, wish } = parts;
  let standing = distributions.blocked[0]?.id;
  for (const { id } of distributions.found) {
    const thing = distributionThing({ id });
    context.progress({ kind: 'step', text: `distribution ${id}` });
    const gone = await steps.attempt(
      thing,
      async () => await deleteDistribution(context, id, wish),
    );
    if (!gone) standing = id;
  }
  const buckets = bucket.found.map(bucketThing);
  if (standing !== undefined) {
    const things = [...access.found.map(({ thing }) => thing), ...buckets];
    steps.leave(things, `distribution "${standing}" still reads the bucket`);
    return;
  }
  for (const { thing, remove: removeAccess } of access.found) {
    await steps.attempt(thing, async () => await removeAccess(context));
  }
  for (const ref of bucket.found) {
    context.progress({ kind: 'step', text: `bucket ${ref.bucket}` });
    await steps.attempt(bucketThing(ref), async () => await deleteBucket(context, ref, wish));
  }
}

type FoundBucketRemains = Part<BucketRef> & {
  readonly region: string | undefined;
  /** The published issuer. */
  readonly issuer: string | undefined;
  readonly rotation: string | undefined;
};

/** Under each name that the bucket can have. */
async function findBuckets(
  context: Context,
  target: Target,
  wish: TeardownWish,
): Promise<FoundBucketRemains> {
  const looks: FoundBucketRemains[] = [];
  // One after the other: the client is rebuilt for the region of each bucket.
  for (const bucket of bucketNames(target)) {
    const ref = { bucket, account: target.account };
    looks.push(await findBucket(context, { target, ref, wish }));
  }
  const own = looks.find(({ found, blocked }) => found.length + blocked.length > 0);
  return {
    found: looks.flatMap(({ found }) => found),
    blocked: looks.flatMap(({ blocked }) => blocked),
    kept: looks.flatMap(({ kept }) => kept),
    region: own?.region,
    issuer: own?.issuer,
    rotation: own?.rotation,
  };
}

/** ISSUER_WOULD_CHANGE where the distribution reads a regional bucket that is in another region. */
function refuseOtherRegion(
  target: Target,
  bucket: FoundBucketRemains,
  distributions: readonly DistributionSummary[],
): void {
  if (bucket.found.length + bucket.blocked.length > 0) return;
  const places = distributions.flatMap(({ originDomainNames }) =>
    originDomainNames.map((host) => bucketOfHost(target, host)),
  );
  const other = places.find((place) => place !== undefined && place.region !== target.region);
  if (other === undefined) return;
  const what = `bucket "${other.bucket}" is`;
  throw otherRegion({ target, what, ...other, issuer: undefined });
}

async function findBucket(
  context: Context,
  facts: { readonly target: Target; readonly ref: BucketRef; readonly wish: TeardownWish },
): Promise<FoundBucketRemains> {
  const { target, ref, wish } = facts;
  const { s3 } = context.aws;
  const none = { found: [], blocked: [], kept: [], issuer: undefined, rotation: undefined };
  const presence = await s3.headBucket(ref);
  if (presence.state === 'absent') return { ...none, region: undefined };
  const spared = (reason: string): Spared => ({ ...bucketThing(ref), reason });
  if (presence.state === 'forbidden') {
    const owned = await s3.ownsBucket(ref.bucket);
    if (owned === true) throw closedBucket(ref, target);
    const certain = owned === false ? '' : ' (most likely)';
    return { ...none, region: undefined, kept: [spared(`another account owns it${certain}`)] };
  }
  const { region } = presence;
  if (region !== target.region) context.aws.useBucketRegion(region);
  const tags = await s3.getBucketTags(ref);
  if (isSharedHosting(tags)) await refuseClusters(context, ref, target);
  const reason = notOurs(target.name, tags);
  if (reason !== undefined) return { ...none, region, kept: [spared(reason)] };
  const [foreign, [issuer, rotation]] = await inTurn(
    wish.detachForeign ? Promise.resolve([]) : foreignKeys(context, ref),
    inTurn(readIssuer(context, ref), readRotation(context, ref)),
  );
  const read = { region, kept: [], issuer, rotation };
  return foreign.length > 0
    ? { ...read, found: [], blocked: [spared(keptByObjects(foreign))] }
    : { ...read, found: [ref], blocked: [] };
}

/** NAME_TAKEN where clusters are left on a shared hosting. */
async function refuseClusters(context: Context, ref: BucketRef, target: Target): Promise<void> {
  const keys = await foreignKeys(context, ref);
  const names = [...new Set(keys.map((key) => key.split('/')[0] ?? key))];
  if (names.length === 0) return;
  throw new BootstrapError({
    code: 'NAME_TAKEN',
    message: `"${target.name}" is a shared hosting that still has clusters: ${names.map((name) => `"${name}"`).join(', ')}`,
    hint: `delete each cluster first: oidc-bootstrap delete --name <cluster> --shared-hosting ${target.name} --region ${target.region}`,
    details: { resource: 's3-bucket', id: ref.bucket, clusters: names },
  });
}

/** A document that names no issuer stops nobody from deleting it. */
async function readIssuer(context: Context, ref: BucketRef): Promise<string | undefined> {
  try {
    const stored = await context.aws.s3.getObject(ref, documentKeys.discovery);
    return stored === undefined ? undefined : parseDiscovery(stored.body, ref.bucket).issuer;
  } catch (error) {
    if (error instanceof BootstrapError && unreadable.includes(error.code)) return undefined;
    throw error;
  }
}

/** Codes of a document or state whose content is not what it should be. */
const unreadable = ['ISSUER_UNREACHABLE', 'INPUT_INVALID'];

/** What a rotation under way stands at; a state that cannot be read may be one. */
async function readRotation(context: Context, ref: BucketRef): Promise<string | undefined> {
  try {
    const stored = await context.aws.s3.getObject(ref, rotationStateKey);
    if (stored === undefined) return undefined;
    return rotationUnderWay(parseRotationState(stored.body, rotationStateKey).state);
  } catch (error) {
    if (error instanceof BootstrapError && unreadable.includes(error.code)) return error.message;
    throw error;
  }
}

/** What a rotation that is not done stands at, in words. */
export function rotationUnderWay(state: RotationState | undefined): string | undefined {
  if (state === undefined) return undefined;
  const { phase, emergency } = state;
  if (phase !== 'steady') return `a key rotation is under way (phase "${phase}")`;
  const isOpen = emergency !== null && emergency.probe !== null && emergency.cutProvenAt === null;
  return isOpen ? 'an emergency rotation is not proven yet' : undefined;
}

type FoundDistributions = Part<DistributionSummary> & {
  readonly others: readonly DistributionSummary[];
  /** Certificate and records of an own domain: people may use them, so they stay. */
  readonly domain: readonly Spared[];
};

async function findDistributions(
  context: Context,
  facts: {
    readonly target: Target;
    readonly issuer: string | undefined;
    readonly wish: TeardownWish;
  },
): Promise<FoundDistributions> {
  const { target, issuer, wish } = facts;
  const { name, region, partition } = target;
  const origins = bucketNames(target).map((bucket) => bucketHost(bucket, region, partition));
  const host = issuer === undefined ? undefined : new URL(issuer).host;
  const found: DistributionSummary[] = [];
  const blocked: Spared[] = [];
  const kept: Spared[] = [];
  const others: DistributionSummary[] = [];
  const domain: Spared[] = [];
  for (const summary of await context.aws.cloudfront.listDistributions()) {
    const { comment, originDomainNames, domainName, aliases } = summary;
    const isCandidate =
      [distributionReference(name), ccoctlReference(name)].includes(comment) ||
      originDomainNames.some((origin) => origins.includes(origin)) ||
      (host !== undefined && [domainName, ...aliases].includes(host));
    if (!isCandidate) {
      others.push(summary);
      continue;
    }
    const spared = (reason: string): Spared => ({ ...distributionThing(summary), reason });
    const tags = await context.aws.cloudfront.getTags(summary.arn);
    const reason = isTaggedFor(name, summary, tags) ? sharedWith(name, tags) : notOurs(name, tags);
    if (reason !== undefined) {
      kept.push(spared(reason));
      others.push(summary);
      continue;
    }
    const distribution = await context.aws.cloudfront.getDistribution(summary.id);
    if (distribution === undefined) continue;
    domain.push(...domainOf(distribution, issuer));
    const additions = wish.detachForeign
      ? []
      : distributionAdditions(distribution.config, {
          bucketHost: originDomainNames.find((origin) => origins.includes(origin)) ?? '',
          issuerHost: host ?? domainName,
        });
    if (additions.length === 0) found.push(summary);
    else blocked.push(spared(keptByUsers(additions)));
  }
  return { found, blocked, kept, others, domain };
}

/** What distributions of others read their origins with stays. */
function withoutUsed(access: Part<Access>, others: readonly DistributionSummary[]): Part<Access> {
  const userOf = ({ id }: Access): DistributionSummary | undefined =>
    others.find(({ originAccessIds }) => originAccessIds.includes(id));
  const blocked = access.found.flatMap((one) => {
    const user = userOf(one);
    const reason = `distribution "${user?.id ?? ''}", which is not ours, uses it`;
    return user === undefined ? [] : [{ ...one.thing, reason }];
  });
  return {
    ...access,
    found: access.found.filter((one) => userOf(one) === undefined),
    blocked: [...access.blocked, ...blocked],
  };
}

/** What an own domain leaves: records that would lead to a distribution that is gone. */
function domainOf(distribution: Distribution, issuer: string | undefined): readonly Spared[] {
  const host = distribution.aliases.find((alias) => !alias.startsWith('*'));
  const domain = foundDomain(distribution, issuer ?? `https://${host ?? ''}`);
  if (domain === undefined) return [];
  const reason = 'delete it by hand once the distribution is gone';
  const { certificateArn } = domain;
  return [
    { resource: 'route53-record', id: domain.host, reason: `A and AAAA: ${reason}` },
    ...(certificateArn === undefined
      ? []
      : [{ resource: 'acm-certificate' as const, id: certificateArn, reason }]),
  ];
}

function keptByUsers(additions: readonly string[]): string {
  return `others added to it: ${additions.join(', ')}; --detach-foreign deletes it all the same`;
}

/** Our origin access control by name and description, and ccoctl's identity by its comment. */
async function findAccess(context: Context, name: string): Promise<Part<Access>> {
  const { cloudfront } = context.aws;
  const found: Access[] = [];
  const kept: Spared[] = [];
  const [control, identities] = await inTurn(
    cloudfront.findOriginAccessControl(originAccessControlName(name)),
    cloudfront.listOriginAccessIdentities(),
  );
  if (control !== undefined) {
    const thing = { resource: 'cloudfront-origin-access-control', id: control.name } as const;
    if (control.description === originAccessControlDescription(name)) {
      const remove: Access['remove'] = async (where) =>
        await deleteOriginAccessControl(where, control);
      found.push({ id: control.id, thing, remove });
    } else {
      kept.push({ ...thing, reason: `its description is "${control.description}"` });
    }
  }
  for (const { id, comment } of identities) {
    if (comment !== ccoctlReference(name)) continue;
    found.push({
      id,
      thing: { resource: 'cloudfront-origin-access-identity', id },
      remove: async (where) => await deleteOriginAccessIdentity(where, id),
    });
  }
  return { found, blocked: [], kept };
}

function distributionThing({ id }: { readonly id: string }): Thing {
  return { resource: 'cloudfront-distribution', id };
}

function bucketThing({ bucket }: BucketRef): Thing {
  return { resource: 's3-bucket', id: bucket };
}

/** Why a resource with these tags is not deleted, or undefined. */
export function notOurs(name: string, tags: Tags): string | undefined {
  if (ownership(name, tags) !== 'foreign') return sharedWith(name, tags);
  const others = otherOwners(name, tags);
  return others.length > 0 ? `made for "${others.join('", "')}"` : 'not tagged as ours';
}

function sharedWith(name: string, tags: Tags): string | undefined {
  const others = otherOwners(name, tags);
  return others.length > 0 ? `also made for "${others.join('", "')}"` : undefined;
}

function closedBucket({ bucket }: BucketRef, target: Target): BootstrapError {
  return new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: `access denied: s3:ListBucket on bucket "${bucket}" of this account`,
    hint: `allow s3:ListBucket on ${bucketArn(bucket, target.partition.id)}, or look for a bucket policy or service control policy that denies it`,
    details: { permission: 's3:ListBucket', resource: bucket },
  });
}
