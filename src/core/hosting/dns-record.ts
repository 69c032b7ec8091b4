// The DNS records of an own domain: those that lead it to the distribution, and how one is written down
// for a person to copy. A record has no tags: it is ours by its exact value.

/** A record set; names and values of host names are lower case, without final dots. */
export type DnsRecord = {
  readonly name: string;
  readonly type: string;
  readonly values: readonly string[];
  /** Where an alias of Route 53 leads. */
  readonly aliasTarget: string | undefined;
  /** Seconds; undefined for an alias. */
  readonly ttl: number | undefined;
  /** One of several by a routing policy of Route 53: this program makes none. */
  readonly isRouted: boolean;
};

/** A record for somebody else to make. */
export type RecordToMake = {
  readonly name: string;
  readonly type: 'CNAME';
  readonly value: string;
};

/** Lower case, without the final dot: as all names are compared. */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The record as a line of a zone file. */
export function recordLine({ name, type, value }: RecordToMake): string {
  return `${name}. 300 IN ${type} ${value}.`;
}

/** What stands at a host, held against what is to stand there. */
export type HostRecordsPlan = {
  /** Alias records to create. */
  readonly missing: readonly ('A' | 'AAAA')[];
  /** Records that lead elsewhere. */
  readonly foreign: readonly DnsRecord[];
  /** The host has name servers of its own: records of this zone are not asked. */
  readonly delegatedTo: readonly string[];
};

/**
 * Compares the records at a host with the distribution's domain; undefined where there is no
 * distribution yet, so that nothing can lead to it.
 */
export function planHostRecords(
  records: readonly DnsRecord[],
  wanted: { readonly distributionDomainName: string | undefined; readonly isApex: boolean },
): HostRecordsPlan {
  const target = wanted.distributionDomainName;
  const leadsToUs = ({ values, aliasTarget }: DnsRecord): boolean =>
    target !== undefined &&
    (aliasTarget === undefined ? values.join() === target : aliasTarget === target);
  const leading = records.filter(({ type }) => ['A', 'AAAA', 'CNAME'].includes(type));
  const has = (type: string): boolean =>
    leading.some((record) => record.type === type || record.type === 'CNAME');
  const nameServers = records.find(({ type }) => type === 'NS');
  return {
    missing: (['A', 'AAAA'] as const).filter((type) => !has(type)),
    foreign: leading.filter((record) => !leadsToUs(record)),
    delegatedTo: wanted.isApex ? [] : (nameServers?.values ?? []),
  };
}

/** Whether it is the alias that this program writes for a host, to the distribution of that domain. */
export function isOwnAlias(record: DnsRecord, distributionDomainName: string): boolean {
  const { type, aliasTarget, isRouted } = record;
  return ['A', 'AAAA'].includes(type) && aliasTarget === distributionDomainName && !isRouted;
}

/** Whether it is the CNAME that proves a domain to ACM with that value. */
export function isOwnProof({ type, values, isRouted }: DnsRecord, value: string): boolean {
  return type === 'CNAME' && values.join() === value && !isRouted;
}

/** What a record says, for a message: `A record "x" (alias of "y")`. */
export function describeRecord({ name, type, values, aliasTarget }: DnsRecord): string {
  const content = aliasTarget === undefined ? values.join(', ') : `alias of ${aliasTarget}`;
  return `${type} record of "${name}" (${content})`;
}
