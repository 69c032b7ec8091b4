// What a cluster's name already has on AWS: its bucket, documents, distribution and issuer.
// Reads only. Whatever is found and is neither ours nor ccoctl's ends the command here, before any write.

import type { BucketRef, Distribution } from '../../aws/ports.ts';
import { bucketOfHost, newBucketName, type BucketNamespace } from '../../core/bucket-names.ts';
import { grantsPublicDocuments } from '../../core/hosting/bucket-policy.ts';
import { objectKey } from '../../core/hosting/shared-hosting.ts';
import { documentKeys } from '../../core/issuer/discovery.ts';
import { distributionAdditions } from '../../core/hosting/distribution-additions.ts';
import { caches } from '../../core/hosting/distribution-diff.ts';
import { parseJwks, type Jwk } from '../../core/keys/jwks.ts';
import { parseManagedKeyIds } from '../../core/keys/published-keys.ts';
import { bucketHost, publicIssuer } from '../../core/partition.ts';
import type { Hosting } from '../../core/result.ts';
import { BootstrapError } from '../../core/errors.ts';
import {
  parseRemovedKeys,
  rotationStateKey,
  type RemovedKey,
} from '../../core/keys/removed-keys.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { findBucket, type FolderFacts, type FoundBucket } from './find-bucket.ts';
import { otherRegion } from './wrong-bucket.ts';
import {
  findDistributionByHost,
  findDistributionByName,
  findDistributionOfDomain,
} from './find-distribution.ts';
import { issuerOf } from './issuer-of-distribution.ts';

export type FoundHosting = {
  /** The bucket that is there, or else the one that the distribution reads, or that is to be made. */
  readonly ref: BucketRef;
  /** Of the cluster's objects, in a shared hosting. */
  readonly prefix: string | undefined;
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

/** Finds what the name has. `readKeys` false: keys and removed keys are empty, and no flaw of either document is an error. */
export async function findHosting(
  context: Context,
  target: Target,
  options: {
    readonly folder?: FolderFacts;
    /** Asked for by flag; decides for a new bucket alone. */
    readonly namespace?: BucketNamespace | undefined;
    readonly readKeys?: boolean;
    /** The own domain that was asked for. */
    readonly askedHost?: string | undefined;
    /** Of the cluster's objects; then the target is a shared hosting. */
    readonly prefix?: string | undefined;
  } = {},
): Promise<FoundHosting> {
  const {
    folder = { claimed: false, issuer: undefined },
    readKeys = true,
    namespace,
    askedHost,
    prefix,
  } = options;
  const planned = newBucketRef(target, namespace);
  const place = await findBucket(context, { target, folder, namespace, prefix });
  const { ref, bucket } = place ?? { ref: planned, bucket: undefined };
  const discovery = bucket?.discovery?.parsed;
  const state =
    bucket === undefined || !readKeys
      ? undefined
      : await context.aws.s3.getObject(ref, objectKey(prefix, rotationStateKey));
  const removedKeys = state === undefined ? [] : parseRemovedKeys(state.body);
  const managedKeyIds = state === undefined ? [] : parseManagedKeyIds(state.body);
  const publishedKeys = bucket === undefined || !readKeys ? [] : keysOf(bucket, { ref, prefix });
  const found = { ref, prefix, bucket, publishedKeys, removedKeys, managedKeyIds };

  if (discovery !== undefined) {
    const issuer = discovery.issuer;
    if (prefix !== undefined) refuseOtherPath(issuer, { ref, prefix });
    if (issuer === publicIssuer(ref.bucket, target)) {
      return { ...found, kind: 's3-public', issuer, live: true, distribution: undefined };
    }
    const distribution =
      askedHost === new URL(issuer).host
        ? await findDistributionOfDomain(context, target, askedHost)
        : await findDistributionByHost(context, target.name, issuer);
    if (distribution === undefined) {
      return { ...found, kind: 'cloudfront', issuer, live: true, distribution };
    }
    nameAdditions(context, target, { ref, prefix, distribution, issuer });
    return { ...found, kind: kindOf(distribution), issuer, live: true, distribution };
  }
  const distribution =
    target.partition.cloudfrontRegion === undefined
      ? undefined
      : await findDistributionByName(context, target);
  if (distribution !== undefined) {
    const read = bucket === undefined ? (readBucketOf(target, distribution) ?? ref) : ref;
    const issuer = await issuerOf(context, target, {
      distribution,
      bucket: read.bucket,
      prefix,
      askedHost,
    });
    nameAdditions(context, target, { ref: read, prefix, distribution, issuer });
    const kind = kindOf(distribution);
    return { ...found, ref: read, kind, issuer, live: false, distribution };
  }
  const isPublic = prefix === undefined && grantsPublicDocuments(bucket?.policy);
  const kind = isPublic ? 's3-public' : undefined;
  const issuer = kind === undefined ? undefined : publicIssuer(ref.bucket, target);
  return { ...found, kind, issuer, live: false, distribution: undefined };
}

/** The bucket to be made for a new name. */
export function newBucketRef(target: Target, namespace: BucketNamespace | undefined): BucketRef {
  return { bucket: newBucketName(target, namespace), account: target.account };
}

/** The bucket of this name that the distribution reads although it is gone; ISSUER_WOULD_CHANGE where it was in another region. */
function readBucketOf(target: Target, distribution: Distribution): BucketRef | undefined {
  const [read] = distribution.originDomainNames.flatMap((host) => bucketOfHost(target, host) ?? []);
  if (read === undefined) return undefined;
  const { bucket, region } = read;
  const issuer = `https://${distribution.domainName}`;
  if (region !== target.region) {
    const what = `distribution "${distribution.id}" of this name reads bucket "${bucket}"`;
    throw otherRegion({ target, what, bucket, region, issuer });
  }
  return { bucket, account: target.account };
}

/**
 * The distribution whose edges keep documents, if there is one: ours never does, unless somebody
 * changed it, and one that was adopted may.
 */
export function cachingDistributionId({ distribution }: FoundHosting): string | undefined {
  return distribution !== undefined && caches(distribution.config) ? distribution.id : undefined;
}

/**
 * What keys.json holds. Its mirror is never read for keys: it is written after keys.json, so a key
 * that stands in the mirror alone was removed, by a rotation or by hand.
 */
function keysOf(
  { jwks }: FoundBucket,
  { ref, prefix }: Pick<FoundHosting, 'ref' | 'prefix'>,
): readonly Jwk[] {
  const shown = `s3://${ref.bucket}/${objectKey(prefix, documentKeys.jwks)}`;
  return jwks === undefined ? [] : parseJwks(jwks.body, shown);
}

/** ISSUER_WOULD_CHANGE where the discovery document below a prefix is of another issuer. */
function refuseOtherPath(
  issuer: string,
  { ref, prefix }: { readonly ref: BucketRef; readonly prefix: string },
): void {
  const { host, pathname } = new URL(issuer);
  if (pathname === `/${prefix}`) return;
  const document = `s3://${ref.bucket}/${prefix}/${documentKeys.discovery}`;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the discovery document "${document}" names issuer "${issuer}", which does not end in "/${prefix}"`,
    hint: 'find out who wrote it; if no cluster uses it, remove the three documents by hand, then run again',
    details: { issuer, wantedIssuer: `https://${host}/${prefix}`, document },
  });
}

/** What others added to the distribution is left as it is, and said once. */
function nameAdditions(
  context: Context,
  target: Target,
  found: {
    readonly ref: BucketRef;
    readonly prefix: string | undefined;
    readonly distribution: Distribution;
    readonly issuer: string;
  },
): void {
  const { id, config } = found.distribution;
  const additions = distributionAdditions(config, {
    bucketHost: bucketHost(found.ref.bucket, target.region, target.partition),
    issuerHost: new URL(found.issuer).host,
    prefix: found.prefix,
  });
  for (const addition of additions) {
    context.warn(`distribution "${id}" has an addition of others: ${addition}`);
  }
}

function kindOf(distribution: Distribution): Hosting {
  return distribution.usesOriginAccessIdentity ? 'cloudfront-oai' : 'cloudfront';
}
