// The bucket of a name, looked for under every name that it can have, and what is in it. Where there is
// none, the caller plans one. A bucket of others, or two of this name, end the command before any write.

import type { BucketPresence, BucketRef, StoredObject } from '../../aws/ports.ts';
import {
  bucketNames,
  namespaceOf,
  newBucketName,
  type BucketNamespace,
  regionalNameProblem,
} from '../../core/bucket-names.ts';
import { BootstrapError } from '../../core/errors.ts';
import { bucketArn } from '../../core/hosting/bucket-policy.ts';
import { objectKey } from '../../core/hosting/shared-hosting.ts';
import { documentKeys, parseDiscovery, type Discovery } from '../../core/issuer/discovery.ts';
import type { JsonObject } from '../../core/json.ts';
import { bucketHost } from '../../core/partition.ts';
import { ownership, type Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { unlessGone } from '../unless-gone.ts';
import { deleteProviderCommand, findNameProviders } from '../provider/find-name-providers.ts';
import { distributionsFor } from './find-distribution.ts';
import { foreignBucket, otherRegion, refuseOtherUse, twoBuckets } from './wrong-bucket.ts';

/** The bucket and its documents as they stand. */
export type FoundBucket = {
  /** `ccoctl`: made by ccoctl for this name, adopted at the first write. */
  readonly owner: 'ours' | 'ccoctl';
  readonly tags: Tags;
  readonly policy: JsonObject | undefined;
  readonly discovery: (StoredObject & { readonly parsed: Discovery }) | undefined;
  readonly jwks: StoredObject | undefined;
  readonly jwksMirror: StoredObject | undefined;
};

/** What the output folder records of the name; empty for a new folder. */
export type FolderFacts = {
  /** It was claimed for this name and account, before the first write. */
  readonly claimed: boolean;
  readonly issuer: string | undefined;
  /** The shared hosting that the issuer is on. */
  readonly sharedHosting?: string | undefined;
};

/** What the bucket of a name is looked for with. */
export type BucketSearch = {
  readonly target: Target;
  readonly folder: FolderFacts;
  /** Asked for by flag; decides for a new bucket alone. */
  readonly namespace: BucketNamespace | undefined;
  /** Of the cluster's objects; then the target is a shared hosting. */
  readonly prefix: string | undefined;
};

type Look = { readonly ref: BucketRef; readonly presence: BucketPresence };
type Present = { readonly ref: BucketRef; readonly region: string };

/** The bucket of the name; undefined where there is none. S3 is asked in its region from then on. */
export async function findBucket(
  context: Context,
  search: BucketSearch,
): Promise<{ readonly ref: BucketRef; readonly bucket: FoundBucket } | undefined> {
  const { target } = search;
  const looks = await inParallel(bucketNames(target), async (bucket): Promise<Look> => {
    const ref = { bucket, account: target.account };
    return { ref, presence: await context.aws.s3.headBucket(ref) };
  });
  const present = looks.flatMap(({ ref, presence }) =>
    presence.state === 'present' ? [{ ref, region: presence.region }] : [],
  );
  const [first, second] = present;
  if (first === undefined) {
    for (const { ref, presence } of looks) {
      if (presence.state === 'forbidden') await refuseForbidden(context, search, ref);
    }
    return undefined;
  }
  const chosen = second === undefined ? first : await chooseOwned(context, search, present);
  const bucket = await unlessGone('NoSuchBucket', readBucket(context, search, chosen));
  return bucket && { ref: chosen.ref, bucket };
}

async function readBucket(
  context: Context,
  search: BucketSearch,
  { ref, region }: Present,
): Promise<FoundBucket> {
  const { target, folder, prefix } = search;
  const elsewhere = region !== target.region;
  if (elsewhere) context.aws.useBucketRegion(region);

  const tags = await context.aws.s3.getBucketTags(ref);
  const tagged = ownership(target.name, tags);
  // Where S3 takes no tags with CreateBucket, a run may have died before it could put them.
  const isInterrupted =
    folder.claimed &&
    folder.issuer === undefined &&
    (prefix === undefined || folder.sharedHosting === target.name) &&
    Object.keys(tags).length === 0;
  if (tagged === 'foreign' && !(isInterrupted && (await context.aws.s3.isEmpty(ref)))) {
    throw foreignBucket(ref.bucket, target.name);
  }
  if (tagged !== 'foreign') refuseOtherUse(ref, { target, tags, shared: prefix !== undefined });
  const owner = tagged === 'foreign' ? 'ours' : tagged;

  const read = (key: string): Promise<StoredObject | undefined> =>
    context.aws.s3.getObject(ref, objectKey(prefix, key));
  const [policy, discovery, jwks, jwksMirror] = await Promise.all([
    context.aws.s3.getBucketPolicy(ref),
    read(documentKeys.discovery),
    read(documentKeys.jwks),
    read(documentKeys.jwksMirror),
  ]);
  const parsed =
    discovery === undefined
      ? undefined
      : parseDiscovery(
          discovery.body,
          `s3://${ref.bucket}/${objectKey(prefix, documentKeys.discovery)}`,
        );
  if (elsewhere) {
    const what = `bucket "${ref.bucket}" is`;
    throw otherRegion({ target, what, bucket: ref.bucket, region, issuer: parsed?.issuer });
  }
  return {
    owner,
    tags,
    policy,
    discovery:
      discovery === undefined || parsed === undefined ? undefined : { ...discovery, parsed },
    jwks,
    jwksMirror,
  };
}

/** Of two buckets the one that the tags say is this name's; the first where neither is. */
async function chooseOwned(
  context: Context,
  { target, prefix }: BucketSearch,
  present: readonly Present[],
): Promise<Present> {
  const owned: (Present & { readonly issuer: string | undefined })[] = [];
  for (const place of present) {
    context.aws.useBucketRegion(place.region);
    const tags = await context.aws.s3.getBucketTags(place.ref);
    if (ownership(target.name, tags) === 'foreign') continue;
    const key = objectKey(prefix, documentKeys.discovery);
    const stored = await context.aws.s3.getObject(place.ref, key);
    const shown = `s3://${place.ref.bucket}/${key}`;
    const issuer = stored === undefined ? undefined : parseDiscovery(stored.body, shown).issuer;
    owned.push({ ...place, issuer });
  }
  if (owned.length > 1) throw twoBuckets(target, owned);
  const chosen = owned[0] ?? (present[0] as Present);
  context.aws.useBucketRegion(chosen.region);
  return chosen;
}

/** HeadBucket's 403 has no body: the list of our own buckets says whether the bucket is ours. */
async function refuseForbidden(
  context: Context,
  search: BucketSearch,
  ref: BucketRef,
): Promise<void> {
  const { target, folder, namespace } = search;
  const owned = await context.aws.s3.ownsBucket(ref.bucket);
  const isRegional = namespaceOf(ref.bucket) === 'account-regional';
  if (owned === true || (isRegional && owned === undefined)) {
    throw new BootstrapError({
      code: 'AWS_ACCESS_DENIED',
      message: `access denied: s3:ListBucket on bucket "${ref.bucket}" of this account`,
      hint:
        `allow s3:ListBucket on ${bucketArn(ref.bucket, target.partition.id)}` +
        (owned === true
          ? ', or look for a bucket policy or service control policy that denies it'
          : `, and what else this command does with bucket "${ref.bucket}" (\`oidc-bootstrap permissions <command>\`)`),
      details: { permission: 's3:ListBucket', resource: ref.bucket },
    });
  }
  // Nobody else can own it.
  if (isRegional) return;
  const issuers = folder.issuer === undefined ? [] : [folder.issuer];
  const trusted = (await findNameProviders(context, target, issuers)).map(({ arn }) => arn);
  const isWanted = newBucketName(target, namespace) === ref.bucket;
  const isUnsure = owned === undefined && namespace === undefined;
  if (trusted.length > 0 || isWanted || isUnsure || (await isRead(context, target, ref))) {
    throw taken({ search, ref, trusted, certain: owned === false });
  }
}

/** Whether a distribution of this name reads the bucket: then its owner decides what the issuer serves. */
async function isRead(context: Context, target: Target, ref: BucketRef): Promise<boolean> {
  if (target.partition.cloudfrontRegion === undefined) return false;
  const { owned } = await distributionsFor(context, target);
  const host = bucketHost(ref.bucket, target.region, target.partition);
  return owned?.originDomainNames.includes(host) === true;
}

function taken(facts: {
  readonly search: BucketSearch;
  readonly ref: BucketRef;
  readonly trusted: readonly string[];
  readonly certain: boolean;
}): BootstrapError {
  const { search, ref, trusted, certain } = facts;
  const { target, namespace } = search;
  const mayBeRegional =
    trusted.length === 0 &&
    search.prefix === undefined &&
    namespace !== 'account-regional' &&
    regionalNameProblem(target) === undefined;
  const next =
    (certain ? 'another account owns it' : 'most likely another account owns it') +
    `: choose another ${search.prefix === undefined ? '--name' : '--shared-hosting'}` +
    (mayBeRegional
      ? ', or give --bucket-namespace account-regional for a bucket name that is this account’s alone'
      : '') +
    (certain ? '' : '; if it is yours, allow s3:ListBucket on it');
  return new BootstrapError({
    code: 'NAME_TAKEN',
    message:
      `bucket "${ref.bucket}" exists and is not open to account ${ref.account}` +
      (trusted.length === 0
        ? ''
        : `, and this account still trusts the issuer that it served: who holds the bucket can sign tokens for every role that trusts IAM provider "${trusted.join('", "')}"`),
    hint:
      trusted.length === 0
        ? next
        : `delete the provider now, unless the bucket is yours: ${trusted.map(deleteProviderCommand).join('; ')}; ${next}`,
    details: { bucket: ref.bucket, account: ref.account, identityProviderArns: trusted },
  });
}
