// The DNS records of an own domain. They are only ever created, never changed: what stands there already
// is ours by its exact value, or somebody else's. Without a zone they are named for a person to make.

import aliasTemplate from '../../../templates/route53/create-alias-record.json' with { type: 'json' };
import validationTemplate from '../../../templates/route53/create-validation-record.json' with { type: 'json' };
import { BootstrapError } from '../../core/errors.ts';
import {
  planHostRecords,
  recordLine,
  type HostRecordsPlan,
  type RecordToMake,
} from '../../core/hosting/dns-record.ts';
import type { HostedZone } from '../../core/hosting/hosted-zone.ts';
import type { Target } from '../../core/target.ts';
import { fillTemplate } from '../../core/template.ts';
import type { Context } from '../context.ts';
import { changeRecords } from './change-records.ts';
import { recordsTaken, type DomainPlan } from './check-domain.ts';

/** The CNAME that proves the domain to ACM: the same for every certificate of the account. */
export async function ensureValidationRecord(
  context: Context,
  input: {
    readonly host: string;
    readonly zone: HostedZone | undefined;
    readonly record: RecordToMake;
  },
): Promise<void> {
  const { host, zone, record } = input;
  if (zone === undefined) {
    context.warn(
      `create this DNS record, so that ACM issues the certificate: \`${recordLine(record)}\``,
    );
    return;
  }
  const stands = async (): Promise<boolean> => {
    const found = await context.aws.route53.listRecords(zone.id, record.name);
    const foreign = found.filter(
      ({ type, values }) => type !== record.type || values.join() !== record.value,
    );
    if (foreign.length > 0) throw recordsTaken(host, { zone, records: foreign });
    return found.length > 0;
  };
  if (await stands()) return;
  await changeRecords(context, {
    zone,
    change: { id: record.name, action: 'create', detail: `CNAME that proves "${host}" to ACM` },
    purpose: 'validation',
    records: [fillTemplate(validationTemplate, { name: record.name, value: record.value })],
    isDone: stands,
  });
}

/** What leads an own domain to the distribution; no domain: it has none. */
export type LedDomain = {
  readonly target: Target;
  readonly domain: DomainPlan | undefined;
  /** `d111111abcdef8.cloudfront.net` */
  readonly distributionDomainName: string;
};

/** A and AAAA of the domain as aliases of the distribution, those that are missing. */
export async function ensureHostRecords(
  context: Context,
  { target, domain, distributionDomainName }: LedDomain,
): Promise<void> {
  if (domain === undefined) return;
  const { host, zone, missing } = domain;
  if (zone === undefined) {
    await nameHostRecord(context, { host, distributionDomainName });
    return;
  }
  if (missing.length === 0) return;
  const isApex = zone.name === host;
  const planNow = async (): Promise<HostRecordsPlan> =>
    planHostRecords(await context.aws.route53.listRecords(zone.id, host), {
      distributionDomainName,
      isApex,
    });
  const detail = `${missing.join(' and ')}: alias of ${distributionDomainName}`;
  await changeRecords(context, {
    zone,
    change: { id: host, action: 'create', detail },
    purpose: 'alias',
    records: missing.map((type) =>
      fillTemplate(aliasTemplate, {
        host,
        type,
        cloudfrontZoneId: target.partition.cloudfrontZoneId,
        distributionDomainName,
      }),
    ),
    isDone: async () => {
      const now = await planNow();
      if (now.foreign.length > 0) throw recordsTaken(host, { zone, records: now.foreign });
      return now.missing.length === 0;
    },
  });
}

/** The record that leads the domain to the distribution, for a person to make. */
function hostRecord(host: string, distributionDomainName: string): RecordToMake {
  return { name: host, type: 'CNAME', value: distributionDomainName };
}

/** How a person writes it down. */
function hostRecordText(record: RecordToMake): string {
  // Where the domain may be the apex of its zone, no CNAME can be.
  const apex =
    record.name.split('.').length > 2
      ? ''
      : ' (at the apex of a zone: an ALIAS, ANAME or flattened record with that target)';
  return `\`${recordLine(record)}\`${apex}`;
}

/** What to throw where the domain is not served in time: WAIT_TIMED_OUT, and that a rerun goes on. */
export function notServedYet(
  context: Context,
  { domain, distributionDomainName }: LedDomain,
): ((problem: string) => BootstrapError) | undefined {
  if (domain === undefined) return undefined;
  const { host, zone } = domain;
  const record = hostRecord(host, distributionDomainName);
  const seconds = Math.round(context.timeoutMs / 1000);
  return (problem) =>
    new BootstrapError({
      code: 'WAIT_TIMED_OUT',
      message: `gave up waiting for "https://${host}" to serve the documents after ${seconds}s: ${problem}`,
      hint:
        (zone === undefined
          ? `create the DNS record ${hostRecordText(record)}`
          : `check with \`dig +short NS ${zone.name}\` whether public DNS asks the name servers of hosted zone "${zone.id}", ` +
            'which has the alias records') +
        '; then run the same command again: it goes on from here; --timeout sets a longer wait',
      details: {
        waitedFor: 'domain',
        seconds,
        domain: host,
        problem,
        hostedZoneId: zone?.id ?? null,
        records: zone === undefined ? [record] : [],
      },
    });
}

/** Told unless somebody answers at the domain already. */
async function nameHostRecord(
  context: Context,
  input: { readonly host: string; readonly distributionDomainName: string },
): Promise<void> {
  const { host, distributionDomainName } = input;
  const answer = await context.fetchDocument(`https://${host}/`);
  if (answer.ok) return;
  const record = hostRecord(host, distributionDomainName);
  context.warn(
    `create this DNS record, so that the domain leads to the distribution: ${hostRecordText(record)}`,
  );
}
