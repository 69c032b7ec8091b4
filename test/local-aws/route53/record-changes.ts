// ChangeResourceRecordSets: one batch, applied whole or not at all.

import { AwsFault, type World } from '../wire/protocol.ts';
import { child, childText, type XmlNode } from '../wire/xml.ts';
import type { HostedZone, ResourceRecord } from './route53-state.ts';

/** The zone that all CloudFront distributions live in, by partition. */
const cloudFrontZones: { readonly [partition: string]: string } = {
  aws: 'Z2FDTNDATAQYW2',
  'aws-cn': 'Z3RFFRIM2A3IF5',
};

/** RRType of the model. */
const recordTypes =
  'SOA A TXT NS CNAME MX NAPTR PTR SRV SPF AAAA CAA DS TLSA SSHFP SVCB HTTPS'.split(' ');

type RecordChange = { readonly action: string; readonly record: ResourceRecord };

const invalid = (message: string): AwsFault =>
  new AwsFault(400, 'InvalidChangeBatch', `[${message}]`);

/** The changes of a request; 400 `InvalidInput` where it has none or an unknown action. */
export function parseChanges(root: XmlNode): readonly RecordChange[] {
  const batch = child(root, 'ChangeBatch');
  if ((batch === undefined ? '' : (childText(batch, 'Comment') ?? '')).length > 256) {
    throw new AwsFault(400, 'InvalidInput', 'The comment of a batch has at most 256 characters');
  }
  const changes = batch === undefined ? undefined : child(batch, 'Changes');
  const nodes = changes?.children ?? [];
  if (nodes.length === 0 || nodes.length > 1000) {
    throw new AwsFault(400, 'InvalidInput', 'Invalid request: a batch has 1 to 1000 changes');
  }
  return nodes.map((node) => {
    const action = childText(node, 'Action') ?? '';
    if (!['CREATE', 'DELETE', 'UPSERT'].includes(action)) {
      throw new AwsFault(400, 'InvalidInput', `Invalid XML ; Value '${action}' is not an action`);
    }
    return { action, record: parseRecord(child(node, 'ResourceRecordSet') ?? node) };
  });
}

function parseRecord(node: XmlNode): ResourceRecord {
  const target = child(node, 'AliasTarget');
  if (target !== undefined && childText(target, 'EvaluateTargetHealth') === undefined) {
    throw new AwsFault(
      400,
      'InvalidInput',
      "Invalid XML ; cvc-complex-type.2.4.b: The content of element 'AliasTarget' is not complete.",
    );
  }
  const ttl = childText(node, 'TTL');
  return {
    name: `${(childText(node, 'Name') ?? '').toLowerCase().replace(/\.$/, '')}.`,
    type: childText(node, 'Type') ?? '',
    ttl: ttl === undefined ? undefined : Number(ttl),
    values: (child(node, 'ResourceRecords')?.children ?? []).map(
      (record) => childText(record, 'Value') ?? '',
    ),
    alias:
      target === undefined
        ? undefined
        : {
            hostedZoneId: childText(target, 'HostedZoneId') ?? '',
            dnsName: (childText(target, 'DNSName') ?? '').replace(/\.$/, ''),
            evaluateTargetHealth: childText(target, 'EvaluateTargetHealth') === 'true',
          },
    setIdentifier: childText(node, 'SetIdentifier'),
  };
}

/** Applies the batch, or throws 400 `InvalidChangeBatch` and leaves the zone as it was. */
export function applyChanges(
  zone: HostedZone,
  changes: readonly RecordChange[],
  world: World,
): void {
  const records = new Map(zone.records);
  for (const { action, record } of changes) {
    checkRecord(record, zone, world);
    const id = `${record.name} ${record.type}`;
    const there = records.get(id);
    const shown = `[name='${record.name}', type='${record.type}']`;
    if (action === 'CREATE' && there !== undefined) {
      throw invalid(`Tried to create resource record set ${shown} but it already exists`);
    }
    if (action === 'DELETE') {
      if (there === undefined) {
        throw invalid(`Tried to delete resource record set ${shown} but it was not found`);
      }
      if (!sameRecord(there, record)) {
        throw invalid(
          `Tried to delete resource record set ${shown} but the values provided do not match the current values`,
        );
      }
      records.delete(id);
      continue;
    }
    checkConflict(record, [...records.values()], zone);
    records.set(id, record);
  }
  zone.records = records;
}

function checkRecord(record: ResourceRecord, zone: HostedZone, world: World): void {
  const { name, type, alias } = record;
  checkSizes(record);
  if (name !== zone.name && !name.endsWith(`.${zone.name}`)) {
    throw invalid(`RRSet with DNS name ${name} is not permitted in zone ${zone.name}`);
  }
  if (type === 'CNAME' && name === zone.name) {
    throw invalid(
      `RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone.name}`,
    );
  }
  if (alias === undefined) {
    if (record.ttl === undefined || record.values.length === 0) {
      throw invalid(`Missing field 'TTL' or 'ResourceRecords' in resource record set ${name}`);
    }
    return;
  }
  const ofCloudFront = alias.hostedZoneId === cloudFrontZones[world.partition];
  if (ofCloudFront !== alias.dnsName.endsWith('.cloudfront.net')) {
    throw invalid(
      `Tried to create an alias that targets ${alias.dnsName}., type ${type} in zone ${alias.hostedZoneId}, but the alias target name does not lie within the target zone`,
    );
  }
  if (ofCloudFront && alias.evaluateTargetHealth) {
    throw invalid(
      `EvaluateTargetHealth cannot be true when the alias target is a CloudFront distribution`,
    );
  }
  if (record.ttl !== undefined || record.values.length > 0) {
    throw invalid(`An alias has no TTL and no records: ${name}`);
  }
}

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html */
function checkSizes({ name, type, ttl = 0, values }: ResourceRecord): void {
  const labels = name.replace(/\.$/, '').split('.');
  if (name.length > 256 || labels.some((label) => label === '' || label.length > 63)) {
    throw invalid(`Domain name ${name} is too long or has a label of no or over 63 characters`);
  }
  if (!recordTypes.includes(type)) throw invalid(`Unknown record type ${type}`);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > 2_147_483_647) {
    throw invalid(`TTL of ${name} is out of range`);
  }
  if (values.some((value) => value.length > 4000)) throw invalid(`A value of ${name} is too long`);
}

/** A CNAME stands alone at its name. */
function checkConflict(
  record: ResourceRecord,
  records: readonly ResourceRecord[],
  zone: HostedZone,
): void {
  const others = records.filter(
    (other) => other.name === record.name && other.type !== record.type,
  );
  if (record.type === 'CNAME' && others.length > 0) {
    throw invalid(
      `RRSet of type CNAME with DNS name ${record.name} is not permitted as it conflicts with other records with the same DNS name in zone ${zone.name}`,
    );
  }
  if (others.some((other) => other.type === 'CNAME')) {
    throw invalid(
      `RRSet of type ${record.type} with DNS name ${record.name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone.name}`,
    );
  }
}

function sameRecord(a: ResourceRecord, b: ResourceRecord): boolean {
  const shape = (record: ResourceRecord): string =>
    JSON.stringify([record.ttl, record.values.toSorted(), record.alias, record.setIdentifier]);
  return shape(a) === shape(b);
}
