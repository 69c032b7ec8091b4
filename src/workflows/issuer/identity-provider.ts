// From a checked plan to a trusted issuer. The order is the safety:
// bucket, origin access control, distribution, bucket policy, documents, wait until served, IAM provider.

import type { BucketRef } from '../../aws/ports.ts';
import { readerOf } from '../../core/hosting/bucket-policy.ts';
import { isMoved } from '../../core/hosting/distribution-diff.ts';
import { issuerSteps } from '../../core/issuer/issuer-steps.ts';
import { documentKeys, jwksUriFor, providerArn } from '../../core/issuer/discovery.ts';
import { jwkOf, mergeKeys, type Jwk } from '../../core/keys/jwks.ts';
import { hasPlaceholder, knownOrNull } from '../../core/placeholder.ts';
import { signerNotes, type KeysAtHand } from '../../core/keys/key-choice.ts';
import type { PublicKey } from '../../core/keys/public-key.ts';
import { publishedKeyWarnings } from '../../core/keys/published-keys.ts';
import type { IdentityProviderResult } from '../../core/result.ts';
import type { RemovedKey } from '../../core/keys/removed-keys.ts';
import type { Tags } from '../../core/tags.ts';
import type { HostingPlan } from '../hosting/check-hosting.ts';
import type { Context } from '../context.ts';
import { ensureBucket } from '../hosting/ensure-bucket.ts';
import { ensureBucketPolicy } from '../hosting/ensure-bucket-policy.ts';
import { ensureDistribution, waitUntilDeployed } from '../hosting/ensure-distribution.ts';
import type { DistributionRef } from '../hosting/repair-distribution.ts';
import { ensureOidcProvider } from '../provider/ensure-oidc-provider.ts';
import { ensureOriginAccessControl } from '../hosting/ensure-origin-access-control.ts';
import { cachingDistributionId, readRemovedKeys } from '../hosting/find-hosting.ts';
import { publishDocuments, type DocumentPlace } from './publish-documents.ts';
import { nameUnserved, waitUntilServed } from './wait-until-served.ts';

/** Chooses keys by those published and those that a rotation removed; throws what forbids them. */
export type ChooseKeys = (facts: {
  readonly published: readonly Jwk[];
  readonly removed: readonly RemovedKey[];
}) => readonly PublicKey[];

export type IdentityProviderInput = {
  readonly plan: HostingPlan;
  /**
   * The keys to publish beside those that are. Asked again, with what is there then, where another
   * run publishes or removes keys meanwhile: a key gets trust only on purpose.
   */
  readonly chooseKeys: ChooseKeys;
  /** The keys that `chooseKeys` chooses from: what else is published is named. */
  readonly atHand: KeysAtHand;
  /** Undefined: the default for a new provider. */
  readonly audiences: readonly string[] | undefined;
  readonly tags: Tags;
  /** Called before the first write, and again once the issuer is known: marks the output folder. */
  readonly claim: (issuer: string | null) => void;
  /** Called with the result so far, so that a failure can show it. */
  readonly known: (result: IdentityProviderResult) => void;
};

/** An issuer with real values, or placeholders in a dry run. */
export type IdentityProvider = {
  readonly issuer: string;
  readonly providerArn: string;
  readonly audiences: readonly string[];
  readonly result: IdentityProviderResult;
};

/** Makes or repairs everything up to the IAM provider. */
export async function ensureIdentityProvider(
  context: Context,
  input: IdentityProviderInput,
): Promise<IdentityProvider> {
  const { plan, tags } = input;
  const { target, found, hosting } = plan;
  const ref = found.ref;
  const step = (text: string): void => context.progress({ kind: 'step', text });
  input.claim(found.issuer ?? null);
  step(`bucket ${ref.bucket}`);
  await ensureBucket(context, {
    target,
    ref,
    found: found.bucket,
    access: plan.access,
    hosting,
    tags,
  });

  if (hosting !== 's3-public') step(`CloudFront in front of ${ref.bucket}`);
  const origin =
    hosting === 's3-public' ? undefined : await ensureCloudFront(context, plan, { ref, tags });
  const issuer = plan.issuer ?? `https://${origin?.distribution.domainName ?? ''}`;
  input.claim(knownOrNull(issuer));
  await ensureBucketPolicy(context, {
    target,
    ref,
    found: found.bucket?.policy,
    reader: readerOf(hosting, origin?.distribution.arn),
  });

  step(`documents of ${issuer}`);
  const documents = await publishDocuments(context, {
    place: placeOf(plan),
    issuer,
    merge: async (published, anew) => {
      const removed = anew ? await readRemovedKeys(context, ref) : found.removedKeys;
      return mergeKeys(published, input.chooseKeys({ published, removed }).map(jwkOf));
    },
  });
  for (const warning of keyWarnings(input, documents.keys)) context.warn(warning);
  const jwksUri = jwksUriFor(issuer, found.bucket?.discovery?.parsed);
  const arn = providerArn({ issuer, account: target.account, partition: target.partition.id });
  const result = (audiences: readonly string[]): IdentityProviderResult => ({
    issuer: knownOrNull(issuer),
    jwksUri: knownOrNull(jwksUri),
    keyIds: documents.keys.map((key) => key.kid).filter((keyId) => !hasPlaceholder(keyId)),
    audiences,
    identityProviderArn: knownOrNull(arn),
    hosting,
    bucket: ref.bucket,
    distribution: origin === undefined ? null : describeDistribution(origin.distribution),
    originAccessControlId:
      origin?.originAccessControlId === undefined
        ? null
        : knownOrNull(origin.originAccessControlId),
    clusterSteps: issuerSteps({
      issuer,
      jwksUri,
      signerAtHand: input.atHand.from !== 'nowhere' && input.atHand.signer !== undefined,
    }),
  });
  // Without the provider there is nothing to do on the cluster yet.
  input.known({
    ...result(plan.provider?.clientIds ?? []),
    identityProviderArn: null,
    clusterSteps: [],
  });

  if (!context.gate.dryRun && origin !== undefined) {
    await waitUntilDeployed(context, origin.distribution.id);
  }
  if (!context.gate.dryRun || found.live) {
    const moved = found.distribution !== undefined && isMoved(found.distribution.config);
    // Of an issuer in use whose distribution somebody else took over: what comes is not ours to wait for.
    const wait = moved && plan.provider !== undefined ? nameUnserved : waitUntilServed;
    await wait(context, {
      issuer,
      cachingDistributionId: cachingDistributionId(found),
      changed: documents.changed,
      documents: {
        [documentKeys.discovery]: documents.discovery,
        [documentKeys.jwks]: documents.jwks,
        [documentKeys.jwksMirror]: documents.jwks,
      },
    });
  }
  step(`IAM OIDC provider ${arn}`);
  const audiences = await ensureOidcProvider(context, {
    name: target.name,
    issuer,
    arn,
    audiences: input.audiences,
    tags,
    found: plan.provider,
  });
  input.known(result(audiences));
  return { issuer, providerArn: arn, audiences, result: result(audiences) };
}

type Origin = {
  readonly distribution: DistributionRef;
  /** Undefined for an adopted distribution with an origin access identity. */
  readonly originAccessControlId: string | undefined;
};

async function ensureCloudFront(
  context: Context,
  plan: HostingPlan,
  input: { ref: BucketRef; tags: Tags },
): Promise<Origin> {
  const { target, found, hosting } = plan;
  const originAccessControlId =
    hosting === 'cloudfront'
      ? await ensureOriginAccessControl(context, target.name, plan.originAccessControl)
      : undefined;
  const distribution = await ensureDistribution(context, {
    target,
    bucket: input.ref.bucket,
    originAccessControlId,
    found: found.distribution,
    tags: input.tags,
  });
  return { distribution, originAccessControlId };
}

function keyWarnings(
  { atHand, plan: { found } }: IdentityProviderInput,
  published: readonly Jwk[],
): readonly string[] {
  const shown = `s3://${found.ref.bucket}/${documentKeys.jwks}`;
  const managed = found.managedKeyIds;
  return [
    ...signerNotes(atHand, published),
    ...publishedKeyWarnings({ published, atHand, managed, shown }),
  ];
}

/** Where the documents of a found hosting are published, with what was just read of them. */
function placeOf(plan: HostingPlan): DocumentPlace {
  const bucket = plan.found.bucket;
  return {
    name: plan.target.name,
    ref: plan.found.ref,
    owner: bucket?.owner ?? 'ours',
    found: {
      [documentKeys.discovery]: bucket?.discovery,
      [documentKeys.jwks]: bucket?.jwks,
      [documentKeys.jwksMirror]: bucket?.jwksMirror,
    },
  };
}

function describeDistribution(
  distribution: DistributionRef,
): IdentityProviderResult['distribution'] {
  return {
    id: knownOrNull(distribution.id),
    arn: knownOrNull(distribution.arn),
    domainName: knownOrNull(distribution.domainName),
  };
}
