// The local ACM, through the SDK.

import {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  RequestCertificateCommand,
  type CertificateDetail,
  type ListCertificatesCommandInput,
} from '@aws-sdk/client-acm';
import { DeleteDistributionCommand } from '@aws-sdk/client-cloudfront';
import { describe, expect, test } from 'vitest';
import { refusal } from '../iam/iam-test-clients.ts';
import { addZone } from '../route53/route53-state.ts';
import {
  createDistribution,
  distributionConfig,
  owner,
  testServer,
  type TestServer,
} from '../test-clients.ts';
import { addCertificate, covers } from './acm-state.ts';

const host = 'oidc.example.com';

function acmOf(server: TestServer, region = 'us-east-1', accessKeyId = 'AKIAOWNER'): ACMClient {
  const credentials = { accessKeyId, secretAccessKey: 'secret' };
  return new ACMClient({ endpoint: server.aws.endpoint, region, credentials, maxAttempts: 1 });
}

const request = (IdempotencyToken = 'one', DomainName = host) =>
  new RequestCertificateCommand({
    DomainName,
    ValidationMethod: 'DNS',
    IdempotencyToken,
    Tags: [{ Key: 'oidc-bootstrap/c', Value: 'owned' }],
  });

async function described(acm: ACMClient, arn: string | undefined): Promise<CertificateDetail> {
  const answer = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
  return answer.Certificate ?? {};
}

test.each<[string, object, string]>([
  ['a tag value of 257', { Tags: [{ Key: 'a', Value: 'v'.repeat(257) }] }, 'ValidationException'],
  ['a name with a space', { SubjectAlternativeNames: ['a b'] }, 'ValidationException'],
  [
    'eleven names',
    { SubjectAlternativeNames: Array.from({ length: 10 }, (_, index) => `a${index}.example.com`) },
    'LimitExceededException',
  ],
])('a request with %s is refused', async (_, change, code) => {
  const acm = acmOf(await testServer());
  const asked = { DomainName: host, ValidationMethod: 'DNS' as const, ...change };
  const answer = await refusal(acm.send(new RequestCertificateCommand(asked)));
  expect(answer.slice(0, 2)).toEqual([400, code]);
});

test('a list gives 1 to 1,000 certificates', async () => {
  const acm = acmOf(await testServer());
  const list = acm.send(new ListCertificatesCommand({ MaxItems: 1001 }));
  expect((await refusal(list)).slice(0, 2)).toEqual([400, 'ValidationException']);
});

describe('a certificate', () => {
  test('shows its validation record after some seconds, and is issued when DNS has it', async () => {
    const server = await testServer();
    const acm = acmOf(server);
    const { CertificateArn: arn } = await acm.send(request());
    const fresh = await described(acm, arn);
    expect(fresh.Status).toBe('PENDING_VALIDATION');
    expect(fresh.DomainValidationOptions?.[0]?.ResourceRecord).toBeUndefined();

    server.advance(5);
    const record = (await described(acm, arn)).DomainValidationOptions?.[0]?.ResourceRecord;
    expect(record?.Name).toMatch(/^_[0-9a-f]{32}\.oidc\.example\.com\.$/);
    expect(record?.Value).toMatch(/\.acm-validations\.aws\.$/);
    const bare = (text = ''): string => text.replace(/\.$/, '');
    server.aws.state.dns.elsewhere.set(`${bare(record?.Name)} CNAME`, [bare(record?.Value)]);
    expect((await described(acm, arn)).Status).toBe('PENDING_VALIDATION');
    server.advance(60);
    expect((await described(acm, arn)).Status).toBe('ISSUED');
  });

  test('times out after three days without its record', async () => {
    const server = await testServer();
    const acm = acmOf(server);
    const { CertificateArn: arn } = await acm.send(request());
    server.advance(3 * 24 * 3600);
    expect((await described(acm, arn)).Status).toBe('VALIDATION_TIMED_OUT');
  });

  test('is returned again for the same token within an hour, and a new one is created after it', async () => {
    const server = await testServer();
    const acm = acmOf(server);
    const { CertificateArn: first } = await acm.send(request());
    expect((await acm.send(request())).CertificateArn).toBe(first);
    expect((await acm.send(request('two'))).CertificateArn).not.toBe(first);
    // Whatever else is asked, and whether it is still there.
    expect((await acm.send(request('one', 'www.example.com'))).CertificateArn).toBe(first);
    await acm.send(new DeleteCertificateCommand({ CertificateArn: first }));
    expect((await acm.send(request())).CertificateArn).toBe(first);
    server.advance(3601);
    expect((await acm.send(request())).CertificateArn).not.toBe(first);
  });

  test('belongs to an account and a region', async () => {
    const server = await testServer();
    const { CertificateArn } = await acmOf(server).send(request());
    const describe = new DescribeCertificateCommand({ CertificateArn });
    for (const acm of [acmOf(server, 'eu-west-1'), acmOf(server, 'us-east-1', 'AKIAOTHER')]) {
      expect((await refusal(acm.send(describe)))[1]).toBe('ResourceNotFoundException');
      const { CertificateSummaryList } = await acm.send(new ListCertificatesCommand());
      expect(CertificateSummaryList).toEqual([]);
    }
  });

  test('cannot be deleted while a distribution uses it', async () => {
    const server = await testServer();
    const arn = `arn:aws:acm:us-east-1:${owner}:certificate/1`;
    addCertificate(server.aws.world, { arn, names: [host] });
    await createDistribution(
      server,
      distributionConfig({
        Aliases: { Quantity: 1, Items: [host] },
        ViewerCertificate: { ACMCertificateArn: arn, SSLSupportMethod: 'sni-only' },
      }),
    );
    const acm = acmOf(server);
    const remove = new DeleteCertificateCommand({ CertificateArn: arn });
    expect((await refusal(acm.send(remove)))[1]).toBe('ResourceInUseException');
    expect((await described(acm, arn)).InUseBy).toHaveLength(1);
    const listed = await acm.send(new ListCertificatesCommand());
    expect(listed.CertificateSummaryList?.[0]?.InUse).toBe(true);
    const [distribution] = server.aws.state.cloudfront.distributions.values();
    if (distribution === undefined) throw new Error('no distribution');
    Object.assign(distribution.config, { Enabled: false });
    server.advance(600);
    const { id: Id, etag: IfMatch } = distribution;
    await server.cloudfront.send(new DeleteDistributionCommand({ Id, IfMatch }));
    // ACM learns of it later, and names the distribution that is gone until then.
    expect((await refusal(acm.send(remove)))[1]).toBe('ResourceInUseException');
    expect((await described(acm, arn)).InUseBy).toEqual([distribution.arn]);
    server.advance(10);
    await acm.send(remove);
    expect((await refusal(described(acm, arn)))[1]).toBe('ResourceNotFoundException');
  });

  test('is listed with a key of RSA up to 2048 bits, with another one only where that is asked for', async () => {
    const server = await testServer();
    const arn = `arn:aws:acm:us-east-1:${owner}:certificate/1`;
    addCertificate(server.aws.world, { arn, names: [host], keyAlgorithm: 'EC_prime256v1' });
    const listed = async (input: ListCertificatesCommandInput) =>
      (await acmOf(server).send(new ListCertificatesCommand(input))).CertificateSummaryList;
    expect(await listed({})).toEqual([]);
    expect(await listed({ Includes: { keyTypes: ['EC_prime256v1'] } })).toHaveLength(1);
  });

  test.each([
    ['a name that is none', 'nope', 'ValidationException'],
    [
      'more than 64 characters',
      `${'a'.repeat(60)}.example.com`,
      'InvalidDomainValidationOptionsException',
    ],
  ])('is refused for %s', async (_, name, code) => {
    const server = await testServer();
    expect((await refusal(acmOf(server).send(request('t', name))))[1]).toBe(code);
  });

  test('with a wildcard covers one label', () => {
    expect(covers(['*.example.com'], host)).toBe(true);
    expect(covers(['*.example.com'], 'a.b.example.com')).toBe(false);
    expect(covers(['*.example.com'], 'example.com')).toBe(false);
  });
});

test('a certificate is validated by a delegated Route 53 zone only', async () => {
  const server = await testServer();
  const acm = acmOf(server);
  const zone = addZone(server.aws.state.route53, { id: 'Z1', account: owner, name: 'example.com' });
  const { CertificateArn: arn } = await acm.send(request());
  server.advance(5);
  const record = (await described(acm, arn)).DomainValidationOptions?.[0]?.ResourceRecord;
  zone.records.set(`${record?.Name} CNAME`, {
    name: record?.Name ?? '',
    type: 'CNAME',
    ttl: 300,
    values: [record?.Value ?? ''],
    alias: undefined,
    setIdentifier: undefined,
  });
  zone.delegated = false;
  server.advance(600);
  expect((await described(acm, arn)).Status).toBe('PENDING_VALIDATION');
  zone.delegated = true;
  await described(acm, arn);
  server.advance(60);
  expect((await described(acm, arn)).Status).toBe('ISSUED');
});
