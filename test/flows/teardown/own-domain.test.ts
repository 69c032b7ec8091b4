// delete of an issuer at a domain of the user's own: certificate and DNS records that are ours go with it, by
// tag and by exact value, also in the run after one that was cut off. What others have at the domain stays.

import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCertificate, validationRecord } from '../../local-aws/acm/acm-state.ts';
import { runCli } from '../../cli/fake-host.ts';
import { addZone } from '../../local-aws/route53/route53-state.ts';
import { meanwhile } from '../meanwhile.ts';
import { openScene, type Outcome, type Scene } from '../scene.ts';
import {
  account,
  danglingAliases,
  host,
  iamOf,
  makeCluster,
  makeOwnDomain,
  recordsOf,
  remove,
  sizeOf,
  writesSince,
} from './teardown-scene.ts';

let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.close();
});

const certificates = () => scene.aws.state.acm.certificates;
const proofName = validationRecord(account, host).name.replace(/\.$/, '');
const resourcesOf = (rows: readonly { resource: string }[]): readonly string[] =>
  rows.map(({ resource }) => resource);
const keptOf = ({ json }: Outcome, resource: string): readonly string[] =>
  json.result.kept
    .filter((row: { resource: string }) => row.resource === resource)
    .map(({ id, reason }: { id: string; reason: string }) => `${id}: ${reason}`);

describe('delete of an issuer at an own domain', () => {
  it('lets the same issuer be made again within the hour for which ACM keeps the request', async () => {
    const zone = await makeOwnDomain(scene);
    const before = [...certificates().keys()];
    const began = scene.clock.now().getTime();
    expect((await remove(scene)).code).toBe(0);
    await makeCluster(scene, { words: ['--domain', host] });
    expect(scene.clock.now().getTime() - began).toBeLessThan(3_600_000);
    expect(certificates().size).toBe(1);
    expect(before).not.toContain([...certificates().keys()][0]);
    expect(zone.records.has(`${host}. A`)).toBe(true);
  });

  it('is told apart from a certificate that somebody deleted within that hour', async () => {
    await makeOwnDomain(scene);
    for (const distribution of scene.aws.state.cloudfront.distributions.values()) {
      Object.assign(distribution.config, {
        Aliases: { Quantity: 0 },
        ViewerCertificate: undefined,
      });
    }
    certificates().clear();
    const create = ['create-all', '--name', 'c', '--domain', host];
    const { code, json } = await scene.run([...create, '--credentials-requests-dir', 'requests']);
    expect([code, json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(json.error.hint).toContain('an hour after it was requested');
  });

  it('removes records and certificate as planned, and nothing leads to a distribution that is gone', async () => {
    const zone = await makeOwnDomain(scene);
    zone.records.set(`www.${host}. A`, {
      name: `www.${host}.`,
      type: 'A',
      ttl: 300,
      values: ['192.0.2.1'],
      alias: undefined,
      setIdentifier: undefined,
    });
    scene.aws.state.acm.releaseMs = 15 * 60_000;
    const plan = await scene.run(['delete', '--name', 'c', '--dry-run']);
    expect(plan.code, plan.stderr).toBe(0);
    const start = scene.aws.calls.length;
    const done = await remove(scene, [], {
      onSleep: () => expect(danglingAliases(scene)).toEqual([]),
    });
    expect(done.code, done.stderr).toBe(0);
    expect(done.json.changes).toEqual(plan.json.changes);
    expect(done.stderr).toContain('ACM to treat the certificate of');
    // ACM is asked again and again.
    const writes = writesSince(scene, start).filter((one, index, all) => one !== all[index - 1]);
    expect(writes).toEqual([
      'iam:DeleteRolePolicy',
      'iam:DeleteRole',
      'iam:DeleteOpenIDConnectProvider',
      'cloudfront:UpdateDistribution',
      'route53:ChangeResourceRecordSets',
      'cloudfront:DeleteDistribution',
      'route53:ChangeResourceRecordSets',
      'acm:DeleteCertificate',
      'cloudfront:DeleteOriginAccessControl',
      's3:DeleteObjects',
      's3:DeleteBucket',
    ]);
    const { deleted, left } = done.json.result;
    expect(left).toEqual([]);
    expect(resourcesOf(deleted).slice(2)).toEqual([
      'iam-oidc-provider',
      'cloudfront-distribution',
      'route53-record',
      'route53-record',
      'acm-certificate',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    expect(recordsOf(scene).map(({ name }) => name)).toEqual([`www.${host}.`]);
    expect(sizeOf(scene)).toBe(1);
    const again = await remove(scene);
    expect([again.code, again.json.changes]).toEqual([0, []]);
    expect(keptOf(again, 'route53-record')).toEqual([]);
  });

  it('lets a new issuer be made at the domain at once, with a certificate of its own', async () => {
    await makeOwnDomain(scene);
    const [former] = certificates().keys();
    const done = await remove(scene);
    expect(done.code, done.stderr).toBe(0);
    const began = scene.clock.now().getTime();
    await makeCluster(scene, { words: ['--domain', host] });
    expect(scene.clock.now().getTime() - began).toBeLessThan(10 * 60_000);
    expect([...certificates().keys()]).not.toContain(former);
    expect(certificates().size).toBe(1);
  });

  it('keeps them with --keep-issuer, and a certificate that was given by its ARN', async () => {
    const given = `arn:aws:acm:us-east-1:${account}:certificate/given`;
    addCertificate(scene.aws.world, { arn: given, names: ['*.example.com'] });
    // The zone that was named is not the one with the longest suffix.
    addZone(scene.aws.state.route53, { id: 'Z2', account, name: host, delegated: false });
    await makeOwnDomain(scene, ['--certificate-arn', given, '--hosted-zone-id', 'Z1']);
    const kept = await remove(scene, ['--keep-issuer']);
    expect(keptOf(kept, 'route53-record')).toEqual([`${host}: kept by --keep-issuer`]);
    const done = await remove(scene);
    expect(done.code, done.stderr).toBe(0);
    expect(keptOf(done, 'acm-certificate')).toEqual([`${given}: not tagged as ours`]);
    expect([...certificates().keys()]).toEqual([given]);
    expect(recordsOf(scene)).toEqual([]);
  });

  it('leaves records that lead elsewhere, and a CNAME that another certificate needs', async () => {
    const zone = await makeOwnDomain(scene);
    const alias = zone.records.get(`${host}. A`);
    if (alias?.alias === undefined) throw new Error('no alias');
    zone.records.set(`${host}. A`, {
      ...alias,
      alias: { ...alias.alias, dnsName: 'dtheirs.cloudfront.net' },
    });
    const other = `arn:aws:acm:eu-west-1:${account}:certificate/other`;
    addCertificate(scene.aws.world, { arn: other, names: ['example.com', `*.${host}`] });
    const done = await remove(scene);
    expect(done.code, done.stderr).toBe(0);
    expect(keptOf(done, 'route53-record')).toEqual([
      expect.stringContaining(`A record of "${host}" (alias of dtheirs.cloudfront.net)`),
      expect.stringContaining(`certificate "${other}" needs it too`),
    ]);
    expect(recordsOf(scene).map(({ name, type }) => `${type} ${name}`)).toEqual([
      `CNAME ${proofName}.`,
      `A ${host}.`,
    ]);
    expect([...certificates().keys()]).toEqual([other]);
  });

  it('takes a record that somebody deletes meanwhile for gone', async () => {
    const zone = await makeOwnDomain(scene);
    meanwhile(scene.aws, 'route53:ChangeResourceRecordSets', () => {
      for (const type of ['A', 'AAAA']) zone.records.delete(`${host}. ${type}`);
    });
    const done = await remove(scene);
    expect(done.code, done.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
    expect(resourcesOf(done.json.changes).filter((one) => one === 'route53-record')).toHaveLength(
      1,
    );
  });

  it('finds certificate and CNAME by the tag where all else is gone, on another machine too', async () => {
    const zone = await makeOwnDomain(scene);
    const { s3, cloudfront } = scene.aws.state;
    s3.buckets.clear();
    cloudfront.distributions.clear();
    cloudfront.originAccessControls.clear();
    iamOf(scene).oidcProviders.clear();
    iamOf(scene).roles.clear();
    const theirs = `arn:aws:acm:us-east-1:${account}:certificate/theirs`;
    addCertificate(scene.aws.world, { arn: theirs, names: ['other.example.com'] });
    const done = await remove(scene, [], { folder: path.join(scene.root, 'elsewhere') });
    expect(done.code, done.stderr).toBe(0);
    expect(resourcesOf(done.json.result.deleted)).toEqual(['route53-record', 'acm-certificate']);
    expect([...certificates().keys()]).toEqual([theirs]);
    // Nothing tells any more that the distribution they lead to was ours.
    expect(keptOf(done, 'route53-record')).toHaveLength(2);
    expect([...zone.records.keys()]).toEqual(
      expect.arrayContaining([`${host}. A`, `${host}. AAAA`]),
    );
  });
});

describe('what ACM and Route 53 do not allow', () => {
  it('to read is kept with the reason, and all else goes', async () => {
    await makeOwnDomain(scene);
    scene.aws.deny('acm:ListTagsForCertificate');
    scene.aws.deny('route53:ListResourceRecordSets', /Z2$/);
    addZone(scene.aws.state.route53, { id: 'Z2', account, name: host });
    const done = await remove(scene);
    expect(done.code, done.stderr).toBe(0);
    const [arn] = certificates().keys();
    expect(keptOf(done, 'acm-certificate')).toEqual([
      expect.stringMatching(new RegExp(`^${arn}: .*"acm:ListTagsForCertificate".*by hand`)),
    ]);
    expect(keptOf(done, 'route53-record')).toEqual([
      expect.stringMatching(/"route53:ListResourceRecordSets" on .*Z2.*by hand/),
    ]);
    // Those of the zone that may be read are gone; the CNAME is known by the certificate alone.
    expect(recordsOf(scene).map(({ name }) => name)).toEqual([`${proofName}.`]);
    expect(scene.aws.state.s3.buckets.size).toBe(0);
  });

  it('to write keeps the distribution, to which the records still lead, and the next run finishes', async () => {
    await makeOwnDomain(scene);
    scene.aws.deny('route53:ChangeResourceRecordSets');
    const first = await remove(scene);
    expect(first).toMatchObject({ code: 1, json: { error: { code: 'PARTIAL_DELETE' } } });
    expect(resourcesOf(first.json.result.left)).toEqual([
      'cloudfront-distribution',
      'route53-record',
      'route53-record',
      'acm-certificate',
      'cloudfront-origin-access-control',
      's3-bucket',
    ]);
    expect(iamOf(scene).oidcProviders.size).toBe(0);
    scene.aws.allow('route53:ChangeResourceRecordSets');
    expect((await remove(scene)).code).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('for a while, since the certificate is in use, is waited for as long as --timeout says', async () => {
    await makeOwnDomain(scene);
    scene.aws.state.acm.releaseMs = 60 * 60_000;
    const first = await remove(scene, ['--no-wait']);
    expect(resourcesOf(first.json.result.left)).toHaveLength(6);
    scene.clock.advance(30 * 60_000);
    const second = await remove(scene, ['--no-wait']);
    expect([second.code, resourcesOf(second.json.result.left)]).toEqual([0, ['acm-certificate']]);
    const third = await remove(scene, ['--timeout', '5m']);
    expect(third).toMatchObject({ code: 6, json: { error: { code: 'WAIT_TIMED_OUT' } } });
    expect((await remove(scene, ['--timeout', '2h'])).code).toBe(0);
    expect(sizeOf(scene)).toBe(0);
  });

  it('since others use the certificate, is left and told', async () => {
    await makeOwnDomain(scene);
    const [distribution] = scene.aws.state.cloudfront.distributions.values();
    if (distribution === undefined) throw new Error('no distribution');
    const config = { ...distribution.config, Comment: 'theirs', Aliases: { Quantity: 0 } };
    const theirs = { id: 'ETHEIRS', domainName: 'dtheirs.cloudfront.net', arn: 'arn:theirs' };
    const Origins = { Quantity: 1, Items: [{ Id: 'a', DomainName: 'theirs.example.org' }] };
    const other = { ...distribution, ...theirs, tags: {}, config: { ...config, Origins } };
    scene.aws.state.cloudfront.distributions.set('ETHEIRS', other);
    const done = await remove(scene);
    expect(done.code).toBe(1);
    expect(done.json.result.left).toMatchObject([
      { resource: 'acm-certificate', reason: '"arn:theirs" uses it' },
    ]);
  });

  it('is nothing where the caller has the policy that is printed for the domain', async () => {
    await makeOwnDomain(scene);
    const whose = ['--name', 'c', '--account', account, '--domain', host];
    const { out } = await runCli(['permissions', 'delete', ...whose]);
    scene.aws.attach(JSON.parse(out));
    const start = scene.aws.calls.length;
    const done = await remove(scene);
    expect(done.code, done.stderr).toBe(0);
    expect(sizeOf(scene)).toBe(0);
    const refused = scene.aws.calls.slice(start).filter(({ status }) => status === 403);
    expect(refused.map(({ operation }) => operation)).toEqual([]);
  });
});
