// The issuer of a distribution whose discovery document is not there: not published yet, or lost.
// Its default domain, unless it has aliases: then the IAM providers tell which of its names is the issuer.

import type { Distribution } from '../../aws/ports.ts';
import { BootstrapError } from '../../core/errors.ts';
import { documentKeys, providerArn } from '../../core/issuer/discovery.ts';
import type { Target } from '../../core/target.ts';
import { objectKey } from '../../core/hosting/shared-hosting.ts';
import { ownership } from '../../core/tags.ts';
import type { Context } from '../context.ts';

/**
 * The name by which IAM knows the issuer of this cluster. With aliases and no provider the one that was
 * asked for (`--domain`); without it, or with providers for more than one name: ISSUER_WOULD_CHANGE,
 * since a guess would be a new issuer for a cluster in use.
 */
export async function issuerOf(
  context: Context,
  target: Target,
  found: {
    readonly distribution: Distribution;
    readonly bucket: string;
    /** Name of the cluster and path of its issuer, where the distribution is for many. */
    readonly prefix: string | undefined;
    /** The own domain that was asked for. */
    readonly askedHost: string | undefined;
  },
): Promise<string> {
  const { distribution, bucket, prefix, askedHost } = found;
  const { domainName, aliases } = distribution;
  const issuerAt = (host: string): string =>
    prefix === undefined ? `https://${host}` : `https://${host}/${prefix}`;
  if (aliases.length === 0) return issuerAt(domainName);
  // A wildcard is no address.
  const hosts = [domainName, ...aliases.filter((alias) => !alias.startsWith('*'))];
  const issuers = hosts.map(issuerAt);
  const trusted = await Promise.all(
    issuers.map(async (issuer) => {
      const { account, partition } = target;
      const arn = providerArn({ issuer, account, partition: partition.id });
      const provider = await context.aws.iam.getOidcProvider(arn);
      return (
        provider !== undefined && ownership(prefix ?? target.name, provider.tags) !== 'foreign'
      );
    }),
  );
  const known = issuers.filter((_, index) => trusted[index] === true);
  const [issuer] = known;
  if (issuer !== undefined && known.length === 1) return issuer;
  if (issuer === undefined && askedHost !== undefined && aliases.includes(askedHost)) {
    return issuerAt(askedHost);
  }
  // A cluster that nothing trusts yet gets the name that the hosting was given.
  const [, alias, ...more] = issuers;
  if (prefix !== undefined && known.length === 0 && more.length === 0)
    return alias ?? issuerAt(domainName);
  throw unknownIssuer({
    target,
    distribution,
    bucket,
    key: objectKey(prefix, documentKeys.discovery),
    issuers: known.length > 1 ? known : issuers,
  });
}

function unknownIssuer(facts: {
  readonly target: Target;
  readonly distribution: Distribution;
  readonly bucket: string;
  readonly key: string;
  readonly issuers: readonly string[];
}): BootstrapError {
  const { target, distribution, bucket, key, issuers } = facts;
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message:
      `the issuer of "${target.name}" may be ${issuers.map((issuer) => `"${issuer}"`).join(' or ')}: ` +
      `distribution "${distribution.id}" has an alias, and "${key}" is not in bucket "${bucket}"`,
    hint:
      `put the discovery document of the issuer back (aws s3api put-object --region ${target.region} --bucket ${bucket} ` +
      `--key ${key} --body <file>), then run again; the cluster's --service-account-issuer tells which it is. ` +
      'If nothing was published yet, give --domain <alias>, as in the run that began it; if no cluster uses an alias, ' +
      'take the aliases off the distribution instead',
    details: {
      issuer: null,
      wantedIssuer: `https://${distribution.domainName}`,
      issuers,
      resource: 'cloudfront-distribution',
      id: distribution.id,
    },
  });
}
