// An own domain that CloudFront refuses as the alternate domain name of a distribution: another one has it, or
// DNS leads there. Both are CNAMEAlreadyExists.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html

import { BootstrapError, type AwsError } from '../../core/errors.ts';

/** NAME_TAKEN for CNAMEAlreadyExists: only AWS's words tell its two causes apart. */
export function aliasRefused(host: string, error: AwsError): BootstrapError {
  return /DNS record/i.test(error.message)
    ? ledElsewhere(host, error)
    : aliasTaken(host, { cause: error });
}

/** NAME_TAKEN: another distribution has the domain as its alias. */
export function aliasTaken(
  host: string,
  facts: { readonly id?: string; readonly cause?: unknown },
): BootstrapError {
  const which = facts.id === undefined ? '' : ` "${facts.id}"`;
  const whose = facts.id === undefined ? ', of this or another account,' : '';
  return new BootstrapError({
    code: 'NAME_TAKEN',
    message: `another CloudFront distribution${which}${whose} has the domain "${host}"`,
    hint:
      'choose another --domain, or take the alternate domain name off that distribution, then run again' +
      (facts.id === undefined
        ? '; AWS Support frees one of an account that you cannot reach, once the DNS of the domain shows that it is yours'
        : ''),
    details: { resource: 'cloudfront-distribution', id: facts.id ?? null, domain: host },
    cause: facts.cause,
  });
}

function ledElsewhere(host: string, cause: AwsError): BootstrapError {
  return new BootstrapError({
    code: 'NAME_TAKEN',
    message: `a DNS record leads "${host}" to another CloudFront distribution, so CloudFront gives it to no other one`,
    hint:
      'if nothing needs it, delete that record; where a wildcard record does it, give the domain a record of its own, such as TXT; ' +
      'then wait as long as the TTL of the old record says, and run the same command again: it goes on from here',
    details: { resource: 'dns-record', domain: host },
    cause,
  });
}
