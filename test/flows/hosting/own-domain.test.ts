// An issuer at a domain of the user's own: certificate, alias and DNS records are made where the zone is
// in the account, and named for a person where it is not. Nothing of somebody else is ever changed.

import { createPrivateKey } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCertificate } from '../../local-aws/acm/acm-state.ts';
import { matchesPattern } from '../../../src/core/hosting/statement.ts';
import { addZone, type HostedZone } from '../../local-aws/route53/route53-state.ts';
import { askSts, mintToken } from '../rotation/api-server.ts';
import { runCli } from '../../cli/fake-host.ts';
import { bucketName, openScene, type Outcome, type RunChange, type Scene } from '../scene.ts';

const account = '111122223333';
const host = 'oidc.example.com';
const issuer = `https://${host}`;
const words = ['create-all', '--name', 'c', '--service-account', 'shop/web', '--role-name', 'web'];
const asked = [...words, '--domain', host];
const certificateArn = `arn:aws:acm:us-east-1:${account}:certificate/given`;
let scene: Scene;

beforeEach(async () => {
  scene = await openScene();
  await scene.run(['create-key-pair', '--key-size', '2048']);
});
afterEach(async () => {
  await scene.close();
});

const run = (flags: readonly string[] = asked, change?: RunChange): Promise<Outcome> =>
  scene.run(flags, change);

function zone(change: Partial<Parameters<typeof addZone>[1]> = {}): HostedZone {
  return addZone(scene.aws.state.route53, { id: 'Z1', account, name: 'example.com', ...change });
}

const record = (type: string, name: string, values: readonly string[]) => ({
  name: `${name}.`,
  type,
  ttl: 300,
  values: [...values],
  alias: undefined,
  setIdentifier: undefined,
});

const writesFrom = (from: number) => scene.aws.calls.slice(from).filter((call) => call.write);
const serviceCalls = (from: number) =>
  scene.aws.calls.slice(from).filter(({ operation }) => /^(?:acm|route53):/.test(operation));
const distributions = () => [...scene.aws.state.cloudfront.distributions.values()];

function give(change: Partial<Parameters<typeof addCertificate>[1]> = {}): void {
  addCertificate(scene.aws.world, { arn: certificateArn, names: ['*.example.com'], ...change });
}

/** What a person does who reads an error: makes the records that its details name. */
function makeRecords({ json }: Outcome): void {
  for (const { name, type, value } of json.error.details.records) {
    scene.aws.state.dns.elsewhere.set(`${name} ${type}`, [value]);
  }
}

/** A token of the cluster, held against STS. */
function answerToToken(): Promise<string> {
  const key = createPrivateKey(scene.read('serviceaccount-signer.private'));
  const claims = {
    issuer,
    subject: 'system:serviceaccount:shop:web',
    audience: 'sts.amazonaws.com',
    now: scene.clock.now(),
  };
  const roleArn = `arn:aws:iam::${account}:role/web`;
  return askSts(scene.aws.endpoint, { token: mintToken(key, claims), roleArn });
}

describe('an own domain whose zone is in the account', () => {
  it('is made in one run, its tokens are accepted, and a second run writes nothing', async () => {
    const made = zone();
    zone({ id: 'ZPRIVATE', isPrivate: true, name: host });
    zone({ id: 'ZPARENT', name: 'com' });
    scene.aws.state.acm.cloudfrontMs = 20_000;
    const { code, json, stderr } = await run();
    expect(code, stderr).toBe(0);
    const [distribution] = distributions();
    const result = json.result.identityProvider;
    expect(result).toMatchObject({ issuer, domain: host, hosting: 'cloudfront' });
    expect(distribution?.config.ViewerCertificate).toMatchObject({
      ACMCertificateArn: result.certificateArn,
      SSLSupportMethod: 'sni-only',
      MinimumProtocolVersion: 'TLSv1.2_2021',
    });
    const [certificate] = scene.aws.state.acm.certificates.values();
    expect(certificate).toMatchObject({
      region: 'us-east-1',
      tags: { 'oidc-bootstrap/c': 'owned', Name: 'c' },
    });
    for (const type of ['A', 'AAAA']) {
      expect(made.records.get(`${host}. ${type}`)?.alias?.dnsName).toBe(distribution?.domainName);
    }
    expect(json.changes.map(({ resource, id }) => `${resource} ${id}`)).toEqual([
      `s3-bucket ${bucketName()}`,
      'cloudfront-origin-access-control c-oidc',
      `acm-certificate ${host}`,
      expect.stringMatching(/^route53-record _[0-9a-f]{32}\.oidc\.example\.com$/),
      'cloudfront-distribution oidc-bootstrap/c',
      `s3-bucket ${bucketName()}`,
      `route53-record ${host}`,
      's3-object keys.json',
      's3-object openid/v1/jwks',
      's3-object .well-known/openid-configuration',
      expect.stringMatching(/^iam-oidc-provider .*oidc\.example\.com$/),
      'iam-role web',
    ]);
    scene.clock.advance(60_000);
    expect(await answerToToken()).toBe('accepted');

    let from = scene.aws.calls.length;
    const again = await run();
    expect([again.code, again.json.changes, again.json.warnings]).toEqual([0, [], []]);
    expect(writesFrom(from)).toEqual([]);

    from = scene.aws.calls.length;
    const without = await run(words);
    expect([without.code, without.json.changes]).toEqual([0, []]);
    expect(without.json.result.identityProvider).toEqual(result);
    expect(serviceCalls(from)).toEqual([]);
  });

  it('gets its records back, and its alias, after somebody took them away', async () => {
    const made = zone();
    await run();
    made.records.delete(`${host}. AAAA`);
    const [distribution] = distributions();
    if (distribution === undefined) throw new Error('nothing was made');
    const before = distribution.config;
    distribution.config = {
      ...before,
      Aliases: { Quantity: 0 },
      ViewerCertificate: { CloudFrontDefaultCertificate: true },
    };
    const { code, json, stderr } = await run();
    expect(code, stderr).toBe(0);
    expect(json.changes.map(({ detail }) => detail)).toEqual([
      `domain ${host}, certificate`,
      `AAAA: alias of ${distribution.domainName}`,
    ]);
    expect(distribution.config).toEqual(before);
  });

  it('gets another distribution once the first one is gone, and stays the issuer', async () => {
    const made = zone();
    await run();
    scene.aws.state.cloudfront.distributions.clear();
    const refused = await run(words);
    expect([refused.code, refused.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(refused.json.error.hint).toContain(`--domain ${host}`);
    // The records lead to a distribution that may be anybody's.
    const taken = await run();
    expect([taken.code, taken.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    for (const type of ['A', 'AAAA']) made.records.delete(`${host}. ${type}`);
    const { code, json, stderr } = await run();
    expect(code, stderr).toBe(0);
    expect(json.result.identityProvider).toMatchObject({ issuer, domain: host });
    expect(json.changes.map(({ resource }) => resource)).not.toContain('acm-certificate');
    expect(await answerToToken()).toBe('accepted');
  });

  it('is planned with placeholders and request files by a dry run', async () => {
    zone();
    const { code, json, stderr } = await run([...asked, '--dry-run']);
    expect(code, stderr).toBe(0);
    expect(json.result.identityProvider).toMatchObject({
      issuer,
      domain: host,
      certificateArn: null,
    });
    const files = fs.readdirSync(scene.folder).filter((file) => /acm|route53/.test(file));
    expect(files).toEqual([
      '03-acm-request-certificate.json',
      '04-route53-change-resource-record-sets-validation.json',
      '07-route53-change-resource-record-sets-alias.json',
    ]);
    expect(scene.read(files[2] ?? '')).toContain('<distribution-domain-name>');
    expect(writesFrom(0)).toEqual([]);
    const shown = await run([...asked, '--dry-run', '--verbose'], { text: true });
    expect(shown.stdout).toContain('aws acm request-certificate --region us-east-1');
    await run();
    expect(fs.readdirSync(scene.folder).filter((file) => /acm|route53/.test(file))).toEqual([]);
  });

  it('works with the hosting alone', async () => {
    zone();
    const only = ['create-identity-provider', '--name', 'c', '--hosting-only', '--domain', host];
    const { code, json, stderr } = await run(only);
    expect(code, stderr).toBe(0);
    expect(json.result).toMatchObject({ issuer, domain: host, keyIds: [] });
    // Nothing says yet that the alias is the issuer: it is not guessed.
    const forgotten = await run(words);
    expect([forgotten.code, forgotten.json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(forgotten.json.error.hint).toContain('--domain');
    expect((await run()).code).toBe(0);
  });
});

describe('the flags of an own domain', () => {
  it('are refused with all problems at once', async () => {
    const bad = 'HTTPS_.Example.com.:8443';
    const flags = ['--domain', bad, '--hosted-zone-id', 'z 1', '--certificate-arn'];
    const { code, json } = await run([
      ...words,
      ...flags,
      certificateArn.replace('us-east-1', 'eu-west-1'),
      '--public-s3-bucket',
    ]);
    expect([code, json.error.code]).toEqual([2, 'USAGE']);
    const fields = json.error.details.issues.map(({ field }: { field: string }) => field);
    // The port, and the spelling of the host.
    expect(fields.filter((field: string) => field === '--domain')).toHaveLength(2);
    for (const flag of ['--hosted-zone-id', '--certificate-arn', '--public-s3-bucket'])
      expect(fields).toContain(flag);
    const alone = await run([
      ...words,
      '--hosted-zone-id',
      'Z1',
      '--certificate-arn',
      certificateArn,
    ]);
    expect([alone.code, alone.json.error.details.issues.length]).toEqual([2, 2]);
    const both = await run([...asked, '--issuer-url', 'https://id.example.com']);
    expect([both.code, both.json.error.code]).toEqual([2, 'USAGE']);
    expect(scene.aws.calls).toEqual([]);
  });

  it('need the permissions that `permissions` gives for --domain, and no others', async () => {
    const asked = ['--account', '111122223333', '--domain', host, '--hosted-zone-id', 'Z1'];
    const words = ['permissions', 'create-identity-provider', '--name', 'c', ...asked];
    const { out } = await runCli([...words, '-o', 'json']);
    const { Statement } = JSON.parse(out).result.policy as {
      Statement: { Sid: string; Action: string[]; Resource: string }[];
    };
    const listed = Statement.filter(({ Sid }) => Sid.includes('OwnDomain')).map(
      ({ Action, Resource }) => ({ actions: Action, resource: Resource }),
    );
    zone();
    expect((await run()).code).toBe(0);
    const used = serviceCalls(0).flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => ({ action, resource }))),
    );
    const allowed = (action: string, resource: string): boolean =>
      listed.some((row) => row.actions.includes(action) && matchesPattern(row.resource, resource));
    expect(used.filter(({ action, resource }) => !allowed(action, resource))).toEqual([]);
    const actions = new Set([...used.map(({ action }) => action), 'acm:ListTagsForCertificate']);
    expect(new Set(listed.flatMap((row) => row.actions))).toEqual(actions);
  });
});

describe('an own domain whose zone is elsewhere', () => {
  it('names each record, waits, and goes on in the next run once a person made it', async () => {
    const first = await run([...asked, '--timeout', '10m']);
    expect([first.code, first.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(first.json.warnings[0]).toMatch(/`_[0-9a-f]{32}\.oidc\.example\.com\. 300 IN CNAME /);
    expect(first.json.error.hint).toContain('300 IN CNAME');

    const forgotten = await run(words);
    expect([forgotten.code, forgotten.json.error.code]).toEqual([2, 'FILE_EXISTS']);

    makeRecords(first);
    const second = await run([...asked, '--timeout', '10m']);
    expect([second.code, second.json.error.code]).toEqual([6, 'WAIT_TIMED_OUT']);
    expect(second.json.error.details.records).toEqual([
      { name: host, type: 'CNAME', value: distributions()[0]?.domainName },
    ]);
    expect(second.json.changes.map(({ resource }) => resource)).not.toContain('acm-certificate');

    makeRecords(second);
    const third = await run();
    expect(third.code, third.stderr).toBe(0);
    expect(third.json.result.identityProvider).toMatchObject({ issuer, domain: host });
    scene.clock.advance(60_000);
    expect(await answerToToken()).toBe('accepted');

    const from = scene.aws.calls.length;
    const again = await run();
    expect([again.code, again.json.changes, again.json.warnings]).toEqual([0, [], []]);
    expect(writesFrom(from)).toEqual([]);
  });

  it('says so where public DNS asks other name servers than those of the zone', async () => {
    const made = zone({ delegated: false });
    scene.aws.state.dns.elsewhere.set('example.com NS', ['ns.elsewhere.net']);
    const { code, json } = await run([...asked, '--timeout', '1m']);
    expect(code).toBe(6);
    expect(json.warnings[0]).toContain('ns.elsewhere.net');
    expect(made.records.size).toBe(2);
    const forced = await run([...asked, '--timeout', '1m', '--hosted-zone-id', '/hostedzone/Z1']);
    expect(forced.code).toBe(6);
    expect(forced.json.error.hint).toContain('dig +short NS example.com');
    expect(made.records.size).toBe(3);
  });

  it('names the records where the caller may not look into Route 53', async () => {
    zone();
    scene.aws.deny('route53:ListHostedZonesByName');
    const { code, json } = await run([...asked, '--timeout', '1m']);
    expect(code).toBe(6);
    expect(json.warnings.join()).toContain('route53:ListHostedZonesByName');
    expect(json.error.details.records).toHaveLength(1);
  });
});

describe('a certificate that is given', () => {
  it('is used, and replaced by another one that is given later', async () => {
    zone();
    give();
    const flags = [...asked, '--certificate-arn', certificateArn];
    const { code, json, stderr } = await run(flags);
    expect(code, stderr).toBe(0);
    expect(json.result.identityProvider.certificateArn).toBe(certificateArn);
    expect(json.changes.map(({ resource }) => resource)).not.toContain('acm-certificate');
    expect((await run(flags)).json.changes).toEqual([]);
    expect((await run()).json.changes).toEqual([]);

    const next = certificateArn.replace('given', 'next');
    give({ arn: next, names: [host], keyAlgorithm: 'EC-prime256v1' });
    const replaced = await run([...asked, '--certificate-arn', next]);
    expect(replaced.json.changes.map(({ detail }) => detail)).toEqual(['certificate']);
    expect(replaced.json.result.identityProvider.certificateArn).toBe(next);
  });

  it.each([
    { what: 'expired', change: { notAfter: new Date('2026-01-01'), forced: 'EXPIRED' as const } },
    { what: 'not issued', change: { forced: 'PENDING_VALIDATION' as const } },
    { what: 'does not cover', change: { names: ['*.b.example.com', 'example.com'] } },
    { what: 'RSA_1024', change: { keyAlgorithm: 'RSA-1024' } },
    { what: 'does not exist', change: { arn: `${certificateArn}-other` } },
  ])('is refused before any write if it is $what', async ({ what, change }) => {
    zone();
    give(change);
    const { code, json } = await run([...asked, '--certificate-arn', certificateArn]);
    expect([code, json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(json.error.message).toContain(what);
    expect(writesFrom(0)).toEqual([]);
  });
});

describe('what is somebody else’s', () => {
  it.each([
    { what: 'address', type: 'A', values: ['192.0.2.1'] },
    { what: 'name', type: 'CNAME', values: ['www.example.net'] },
  ])('is never changed: $what at the domain', async ({ type, values }) => {
    const made = zone();
    made.records.set(`${host}. ${type}`, record(type, host, values));
    const { code, json } = await run();
    expect([code, json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(json.error.message).toContain(`${type} record of "${host}" (${values.join()})`);
    expect(writesFrom(0)).toEqual([]);
  });

  it('is never changed: a distribution that has the domain, of this account or another', async () => {
    const place = zone();
    give();
    const flags = [...asked, '--certificate-arn', certificateArn];
    const other = ['create-identity-provider', '--name', 'other', '--hosting-only'];
    const made = await run([...other, '--domain', host, '--certificate-arn', certificateArn], {
      folder: path.join(scene.root, 'other'),
    });
    expect(made.code, made.stderr).toBe(0);
    for (const type of ['A', 'AAAA']) place.records.delete(`${host}. ${type}`);
    const from = scene.aws.calls.length;
    const own = await run(flags);
    expect([own.code, own.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(own.json.error.message).toContain(distributions()[0]?.id);
    expect(writesFrom(from)).toEqual([]);

    for (const one of distributions()) one.account = '999988887777';
    const foreign = await run(flags);
    expect([foreign.code, foreign.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(foreign.json.error.details.domain).toBe(host);
  });
});

describe('a domain that DNS leads to another distribution', () => {
  it.each([
    { what: 'a record made by hand', name: host },
    { what: 'a wildcard record', name: '*.example.com' },
  ])('is refused with what to do about $what, and taken after it', async ({ name }) => {
    const { elsewhere } = scene.aws.state.dns;
    elsewhere.set(`${name} CNAME`, ['dformer.cloudfront.net']);
    give();
    const flags = [...asked, '--certificate-arn', certificateArn];
    const refused = await run(flags);
    expect([refused.code, refused.json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(refused.json.error.message).toContain(
      `a DNS record leads "${host}" to another CloudFront distribution`,
    );
    expect(refused.json.error.hint).toMatch(/delete that record.*wildcard.*TXT/);
    expect(refused.json.error.details).toMatchObject({ domain: host });
    expect(distributions()).toEqual([]);
    if (name === host) elsewhere.clear();
    else elsewhere.set(`${host} TXT`, ['of its own']);
    const { json } = await run(flags);
    expect(json.error.code).toBe('WAIT_TIMED_OUT');
    makeRecords({ json } as Outcome);
    const done = await run(flags);
    expect(done.code, done.stderr).toBe(0);
  });

  it('is told where a distribution that is there has lost the domain', async () => {
    zone();
    await run();
    const [distribution] = distributions();
    if (distribution === undefined) throw new Error('no distribution');
    distribution.config = {
      ...distribution.config,
      Aliases: { Quantity: 0 },
      ViewerCertificate: { CloudFrontDefaultCertificate: true },
    };
    scene.aws.state.route53.zones.clear();
    scene.aws.state.dns.elsewhere.set(`${host} CNAME`, ['dformer.cloudfront.net']);
    const { code, json } = await run();
    expect([code, json.error.code]).toEqual([5, 'NAME_TAKEN']);
    expect(json.error.message).toContain('a DNS record leads');
  });
});

describe('a domain is refused before any write', () => {
  it.each([[[]], [['--public-s3-bucket']]])(
    'if the name has another issuer (flags %j)',
    async (flags) => {
      zone();
      const made = await run([...words, ...flags]);
      const from = scene.aws.calls.length;
      const { code, json } = await run();
      expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
      expect(json.error.details).toEqual({
        issuer: made.json.result.identityProvider.issuer,
        wantedIssuer: issuer,
      });
      expect(writesFrom(from)).toEqual([]);
    },
  );

  it('if it is another one than the domain that the name has', async () => {
    zone();
    await run();
    const { code, json } = await run([...words, '--domain', 'id.example.com']);
    expect([code, json.error.code]).toEqual([5, 'ISSUER_WOULD_CHANGE']);
    expect(json.error.details).toEqual({ issuer, wantedIssuer: 'https://id.example.com' });
  });

  it('if several public zones have its name, or the zone that is named cannot hold it', async () => {
    zone({ delegated: false });
    zone({ id: 'Z2' });
    zone({ id: 'Z3', name: 'example.net' });
    zone({ id: 'Z4', isPrivate: true });
    const several = await run();
    expect([several.code, several.json.error.code]).toEqual([2, 'INPUT_INVALID']);
    expect(several.json.error.hint).toContain('Z1 or Z2');
    for (const [id, problem] of [
      ['Z3', 'zone of "example.net"'],
      ['Z4', 'private'],
      ['Z9', 'not a hosted zone'],
    ] as const) {
      const { code, json } = await run([...asked, '--hosted-zone-id', id]);
      expect([code, json.error.message]).toEqual([2, expect.stringContaining(problem)]);
    }
    expect(writesFrom(0)).toEqual([]);
    expect((await run([...asked, '--hosted-zone-id', 'Z2', '--timeout', '1h'])).code).toBe(0);
  });
});

it('a certificate that ACM does not issue is reported with its reason, and the next run requests another', async () => {
  zone();
  const certificates = scene.aws.state.acm.certificates;
  const { code, json } = await run(asked, {
    onSleep: () => {
      for (const one of certificates.values())
        Object.assign(one, { forced: 'FAILED', failureReason: 'CAA_ERROR' });
    },
  });
  expect([code, json.error.code]).toEqual([1, 'AWS_REQUEST_FAILED']);
  expect(json.error.message).toContain('CAA_ERROR');
  expect(json.error.hint).toContain('amazon.com');
  const again = await run();
  expect(again.code, again.stderr).toBe(0);
  expect(again.json.warnings.join()).toContain('FAILED');
  expect(certificates.size).toBe(2);
});

it('an own domain serves every cluster of a shared hosting, the later ones without the flag', async () => {
  zone();
  const create = async (name: string, flags: readonly string[] = []): Promise<Outcome> => {
    const shared = [
      'create-all',
      '--name',
      name,
      '--shared-hosting',
      'fleet',
      '--key-size',
      '2048',
    ];
    const role = ['--service-account', 'shop/web'];
    return await run([...shared, ...role, ...flags], { folder: path.join(scene.root, name) });
  };
  const first = await create('a', ['--domain', host]);
  expect(first.code, first.stderr).toBe(0);
  expect(first.json.result.identityProvider).toMatchObject({
    issuer: `${issuer}/a`,
    domain: host,
    prefix: 'a',
  });
  expect((await create('a', ['--domain', host])).json.changes).toEqual([]);
  const second = await create('b');
  expect(second.code, second.stderr).toBe(0);
  expect(second.json.result.identityProvider.issuer).toBe(`${issuer}/b`);
});

it('verify names a domain that leads elsewhere, and a certificate that was not renewed', async () => {
  const place = zone();
  expect((await run()).code).toBe(0);
  const verify = async () => (await scene.run(['verify', '--name', 'c'])).json;
  const rowsOf = (json: Outcome['json']) =>
    json.result.checks.filter(({ id }: { id: string }) =>
      ['hosting-certificate', 'hosting-records'].includes(id),
    );
  const healthy = await verify();
  expect(rowsOf(healthy).map(({ status }: { status: string }) => status)).toEqual(['pass', 'pass']);
  expect(healthy.ok).toBe(true);

  const aaaa = [...place.records].find(([, { type }]) => type === 'AAAA');
  if (aaaa === undefined) throw new Error('no AAAA record');
  place.records.delete(aaaa[0]);
  const broken = await verify();
  expect(broken.error.message).toContain(`has no AAAA record of "${host}"`);
  expect(broken.error.hint).toContain(`--domain ${host}`);
  place.records.set(...aaaa);

  scene.clock.advance(400 * 24 * 3_600_000);
  expect(rowsOf(await verify())[0].status).toBe('fail');
});
