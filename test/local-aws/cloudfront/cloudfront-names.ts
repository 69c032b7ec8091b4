// Names of its own and TLS of a distribution: what CloudFront asks of aliases, certificates and DNS (facts 4.1).
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html

import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { covers, isKnownToCloudFront, statusOf } from '../acm/acm-state.ts';
import { servingHost } from '../dns/dns-state.ts';
import { AwsFault, type World } from '../wire/protocol.ts';
import type { LocalDistribution } from './cloudfront-state.ts';

function invalid(code: string, message: string): AwsFault {
  return new AwsFault(400, code, message);
}

/** Keys of viewer certificates. */
const keyAlgorithms = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-prime256v1'];

/** Whose configuration it is: of a distribution that there is already, also what it is now. */
export type Owner = { readonly account: string } & Partial<
  Pick<LocalDistribution, 'id' | 'domainName' | 'config'>
>;

/** True where DNS sends a name to CloudFront for another distribution than that of this domain. */
function isLedAway(alias: string, domainName: string | undefined, world: World): boolean {
  const target = servingHost(alias, world);
  return target !== undefined && /\.cloudfront\.(?:net|cn)$/.test(target) && target !== domainName;
}

/** A name of its own needs a certificate that covers it, and belongs to one distribution. */
export function checkAliases(config: DistributionConfig, owner: Owner, world: World): void {
  const { account, id, domainName } = owner;
  const aliases = config.Aliases?.Items ?? [];
  if (aliases.length > 100) {
    throw invalid(
      'TooManyDistributionCNAMEs',
      'Your request contains more CNAMEs than are allowed per distribution.',
    );
  }
  const certificate = config.ViewerCertificate;
  const byDefault = certificate?.CloudFrontDefaultCertificate ?? certificate === undefined;
  const arn = certificate?.ACMCertificateArn;
  const { Certificate: former = arn, CertificateSource: source = 'acm' } = certificate ?? {};
  if (arn !== undefined && (former !== arn || source !== 'acm')) {
    throw invalid(
      'InvalidViewerCertificate',
      former === arn
        ? 'Cannot specify ACMCertificateArn and a CertificateSource not equal to "acm".'
        : 'Your ACMCertificateArn does not match the given Certificate field.',
    );
  }
  const found = world.acm.certificates.get(arn ?? '');
  const usable =
    found !== undefined &&
    found.account === account &&
    found.region === 'us-east-1' &&
    statusOf(found, world) === 'ISSUED' &&
    isKnownToCloudFront(found, world) &&
    keyAlgorithms.includes(found.keyAlgorithm);
  const covered = usable ? found.names : undefined;
  if (!byDefault && (covered === undefined || certificate?.SSLSupportMethod === undefined)) {
    throw invalid(
      'InvalidViewerCertificate',
      'The specified SSL certificate does not exist, is not in us-east-1 region, or is not valid.',
    );
  }
  if (aliases.some((alias) => covered === undefined || !covers(covered, alias))) {
    throw invalid(
      'InvalidViewerCertificate',
      'To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.',
    );
  }
  if (aliases.some((alias) => alias !== alias.toLowerCase())) {
    throw invalid('InvalidArgument', 'The parameter CNAME contains upper-case letters.');
  }
  const others = [...world.cloudfront.distributions.values()].filter((other) => other.id !== id);
  const isTaken = (alias: string): boolean =>
    others.some((other) =>
      (other.config.Aliases?.Items ?? []).some(
        (taken) =>
          taken === alias ||
          // Names may overlap by a wildcard within one account only.
          (other.account !== account && (covers([taken], alias) || covers([alias], taken))),
      ),
    );
  if (aliases.some(isTaken)) {
    throw new AwsFault(
      409,
      'CNAMEAlreadyExists',
      'One or more of the CNAMEs you provided are already associated with a different resource.',
    );
  }
  const before = owner.config?.Aliases?.Items ?? [];
  const added = aliases.filter((alias) => !before.includes(alias));
  if (added.some((alias) => isLedAway(alias, domainName, world))) {
    throw new AwsFault(
      409,
      'CNAMEAlreadyExists',
      'One or more aliases specified for the distribution includes an incorrectly configured DNS record that points to another CloudFront distribution. You must update the DNS record to correct the problem.',
    );
  }
}

/** MinimumProtocolVersion and SSLSupportMethod of CloudFront's model. */
const tlsPolicies = [
  'SSLv3',
  'TLSv1',
  'TLSv1_2016',
  'TLSv1.1_2016',
  'TLSv1.2_2018',
  'TLSv1.2_2019',
  'TLSv1.2_2021',
  'TLSv1.2_2025',
  'TLSv1.3_2025',
];
const tlsSupports = ['sni-only', 'vip', 'static-ip'];

/** What CloudFront does not know of TLS, and SSLv3 beside SNI, is refused. */
export function checkTls({ ViewerCertificate: viewer }: DistributionConfig): void {
  const { MinimumProtocolVersion: policy, SSLSupportMethod: support } = viewer ?? {};
  if (support !== undefined && !tlsSupports.includes(support)) {
    throw invalid('InvalidArgument', 'The parameter SSLSupportMethod is invalid.');
  }
  if (
    policy !== undefined &&
    (!tlsPolicies.includes(policy) || (policy === 'SSLv3' && support === 'sni-only'))
  ) {
    throw invalid(
      'InvalidMinimumProtocolVersion',
      'The minimum protocol version specified is not valid.',
    );
  }
}
