// The certificates that were requested for a name, found by their tag, also where the distribution that used
// them is gone. One that was given by its ARN has no such tag and stays.

import type { Distribution, DistributionSummary } from '../../aws/ports.ts';
import { isAwsError } from '../../core/errors.ts';
import {
  haveSameProof,
  type Certificate,
  type ListedCertificate,
} from '../../core/hosting/certificate.ts';
import { ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import { notOurs } from '../../core/teardown/not-ours.ts';
import { nothingFound, type Found, type Spared, type Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { certificateOf } from './check-domain.ts';
import { inParallel } from '../parallel.ts';

/** A certificate of ours. */
export type OwnCertificate = {
  readonly arn: string;
  readonly host: string;
  /** The CNAME that proves the host to ACM; undefined while ACM has not told it. */
  readonly proof: { readonly name: string; readonly value: string } | undefined;
  /** Why that CNAME stays: other certificates of the account need it. */
  readonly proofUse: string | undefined;
};

type Look = {
  readonly target: Target;
  /** Own domains that are known of the name. */
  readonly hosts: readonly string[];
  /** Distributions of the name, and all others of the account. */
  readonly own: readonly Distribution[];
  readonly others: readonly DistributionSummary[];
};

/** A certificate in plans and results. */
export function certificateThing({ arn }: Pick<OwnCertificate, 'arn'>): Thing {
  return { resource: 'acm-certificate', id: arn };
}

/** Reads only. Where ACM may not be read, what is known of the certificates is kept, with that reason. */
export async function findCertificates(
  context: Context,
  look: Look,
): Promise<Found<OwnCertificate>> {
  const used = look.own.flatMap((one) => certificateOf(one) ?? []);
  try {
    return await sortCertificates(context, { ...look, used });
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    const reason = `${error.message}: if it was requested for this name, delete it by hand, and the CNAME that proves its domain`;
    const known = used.length > 0 ? used : look.hosts;
    return {
      ...nothingFound,
      kept: known.map((arn) => ({ ...certificateThing({ arn }), reason })),
    };
  }
}

async function sortCertificates(
  context: Context,
  look: Look & { readonly used: readonly string[] },
): Promise<Found<OwnCertificate>> {
  const { target, hosts, used } = look;
  const { acm } = context.aws;
  const listed = await acm.listCertificates();
  // Of a domain that is not known any more all are asked: ACM may show one of ours as used for a while.
  const candidates = listed.filter(
    ({ arn, names, isUsed }) =>
      used.includes(arn) ||
      !isUsed ||
      hosts.length === 0 ||
      names.some((name) => hosts.includes(name)),
  );
  const tagged = await inParallel(candidates, async (one) => ({
    ...one,
    tags: await acm.getTags(one.arn),
  }));
  const own = tagged.filter(({ tags }) => notOurs(target.name, tags) === undefined);
  const kept = tagged.flatMap(({ arn, tags }): readonly Spared[] => {
    const reason = notOurs(target.name, tags);
    const isKnown = used.includes(arn) || ownership(target.name, tags) !== 'foreign';
    return reason === undefined || !isKnown ? [] : [{ ...certificateThing({ arn }), reason }];
  });
  if (own.length === 0) return { found: [], blocked: [], kept };
  const free: Certificate[] = [];
  const blocked: Spared[] = [];
  for (const { arn } of own) {
    const certificate = await acm.getCertificate(arn);
    const user = certificate?.usedBy.find((other) => isForeign(other, look));
    if (user !== undefined) {
      blocked.push({ ...certificateThing({ arn }), reason: `"${user}" uses it` });
    } else if (certificate !== undefined) free.push(certificate);
  }
  const rest = listed.filter(({ arn }) => !free.some((one) => one.arn === arn));
  const proofUseOf = await proofUses(context, target, rest);
  const found = free.map(({ arn, names: [host = ''], validationRecord: proof }) => ({
    arn,
    host,
    proof,
    proofUse: proofUseOf(host),
  }));
  return { found, blocked, kept };
}

/** ACM names a distribution for some minutes after it was deleted. */
function isForeign(user: string, { own, others }: Look): boolean {
  if (own.some(({ arn }) => arn === user)) return false;
  return !/^arn:[\w-]+:cloudfront:/.test(user) || others.some(({ arn }) => arn === user);
}

/**
 * One CNAME proves a name for every certificate of the account, in every Region. The Regions that are looked at
 * are CloudFront's and the cluster's. https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
 */
async function proofUses(
  context: Context,
  { region, partition }: Target,
  rest: readonly ListedCertificate[],
): Promise<(host: string) => string | undefined> {
  let regional: readonly ListedCertificate[] = [];
  let unseen: string | undefined;
  try {
    if (region !== partition.cloudfrontRegion)
      regional = await context.aws.acm.listCertificates(region);
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    unseen = `other certificates may need it: ${error.message}`;
  }
  return (host) => {
    const other = [...rest, ...regional].find(({ names }) =>
      names.some((name) => haveSameProof(name, host)),
    );
    return other === undefined ? unseen : `certificate "${other.arn}" needs it too`;
  };
}
