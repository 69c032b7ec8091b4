// What the local Route 53 remembers: hosted zones with their records, and changes on their way.

export type ResourceRecord = {
  /** With its final dot. */
  name: string;
  type: string;
  ttl: number | undefined;
  values: string[];
  alias: { hostedZoneId: string; dnsName: string; evaluateTargetHealth: boolean } | undefined;
  /** Set where a routing policy tells records of one name apart. */
  setIdentifier: string | undefined;
};

export type HostedZone = {
  /** Without `/hostedzone/`. */
  id: string;
  account: string;
  /** With its final dot. */
  name: string;
  isPrivate: boolean;
  /** Whether the parent zone names the name servers of this one: only then the world sees it. */
  delegated: boolean;
  /** By `<name> <type>`. */
  records: Map<string, ResourceRecord>;
};

export type Route53Change = { id: string; account: string; submittedAt: Date };

export type Route53State = {
  zones: Map<string, HostedZone>;
  changes: Map<string, Route53Change>;
  /** Until a change is INSYNC. */
  syncMs: number;
};

/** A Route 53 without zones. */
export function newRoute53State(): Route53State {
  return { zones: new Map(), changes: new Map(), syncMs: 30_000 };
}

/** Puts a zone there, with the NS and SOA records every zone has. */
export function addZone(
  state: Route53State,
  zone: { id: string; account: string; name: string; isPrivate?: boolean; delegated?: boolean },
): HostedZone {
  const name = `${zone.name.replace(/\.$/, '')}.`;
  const own = (type: string, values: string[]): [string, ResourceRecord] => [
    `${name} ${type}`,
    { name, type, ttl: 172_800, values, alias: undefined, setIdentifier: undefined },
  ];
  const made: HostedZone = {
    id: zone.id,
    account: zone.account,
    name,
    isPrivate: zone.isPrivate ?? false,
    delegated: zone.delegated ?? true,
    records: new Map([
      own('NS', ['ns-1.awsdns-01.com.', 'ns-2.awsdns-02.net.']),
      own('SOA', ['ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400']),
    ]),
  };
  state.zones.set(made.id, made);
  return made;
}
