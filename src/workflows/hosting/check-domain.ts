// Everything that can forbid an own domain, before any write: another issuer, an alias or a record of
// somebody else, a certificate that CloudFront does not take.

import type { Distribution } from '../../aws/ports.ts';
import { BootstrapError, InputError } from '../../core/errors.ts';
import { certificateProblems } from '../../core/hosting/certificate.ts';
import { describeRecord, planHostRecords, type DnsRecord } from '../../core/hosting/dns-record.ts';
import type { DomainWish } from '../../core/hosting/domain.ts';
import { isJsonObject } from '../../core/json.ts';
import type { HostedZone } from '../../core/hosting/hosted-zone.ts';
import { ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import { awsTime } from '../aws-time.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { findZone, isZoneAsked } from './find-zone.ts';
import { aliasTaken } from './refused-alias.ts';

/** The certificate of a domain, as it was found. */
export type CertificatePlan =
  /** Given, in use, or issued to us before. */
  | { readonly state: 'usable'; readonly arn: string }
  /** Requested by us, and not issued yet. */
  | { readonly state: 'pending'; readonly arn: string }
  /** `attempt`: how many of ours failed. */
  | { readonly state: 'absent'; readonly attempt: number };

/** An own domain that was looked at and may be made. */
export type DomainPlan = {
  readonly host: string;
  readonly certificate: CertificatePlan;
  /** Undefined: somebody makes the records by hand. */
  readonly zone: HostedZone | undefined;
  /** Alias records that the zone lacks. */
  readonly missing: readonly ('A' | 'AAAA')[];
};

/** What of the hosting an own domain depends on. */
type FoundForDomain = {
  readonly issuer: string | undefined;
  readonly distribution: Distribution | undefined;
};

/**
 * Finds and checks. ISSUER_WOULD_CHANGE: the name has another issuer. NAME_TAKEN: the domain is in use.
 * INPUT_INVALID: the certificate or the zone that was named cannot be it.
 */
export async function checkDomain(
  context: Context,
  target: Target,
  input: { readonly wish: DomainWish; readonly found: FoundForDomain },
): Promise<DomainPlan> {
  const { wish, found } = input;
  const { host } = wish;
  context.progress({ kind: 'step', text: `looking for certificate and DNS records of "${host}"` });
  refuseOtherIssuer(target, host, found.issuer);
  const { distribution } = found;
  if (distribution?.usesOriginAccessIdentity === true) refuseAdopted(distribution, wish);
  if (distribution === undefined || !distribution.aliases.includes(host)) {
    await refuseTakenAlias(context, host, distribution?.id);
  }
  const certificate = await findCertificate(context, target, { wish, distribution });
  const { zone, missing } = await findPlace(context, { wish, certificate, distribution });
  return { host, certificate, zone, missing };
}

/** The own domain at which a distribution serves the issuer, as it is found; undefined where it has none. */
export function foundDomain(
  distribution: Pick<Distribution, 'aliases' | 'config'> | undefined,
  issuer: string,
): { readonly host: string; readonly certificateArn: string | undefined } | undefined {
  const host = distribution?.aliases.find((alias) => `${issuer}/`.startsWith(`https://${alias}/`));
  return host === undefined ? undefined : { host, certificateArn: certificateOf(distribution) };
}

/** ARN of the ACM certificate of a distribution. */
export function certificateOf(
  distribution: Pick<Distribution, 'config'> | undefined,
): string | undefined {
  const viewer = distribution?.config['ViewerCertificate'];
  const arn = isJsonObject(viewer) ? viewer['ACMCertificateArn'] : undefined;
  return typeof arn === 'string' && arn !== '' ? arn : undefined;
}

/** NAME_TAKEN: a record of the domain leads elsewhere. */
export function recordsTaken(
  host: string,
  { zone, records }: { readonly zone: HostedZone; readonly records: readonly DnsRecord[] },
): BootstrapError {
  return new BootstrapError({
    code: 'NAME_TAKEN',
    message: `hosted zone "${zone.id}" has records that this program did not make: ${records.map(describeRecord).join('; ')}`,
    hint:
      `choose another --domain; if nothing needs what "${host}" leads to now, delete these records by hand ` +
      '(or let them lead to the distribution of this name, where there is one), then run again',
    details: {
      resource: 'route53-record',
      hostedZoneId: zone.id,
      domain: host,
      records: records.map(({ name, type, values, aliasTarget }) => ({
        name,
        type,
        values: aliasTarget === undefined ? values : [aliasTarget],
      })),
    },
  });
}

function refuseOtherIssuer(target: Target, host: string, issuer: string | undefined): void {
  if (issuer === undefined || new URL(issuer).host === host) return;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the issuer of "${target.name}" is ${issuer}; --domain "${host}" would change it to https://${host}`,
    hint:
      'every token and role names the issuer: omit --domain (as flag and as OIDC_BOOTSTRAP_DOMAIN), or move the ' +
      'cluster to an issuer under another --name (create-iam-roles --also-trust-provider-arn)',
    details: { issuer, wantedIssuer: `https://${host}` },
  });
}

/** A distribution of ccoctl keeps its configuration: its alias and certificate do not change. */
function refuseAdopted(distribution: Distribution, { host, certificateArn }: DomainWish): void {
  const { id, aliases } = distribution;
  const isKept = certificateArn === undefined || certificateArn === certificateOf(distribution);
  if (aliases.includes(host) && isKept) return;
  throw new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: `distribution "${id}" was made by ccoctl, so its alternate domain names and its certificate are left as they are`,
    hint: `give it the domain "${host}" and the certificate by hand, then run again without --certificate-arn`,
    details: { resource: 'cloudfront-distribution', id, domain: host },
  });
}

/** Finds in the account's own distributions, before any write, what CloudFront would refuse. */
async function refuseTakenAlias(
  context: Context,
  host: string,
  ownId: string | undefined,
): Promise<void> {
  const all = await context.aws.cloudfront.listDistributions();
  const other = all.find(({ id, aliases }) => id !== ownId && aliases.includes(host));
  if (other !== undefined) throw aliasTaken(host, { id: other.id });
}

async function findCertificate(
  context: Context,
  target: Target,
  input: { readonly wish: DomainWish; readonly distribution: Distribution | undefined },
): Promise<CertificatePlan> {
  const { wish, distribution } = input;
  if (wish.certificateArn !== undefined) {
    await checkGivenCertificate(context, target, { host: wish.host, arn: wish.certificateArn });
    return { state: 'usable', arn: wish.certificateArn };
  }
  const served = distribution?.aliases.includes(wish.host) === true;
  const inUse = served ? certificateOf(distribution) : undefined;
  if (inUse !== undefined) return { state: 'usable', arn: inUse };
  return await findOwnCertificate(context, target, wish.host);
}

/** One that was requested for this name: issued before pending ones; those that failed are counted. */
async function findOwnCertificate(
  context: Context,
  { name }: Target,
  host: string,
): Promise<CertificatePlan> {
  const listed = await context.aws.acm.listCertificates();
  const requested = listed.filter(({ names }) => names[0] === host);
  const tagged = await inParallel(requested, async ({ arn, status }) => {
    const isOurs = ownership(name, await context.aws.acm.getTags(arn)) === 'ours';
    return isOurs ? { arn, status } : undefined;
  });
  const own = tagged.filter((one) => one !== undefined);
  const issued = own.find(({ status }) => status === 'ISSUED');
  if (issued !== undefined) return { state: 'usable', arn: issued.arn };
  const pending = own.find(({ status }) => status === 'PENDING_VALIDATION');
  if (pending !== undefined) return { state: 'pending', arn: pending.arn };
  for (const { arn, status } of own) {
    context.warn(`certificate "${arn}" was not issued (${status}): another one is requested`);
  }
  return { state: 'absent', attempt: own.length };
}

async function checkGivenCertificate(
  context: Context,
  target: Target,
  { host, arn }: { readonly host: string; readonly arn: string },
): Promise<void> {
  // A plan without credentials has not looked.
  if (context.caller === undefined) return;
  const account = arn.split(':')[4] ?? '';
  const certificate =
    account === target.account ? await context.aws.acm.getCertificate(arn) : undefined;
  const problems =
    account === target.account
      ? certificate === undefined
        ? ['does not exist']
        : certificateProblems(certificate, {
            host,
            now: awsTime(context),
          })
      : [
          `is of account ${account}; CloudFront takes certificates of its own account, ${target.account}`,
        ];
  if (problems.length === 0) return;
  throw new InputError(
    problems.map((problem) => ({ field: '--certificate-arn', message: `"${arn}" ${problem}` })),
    `omit the flag to have a certificate requested for "${host}"`,
  );
}

/** The zone, as far as the records in it allow to write there. */
async function findPlace(
  context: Context,
  input: {
    readonly wish: DomainWish;
    readonly certificate: CertificatePlan;
    readonly distribution: Distribution | undefined;
  },
): Promise<Pick<DomainPlan, 'zone' | 'missing'>> {
  const { wish, certificate, distribution } = input;
  const byHand = { zone: undefined, missing: [] };
  const zone = await findZone(context, wish);
  if (zone === undefined) return byHand;
  const records = await context.aws.route53.listRecords(zone.id, wish.host);
  const { missing, foreign, delegatedTo } = planHostRecords(records, {
    distributionDomainName: distribution?.domainName,
    isApex: zone.name === wish.host,
  });
  if (delegatedTo.length > 0) {
    context.warn(
      `hosted zone "${zone.id}" leaves "${wish.host}" to other name servers: ${delegatedTo.join(', ')}`,
    );
    return byHand;
  }
  const complete = certificate.state === 'usable' && missing.length === 0;
  const named = wish.hostedZoneId !== undefined;
  if (!complete && !(await isZoneAsked(context, zone)) && !named) return byHand;
  if (foreign.length > 0) throw recordsTaken(wish.host, { zone, records: foreign });
  return { zone, missing };
}
