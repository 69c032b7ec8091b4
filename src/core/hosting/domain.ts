// A domain of the user's own for the issuer, as `--domain` gives it: a name that public DNS can hold, and
// that ACM can issue a certificate for.

import { issuerUrlProblems } from '../issuer/issuer-url.ts';

/** What the user asks of an own domain. */
export type DomainWish = {
  /** Lower case, without a final dot. */
  readonly host: string;
  /** The Route 53 zone to write to, without `/hostedzone/`; undefined: the one with the longest suffix. */
  readonly hostedZoneId: string | undefined;
  /** An issued certificate; undefined: one is requested. */
  readonly certificateArn: string | undefined;
};

/** Names under which nobody but AWS gets a certificate. */
const awsSuffixes = [
  'cloudfront.net',
  'cloudfront.cn',
  'amazonaws.com',
  'amazonaws.com.cn',
  'amazonaws.eu',
];

/** The suffix of AWS under which the host is, as CloudFront's own domains and those of buckets are. */
export function awsSuffixOf(host: string): string | undefined {
  return awsSuffixes.find((one) => host === one || host.endsWith(`.${one}`));
}

/** Top-level domains that public DNS never has. https://www.rfc-editor.org/rfc/rfc6761 */
const reservedTopLevels = ['example', 'invalid', 'onion', 'test'];

/**
 * ACM: the first name of a certificate has at most 64 characters.
 * https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
 */
const longestRequested = 64;

/**
 * Everything that is wrong with the host: each text follows the host in a message. `requested`: its
 * certificate is to be requested from ACM. Empty where it can be a domain of CloudFront.
 */
export function domainProblems(
  host: string,
  options: { readonly requested: boolean },
): readonly string[] {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(host)?.[0];
  if (scheme !== undefined || /[/?#@]/.test(host)) {
    const bare = host.slice(scheme?.length ?? 0).replace(/^[^/]*@|[/?#].*$/g, '');
    if (bare === '') return ['is no host name'];
    const [first, ...others] = domainProblems(bare, options);
    return first === undefined
      ? [`is no host name; give the host alone: "${bare}"`]
      : [`${first}, and give the host alone`, ...others];
  }
  const problems = [...issuerUrlProblems(`https://${host}`)];
  const lower = host.toLowerCase().replace(/\.$/, '');
  const suffix = awsSuffixOf(lower);
  if (suffix !== undefined) {
    problems.push(
      `is a name of AWS (${suffix}); give one of your own, or omit the flag for the domain that CloudFront gives`,
    );
  }
  const last = lower.split('.').at(-1) ?? '';
  if (reservedTopLevels.includes(last)) {
    problems.push(`ends in ".${last}", which public DNS never has`);
  }
  if (options.requested && host.length > longestRequested) {
    problems.push(
      `has ${host.length} characters; ACM issues certificates for at most ${longestRequested}, so choose a ` +
        'shorter name, or give a certificate that covers it with --certificate-arn',
    );
  }
  return problems;
}
