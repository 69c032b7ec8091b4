// An own domain of an issuer: its certificate, and the DNS records that lead it to the distribution.

import { certificateProblems, type Certificate } from '../hosting/certificate.ts';
import { describeRecord, type DnsRecord } from '../hosting/dns-record.ts';
import { failed, passed, skipped, warned, type Check } from './check.ts';
import type { Commands } from './hosting-facts.ts';
import type { Seen } from '../seen.ts';

/** What was seen of the domain. */
export type DomainFacts = {
  readonly host: string;
  /** Of the distribution; undefined where it has none of ACM. */
  readonly certificateArn: string | undefined;
  readonly certificate: Seen<Certificate | undefined>;
  readonly records: Seen<
    | {
        readonly zoneId: string;
        readonly missing: readonly string[];
        readonly foreign: readonly DnsRecord[];
      }
    | undefined
  >;
};

/** ACM renews a certificate 60 days before it ends; one that is closer was not renewed. */
const lateDays = 30;
const day = 86_400_000;

/** Checks of certificate and records. */
export function domainChecks(facts: DomainFacts, now: Date, commands: Commands): readonly Check[] {
  return [certificateCheck(facts, now), recordsCheck(facts, commands)];
}

function certificateCheck(facts: DomainFacts, now: Date): Check {
  const { host, certificateArn, certificate } = facts;
  const id = 'hosting-certificate';
  const subject = certificateArn ?? host;
  if (!certificate.seen) return skipped(id, subject, certificate.why);
  const hint = `request a certificate for "${host}" in ACM in us-east-1, then select it in the settings of the distribution`;
  if (certificate.value === undefined) {
    return failed(id, subject, {
      detail: `the distribution has no certificate for "${host}"`,
      hint,
    });
  }
  const problems = certificateProblems(certificate.value, { host, now });
  if (problems.length > 0) {
    return failed(id, subject, { detail: `the certificate ${problems.join('; ')}`, hint });
  }
  const { notAfter } = certificate.value;
  const left =
    notAfter === undefined ? Number.POSITIVE_INFINITY : notAfter.getTime() - now.getTime();
  if (left < lateDays * day) {
    return warned(id, subject, {
      detail: `the certificate ends in ${Math.floor(left / day)} days and was not renewed`,
      hint: 'ACM renews only while the CNAME that proves the domain is there: `aws acm describe-certificate --region us-east-1` names it',
    });
  }
  return passed(id, subject, `issued for "${host}"`);
}

function recordsCheck({ host, records }: DomainFacts, commands: Commands): Check {
  const id = 'hosting-records';
  if (!records.seen) return skipped(id, host, records.why);
  if (records.value === undefined) {
    return skipped(id, host, 'its DNS zone is not in this account');
  }
  const { zoneId, missing, foreign } = records.value;
  if (foreign.length > 0) {
    return failed(id, host, {
      detail: `hosted zone "${zoneId}" leads "${host}" elsewhere: ${foreign.map(describeRecord).join('; ')}`,
      hint: `delete these records, then run \`${commands.publish} --domain ${host}\``,
    });
  }
  if (missing.length > 0) {
    return failed(id, host, {
      detail: `hosted zone "${zoneId}" has no ${missing.join(' and no ')} record of "${host}"`,
      hint: `run \`${commands.publish} --domain ${host}\``,
    });
  }
  return passed(id, host, `hosted zone "${zoneId}" leads it to the distribution`);
}
