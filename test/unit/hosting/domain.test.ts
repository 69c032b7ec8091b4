// The rules of an own domain: which host it can be, which certificate and zone are its own, and what the
// records at the host say.

import { describe, expect, it } from 'vitest';
import {
  certificateProblems,
  failedCertificateHint,
  requestToken,
} from '../../../src/core/hosting/certificate.ts';
import {
  describeRecord,
  isOwnAlias,
  isOwnProof,
  planHostRecords,
  recordLine,
  type DnsRecord,
} from '../../../src/core/hosting/dns-record.ts';
import { domainProblems } from '../../../src/core/hosting/domain.ts';
import { holds, isAsked, zoneNamesOf } from '../../../src/core/hosting/hosted-zone.ts';

const host = 'oidc.example.com';
const target = 'd1.cloudfront.net';

describe('a domain', () => {
  it.each(['oidc.example.com', 'example.com', 'a.b.c.example.co.uk', 'xn--bcher-kva.example.net'])(
    '"%s" can be the issuer',
    (name) => {
      expect(domainProblems(name, { requested: true })).toEqual([]);
    },
  );

  it.each([
    ['https://oidc.example.com/path', 'give the host alone: "oidc.example.com"'],
    ['oidc.example.com/path', 'give the host alone: "oidc.example.com"'],
    ['https://OIDC.example.com/', 'write "oidc.example.com"'],
    ['oidc.example.com:443', 'port "443"'],
    ['192.0.2.1', 'IP address'],
    ['[2001:db8::1]', 'IP address'],
    ['OIDC.example.com', 'write "oidc.example.com"'],
    ['oidc.example.com.', 'write "oidc.example.com"'],
    ['*.example.com', 'no host name'],
    ['my_oidc.example.com', 'no host name'],
    ['bücher.example.com', 'Punycode'],
    ['localhost', 'private host name'],
    ['oidc.corp', 'private host name'],
    ['oidc', 'without a domain'],
    ['oidc.test', 'public DNS never has'],
    ['d111111abcdef8.cloudfront.net', 'name of AWS (cloudfront.net)'],
    ['bucket.s3.eu-west-1.amazonaws.com', 'name of AWS (amazonaws.com)'],
    [`${'a'.repeat(60)}.example.com`, 'at most 64'],
    [' oidc.example.com', 'is not a URL'],
  ])('"%s" cannot be: %s', (name, problem) => {
    expect(domainProblems(name, { requested: true }).join('; ')).toContain(problem);
  });

  it.each([
    [
      'My_OIDC.example.com',
      'capital letters and "_"; write lower-case letters, digits and hyphens',
    ],
    ['OIDC.example.com.', 'capital letters and a final dot in its host "OIDC.example.com."; write'],
    [
      'https://My_OIDC.example.com/x',
      '"_"; write lower-case letters, digits and hyphens between dots',
    ],
    ['https://OIDC.example.com/', 'write "oidc.example.com", and give the host alone'],
    ['-a..Bücher.example.com', 'an empty part, a part that begins or ends with a hyphen and "ü"'],
  ])('"%s" has one problem, which names all that is wrong with its spelling', (name, problem) => {
    const problems = domainProblems(name, { requested: true });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('may be longer than ACM allows where its certificate is given', () => {
    expect(domainProblems(`${'a'.repeat(60)}.example.com`, { requested: false })).toEqual([]);
  });
});

describe('a certificate', () => {
  const now = new Date('2026-06-01T00:00:00Z');
  const certificate = {
    arn: 'arn:aws:acm:us-east-1:111122223333:certificate/1',
    status: 'ISSUED',
    names: ['*.example.com'],
    keyAlgorithm: 'RSA_2048',
    createdAt: undefined,
    notAfter: new Date('2026-12-01T00:00:00Z'),
    failureReason: undefined,
    validationRecord: undefined,
    usedBy: [],
  };

  it('serves what it covers, a wildcard for one label', () => {
    expect(certificateProblems(certificate, { host, now })).toEqual([]);
    for (const other of ['example.com', 'a.b.example.com'])
      expect(certificateProblems(certificate, { host: other, now })).toHaveLength(1);
  });

  it('is refused with everything that is wrong with it', () => {
    const bad = { ...certificate, names: ['a.net'], keyAlgorithm: 'RSA_1024', notAfter: now };
    expect(certificateProblems(bad, { host, now })).toEqual([
      'expired on 2026-06-01',
      'does not cover "oidc.example.com", but "a.net"',
      expect.stringContaining('RSA_1024'),
    ]);
  });

  it('is requested with a token of its own after each that failed, and for each issuer of a name', () => {
    const wanted = { name: 'c', host, originAccessControlId: 'E1', attempt: 0 };
    const others = [{ attempt: 1 }, { originAccessControlId: 'E2' }];
    const tokens = [{}, ...others].map((change) => requestToken({ ...wanted, ...change }));
    expect(tokens[0]).toMatch(/^\w{32}$/);
    expect(new Set(tokens).size).toBe(3);
  });

  it.each([
    ['VALIDATION_TIMED_OUT', undefined, '72 hours'],
    ['FAILED', 'CAA_ERROR', '0 issue "amazon.com"'],
    ['FAILED', 'ADDITIONAL_VERIFICATION_REQUIRED', 'AWS Support'],
    ['FAILED', 'INVALID_PUBLIC_DOMAIN', 'another --domain'],
    ['FAILED', 'OTHER', 'ACM console'],
  ])('that failed says what to do (%s, %s)', (status, failureReason, hint) => {
    expect(failedCertificateHint(host, { status, failureReason })).toContain(hint);
  });
});

describe('a zone', () => {
  it('holds its own names, and is looked for from the longest on', () => {
    expect(zoneNamesOf(host)).toEqual(['oidc.example.com', 'example.com']);
    expect(holds('example.com', host)).toBe(true);
    expect(holds('ample.com', host)).toBe(false);
  });

  it('is asked where DNS names one of its servers', () => {
    expect(isAsked(['ns-1.awsdns-01.com'], ['NS-1.awsdns-01.com.'])).toBe(true);
    expect(isAsked(['ns-1.awsdns-01.com'], ['ns.elsewhere.net'])).toBe(false);
  });
});

describe('the records of a host', () => {
  const record = (type: string, change: Partial<DnsRecord> = {}): DnsRecord => ({
    name: host,
    type,
    values: [],
    aliasTarget: target,
    ttl: undefined,
    isRouted: false,
    ...change,
  });
  const plan = (records: readonly DnsRecord[], distributionDomainName?: string) =>
    planHostRecords(records, { distributionDomainName, isApex: false });

  it('are ours to delete by their exact value alone', () => {
    expect(isOwnAlias(record('AAAA'), target)).toBe(true);
    for (const other of [
      record('A', { isRouted: true }),
      record('A', { aliasTarget: 'd9.cloudfront.net' }),
      record('CNAME', { aliasTarget: undefined, values: [target] }),
    ]) {
      expect(isOwnAlias(other, target)).toBe(false);
    }
    const proof = record('CNAME', { aliasTarget: undefined, values: ['_b.aws'], ttl: 60 });
    expect([isOwnProof(proof, '_b.aws'), isOwnProof(proof, '_c.aws')]).toEqual([true, false]);
    expect(isOwnProof({ ...proof, values: ['_b.aws', '_c.aws'] }, '_b.aws')).toBe(false);
  });

  it('are all missing at a name that has none, or none that lead anywhere', () => {
    for (const records of [[], [record('TXT', { values: ['x'], aliasTarget: undefined })]])
      expect(plan(records, target)).toEqual({
        missing: ['A', 'AAAA'],
        foreign: [],
        delegatedTo: [],
      });
  });

  it('are complete where they lead to the distribution, as aliases or as a CNAME', () => {
    const cname = record('CNAME', { values: [target], aliasTarget: undefined });
    for (const records of [[record('A'), record('AAAA')], [cname]])
      expect(plan(records, target)).toMatchObject({ missing: [], foreign: [] });
    expect(plan([record('A')], target).missing).toEqual(['AAAA']);
  });

  it('are of others where they lead elsewhere, or where there is no distribution yet', () => {
    const address = record('A', { values: ['192.0.2.1'], aliasTarget: undefined });
    expect(plan([address], target).foreign).toEqual([address]);
    expect(plan([record('A')]).foreign).toHaveLength(1);
    expect(describeRecord(address)).toBe(`A record of "${host}" (192.0.2.1)`);
  });

  it('are not asked below name servers of their own, the apex aside', () => {
    const ns = record('NS', { values: ['ns.elsewhere.net'], aliasTarget: undefined });
    expect(plan([ns], target).delegatedTo).toEqual(['ns.elsewhere.net']);
    const apex = { distributionDomainName: target, isApex: true };
    expect(planHostRecords([ns], apex).delegatedTo).toEqual([]);
  });

  it('are written down as a line of a zone file', () => {
    const line = recordLine({ name: host, type: 'CNAME', value: target });
    expect(line).toBe('oidc.example.com. 300 IN CNAME d1.cloudfront.net.');
  });
});
