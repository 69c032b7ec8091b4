// What the hosting of a name is, with its flaws: reads only, and nothing that is found is an error.

import type { BucketRef, DistributionSummary } from '../../aws/ports.ts';
import { bucketNames, bucketOfHost, newBucketName } from '../../core/bucket-names.ts';
import { grantsPublicDocuments, readingDistribution } from '../../core/hosting/bucket-policy.ts';
import { bucketOrigin } from '../../core/hosting/distribution-diff.ts';
import { objectKey } from '../../core/hosting/shared-hosting.ts';
import { documentKeys, issuerProblem, publishedKeys } from '../../core/issuer/discovery.ts';
import { isJsonObject, parseJson } from '../../core/json.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import { ccoctlReference, distributionReference } from '../../core/names.ts';
import { bucketHost, publicIssuer } from '../../core/partition.ts';
import { ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type {
  AnonymousRead,
  BucketFacts,
  DistributionFacts,
  HostingFacts,
} from '../../core/verify/hosting-facts.ts';
import { seen, valueOf, type Seen } from '../../core/seen.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { look } from './look.ts';

/** Documents that somebody else serves: nothing of hosting is looked at. */
export function externalHosting(target: Target, issuer: string): HostingFacts {
  const distribution = seen(undefined);
  const askedRegion = target.region;
  const bucket = undefined;
  return { target, askedRegion, kind: 'external', issuer, bucket, distribution, anonymous: [] };
}

/**
 * The bucket, the distribution and the issuer of a name, or of a cluster below `prefix` of the shared
 * hosting that `asked` names. `trusted`: issuers that IAM trusts for it.
 */
export async function observeHosting(
  context: Context,
  asked: Target,
  search: {
    readonly prefix: string | undefined;
    readonly trusted: () => Promise<readonly string[]>;
  },
): Promise<HostingFacts> {
  const found = await observeIn(context, asked, search);
  const elsewhere = await regionElsewhere(found, search.trusted);
  if (elsewhere === undefined) return found;
  context.aws.useBucketRegion(elsewhere);
  const there = await observeIn(context, { ...asked, region: elsewhere }, search);
  return { ...there, askedRegion: asked.region };
}

/** The region of a bucket that is not here, from the origin or the issuer that names it. */
async function regionElsewhere(
  { target, bucket, distribution }: HostingFacts,
  trusted: () => Promise<readonly string[]>,
): Promise<string | undefined> {
  if (bucket !== undefined && valueOf(bucket.presence)?.state !== 'absent') return undefined;
  const origin = bucketOrigin(valueOf(distribution)?.config ?? {})?.['DomainName'];
  const hosts = [String(origin), ...(await trusted()).map((issuer) => hostOf(issuer) ?? '')];
  return hosts
    .map((host) => bucketOfHost(target, host)?.region)
    .find((region) => region !== undefined && region !== target.region);
}

async function observeIn(
  context: Context,
  asked: Target,
  search: Parameters<typeof observeHosting>[2],
): Promise<HostingFacts> {
  const { prefix, trusted } = search;
  const bucket = await observeBucket(context, asked, prefix);
  const target = { ...asked, region: regionOf(bucket) ?? asked.region };
  const askedRegion = asked.region;
  const policy = valueOf(bucket.settings?.policy ?? seen(undefined));
  const isOpen = grantsPublicDocuments(policy);
  const open = publicIssuer(bucket.bucket, target);
  const named = storedIssuer(bucket);
  const as = (found: Pick<HostingFacts, 'kind' | 'issuer' | 'distribution'>) =>
    withAnonymous(context, { target, askedRegion, bucket, ...found });
  // A policy that lets a distribution in is not that of a public bucket, whatever the document says.
  if (named === open && readingDistribution(policy) === undefined) {
    return await as({ kind: 's3-public', issuer: open, distribution: seen(undefined) });
  }
  const distribution = await observeDistribution(context, {
    target,
    bucket: bucket.bucket,
    host: hostOf(named),
  });
  const found = valueOf(distribution);
  const hosts = found === undefined ? [] : [found.domainName, ...found.aliases];
  const isServed = named !== undefined && hosts.includes(hostOf(named) ?? '');
  const issuers = isServed ? [] : await trusted();
  if (isOpen && issuers.includes(open)) {
    return await as({ kind: 's3-public', issuer: open, distribution });
  }
  if (found !== undefined) {
    const issuer = isServed
      ? named
      : (issuers.find((one) => hosts.includes(hostOf(one) ?? '')) ??
        issuers.find((one) => one === named) ??
        `https://${objectKey(found.domainName, prefix ?? '').replace(/\/$/, '')}`);
    const kind = found.usesOriginAccessIdentity ? 'cloudfront-oai' : 'cloudfront';
    return await as({ kind, issuer, distribution });
  }
  const [first] = named === undefined && !isOpen ? issuers : [];
  const issuer = named ?? (isOpen ? open : first);
  return await as({ kind: issuer === open ? 's3-public' : 'cloudfront', issuer, distribution });
}

async function withAnonymous(
  context: Context,
  found: Omit<HostingFacts, 'anonymous' | 'bucket'> & { readonly bucket: BucketFacts },
): Promise<HostingFacts> {
  const { target, kind, issuer, bucket } = found;
  const host = `https://${bucketHost(bucket.bucket, target.region, target.partition)}`;
  const urls =
    bucket.settings === undefined
      ? []
      : [
          ...(kind === 's3-public'
            ? []
            : [`${host}/${objectKey(bucket.prefix, documentKeys.jwks)}`]),
          ...(issuer === undefined ? [] : [`${issuer}/${rotationStateKey}`]),
        ];
  const anonymous = await Promise.all(
    urls.map(async (url): Promise<AnonymousRead> => ({
      url,
      answer: await context.fetchPublic(url),
    })),
  );
  return { ...found, anonymous };
}

type Looked = { readonly ref: BucketRef; readonly presence: BucketFacts['presence'] };

/** Every name that the bucket can have; the one that is there, else one that may be, else the planned one. */
async function findPresence(context: Context, target: Target): Promise<Looked> {
  const looks = await inParallel(bucketNames(target), async (name): Promise<Looked> => {
    const ref = { bucket: name, account: target.account };
    const presence = await look(async () => {
      const found = await context.aws.s3.headBucket(ref);
      return found.state === 'absent' ? { state: found.state } : found;
    });
    return { ref, presence };
  });
  const planned = newBucketName(target, undefined);
  const stateOf = ({ presence }: Looked): string | undefined => valueOf(presence)?.state;
  return (
    looks.find((one) => stateOf(one) === 'present') ??
    looks.find((one) => stateOf(one) !== 'absent') ??
    looks.find(({ ref }) => ref.bucket === planned) ??
    (looks[0] as Looked)
  );
}

async function observeBucket(
  context: Context,
  target: Target,
  prefix: string | undefined,
): Promise<BucketFacts> {
  const { s3 } = context.aws;
  const { ref, presence } = await findPresence(context, target);
  const { bucket } = ref;
  const found = valueOf(presence);
  if (found?.state !== 'present') return { bucket, prefix, presence, settings: undefined };
  if (found.region !== undefined) context.aws.useBucketRegion(found.region);
  const [tags, access, objectOwnership, encryption, policy, state, ...documents] =
    await Promise.all([
      look(() => s3.getBucketTags(ref)),
      look(() => s3.getPublicAccessBlock(ref)),
      look(() => s3.getObjectOwnership(ref)),
      look(() => s3.getEncryptionAlgorithm(ref)),
      look(() => s3.getBucketPolicy(ref)),
      look(() => s3.getObject(ref, objectKey(prefix, rotationStateKey))),
      ...publishedKeys.map(async (key) => ({
        key,
        stored: await look(() => s3.getObject(ref, objectKey(prefix, key))),
      })),
    ]);
  const settings = {
    tags,
    access,
    ownership: objectOwnership,
    encryption,
    policy,
    documents,
    state,
  };
  return { bucket, prefix, presence, settings };
}

/** Where the bucket is, if that is known. */
function regionOf({ presence }: BucketFacts): string | undefined {
  const found = valueOf(presence);
  return found?.state === 'present' ? found.region : undefined;
}

/** The issuer that the stored discovery document names, where it is one. */
function storedIssuer({ settings }: BucketFacts): string | undefined {
  const stored = settings?.documents.find(({ key }) => key === documentKeys.discovery)?.stored;
  const body = stored === undefined ? undefined : valueOf(stored)?.body;
  const document = body === undefined ? undefined : parseJson(body);
  const issuer = isJsonObject(document) ? document['issuer'] : undefined;
  return typeof issuer === 'string' && issuerProblem(issuer) === undefined ? issuer : undefined;
}

function hostOf(issuer: string | undefined): string | undefined {
  return issuer === undefined ? undefined : new URL(issuer).host;
}

/** The one that serves the host, else one that was made for the name. */
async function observeDistribution(
  context: Context,
  place: { readonly target: Target; readonly bucket: string; readonly host: string | undefined },
): Promise<Seen<DistributionFacts | undefined>> {
  const { target, bucket, host } = place;
  const { name, region, partition } = target;
  if (partition.cloudfrontRegion === undefined) return seen(undefined);
  const { cloudfront } = context.aws;
  const listed = await look(() => cloudfront.listDistributions());
  if (!listed.seen) return listed;
  const serves = ({ domainName, aliases }: DistributionSummary): boolean =>
    host !== undefined && (domainName === host || aliases.includes(host));
  const comments = [distributionReference(name), ccoctlReference(name)];
  const origin = bucketHost(bucket, region, partition);
  const candidates = [
    ...listed.value.filter(serves),
    ...listed.value.filter(
      (one) =>
        !serves(one) && (comments.includes(one.comment) || one.originDomainNames.includes(origin)),
    ),
  ];
  for (const candidate of candidates) {
    const [found, tags] = await Promise.all([
      look(() => cloudfront.getDistribution(candidate.id)),
      look(() => cloudfront.getTags(candidate.arn)),
    ]);
    if (!found.seen) return found;
    const isOwn = tags.seen && ownership(name, tags.value) !== 'foreign';
    if (
      found.value === undefined ||
      !(isOwn || serves(candidate) || comments.includes(candidate.comment))
    )
      continue;
    const control = bucketOrigin(found.value.config)?.['OriginAccessControlId'];
    const accessControl =
      typeof control !== 'string' || control === ''
        ? seen(undefined)
        : await look(() => cloudfront.getOriginAccessControl(control));
    return seen({ ...found.value, tags, accessControl });
  }
  return seen(undefined);
}
