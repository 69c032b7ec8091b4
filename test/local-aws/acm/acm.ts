// The local ACM: JSON 1.1. Certificates are requested, described, listed, tagged and deleted.

import { AwsFault, type AwsRequest, type AwsResponse, type World } from '../wire/protocol.ts';
import { statusOf, validationRecord, type LocalCertificate } from './acm-state.ts';

type Input = { readonly [member: string]: unknown };
type Handler = (input: Input, request: AwsRequest, world: World) => object;

const handlers: { readonly [operation: string]: Handler } = {
  RequestCertificate: requestCertificate,
  DescribeCertificate: (input, request, world) => ({
    Certificate: describeCertificate(certificateOf(input, request, world), world),
  }),
  ListCertificates: listCertificates,
  ListTagsForCertificate: (input, request, world) => ({
    Tags: Object.entries(certificateOf(input, request, world).tags).map(([Key, Value]) => ({
      Key,
      Value,
    })),
  }),
  AddTagsToCertificate: (input, request, world) => {
    const certificate = certificateOf(input, request, world);
    certificate.tags = checkedTags(input['Tags'], certificate.tags);
    return {};
  },
  DeleteCertificate: deleteCertificate,
};

/** The operation of a request, and what it carries. */
export function acmTarget(request: Pick<AwsRequest, 'headers' | 'body'>): {
  readonly operation: string;
  readonly input: Input;
} {
  const operation = /^CertificateManager\.(\w+)$/.exec(request.headers['x-amz-target'] ?? '')?.[1];
  if (operation === undefined || handlers[operation] === undefined) {
    throw new AwsFault(400, 'UnknownOperationException', 'the local AWS does not know it');
  }
  return { operation, input: JSON.parse(request.body.toString('utf8') || '{}') as Input };
}

/** Answers one ACM request, or throws the `AwsFault` it deserves. */
export function handleAcm(request: AwsRequest, world: World): AwsResponse {
  const { operation, input } = acmTarget(request);
  const output = handlers[operation]?.(input, request, world) ?? {};
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(output),
  };
}

const invalid = (code: string, message: string): AwsFault => new AwsFault(400, code, message);

const domainPattern =
  /^(?:\*\.)?(?:(?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9]\.)+(?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9]$/;

function requestCertificate(input: Input, request: AwsRequest, world: World): object {
  const name = String(input['DomainName'] ?? '');
  if (!domainPattern.test(name) || name.length > 253) {
    throw invalid(
      'ValidationException',
      `Value '${name}' at 'domainName' failed to satisfy constraint`,
    );
  }
  if (name.length > 64) {
    throw invalid(
      'InvalidDomainValidationOptionsException',
      'The first domain name can be at most 64 characters',
    );
  }
  const further = (input['SubjectAlternativeNames'] as string[] | undefined) ?? [];
  if (further.some((one) => !domainPattern.test(one) || one.length > 253) || further.length > 100) {
    throw invalid(
      'ValidationException',
      `Value at 'subjectAlternativeNames' failed to satisfy constraint`,
    );
  }
  const token = input['IdempotencyToken'];
  if (token !== undefined && !/^\w{1,32}$/.test(String(token))) {
    throw invalid(
      'ValidationException',
      `Value at 'idempotencyToken' failed to satisfy constraint`,
    );
  }
  const account = request.account ?? '';
  const names = [...new Set([name, ...further])];
  if (names.length > 10) {
    throw invalid('LimitExceededException', 'A certificate can have at most 10 domain names');
  }
  const now = world.now().getTime();
  const asked = token === undefined ? undefined : `${account} ${request.region} ${String(token)}`;
  const again = world.acm.requests.get(asked ?? '');
  if (again !== undefined && now - again.at < 3_600_000) return { CertificateArn: again.arn };
  if (input['ValidationMethod'] !== 'DNS') {
    throw invalid('ValidationException', 'the local ACM validates by DNS only');
  }
  const id = world.newId('cert').toLowerCase();
  const certificate: LocalCertificate = {
    arn: `arn:${world.partition}:acm:${request.region}:${account}:certificate/${id}`,
    account,
    region: request.region,
    names,
    type: 'AMAZON_ISSUED',
    keyAlgorithm: 'RSA-2048',
    failureReason: undefined,
    requestedAt: world.now(),
    tags: checkedTags(input['Tags'], {}),
    validatedAt: undefined,
    notAfter: new Date(now + 198 * 24 * 3_600_000),
    forced: undefined,
  };
  world.acm.certificates.set(certificate.arn, certificate);
  if (asked !== undefined) world.acm.requests.set(asked, { arn: certificate.arn, at: now });
  return { CertificateArn: certificate.arn };
}

function checkedTags(
  sent: unknown,
  existing: { readonly [key: string]: string },
): { [key: string]: string } {
  const tags = { ...existing };
  for (const { Key = '', Value = '' } of (sent ?? []) as { Key?: string; Value?: string }[]) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) || Key.startsWith('aws:')) {
      throw invalid('InvalidTagException', `The tag key "${Key}" is not valid`);
    }
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value)) {
      throw invalid('ValidationException', `Value at 'tags' failed to satisfy constraint`);
    }
    tags[Key] = Value;
  }
  if (Object.keys(tags).length > 50) {
    throw invalid('TooManyTagsException', 'A certificate can have at most 50 tags');
  }
  return tags;
}

function certificateOf(input: Input, request: AwsRequest, world: World): LocalCertificate {
  const arn = String(input['CertificateArn'] ?? '');
  if (!/^arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:\d+:certificate\/[\w+=,.@-]+$/.test(arn)) {
    throw invalid('InvalidArnException', `Invalid ARN: ${arn}`);
  }
  const found = world.acm.certificates.get(arn);
  if (found === undefined || found.account !== request.account || found.region !== request.region) {
    throw invalid('ResourceNotFoundException', `Could not find certificate ${arn}.`);
  }
  return found;
}

function usersOf(certificate: LocalCertificate, world: World): readonly string[] {
  const users = [...world.cloudfront.distributions.values()]
    .filter(({ config }) => config.ViewerCertificate?.ACMCertificateArn === certificate.arn)
    .map(({ arn }) => arn);
  const former = world.acm.formerUsers.get(certificate.arn);
  return former !== undefined && world.now().getTime() < former.until
    ? [...users, former.user]
    : users;
}

function describeCertificate(certificate: LocalCertificate, world: World): object {
  const status = statusOf(certificate, world);
  const age = world.now().getTime() - certificate.requestedAt.getTime();
  return {
    CertificateArn: certificate.arn,
    DomainName: certificate.names[0],
    SubjectAlternativeNames: certificate.names,
    Status: status,
    Type: certificate.type,
    KeyAlgorithm: certificate.keyAlgorithm,
    FailureReason: status === 'FAILED' ? certificate.failureReason : undefined,
    InUseBy: usersOf(certificate, world),
    CreatedAt: certificate.requestedAt.getTime() / 1000,
    ...(status === 'ISSUED' || status === 'EXPIRED'
      ? { NotAfter: certificate.notAfter.getTime() / 1000 }
      : {}),
    DomainValidationOptions: certificate.names.map((name) => {
      const record = validationRecord(certificate.account, name);
      return {
        DomainName: name,
        ValidationMethod: 'DNS',
        ValidationStatus: status === 'ISSUED' ? 'SUCCESS' : 'PENDING_VALIDATION',
        // ACM needs some seconds to make the record up.
        ...(age < world.acm.recordMs
          ? {}
          : { ResourceRecord: { Name: record.name, Type: 'CNAME', Value: record.value } }),
      };
    }),
  };
}

function listCertificates(input: Input, request: AwsRequest, world: World): object {
  const most = Number(input['MaxItems'] ?? 100);
  if (!Number.isInteger(most) || most < 1 || most > 1000) {
    throw invalid('ValidationException', `Value at 'maxItems' failed to satisfy constraint`);
  }
  const wanted = input['CertificateStatuses'] as string[] | undefined;
  const includes = (input['Includes'] ?? {}) as { keyTypes?: string[] };
  const keyTypes = includes.keyTypes ?? ['RSA_1024', 'RSA_2048'];
  const all = [...world.acm.certificates.values()].filter(
    (certificate) =>
      certificate.account === request.account &&
      certificate.region === request.region &&
      keyTypes.includes(certificate.keyAlgorithm.replace('-', '_')) &&
      (wanted === undefined || wanted.includes(statusOf(certificate, world))),
  );
  const start = Number(input['NextToken'] ?? 0);
  const shown = all.slice(start, start + most);
  const next = start + most;
  return {
    CertificateSummaryList: shown.map((certificate) => ({
      CertificateArn: certificate.arn,
      DomainName: certificate.names[0],
      SubjectAlternativeNameSummaries: certificate.names,
      Status: statusOf(certificate, world),
      Type: certificate.type,
      InUse: usersOf(certificate, world).length > 0,
    })),
    ...(next < all.length ? { NextToken: String(next) } : {}),
  };
}

function deleteCertificate(input: Input, request: AwsRequest, world: World): object {
  const certificate = certificateOf(input, request, world);
  if (usersOf(certificate, world).length > 0) {
    throw invalid('ResourceInUseException', `Certificate ${certificate.arn} is in use.`);
  }
  world.acm.certificates.delete(certificate.arn);
  return {};
}
