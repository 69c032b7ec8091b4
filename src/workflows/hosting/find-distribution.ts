// Finds the distribution of a name: by the issuer it serves, or by what the program or ccoctl wrote
// on it. A distribution that only looks like ours is never touched.

import type { Distribution, DistributionSummary } from '../../aws/ports.ts';
import { BootstrapError, type AwsError } from '../../core/errors.ts';
import { bucketNames } from '../../core/bucket-names.ts';
import { ccoctlReference, distributionReference } from '../../core/names.ts';
import { bucketHost } from '../../core/partition.ts';
import { ownership, type Tags } from '../../core/tags.ts';
import type { Context } from '../context.ts';
import type { Target } from '../../core/target.ts';
import { poll } from '../poll.ts';

/**
 * The distribution behind a published issuer. Gone: ISSUER_WOULD_CHANGE, since a new one would have
 * a new domain. Somebody else's: RESOURCE_NOT_OWNED.
 */
export async function findDistributionByHost(
  context: Context,
  name: string,
  issuer: string,
): Promise<Distribution> {
  const found = await lookUpByHost(context, name, new URL(issuer).host);
  if (found === undefined) throw distributionGone(issuer);
  return found;
}

/**
 * The distribution of an own domain that was asked for: the one that has it as its alias, or else the
 * one of the name, which lost it. Undefined where there is neither: the domain can get another one
 * and the issuer stays what it is.
 */
export async function findDistributionOfDomain(
  context: Context,
  target: Target,
  host: string,
): Promise<Distribution | undefined> {
  return (
    (await lookUpByHost(context, target.name, host)) ??
    (await findDistributionByName(context, target))
  );
}

async function lookUpByHost(
  context: Context,
  name: string,
  host: string,
): Promise<Distribution | undefined> {
  const summaries = await context.aws.cloudfront.listDistributions();
  const summary = summaries.find(
    (candidate) => candidate.domainName === host || candidate.aliases.includes(host),
  );
  const distribution =
    summary === undefined ? undefined : await context.aws.cloudfront.getDistribution(summary.id);
  if (distribution === undefined) return undefined;
  if (!(await isOwned(context, name, distribution))) throw foreignDistribution(distribution, name);
  return distribution;
}

/** A distribution made for this name that serves nothing yet: an earlier run was interrupted. */
export async function findDistributionByName(
  context: Context,
  target: Target,
): Promise<Distribution | undefined> {
  const { owned, strangers } = await distributionsFor(context, target);
  const stranger = strangers.find(({ comment }) => comment === distributionReference(target.name));
  if (owned === undefined && stranger !== undefined) {
    throw foreignDistribution(stranger, target.name);
  }
  return owned;
}

/**
 * The distribution that CloudFront says has our caller reference: the one that its refusal names, or
 * else one of the lists, which may lag behind. Undefined where there is none: a deleted distribution
 * may keep its reference. Somebody else's distribution that may be the one: RESOURCE_NOT_OWNED.
 */
export async function findReferencedDistribution(
  context: Context,
  target: Target,
  refusal: AwsError,
): Promise<Distribution | undefined> {
  const named = refusal.details?.['distributionId'];
  const known =
    typeof named === 'string' ? await context.aws.cloudfront.getDistribution(named) : undefined;
  if (known !== undefined) {
    if (await isOwned(context, target.name, known)) return known;
    throw foreignDistribution(known, target.name);
  }
  let tries = 0;
  const { owned, strangers } = await poll(
    context,
    { text: `distribution of "${target.name}" to be listed`, pauseMs: 1_000, maxPauseMs: 8_000 },
    async () => {
      tries += 1;
      const found = await distributionsFor(context, target);
      return found.owned !== undefined || tries === mostLooks ? found : undefined;
    },
  );
  const [stranger] = strangers;
  if (owned === undefined && stranger !== undefined) {
    throw foreignDistribution(stranger, target.name);
  }
  return owned;
}

/** Half a minute of looking, with the pauses between. */
const mostLooks = 6;

/** Those that carry our comment or ccoctl's, or read our bucket; which are ours, the tags tell. */
export async function distributionsFor(
  context: Context,
  target: Target,
): Promise<{ owned: Distribution | undefined; strangers: readonly DistributionSummary[] }> {
  const { name, region, partition } = target;
  const comments = [distributionReference(name), ccoctlReference(name)];
  const origins = bucketNames(target).map((bucket) => bucketHost(bucket, region, partition));
  const strangers: DistributionSummary[] = [];
  for (const candidate of await context.aws.cloudfront.listDistributions()) {
    const { comment, originDomainNames } = candidate;
    const reads = originDomainNames.some((origin) => origins.includes(origin));
    if (!comments.includes(comment) && !reads) continue;
    if (await isOwned(context, name, candidate)) {
      // Undefined where it was deleted meanwhile: then the next one may be it.
      const owned = await context.aws.cloudfront.getDistribution(candidate.id);
      if (owned !== undefined) return { owned, strangers };
    } else {
      strangers.push(candidate);
    }
  }
  return { owned: undefined, strangers };
}

/** ccoctl tags its distribution with the name only; its comment tells it from others of that name. */
async function isOwned(
  context: Context,
  name: string,
  summary: DistributionSummary,
): Promise<boolean> {
  return isTaggedFor(name, summary, await context.aws.cloudfront.getTags(summary.arn));
}

/** Whether a distribution with these tags was made for the name. */
export function isTaggedFor(
  name: string,
  { comment }: Pick<DistributionSummary, 'comment'>,
  tags: Tags,
): boolean {
  const madeByCcoctl = comment === ccoctlReference(name) && tags['Name'] === name;
  return ownership(name, tags) !== 'foreign' || madeByCcoctl;
}

/** ISSUER_WOULD_CHANGE: a new distribution would have a new domain. */
export function distributionGone(issuer: string): BootstrapError {
  const { host } = new URL(issuer);
  const ofCloudFront = /\.cloudfront\.(?:net|cn)$/.test(host);
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the distribution behind the published issuer "${issuer}" is gone`,
    hint: !ofCloudFront
      ? `if tokens of the cluster have it as "iss", oidc-bootstrap create-identity-provider --domain ${host} makes another distribution for it: issuer ` +
        'and documents stay; if not, somebody changed the discovery document, and `oidc-bootstrap verify` says how to mend it'
      : 'a new distribution has another domain, so every token and role would stop working: ' +
        'plan a move of the cluster to a new issuer under another --name; if no cluster uses this issuer any more, ' +
        'delete its IAM provider, its roles and the documents in the bucket, then run again with an --output-dir of its own',
    details: { issuer, wantedIssuer: null },
  });
}

function foreignDistribution(summary: DistributionSummary, name: string): BootstrapError {
  return new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `distribution "${summary.id}" (${summary.domainName}) is not tagged as made for "${name}"`,
    hint: `choose another --name; if it really is this cluster's, tag it "oidc-bootstrap/${name}" = "owned" by hand`,
    details: { resource: 'cloudfront-distribution', id: summary.id },
  });
}
