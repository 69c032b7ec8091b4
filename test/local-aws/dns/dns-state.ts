// Public DNS as an outsider resolves it: the hosted zones of the local Route 53 that their parent
// delegates to, and records that other name servers hold.

import type { World } from '../wire/protocol.ts';
import type { HostedZone } from '../route53/route53-state.ts';

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'NS';

export type DnsState = {
  /** Records of name servers outside of Route 53, by `<name> <type>`: values without a final dot. */
  elsewhere: Map<string, string[]>;
  /** Web servers on loopback that a test runs, by host name. */
  webServers: Map<string, WebServer>;
};

/** A TLS server of a test that answers for a host name. */
export type WebServer = {
  readonly port: number;
  /** The CA that outsiders trust for it, PEM; undefined: nobody trusts its certificate. */
  readonly ca: string | undefined;
};

/** Nobody but Route 53 holds records. */
export function newDnsState(): DnsState {
  return { elsewhere: new Map(), webServers: new Map() };
}

/** Lower case, without the final dot. */
export function bareName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The zone that resolvers ask about a name: public, delegated to, the longest suffix of it. */
export function authoritativeZone(name: string, world: World): HostedZone | undefined {
  const bare = bareName(name);
  return [...world.route53.zones.values()]
    .filter((zone) => !zone.isPrivate && zone.delegated)
    .filter((zone) => bare === bareName(zone.name) || bare.endsWith(`.${bareName(zone.name)}`))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

/** The values of a record, or undefined where there is none; an alias is its target's name. */
export function lookUp(
  name: string,
  type: RecordType,
  world: World,
): readonly string[] | undefined {
  const bare = bareName(name);
  const zone = authoritativeZone(bare, world);
  const keys = zone === undefined ? [...world.dns.elsewhere.keys()] : [...zone.records.keys()];
  const names = new Set(keys.map((key) => bareName(key.split(' ')[0] ?? '')));
  const owner = names.has(bare) ? bare : wildcardOf(bare, names);
  if (zone === undefined) return world.dns.elsewhere.get(`${owner} ${type}`);
  const record = zone.records.get(`${owner}. ${type}`);
  if (record === undefined) return undefined;
  return record.alias === undefined
    ? record.values.map(bareName)
    : [bareName(record.alias.dnsName)];
}

/** The wildcard that answers for a name of which there is no record at all (RFC 4592). */
function wildcardOf(name: string, names: ReadonlySet<string>): string | undefined {
  const parent = name.slice(name.indexOf('.') + 1);
  if (!name.includes('.') || parent === name) return undefined;
  if (names.has(`*.${parent}`)) return `*.${parent}`;
  return names.has(parent) ? undefined : wildcardOf(parent, names);
}

/** The name servers that public DNS asks about a zone; empty where nothing delegates to it. */
export function nameServersOf(zone: string, world: World): readonly string[] {
  return lookUp(zone, 'NS', world) ?? [];
}

/** The host name that serves a name: follows aliases and CNAMEs; undefined where nobody does. */
export function servingHost(name: string, world: World): string | undefined {
  let host = bareName(name);
  for (let hop = 0; hop < 8; hop += 1) {
    const [next] = lookUp(host, 'CNAME', world) ?? lookUp(host, 'A', world) ?? [];
    if (next === undefined) return hop === 0 ? undefined : host;
    host = bareName(next);
  }
  return undefined;
}
