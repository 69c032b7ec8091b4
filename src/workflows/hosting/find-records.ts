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
import type { Spared, Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { findEveryPublicZone } from './find-zone.ts';
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
    const zones = await orReason(findEveryPublicZone(context, host));
    if (typeof zones === 'string') {
      keep(host, byHand(zones));
      continue;
    }
    if (zones.length === 0) keep(host, byHand('no public hosted zone of this account holds it'));
    for (const zone of zones) {
      const found = await orReason(lookInZone(context, { zone, host, look }));
      if (typeof found === 'string') {
        keep(host, byHand(found));
        continue;
      }
      leading.push(...found.leading);
      for (const record of found.foreign) keep(host, foreignText(zone, record));
      if (typeof found.proof === 'string') keep(host, found.proof);
      else if (found.proof !== undefined) proofs.push(found.proof);
    }
  }
  return { leading, proofs, kept };
}

/** The answer, or why it is denied: a caller may see one zone and not another. */
async function orReason<Answer>(read: Promise<Answer>): Promise<Answer | string> {
  try {
    return await read;
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return error.message;
  }
}

type At = { readonly zone: HostedZone; readonly host: string; readonly look: Look };

async function lookInZone(context: Context, at: At) {
  const { leading, foreign } = await lookAtHost(context, at);
  return { leading, foreign, proof: await lookAtProof(context, at) };
}

async function lookAtHost(
  context: Context,
  { zone, host, look }: At,
): Promise<{
  readonly leading: readonly LeadingRecords[];
  readonly foreign: readonly DnsRecord[];
}> {
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
  { zone, host, look }: At,
): Promise<ProofRecord | string | undefined> {
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

function byHand(why: string): string {
  return `${why}: delete by hand what leads there`;
}

function foreignText(zone: HostedZone, record: DnsRecord): string {
  return `in hosted zone "${zone.id}", and not known to be ours: ${describeRecord(record)}`;
}
