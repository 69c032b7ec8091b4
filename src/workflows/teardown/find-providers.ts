// Which IAM providers a teardown deletes, and which keep the hosting: while IAM trusts an issuer, what serves it
// must stay ours.

import type { OidcProvider } from '../../aws/ports.ts';
import { bucketNames } from '../../core/bucket-names.ts';
import { BootstrapError } from '../../core/errors.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { publicIssuer } from '../../core/partition.ts';
import { otherOwners, ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Spared } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { refuseClusters } from '../hosting/refuse-clusters.ts';
import type { HostingRemains } from '../hosting/remains.ts';

/** All providers of the account, and those of them that the caller may read. */
export type AccountProviders = {
  readonly arns: readonly string[];
  readonly read: readonly OidcProvider[];
};

export type NameProviderRemains = { readonly arn: string; readonly issuer: string };

/** Providers of a name, sorted by what becomes of them. */
export type FoundProviders = {
  readonly owned: readonly NameProviderRemains[];
  readonly kept: readonly Spared[];
  /** Those of others that trust an issuer of the name, or one below it that the hosting serves. */
  readonly trusting: readonly string[];
};

/** Ours by their tags, and those of others. NAME_TAKEN where a cluster on a shared hosting has one. */
export async function findProviders(
  context: Context,
  look: {
    readonly target: Target;
    readonly issuers: readonly string[];
    /** Undefined where they cannot be listed. */
    readonly inAccount: AccountProviders | undefined;
    /** Undefined where it stays. */
    readonly hosting: HostingRemains | undefined;
  },
): Promise<FoundProviders> {
  const { target, issuers, inAccount, hosting } = look;
  const { name, account, partition } = target;
  const arnOf = (issuer: string): string =>
    providerArn({ issuer, account, partition: partition.id });
  const bucketIssuers = bucketNames(target).map((bucket) => publicIssuer(bucket, target));
  const named = [...new Set([...issuers, ...bucketIssuers].map(arnOf))];
  const served = hosting?.owned.length ? hosting.issuers.map(arnOf) : [];
  const trusts = (arn: string): boolean =>
    named.includes(arn) || served.some((own) => arn.startsWith(`${own}/`));
  if (inAccount === undefined && hosting?.isShared === true) throw cannotListProviders(name);
  const read = await readThese(context, inAccount, { named, trusts });
  const owned: NameProviderRemains[] = [];
  const kept: Spared[] = [];
  const trusting: string[] = [];
  const clusters: string[] = [];
  for (const { arn, url: issuer, tags } of read) {
    const others = otherOwners(name, tags);
    const isOurs = ownership(name, tags) !== 'foreign';
    if (isOurs && others.length === 0) {
      owned.push({ arn, issuer });
    } else if (isOurs || trusts(arn)) {
      if (trusts(arn)) trusting.push(arn);
      if (trusts(arn) && !isOurs) clusters.push(...others);
      const made =
        others.length === 0
          ? 'not tagged as ours'
          : `${isOurs ? 'also ' : ''}made for "${others.join('", "')}"`;
      kept.push({ resource: 'iam-oidc-provider', id: arn, reason: made });
    }
  }
  if (hosting?.isShared === true) refuseClusters(target, [...new Set(clusters)]);
  return { owned, kept, trusting };
}

/** Those of the account that can be read; AWS_ACCESS_DENIED for one that may trust the issuer and cannot. */
async function readThese(
  context: Context,
  inAccount: AccountProviders | undefined,
  {
    named,
    trusts,
  }: { readonly named: readonly string[]; readonly trusts: (arn: string) => boolean },
): Promise<readonly OidcProvider[]> {
  const read = inAccount?.read ?? [];
  const isUnread = (arn: string): boolean => !read.some((one) => one.arn === arn);
  const asked = (inAccount?.arns ?? named).filter((arn) => trusts(arn) && isUnread(arn));
  const more = await Promise.all(asked.map((arn) => context.aws.iam.getOidcProvider(arn)));
  return [...read, ...more.filter((provider) => provider !== undefined)];
}

function cannotListProviders(name: string): BootstrapError {
  return new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: `access denied: "iam:ListOpenIDConnectProviders" is missing, and without it nobody knows whether IAM still trusts a cluster on the shared hosting "${name}"`,
    hint: 'add "iam:ListOpenIDConnectProviders" to the policy of the caller, then run again',
    details: { permission: 'iam:ListOpenIDConnectProviders' },
  });
}
