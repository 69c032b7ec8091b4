// The local Route 53: REST-XML of version 2013-04-01. Zones are looked up, records listed and changed.

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { parseXml, toXml, type XmlValue } from '../wire/xml.ts';
import { applyChanges, parseChanges } from './record-changes.ts';
import type { HostedZone, ResourceRecord } from './route53-state.ts';

const namespace = 'https://route53.amazonaws.com/doc/2013-04-01/';
const prefix = '/2013-04-01/';

type Handler = (request: AwsRequest, world: World, id: string) => AwsResponse;

type Route = {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  readonly handle: Handler;
};

const routes: readonly Route[] = [
  {
    operation: 'ListHostedZonesByName',
    method: 'GET',
    path: /^hostedzonesbyname$/,
    handle: listHostedZonesByName,
  },
  {
    operation: 'GetHostedZone',
    method: 'GET',
    path: /^hostedzone\/([^/]+)$/,
    handle: getHostedZone,
  },
  {
    operation: 'ListResourceRecordSets',
    method: 'GET',
    path: /^hostedzone\/([^/]+)\/rrset\/?$/,
    handle: listResourceRecordSets,
  },
  {
    operation: 'ChangeResourceRecordSets',
    method: 'POST',
    path: /^hostedzone\/([^/]+)\/rrset\/?$/,
    handle: changeResourceRecordSets,
  },
  { operation: 'GetChange', method: 'GET', path: /^change\/([^/]+)$/, handle: getChange },
];

function match(request: Pick<AwsRequest, 'method' | 'path'>): { route: Route; id: string } {
  const path = request.path.startsWith(prefix) ? request.path.slice(prefix.length) : '';
  for (const route of routes) {
    const found = route.method === request.method ? route.path.exec(path) : null;
    if (found !== null) return { route, id: found[1] ?? '' };
  }
  throw new AwsFault(
    404,
    'UnknownOperationException',
    `the local AWS does not know ${request.method} ${request.path}`,
  );
}

/** Operation, and the id in the path. */
export function route53Target(request: Pick<AwsRequest, 'method' | 'path'>): {
  readonly operation: string;
  readonly id: string;
} {
  const { route, id } = match(request);
  return { operation: route.operation, id };
}

/** Answers one Route 53 request, or throws the `AwsFault` it deserves. */
export function handleRoute53(request: AwsRequest, world: World): AwsResponse {
  const { route, id } = match(request);
  return route.handle(request, world, id);
}

const answer = (name: string, value: XmlValue): AwsResponse => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: toXml(name, value, namespace),
});

/** The caller's zone of that id. A zone of another account is not found. */
function zoneOf(request: AwsRequest, world: World, id: string): HostedZone {
  const zone = world.route53.zones.get(id);
  if (zone === undefined || zone.account !== request.account) {
    throw new AwsFault(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${id}`);
  }
  return zone;
}

function describeZone(zone: HostedZone): XmlValue {
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.id,
    Config: { PrivateZone: zone.isPrivate },
    ResourceRecordSetCount: zone.records.size,
  };
}

/** Names compare by their labels from the right, as Route 53 orders them. */
function reversed(name: string): string {
  return name.toLowerCase().replace(/\.$/, '').split('.').toReversed().join('.');
}

function pageSize(request: AwsRequest, most: number): number {
  const asked = request.query.get('maxitems');
  const size = asked === null ? most : Number(asked);
  if (!Number.isInteger(size) || size < 1) {
    throw new AwsFault(400, 'InvalidInput', `Invalid MaxItems: ${asked}`);
  }
  return Math.min(size, most);
}

function listHostedZonesByName(request: AwsRequest, world: World): AwsResponse {
  const start = request.query.get('dnsname');
  const startId = request.query.get('hostedzoneid') ?? '';
  const size = pageSize(request, 100);
  const order = (zone: HostedZone): string => `${reversed(zone.name)} ${zone.id}`;
  const from = start === null ? '' : `${reversed(start)} ${startId}`;
  const all = [...world.route53.zones.values()]
    .filter((zone) => zone.account === request.account)
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .filter((zone) => order(zone) >= from);
  const shown = all.slice(0, size);
  const next = all[size];
  return answer('ListHostedZonesByNameResponse', {
    HostedZones: { HostedZone: shown.map(describeZone) },
    ...(start === null ? {} : { DNSName: start }),
    IsTruncated: next !== undefined,
    ...(next === undefined ? {} : { NextDNSName: next.name, NextHostedZoneId: next.id }),
    MaxItems: String(size),
  });
}

function getHostedZone(request: AwsRequest, world: World, id: string): AwsResponse {
  const zone = zoneOf(request, world, id);
  const nameServers = (zone.records.get(`${zone.name} NS`)?.values ?? []).map((value) =>
    value.replace(/\.$/, ''),
  );
  return answer('GetHostedZoneResponse', {
    HostedZone: describeZone(zone),
    ...(zone.isPrivate ? {} : { DelegationSet: { NameServers: { NameServer: nameServers } } }),
  });
}

function describeRecord(record: ResourceRecord): XmlValue {
  return {
    // `*` and other odd characters come back escaped.
    Name: record.name.replaceAll('*', '\\052'),
    Type: record.type,
    SetIdentifier: record.setIdentifier,
    TTL: record.ttl,
    ...(record.alias === undefined
      ? { ResourceRecords: { ResourceRecord: record.values.map((Value) => ({ Value })) } }
      : {
          AliasTarget: {
            HostedZoneId: record.alias.hostedZoneId,
            DNSName: `${record.alias.dnsName.replace(/\.$/, '')}.`,
            EvaluateTargetHealth: record.alias.evaluateTargetHealth,
          },
        }),
  };
}

function listResourceRecordSets(request: AwsRequest, world: World, id: string): AwsResponse {
  const zone = zoneOf(request, world, id);
  const [name, type] = [request.query.get('name'), request.query.get('type') ?? ''];
  if (name === null && type !== '') {
    throw new AwsFault(400, 'InvalidInput', 'A type without a name cannot be specified');
  }
  const size = pageSize(request, 300);
  const order = (record: { name: string; type: string }): string =>
    `${reversed(record.name)} ${record.type}`;
  const from = name === null ? '' : order({ name, type });
  const all = [...zone.records.values()]
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .filter((record) => order(record) >= from);
  const shown = all.slice(0, size);
  const next = all[size];
  return answer('ListResourceRecordSetsResponse', {
    ResourceRecordSets: { ResourceRecordSet: shown.map(describeRecord) },
    IsTruncated: next !== undefined,
    ...(next === undefined ? {} : { NextRecordName: next.name, NextRecordType: next.type }),
    MaxItems: String(size),
  });
}

function changeResourceRecordSets(request: AwsRequest, world: World, id: string): AwsResponse {
  const zone = zoneOf(request, world, id);
  applyChanges(zone, parseChanges(parseXml(request.body)), world);
  const change = {
    id: world.newId('C'),
    account: zone.account,
    submittedAt: world.now(),
  };
  world.route53.changes.set(change.id, change);
  return answer('ChangeResourceRecordSetsResponse', { ChangeInfo: describeChange(change, world) });
}

function describeChange(change: { id: string; submittedAt: Date }, world: World): XmlValue {
  const age = world.now().getTime() - change.submittedAt.getTime();
  return {
    Id: `/change/${change.id}`,
    Status: age >= world.route53.syncMs ? 'INSYNC' : 'PENDING',
    SubmittedAt: change.submittedAt.toISOString(),
  };
}

function getChange(request: AwsRequest, world: World, id: string): AwsResponse {
  const change = world.route53.changes.get(id);
  if (change === undefined || change.account !== request.account) {
    throw new AwsFault(404, 'NoSuchChange', `Could not find resource with ID: ${id}`);
  }
  return answer('GetChangeResponse', { ChangeInfo: describeChange(change, world) });
}
