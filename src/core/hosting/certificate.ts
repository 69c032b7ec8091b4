// Which certificate CloudFront takes for a domain, and which of those in ACM are ours.

import { createHash } from 'node:crypto';

/** A certificate as ACM describes it. */
export type Certificate = {
  readonly arn: string;
  /** `PENDING_VALIDATION`, `ISSUED`, `FAILED`, `VALIDATION_TIMED_OUT`, `EXPIRED`, `REVOKED`, `INACTIVE`. */
  readonly status: string;
  /** All names it covers. */
  readonly names: readonly string[];
  /** `RSA_2048`, `EC_prime256v1`, ... */
  readonly keyAlgorithm: string;
  readonly createdAt: Date | undefined;
  readonly notAfter: Date | undefined;
  /** Why ACM did not issue it: `CAA_ERROR`, ... */
  readonly failureReason: string | undefined;
  /** The CNAME that proves the domain, without final dots; ACM tells it some seconds after the request. */
  readonly validationRecord: { readonly name: string; readonly value: string } | undefined;
  /** ARNs of what uses it; for some minutes also of a distribution that is gone. */
  readonly usedBy: readonly string[];
};

/** A certificate as the list of ACM shows it. */
export type ListedCertificate = {
  readonly arn: string;
  readonly status: string;
  /** All names it covers, the one it was requested for first. */
  readonly names: readonly string[];
  readonly isUsed: boolean;
};

/**
 * Keys of viewer certificates.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
 */
const keyAlgorithms = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1'];

/** Everything that keeps CloudFront from using the certificate for the host; each text follows its ARN. */
export function certificateProblems(
  certificate: Certificate,
  { host, now }: { readonly host: string; readonly now: Date },
): readonly string[] {
  const { status, names, keyAlgorithm, notAfter } = certificate;
  const problems: string[] = [];
  const expired = notAfter !== undefined && notAfter.getTime() <= now.getTime();
  if (expired) problems.push(`expired on ${notAfter.toISOString().slice(0, 10)}`);
  else if (status !== 'ISSUED') problems.push(`is not issued (${status})`);
  if (!covers(names, host)) {
    problems.push(`does not cover "${host}", but ${names.map((name) => `"${name}"`).join(', ')}`);
  }
  if (!keyAlgorithms.includes(keyAlgorithm)) {
    problems.push(
      `has a key of type ${keyAlgorithm}; CloudFront takes ${keyAlgorithms.join(', ')}`,
    );
  }
  return problems;
}

/** Whether one of the names covers the host. A wildcard stands for exactly one label. */
export function covers(names: readonly string[], host: string): boolean {
  return names.some((name) => {
    const bare = name.toLowerCase();
    if (!bare.startsWith('*.')) return bare === host;
    return host.includes('.') && host.slice(host.indexOf('.')) === bare.slice(1);
  });
}

/** Whether one CNAME proves both names to ACM: it is the same for a name and its wildcard. */
export function haveSameProof(name: string, other: string): boolean {
  const bare = (text: string): string => text.toLowerCase().replace(/^\*\./, '');
  return bare(name) === bare(other);
}

/**
 * Within an hour, ACM answers a second request with the same token with the certificate of the first, which may
 * be deleted by then: the id of the origin access control tells the issuers apart that a name had one after the
 * other. `attempt` is 0, and one more after each of ours that failed.
 * https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
 */
export function requestToken(wanted: {
  readonly name: string;
  readonly host: string;
  readonly originAccessControlId: string;
  readonly attempt: number;
}): string {
  const { name, host, originAccessControlId, attempt } = wanted;
  const text = `${name} ${host} ${originAccessControlId} ${attempt}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** What to do about a certificate that ACM did not issue. */
export function failedCertificateHint(
  host: string,
  { status, failureReason }: Pick<Certificate, 'status' | 'failureReason'>,
): string {
  const again = 'run the same command again: it requests another certificate';
  if (status === 'VALIDATION_TIMED_OUT') {
    return (
      'ACM gave up, because public DNS did not have the validation record within 72 hours; look with ' +
      `"dig +short NS <zone>" whether the zone that was written to is the one that is asked, then ${again}`
    );
  }
  switch (failureReason) {
    case 'CAA_ERROR':
      return (
        `a CAA record at "${host}" or above it forbids Amazon's certificates: add the value 0 issue "amazon.com" there, ` +
        `then ${again}`
      );
    case 'ADDITIONAL_VERIFICATION_REQUIRED':
    case 'DOMAIN_NOT_ALLOWED':
      return `AWS wants to look at this domain first: open a case with AWS Support about the certificate, then ${again}`;
    case 'INVALID_PUBLIC_DOMAIN':
      return 'the domain is not below a public suffix: choose another --domain';
    default:
      return `look at the certificate in the ACM console of us-east-1, then ${again}`;
  }
}
