// What the local ACM remembers. Whether a certificate is issued follows from DNS and the clock.

import { createHash } from 'node:crypto';
import { lookUp } from '../dns/dns-state.ts';
import type { World } from '../wire/protocol.ts';

export type LocalCertificate = {
  arn: string;
  account: string;
  region: string;
  /** All names it covers, the first one its domain name. */
  names: string[];
  type: 'AMAZON_ISSUED' | 'IMPORTED';
  /** As DescribeCertificate shows it. */
  keyAlgorithm: string;
  requestedAt: Date;
  tags: { [key: string]: string };
  /** When ACM first saw the validation record; undefined until then. */
  validatedAt: number | undefined;
  notAfter: Date;
  /** Why it failed, where a test lets it fail. */
  failureReason: string | undefined;
  /** What a test puts it to, whatever DNS says. */
  forced: CertificateStatus | undefined;
};

export type CertificateStatus =
  | 'PENDING_VALIDATION'
  | 'ISSUED'
  | 'EXPIRED'
  | 'FAILED'
  | 'REVOKED'
  | 'VALIDATION_TIMED_OUT';

export type AcmState = {
  certificates: Map<string, LocalCertificate>;
  /** What was made for `<account> <region> <idempotency token>`, and when; also of deleted certificates. */
  requests: Map<string, { arn: string; at: number }>;
  /** Until the validation record of a new certificate is told. */
  recordMs: number;
  /** From the validation record in DNS to the certificate. */
  issueMs: number;
  /** From then until CloudFront knows it. */
  cloudfrontMs: number;
  /** From the end of a distribution until its certificate is in use no more. */
  releaseMs: number;
  /** Distributions that are gone, by the certificate that they used, and until when ACM names them. */
  formerUsers: Map<string, { user: string; until: number }>;
};

const day = 24 * 3600 * 1000;

/** An ACM without certificates. */
export function newAcmState(): AcmState {
  return {
    certificates: new Map(),
    requests: new Map(),
    recordMs: 3_000,
    issueMs: 60_000,
    cloudfrontMs: 0,
    releaseMs: 10_000,
    formerUsers: new Map(),
  };
}

/** Puts an issued certificate there, as if somebody had requested and validated it before. */
export function addCertificate(
  world: World,
  certificate: Pick<LocalCertificate, 'arn' | 'names'> & Partial<LocalCertificate>,
): LocalCertificate {
  const [, , , region = '', account = ''] = certificate.arn.split(':');
  const made: LocalCertificate = {
    account,
    region,
    type: 'AMAZON_ISSUED',
    keyAlgorithm: 'RSA-2048',
    failureReason: undefined,
    requestedAt: world.now(),
    tags: {},
    validatedAt: 0,
    notAfter: new Date(world.now().getTime() + 198 * day),
    forced: 'ISSUED',
    ...certificate,
  };
  world.acm.certificates.set(made.arn, made);
  return made;
}

/** The CNAME that proves a name: the same for every certificate of an account. */
export function validationRecord(
  account: string,
  name: string,
): { readonly name: string; readonly value: string } {
  const bare = name.replace(/^\*\./, '');
  const hash = (salt: string): string =>
    createHash('md5').update(`${salt} ${account} ${bare}`).digest('hex');
  return {
    name: `_${hash('name')}.${bare}.`,
    value: `_${hash('value')}.${hash('zone').slice(0, 10)}.acm-validations.aws.`,
  };
}

/** The status at this moment; a certificate whose record ACM has seen stays validated. */
export function statusOf(certificate: LocalCertificate, world: World): CertificateStatus {
  const now = world.now().getTime();
  if (certificate.forced !== undefined) return certificate.forced;
  if (certificate.validatedAt === undefined) {
    const proven = certificate.names.every((name) => {
      const record = validationRecord(certificate.account, name);
      const bare = (text: string): string => text.replace(/\.$/, '');
      return lookUp(record.name, 'CNAME', world)?.includes(bare(record.value)) === true;
    });
    if (proven) certificate.validatedAt = now;
  }
  if (certificate.validatedAt === undefined) {
    return now - certificate.requestedAt.getTime() >= 3 * day
      ? 'VALIDATION_TIMED_OUT'
      : 'PENDING_VALIDATION';
  }
  if (now < certificate.validatedAt + world.acm.issueMs) return 'PENDING_VALIDATION';
  return now >= certificate.notAfter.getTime() ? 'EXPIRED' : 'ISSUED';
}

/** Whether CloudFront knows it by now. */
export function isKnownToCloudFront(certificate: LocalCertificate, world: World): boolean {
  const issuedAt = (certificate.validatedAt ?? 0) + world.acm.issueMs;
  return world.now().getTime() >= issuedAt + world.acm.cloudfrontMs;
}

/** Whether a certificate's names cover a host: a wildcard stands for one label. */
export function covers(names: readonly string[], host: string): boolean {
  return names.some(
    (name) =>
      name === host ||
      (name.startsWith('*.') &&
        host.includes('.') &&
        host.slice(host.indexOf('.')) === name.slice(1)),
  );
}
