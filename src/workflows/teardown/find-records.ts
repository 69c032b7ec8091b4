// The DNS records of own domains in the zones of the account. A record has no tags: it is ours by its exact
// value, and whatever else stands at the name stays and is told.

import { isAwsError } from '../../core/errors.ts';
import {
  describeRecord,
  isOwnAlias,
  isOwnProof,
  type DnsRecord,
} from '../../core/hosting/dns-record.ts';
import type { HostedZone } from '../../core/hosting/hosted-zone.ts';
import type { Spared, Thing } from '../../core/teardown/thing.ts';
import type { Context } from '../context.ts';
import { findEveryPublicZone } from '../hosting/find-zone.ts';
import type { OwnCertificate } from './find-certificates.ts';

/** The aliases in a zone that lead a host to a distribution of ours. */
export type LeadingRecords = {
  readonly zone: HostedZone;
  readonly name: string;
  /** `A`, `AAAA`. */
  readonly types: readonly string[];
  /** `d111111abcdef8.cloudfront.net` */
  readonly distributionDomainName: string;
};

/** A CNAME that proves a host to ACM. */
export type ProofRecord = {
  readonly zone: HostedZone;
  readonly name: string;
  readonly value: string;
  /** Seconds: a record is deleted exactly as it stands. */
  readonly ttl: number;
};

/** Records of own domains, sorted by what becomes of them. */
export type FoundRecords = {
  readonly leading: readonly LeadingRecords[];
  readonly proofs: readonly ProofRecord[];
  readonly kept: readonly Spared[];
};

type Look = {
  readonly hosts: readonly string[];
  /** Domains of the distributions of the name. */
  readonly domainNames: readonly string[];
  readonly certificates: readonly OwnCertificate[];
};

/** A record in plans and results. */
export function recordThing({ name }: { readonly name: string }): Thing {
  return { resource: 'route53-record', id: name };
}

/** Reads only. Where Route 53 may not be read, the records are kept, with that reason. */
export async function findRecords(context: Context, look: Look): Promise<FoundRecords> {
  const leading: LeadingRecords[] = [];
  const proofs: ProofRecord[] = [];
  const kept: Spared[] = [];
  for (const host of look.hosts) {
    const keep = (name: string, reason: string): void => {
      kept.push({ ...recordThing({ name }), reason });
    };
    try {
      const zones = await findEveryPublicZone(context, host);
      if (zones.length === 0) {
        keep(host, 'no hosted zone of this account holds it: delete by hand what leads there');
      }
      for (const zone of zones) {
        const at = await lookAtHost(context, { zone, host, look });
        leading.push(...at.leading);
        for (const record of at.foreign) keep(host, foreignText(zone, record));
        const proof = await lookAtProof(context, { zone, host, look });
        if (typeof proof === 'string') keep(host, proof);
        else if (proof !== undefined) proofs.push(proof);
      }
    } catch (error) {
      if (!isAwsError(error, 'AccessDenied')) throw error;
      keep(host, `${error.message}; delete by hand what leads there`);
    }
  }
  return { leading, proofs, kept };
}

async function lookAtHost(
  context: Context,
  at: { readonly zone: HostedZone; readonly host: string; readonly look: Look },
): Promise<{
  readonly leading: readonly LeadingRecords[];
  readonly foreign: readonly DnsRecord[];
}> {
  const { zone, host, look } = at;
  const records = (await context.aws.route53.listRecords(zone.id, host)).filter(({ type }) =>
    ['A', 'AAAA', 'CNAME'].includes(type),
  );
  const leading = look.domainNames.flatMap((distributionDomainName) => {
    const own = records.filter((record) => isOwnAlias(record, distributionDomainName));
    const types = own.map(({ type }) => type);
    return own.length === 0 ? [] : [{ zone, name: host, types, distributionDomainName }];
  });
  const isOwn = (record: DnsRecord): boolean =>
    look.domainNames.some((domain) => isOwnAlias(record, domain));
  return { leading, foreign: records.filter((record) => !isOwn(record)) };
}

/** The CNAME of the certificate that goes; why it stays, where others need it. */
async function lookAtProof(
  context: Context,
  at: { readonly zone: HostedZone; readonly host: string; readonly look: Look },
): Promise<ProofRecord | string | undefined> {
  const { zone, host, look } = at;
  const certificate = look.certificates.find((one) => one.host === host && one.proof !== undefined);
  if (certificate?.proof === undefined) return undefined;
  const { name, value } = certificate.proof;
  const records = await context.aws.route53.listRecords(zone.id, name);
  const record = records.find((one) => isOwnProof(one, value));
  if (record?.ttl === undefined) return undefined;
  const { proofUse } = certificate;
  return proofUse === undefined
    ? { zone, name, value, ttl: record.ttl }
    : `${describeRecord(record)} stays: ${proofUse}`;
}

function foreignText(zone: HostedZone, record: DnsRecord): string {
  return `in hosted zone "${zone.id}", and not known to be ours: ${describeRecord(record)}`;
}
