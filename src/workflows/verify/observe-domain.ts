// What is seen of an issuer's own domain: the certificate in ACM and the records in Route 53, where the
// zone is in the account. An issuer at CloudFront's own domain asks neither.

import { planHostRecords } from '../../core/hosting/dns-record.ts';
import type { DomainFacts } from '../../core/verify/domain-checks.ts';
import type { DistributionFacts } from '../../core/verify/hosting-facts.ts';
import { seen } from '../../core/seen.ts';
import type { Context } from '../context.ts';
import { foundDomain } from '../hosting/check-domain.ts';
import { findPublicZones } from '../hosting/find-zone.ts';
import { look } from './look.ts';

/** Undefined where the issuer is not at an alias of the distribution. */
export async function observeDomain(
  context: Context,
  distribution: DistributionFacts | undefined,
  issuer: string,
): Promise<DomainFacts | undefined> {
  const domain = foundDomain(distribution, issuer);
  if (domain === undefined || distribution === undefined) return undefined;
  const { host, certificateArn } = domain;
  const [certificate, records] = await Promise.all([
    certificateArn === undefined
      ? seen(undefined)
      : look(() => context.aws.acm.getCertificate(certificateArn)),
    look(async () => {
      const [zone] = await findPublicZones(context, host);
      if (zone === undefined) return undefined;
      const found = await context.aws.route53.listRecords(zone.id, host);
      const { domainName } = distribution;
      const isApex = zone.name === host;
      const plan = planHostRecords(found, { distributionDomainName: domainName, isApex });
      return plan.delegatedTo.length > 0
        ? undefined
        : { zoneId: zone.id, missing: plan.missing, foreign: plan.foreign };
    }),
  ]);
  return { host, certificateArn, certificate, records };
}
