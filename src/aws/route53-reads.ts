// Reads of Route 53. Its lists begin at a name and go on with whatever follows: they are no filters.
// https://docs.aws.amazon.com/Route53/latest/APIReference/Welcome.html

import type { HostedZone as SdkZone, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { bareName, type DnsRecord } from '../core/hosting/dns-record.ts';
import type { HostedZone } from '../core/hosting/hosted-zone.ts';
import { unless, type Attempt } from './attempt.ts';
import { endlessList, mostPages } from './pages.ts';
import type { Route53Reads } from './ports.ts';
import type { Route53Service } from './sdk-clients.ts';

/** Route 53 reads over a client that is opened at the first of them. */
export function route53Reads(options: {
  readonly attempt: Attempt;
  readonly open: () => Promise<Route53Service>;
  readonly region: string;
}): Route53Reads {
  const { region } = options;
  const ask = async <Output>(
    operation: string,
    input: object,
    send: (service: Route53Service) => Promise<Output>,
  ): Promise<Output> =>
    options.attempt({ operation: `route53:${operation}`, input, region }, async () =>
      send(await options.open()),
    );

  return {
    findZones: (name) =>
      ask('ListHostedZonesByName', {}, async ({ client, sdk }) => {
        const found: HostedZone[] = [];
        let start: { DNSName: string; HostedZoneId?: string } = { DNSName: name };
        for (let count = 1; count <= mostPages; count += 1) {
          const page = await client.send(new sdk.ListHostedZonesByNameCommand(start));
          found.push(...(page.HostedZones ?? []).map(hostedZone));
          const { NextDNSName, NextHostedZoneId } = page;
          const more = NextDNSName !== undefined && bareName(NextDNSName) === name;
          if (!more) return found.filter((zone) => zone.name === name);
          start = { DNSName: name, ...(NextHostedZoneId && { HostedZoneId: NextHostedZoneId }) };
        }
        throw endlessList();
      }),

    getZone: async (id) => {
      const input = { Id: id };
      const answer = await unless(
        ['NoSuchHostedZone'],
        ask('GetHostedZone', input, ({ client, sdk }) =>
          client.send(new sdk.GetHostedZoneCommand(input)),
        ),
      );
      const zone = answer?.HostedZone;
      if (zone === undefined) return undefined;
      const nameServers = answer?.DelegationSet?.NameServers ?? [];
      return { ...hostedZone(zone), nameServers: nameServers.map(bareName) };
    },

    listRecords: (zoneId, name) => {
      const input = { HostedZoneId: zoneId, StartRecordName: name };
      return ask('ListResourceRecordSets', input, async ({ client, sdk }) => {
        // A page of 300: more records than that have no name in common.
        const page = await client.send(new sdk.ListResourceRecordSetsCommand(input));
        return (page.ResourceRecordSets ?? []).map(dnsRecord).filter((one) => one.name === name);
      });
    },
  };
}

function hostedZone({ Id, Name, Config }: SdkZone): HostedZone {
  return {
    id: (Id ?? '').replace(/^\/hostedzone\//, ''),
    name: bareName(Name ?? ''),
    isPrivate: Config?.PrivateZone === true,
  };
}

function dnsRecord(record: ResourceRecordSet): DnsRecord {
  const { Name, Type, ResourceRecords, AliasTarget, TTL, SetIdentifier } = record;
  return {
    name: bareName(Name ?? ''),
    type: Type ?? '',
    values: (ResourceRecords ?? []).map(({ Value }) => bareName(Value ?? '')),
    aliasTarget: AliasTarget?.DNSName === undefined ? undefined : bareName(AliasTarget.DNSName),
    ttl: TTL,
    isRouted: SetIdentifier !== undefined,
  };
}
