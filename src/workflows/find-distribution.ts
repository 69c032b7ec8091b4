// Finds the distribution of a name: by the issuer it serves, or by what the program or ccoctl wrote
// on it. A distribution that only looks like ours is never touched.

import type { Distribution, DistributionSummary } from '../aws/ports.ts';
import { BootstrapError } from '../core/errors.ts';
import { ccoctlReference, distributionReference } from '../core/names.ts';
import { ownership } from '../core/tags.ts';
import type { Context } from './context.ts';

/**
 * The distribution behind a published issuer. Gone: ISSUER_WOULD_CHANGE, since a new one would have
 * a new domain. Somebody else's: RESOURCE_NOT_OWNED.
 */
export async function findDistributionByHost(
  context: Context,
  name: string,
  issuer: string,
): Promise<Distribution> {
  const host = new URL(issuer).host;
  const summaries = await context.aws.cloudfront.listDistributions();
  const summary = summaries.find(
    (candidate) => candidate.domainName === host || candidate.aliases.includes(host),
  );
  const distribution =
    summary === undefined ? undefined : await context.aws.cloudfront.getDistribution(summary.id);
  if (distribution === undefined) throw distributionGone(issuer);
  if (!(await isOwned(context, name, distribution))) throw foreignDistribution(distribution, name);
  return distribution;
}

/** A distribution made for this name that serves nothing yet: an earlier run was interrupted. */
export async function findDistributionByName(
  context: Context,
  name: string,
): Promise<Distribution | undefined> {
  const summaries = await context.aws.cloudfront.listDistributions();
  const candidates = summaries.filter(({ comment }) =>
    [distributionReference(name), ccoctlReference(name)].includes(comment),
  );
  for (const candidate of candidates) {
    if (await isOwned(context, name, candidate)) {
      return await context.aws.cloudfront.getDistribution(candidate.id);
    }
  }
  const stranger = candidates.find(({ comment }) => comment === distributionReference(name));
  if (stranger !== undefined) throw foreignDistribution(stranger, name);
  return undefined;
}

/** ccoctl tags its distribution with the name only; its comment tells it from others of that name. */
async function isOwned(
  context: Context,
  name: string,
  summary: DistributionSummary,
): Promise<boolean> {
  const tags = await context.aws.cloudfront.getTags(summary.arn);
  const madeByCcoctl = summary.comment === ccoctlReference(name) && tags['Name'] === name;
  return ownership(name, tags) !== 'foreign' || madeByCcoctl;
}

function distributionGone(issuer: string): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the distribution behind the published issuer "${issuer}" is gone`,
    hint:
      'a new distribution has another domain, so every token and role would stop working: ' +
      'if no cluster uses this issuer any more, remove its documents from the bucket, then run again; ' +
      'otherwise plan a move of the cluster to a new issuer under another --name',
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
