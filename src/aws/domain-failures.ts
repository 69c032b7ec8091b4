// Failures of ACM and Route 53, and of CloudFront about domains and certificates.

import { code, on, says, type FailureRow } from './failure-row.ts';

/** In order: the first row that holds decides. */
export const domainFailures: readonly FailureRow[] = [
  {
    when: says(/DNS record/i, 'CNAMEAlreadyExists'),
    code: 'NAME_TAKEN',
    what: () => 'a DNS record leads the domain to another CloudFront distribution',
    hint: () => 'have that record deleted, then run again',
  },
  {
    when: code('CNAMEAlreadyExists'),
    code: 'NAME_TAKEN',
    what: () => 'another CloudFront distribution, of this or another account, has the domain',
    hint: () =>
      'take the alternate domain name off that distribution ("aws cloudfront list-conflicting-aliases" finds it), then run again',
  },
  {
    when: code('InvalidViewerCertificate'),
    code: 'AWS_REQUEST_FAILED',
    what: () => 'CloudFront does not take the certificate for the domain',
    hint: () =>
      'it must be issued, in us-east-1, cover the domain, and, where it was imported, hold its whole chain; see ' +
      '"aws acm describe-certificate --region us-east-1"',
  },
  {
    when: says(/only one viewer certificate change/i, 'IllegalUpdate'),
    code: 'AWS_REQUEST_FAILED',
    hint: () => 'CloudFront still deploys the certificate before: run again in some minutes',
  },
  {
    when: code('InvalidDomainValidationOptions'),
    code: 'AWS_REQUEST_FAILED',
    what: () => 'ACM does not issue a certificate for this domain',
    hint: () => 'choose another --domain, or give a certificate with --certificate-arn',
  },
  {
    when: code('InvalidChangeBatch'),
    code: 'AWS_REQUEST_FAILED',
    what: (facts) => `Route 53 does not take the records${on(facts)}`,
    hint: () => 'look at the records of that name in the zone, then run again',
  },
];
