// What a name has of its own domain: alias records, validation records and certificates, found by the
// distribution, the issuer and the tags, so that a teardown which was cut off is finished by the next.

import { awsSuffixOf } from '../../../core/hosting/domain.ts';
import type { Target } from '../../../core/target.ts';
import { nothingFound, type Spared } from '../../../core/thing.ts';
import type { Context } from '../../context.ts';
import { findCertificates, type OwnCertificate } from '../find-certificates.ts';
import type { FoundDistributions } from './find-distributions.ts';
import { findRecords, type FoundRecords } from '../find-records.ts';

/** An own domain, or what is left of one. */
export type FoundDomain = FoundRecords & {
  /** Domains that certificates of ours were requested for. */
  readonly hosts: readonly string[];
  readonly certificates: readonly OwnCertificate[];
  readonly blocked: readonly Spared[];
};

/** Reads only. Nothing is asked of ACM and Route 53 where everything says that there is no own domain. */
export async function findDomain(
  context: Context,
  look: {
    readonly target: Target;
    readonly distributions: FoundDistributions;
    /** Published, or named by the output folder. */
    readonly issuers: readonly string[];
  },
): Promise<FoundDomain> {
  const { target, distributions, issuers } = look;
  const { own, others } = distributions;
  const named = [
    ...own.flatMap(({ aliases }) => aliases),
    ...issuers.map((issuer) => new URL(issuer).host),
  ];
  const known = [...new Set(named)].filter(
    (host) => !host.startsWith('*') && awsSuffixOf(host) === undefined,
  );
  const isLost = own.length === 0 && issuers.length === 0;
  const certificates =
    known.length > 0 || isLost
      ? await findCertificates(context, { target, hosts: known, own, others })
      : nothingFound;
  const hosts = [...new Set(certificates.found.map(({ host }) => host))];
  const records = await findRecords(context, {
    hosts: [...new Set([...known, ...hosts])],
    domainNames: own.map(({ domainName }) => domainName),
    certificates: certificates.found,
  });
  return {
    hosts,
    leading: records.leading,
    proofs: records.proofs,
    certificates: certificates.found,
    blocked: certificates.blocked,
    kept: [...records.kept, ...certificates.kept],
  };
}
