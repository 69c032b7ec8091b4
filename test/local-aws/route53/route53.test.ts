// The local Route 53, through the SDK.

import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type Change,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import { lookUp, servingHost } from '../dns/dns-state.ts';
import { refusal } from '../iam/iam-test-clients.ts';
import { owner, testServer, type TestServer } from '../test-clients.ts';
import { addZone } from './route53-state.ts';

const cloudFrontZone = 'Z2FDTNDATAQYW2';

async function scene() {
  const server = await testServer();
  const zone = addZone(server.aws.state.route53, { id: 'Z1', account: owner, name: 'example.com' });
  const client = clientOf(server, 'AKIAOWNER');
  const change = (Action: Change['Action'], ResourceRecordSet: ResourceRecordSet) =>
    client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: 'Z1',
        ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
      }),
    );
  return { server, zone, client, change };
}

function clientOf(server: TestServer, accessKeyId: string): Route53Client {
  const credentials = { accessKeyId, secretAccessKey: 'secret' };
  const { endpoint } = server.aws;
  return new Route53Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

const alias = (Name: string, target: string, zone = cloudFrontZone): ResourceRecordSet => ({
  Name,
  Type: 'A',
  AliasTarget: { HostedZoneId: zone, DNSName: target, EvaluateTargetHealth: false },
});
const cname = (Name: string, Value: string): ResourceRecordSet => ({
  Name,
  Type: 'CNAME',
  TTL: 300,
  ResourceRecords: [{ Value }],
});

describe('records', () => {
  test('are created, listed with a final dot, resolved, and deleted by their exact values', async () => {
    const { server, client, change } = await scene();
    const made = await change('CREATE', alias('oidc.example.com', 'd1.cloudfront.net'));
    expect(made.ChangeInfo?.Status).toBe('PENDING');
    const get = new GetChangeCommand({ Id: made.ChangeInfo?.Id });
    server.advance(30);
    expect((await client.send(get)).ChangeInfo?.Status).toBe('INSYNC');
    expect(servingHost('oidc.example.com', server.aws.world)).toBe('d1.cloudfront.net');
    const list = new ListResourceRecordSetsCommand({
      HostedZoneId: 'Z1',
      StartRecordName: 'oidc.example.com',
      StartRecordType: 'A',
      MaxItems: 1,
    });
    expect((await client.send(list)).ResourceRecordSets).toEqual([
      {
        Name: 'oidc.example.com.',
        Type: 'A',
        AliasTarget: {
          HostedZoneId: cloudFrontZone,
          DNSName: 'd1.cloudfront.net.',
          EvaluateTargetHealth: false,
        },
      },
    ]);
    const other = alias('oidc.example.com', 'd2.cloudfront.net');
    expect((await refusal(change('DELETE', other)))[1]).toBe('InvalidChangeBatch');
    await change('DELETE', alias('oidc.example.com', 'd1.cloudfront.net'));
    expect(lookUp('oidc.example.com', 'A', server.aws.world)).toBeUndefined();
  });

  test.each<[string, ResourceRecordSet]>([
    ['that exist already', cname('taken.example.com', 'a.example.net')],
    ['beside a CNAME', alias('taken.example.com', 'd1.cloudfront.net')],
    ['as a CNAME at the apex', cname('example.com', 'a.example.net')],
    ['as a CNAME beside another record', cname('address.example.com', 'a.example.net')],
    ['of another zone', cname('a.example.org', 'a.example.net')],
    [
      'whose alias is not in the zone of CloudFront',
      alias('a.example.com', 'd1.cloudfront.net', 'Z1'),
    ],
  ])('%s are refused', async (_, record) => {
    const { change, zone } = await scene();
    await change('CREATE', cname('taken.example.com', 'b.example.net'));
    await change('CREATE', {
      Name: 'address.example.com',
      Type: 'A',
      TTL: 60,
      ResourceRecords: [{ Value: '192.0.2.1' }],
    });
    const before = [...zone.records.keys()];
    const [status, code] = await refusal(change('CREATE', record));
    expect([status, code]).toEqual([400, 'InvalidChangeBatch']);
    expect([...zone.records.keys()]).toEqual(before);
  });
});

test.each<[string, ResourceRecordSet, string]>([
  ['a label of 64 characters', cname(`${'a'.repeat(64)}.example.com`, 'b'), 'InvalidChangeBatch'],
  ['an odd TTL', { ...cname('a.example.com', 'b'), TTL: 2_147_483_648 }, 'InvalidChangeBatch'],
  ['an odd type', { ...cname('a.example.com', 'b'), Type: 'ALIAS' as 'A' }, 'InvalidChangeBatch'],
  ['a value of 4,001 characters', cname('a.example.com', 'b'.repeat(4001)), 'InvalidChangeBatch'],
  [
    'an alias that leaves out health evaluation',
    {
      Name: 'a.example.com',
      Type: 'A',
      AliasTarget: {
        HostedZoneId: cloudFrontZone,
        DNSName: 'd1.cloudfront.net',
        EvaluateTargetHealth: undefined,
      },
    },
    'InvalidInput',
  ],
])('a record with %s is refused', async (_, record, code) => {
  const { change } = await scene();
  expect((await refusal(change('CREATE', record))).slice(0, 2)).toEqual([400, code]);
});

describe('zones', () => {
  test('are found by name, from that name on, and only by their account', async () => {
    const { server, client } = await scene();
    addZone(server.aws.state.route53, {
      id: 'Z2',
      account: owner,
      name: 'example.com',
      isPrivate: true,
    });
    addZone(server.aws.state.route53, { id: 'Z3', account: owner, name: 'example.net' });
    const list = new ListHostedZonesByNameCommand({ DNSName: 'example.com', MaxItems: 10 });
    const zones = (await client.send(list)).HostedZones ?? [];
    expect(zones.map(({ Id, Config }) => [Id, Config?.PrivateZone])).toEqual([
      ['/hostedzone/Z1', false],
      ['/hostedzone/Z2', true],
      ['/hostedzone/Z3', false],
    ]);
    const stranger = clientOf(server, 'AKIAOTHER');
    expect((await stranger.send(list)).HostedZones).toEqual([]);
    const change = new ListResourceRecordSetsCommand({ HostedZoneId: 'Z1' });
    expect((await refusal(stranger.send(change)))[1]).toBe('NoSuchHostedZone');
  });
});
