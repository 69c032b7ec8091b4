// What a cluster's name already has on AWS: its bucket, documents, distribution and issuer.
// Reads only. Whatever is found and is neither ours nor ccoctl's ends the command here, before any write.

import type { BucketRef, Distribution, StoredObject } from '../../aws/ports.ts';
import { bucketArn, grantsPublicDocuments } from '../../core/hosting/bucket-policy.ts';
import { documentKeys, parseDiscovery, type Discovery } from '../../core/issuer/discovery.ts';
import { caches } from '../../core/hosting/distribution-diff.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { mergeKeys, parseJwks, type Jwk } from '../../core/keys/jwks.ts';
import { bucketName } from '../../core/names.ts';
import { bucketHost } from '../../core/partition.ts';
import type { Hosting } from '../../core/result.ts';
import {
  parseRemovedKeys,
  rotationStateKey,
  type RemovedKey,
} from '../../core/keys/removed-keys.ts';
import { ownership, type Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { findDistributionByHost, findDistributionByName } from './find-distribution.ts';

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

export type FoundHosting = {
  readonly ref: BucketRef;
  readonly bucket: FoundBucket | undefined;
  /** Undefined while nothing has decided the layout yet. */
  readonly kind: Hosting | undefined;
  /** The issuer that is published, or that the distribution found will have. */
  readonly issuer: string | undefined;
  /** Whether the issuer's discovery document is published. */
  readonly live: boolean;
  readonly distribution: Distribution | undefined;
  readonly publishedKeys: readonly Jwk[];
  /** Kids that the rotation state records as retired or revoked. */
  readonly removedKeys: readonly RemovedKey[];
};

/**
 * Finds what the name has. `searchCloudFront` false: no CloudFront call unless a live issuer needs it.
 * `readKeys` false: keys and removed keys are empty, and no flaw of either document is an error.
 */
export async function findHosting(
  context: Context,
  target: Target,
  options: { readonly searchCloudFront?: boolean; readonly readKeys?: boolean } = {},
): Promise<FoundHosting> {
  const { searchCloudFront = true, readKeys = true } = options;
  const ref: BucketRef = { bucket: bucketName(target.name), account: target.account };
  const bucket = await findBucket(context, target, ref);
  const discovery = bucket?.discovery?.parsed;
  const removedKeys = bucket === undefined || !readKeys ? [] : await readRemovedKeys(context, ref);
  const publishedKeys = bucket === undefined || !readKeys ? [] : keysOf(bucket, ref, removedKeys);
  const found = { ref, bucket, publishedKeys, removedKeys };

  if (discovery !== undefined) {
    const issuer = discovery.issuer;
    if (issuer === publicIssuer(target)) {
      return { ...found, kind: 's3-public', issuer, live: true, distribution: undefined };
    }
    const distribution = await findDistributionByHost(context, target.name, issuer);
    const kind = kindOf(distribution);
    return { ...found, kind, issuer, live: true, distribution };
  }
  const mayHaveCloudFront = searchCloudFront && target.partition.cloudfrontRegion !== undefined;
  const distribution = mayHaveCloudFront
    ? await findDistributionByName(context, target)
    : undefined;
  if (distribution !== undefined) {
    const issuer = `https://${distribution.domainName}`;
    return { ...found, kind: kindOf(distribution), issuer, live: false, distribution };
  }
  const kind = grantsPublicDocuments(bucket?.policy) ? 's3-public' : undefined;
  const issuer = kind === undefined ? undefined : publicIssuer(target);
  return { ...found, kind, issuer, live: false, distribution: undefined };
}

/** The issuer of a public layout: the regional URL of the bucket, known before anything is made. */
export function publicIssuer({ name, region, partition }: Target): string {
  return `https://${bucketHost(bucketName(name), region, partition)}`;
}

/**
 * The distribution whose edges keep documents, if there is one: ours never does, unless somebody
 * changed it, and one that was adopted may.
 */
export function cachingDistributionId({ distribution }: FoundHosting): string | undefined {
  return distribution !== undefined && caches(distribution.config) ? distribution.id : undefined;
}

async function findBucket(
  context: Context,
  target: Target,
  ref: BucketRef,
): Promise<FoundBucket | undefined> {
  const presence = await context.aws.s3.headBucket(ref);
  if (presence.state === 'absent') return undefined;
  if (presence.state === 'forbidden') throw await forbiddenBucket(context, target, ref);
  const elsewhere = presence.region !== target.region;
  if (elsewhere) context.aws.useBucketRegion(presence.region);

  const tags = await context.aws.s3.getBucketTags(ref);
  const owner = ownership(target.name, tags);
  if (owner === 'foreign') throw foreignBucket(ref.bucket, target.name);

  const read = (key: string): Promise<StoredObject | undefined> =>
    context.aws.s3.getObject(ref, key);
  const [policy, discovery, jwks, jwksMirror] = await Promise.all([
    context.aws.s3.getBucketPolicy(ref),
    read(documentKeys.discovery),
    read(documentKeys.jwks),
    read(documentKeys.jwksMirror),
  ]);
  const parsed =
    discovery === undefined
      ? undefined
      : parseDiscovery(discovery.body, `s3://${ref.bucket}/${documentKeys.discovery}`);
  if (elsewhere)
    throw otherRegion({ target, ref, region: presence.region, issuer: parsed?.issuer });
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

/**
 * What keys.json holds, and what only its mirror holds: a crash between the two writes must not lose
 * a key. One that a rotation removed comes back from neither.
 */
function keysOf(
  bucket: FoundBucket,
  ref: BucketRef,
  removedKeys: readonly RemovedKey[],
): readonly Jwk[] {
  const parse = (object: StoredObject | undefined, key: string): readonly Jwk[] =>
    object === undefined ? [] : parseJwks(object.body, `s3://${ref.bucket}/${key}`);
  const removed = new Set(removedKeys.map((key) => key.keyId));
  return mergeKeys(
    parse(bucket.jwks, documentKeys.jwks),
    parse(bucket.jwksMirror, documentKeys.jwksMirror).filter((key) => !removed.has(key.kid)),
  );
}

/** The kids that the rotation state in the bucket, if there is one, records as removed. */
export async function readRemovedKeys(
  context: Context,
  ref: BucketRef,
): Promise<readonly RemovedKey[]> {
  const state = await context.aws.s3.getObject(ref, rotationStateKey);
  return state === undefined ? [] : parseRemovedKeys(state.body);
}

function kindOf(distribution: Distribution): Hosting {
  return distribution.usesOriginAccessIdentity ? 'cloudfront-oai' : 'cloudfront';
}

/** HeadBucket's 403 has no body: whose bucket it is, the list of our own tells. */
async function forbiddenBucket(
  context: Context,
  target: Target,
  ref: BucketRef,
): Promise<BootstrapError> {
  const owned = await context.aws.s3.ownsBucket(ref.bucket);
  if (owned === true) {
    return new BootstrapError({
      code: 'AWS_ACCESS_DENIED',
      message: `access denied: s3:ListBucket on bucket "${ref.bucket}" of this account`,
      hint: `allow s3:ListBucket on ${bucketArn(ref.bucket, target.partition.id)}, or look for a bucket policy or service control policy that denies it`,
      details: { permission: 's3:ListBucket', resource: ref.bucket },
    });
  }
  return new BootstrapError({
    code: 'NAME_TAKEN',
    message: `bucket "${ref.bucket}" exists and is not open to account ${ref.account}`,
    hint:
      owned === false
        ? 'another account owns it: choose another --name'
        : 'most likely another account owns it: choose another --name; if it is yours, allow s3:ListBucket on it',
    details: { bucket: ref.bucket, account: ref.account },
  });
}

/** RESOURCE_NOT_OWNED: the bucket of that name carries neither our tag nor ccoctl's. */
export function foreignBucket(bucket: string, name: string): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `bucket "${bucket}" exists, but is not tagged as made for "${name}"`,
    hint: `choose another --name; if the bucket really is this cluster's, tag it "oidc-bootstrap/${name}" = "owned" by hand`,
    details: { resource: 's3-bucket', id: bucket },
  });
}

function otherRegion(facts: {
  target: Target;
  ref: BucketRef;
  region: string;
  issuer: string | undefined;
}): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `bucket "${facts.ref.bucket}" is in region "${facts.region}", not "${facts.target.region}"`,
    hint: `run again with --region ${facts.region}`,
    details: {
      bucket: facts.ref.bucket,
      region: facts.region,
      issuer: facts.issuer ?? null,
      wantedIssuer: publicIssuer(facts.target),
    },
  });
}
