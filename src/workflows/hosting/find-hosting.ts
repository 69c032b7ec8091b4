// What a cluster's name already has on AWS: its bucket, documents, distribution and issuer.
// Reads only. Whatever is found and is neither ours nor ccoctl's ends the command here, before any write.

import type { BucketRef, Distribution, StoredObject } from '../../aws/ports.ts';
import { bucketArn, grantsPublicDocuments } from '../../core/hosting/bucket-policy.ts';
import { documentKeys, parseDiscovery, type Discovery } from '../../core/issuer/discovery.ts';
import { distributionAdditions } from '../../core/hosting/distribution-additions.ts';
import { caches } from '../../core/hosting/distribution-diff.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseJwks, type Jwk } from '../../core/keys/jwks.ts';
import { parseManagedKeyIds } from '../../core/keys/published-keys.ts';
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
import { deleteProviderCommand, findNameProviders } from '../provider/find-name-providers.ts';
import {
  findDistributionByHost,
  findDistributionByName,
  findDistributionOfDomain,
} from './find-distribution.ts';
import { issuerOf } from './issuer-of-distribution.ts';

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
  /** Kids that the rotation state names as keys or verifiers. */
  readonly managedKeyIds: readonly string[];
};

/** What the output folder says of the name; nothing where it is nobody's yet. */
export type FolderFacts = {
  /** It was claimed for this name and account, before the first write. */
  readonly claimed: boolean;
  readonly issuer: string | undefined;
};

/** Finds what the name has. `readKeys` false: keys and removed keys are empty, and no flaw of either document is an error. */
export async function findHosting(
  context: Context,
  target: Target,
  options: {
    readonly folder?: FolderFacts;
    readonly readKeys?: boolean;
    /** The own domain that was asked for. */
    readonly askedHost?: string | undefined;
  } = {},
): Promise<FoundHosting> {
  const { folder = { claimed: false, issuer: undefined }, readKeys = true, askedHost } = options;
  const ref: BucketRef = { bucket: bucketName(target.name), account: target.account };
  const bucket = await findBucket(context, { target, ref, folder });
  const discovery = bucket?.discovery?.parsed;
  const state =
    bucket === undefined || !readKeys
      ? undefined
      : await context.aws.s3.getObject(ref, rotationStateKey);
  const removedKeys = state === undefined ? [] : parseRemovedKeys(state.body);
  const managedKeyIds = state === undefined ? [] : parseManagedKeyIds(state.body);
  const publishedKeys = bucket === undefined || !readKeys ? [] : keysOf(bucket, ref);
  const found = { ref, bucket, publishedKeys, removedKeys, managedKeyIds };

  if (discovery !== undefined) {
    const issuer = discovery.issuer;
    if (issuer === publicIssuer(target)) {
      return { ...found, kind: 's3-public', issuer, live: true, distribution: undefined };
    }
    const distribution =
      askedHost === new URL(issuer).host
        ? await findDistributionOfDomain(context, target, askedHost)
        : await findDistributionByHost(context, target.name, issuer);
    if (distribution === undefined) {
      return { ...found, kind: 'cloudfront', issuer, live: true, distribution };
    }
    nameAdditions(context, target, { ref, distribution, issuer });
    return { ...found, kind: kindOf(distribution), issuer, live: true, distribution };
  }
  const distribution =
    target.partition.cloudfrontRegion === undefined
      ? undefined
      : await findDistributionByName(context, target);
  if (distribution !== undefined) {
    const issuer = await issuerOf(context, target, distribution, askedHost);
    nameAdditions(context, target, { ref, distribution, issuer });
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
  facts: { readonly target: Target; readonly ref: BucketRef; readonly folder: FolderFacts },
): Promise<FoundBucket | undefined> {
  const { target, ref, folder } = facts;
  const presence = await context.aws.s3.headBucket(ref);
  if (presence.state === 'absent') return undefined;
  if (presence.state === 'forbidden') throw await forbiddenBucket(context, facts);
  const elsewhere = presence.region !== target.region;
  if (elsewhere) context.aws.useBucketRegion(presence.region);

  const tags = await context.aws.s3.getBucketTags(ref);
  const tagged = ownership(target.name, tags);
  // Where S3 takes no tags with CreateBucket, a run may have died before it could put them.
  const isInterrupted =
    folder.claimed && folder.issuer === undefined && Object.keys(tags).length === 0;
  if (tagged === 'foreign' && !(isInterrupted && (await context.aws.s3.isEmpty(ref)))) {
    throw foreignBucket(ref.bucket, target.name);
  }
  const owner = tagged === 'foreign' ? 'ours' : tagged;

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
 * What keys.json holds. Its mirror is never read for keys: it is written after keys.json, so a key
 * that stands in the mirror alone was removed, by a rotation or by hand.
 */
function keysOf({ jwks }: FoundBucket, ref: BucketRef): readonly Jwk[] {
  return jwks === undefined ? [] : parseJwks(jwks.body, `s3://${ref.bucket}/${documentKeys.jwks}`);
}

/** What others added to the distribution is left as it is, and said once. */
function nameAdditions(
  context: Context,
  target: Target,
  found: {
    readonly ref: BucketRef;
    readonly distribution: Distribution;
    readonly issuer: string;
  },
): void {
  const { id, config } = found.distribution;
  const additions = distributionAdditions(config, {
    bucketHost: bucketHost(found.ref.bucket, target.region, target.partition),
    issuerHost: new URL(found.issuer).host,
  });
  for (const addition of additions) {
    context.warn(`distribution "${id}" has what this program did not make: ${addition}`);
  }
}

function kindOf(distribution: Distribution): Hosting {
  return distribution.usesOriginAccessIdentity ? 'cloudfront-oai' : 'cloudfront';
}

/** HeadBucket's 403 has no body: whose bucket it is, the list of our own tells. */
async function forbiddenBucket(
  context: Context,
  facts: { readonly target: Target; readonly ref: BucketRef; readonly folder: FolderFacts },
): Promise<BootstrapError> {
  const { target, ref, folder } = facts;
  const owned = await context.aws.s3.ownsBucket(ref.bucket);
  if (owned === true) {
    return new BootstrapError({
      code: 'AWS_ACCESS_DENIED',
      message: `access denied: s3:ListBucket on bucket "${ref.bucket}" of this account`,
      hint: `allow s3:ListBucket on ${bucketArn(ref.bucket, target.partition.id)}, or look for a bucket policy or service control policy that denies it`,
      details: { permission: 's3:ListBucket', resource: ref.bucket },
    });
  }
  const issuers = folder.issuer === undefined ? [] : [folder.issuer];
  const trusted = (await findNameProviders(context, target, issuers)).map(({ arn }) => arn);
  const certain = owned === false;
  const next =
    (certain ? 'another account owns it' : 'most likely another account owns it') +
    ': choose another --name' +
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
