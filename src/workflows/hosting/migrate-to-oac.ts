// From ccoctl's origin access identity to an origin access control, under the same issuer. The bucket
// admits both until every edge signs with the control, so at no moment are the documents not served.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html

import type { BucketRef, Distribution, OriginAccessControl } from '../../aws/ports.ts';
import { isMoved } from '../../core/hosting/distribution-diff.ts';
import { BootstrapError } from '../../core/errors.ts';
import { documentKeys } from '../../core/issuer/discovery.ts';
import { ccoctlReference } from '../../core/names.ts';
import type { Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';
import { deleteOriginAccessIdentity } from './delete-origin-access.ts';
import { ensureBucketPolicy } from './ensure-bucket-policy.ts';
import { ensureDistribution, waitUntilDeployed } from './ensure-distribution.ts';
import { ensureOriginAccessControl } from './ensure-origin-access-control.ts';
import type { FoundHosting } from './find-hosting.ts';
import type { DistributionRef } from './repair-distribution.ts';

/** What is moved, and from which identities. */
export type Migration = {
  readonly distribution: Distribution;
  readonly issuer: string;
  /** Ids of ccoctl's identities for this name. */
  readonly identities: readonly string[];
  /** Domain of another distribution that uses one of them: then they stay. */
  readonly alsoUsedBy: string | undefined;
};

/**
 * Reads only. Undefined where there is no issuer behind CloudFront yet: a new one has a control from
 * the start. ISSUER_WOULD_CHANGE for a public bucket; RESOURCE_NOT_OWNED where somebody moved the
 * distribution to another origin.
 */
export async function checkMigration(
  context: Context,
  target: Target,
  found: FoundHosting,
): Promise<Migration | undefined> {
  const { distribution, issuer } = found;
  if (found.kind === 's3-public') throw publicLayout(target, found);
  if (distribution === undefined || issuer === undefined || found.bucket === undefined) {
    return undefined;
  }
  if (isMoved(distribution.config)) throw movedDistribution(distribution);
  const { cloudfront } = context.aws;
  const identities = (await cloudfront.listOriginAccessIdentities())
    .filter(({ comment }) => comment === ccoctlReference(target.name))
    .map(({ id }) => id);
  const other =
    identities.length === 0
      ? undefined
      : (await cloudfront.listDistributions()).find(
          ({ id, originAccessIds: used }) =>
            id !== distribution.id && used.some((one) => identities.includes(one)),
        );
  return { distribution, issuer, identities, alsoUsedBy: other?.domainName };
}

/** Makes the move, or finishes one that was cut off. Gives the origin as it is then. */
export async function migrateToOac(
  context: Context,
  input: {
    readonly target: Target;
    readonly ref: BucketRef;
    readonly found: FoundHosting;
    readonly migration: Migration;
    readonly originAccessControl: OriginAccessControl | undefined;
    readonly tags: Tags;
  },
): Promise<{ readonly distribution: DistributionRef; readonly originAccessControlId: string }> {
  const { target, ref, found, migration, tags } = input;
  const { distribution: former, identities, alsoUsedBy } = migration;
  const policy = found.bucket?.policy;
  const reader = { kind: 'cloudfront', distributionArn: former.arn } as const;
  const originAccessControlId = await ensureOriginAccessControl(
    context,
    target.name,
    input.originAccessControl,
  );
  await ensureBucketPolicy(context, { target, ref, found: policy, reader });
  const distribution = await ensureDistribution(context, {
    target,
    bucket: ref.bucket,
    originAccessControlId,
    found: former,
    tags,
  });
  const origin = { distribution, originAccessControlId };
  if (identities.length === 0) return origin;
  if (alsoUsedBy !== undefined) {
    context.warn(
      `origin access identity ${identities.join(', ')} stays, with its statement in the policy of bucket "${ref.bucket}": distribution ${alsoUsedBy} uses it too`,
    );
    return origin;
  }
  if (!context.gate.dryRun) {
    await waitUntilDeployed(context, former.id, ({ originAccessIds }) =>
      originAccessIds.includes(originAccessControlId),
    );
    await waitUntilAnswered(context, migration.issuer, async () => {
      const now = await context.aws.s3.getBucketPolicy(ref);
      await ensureBucketPolicy(context, { target, ref, found: now, reader });
    });
  }
  await ensureBucketPolicy(context, {
    target,
    ref,
    found: policy,
    reader: { ...reader, formerIdentities: identities },
  });
  for (const id of identities) await deleteOriginAccessIdentity(context, id);
  return origin;
}

/**
 * Removes the identity only after the documents were served without it. Where they are refused, another run
 * may have written an older policy: S3 has no condition against that, so the policy is written again.
 */
async function waitUntilAnswered(
  context: Context,
  issuer: string,
  repairPolicy: () => Promise<void>,
): Promise<void> {
  await poll(
    context,
    {
      text: `${issuer} to be served through its origin access control`,
      limitMs: 5 * 60_000,
      onTimeout: () => notServed(issuer),
    },
    async () => {
      const answer = await context.fetchDocument(`${issuer}/${documentKeys.discovery}`);
      if (answer.ok && answer.status === 200) return true;
      if (answer.ok && answer.status === 403) await repairPolicy();
      return undefined;
    },
  );
}

function notServed(issuer: string): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_UNREACHABLE',
    message: `"${issuer}" does not serve its documents through the origin access control`,
    hint: 'the origin access identity is still there: look for a Deny in the bucket policy or a KMS key that CloudFront may not use, then run again',
    details: { issuer },
  });
}

function publicLayout(target: Target, found: FoundHosting): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the issuer of "${target.name}" is the bucket's own URL, ${found.issuer ?? ''}: there is no distribution to migrate`,
    hint: 'a move to CloudFront is a move to another issuer: leave --migrate-to-oac out, and make it under another --name',
    details: { issuer: found.issuer ?? null, wantedIssuer: null },
  });
}

function movedDistribution({ id, domainName }: Distribution): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `distribution "${id}" (${domainName}) no longer reads the bucket by default: somebody moved it to another origin`,
    hint: 'leave --migrate-to-oac out; what its default behavior reads is not this program’s to change',
    details: { resource: 'cloudfront-distribution', id },
  });
}
