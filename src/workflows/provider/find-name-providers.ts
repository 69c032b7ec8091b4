// The IAM providers of an account that belong to a name although its hosting does not lead to them:
// tagged for it, of the URL of its bucket in whatever region, or of an issuer that something else names.

import type { OidcProvider } from '../../aws/ports.ts';
import { isAwsError } from '../../core/errors.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { bucketNames, bucketOfHost, type PlacedBucket } from '../../core/bucket-names.ts';
import { publicIssuer } from '../../core/partition.ts';
import { ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { shellWord } from '../../core/shell-word.ts';

/** A provider and why it is this name's. */
export type NameProvider = {
  readonly arn: string;
  readonly issuer: string;
  /** Its documents are served by this bucket itself: who has the bucket's name signs its tokens. */
  readonly bucket: PlacedBucket | undefined;
};

/**
 * All such providers. Where the account's list is denied, those of `issuers` and of the bucket's own
 * URL are asked for by their ARNs.
 */
export async function findNameProviders(
  context: Context,
  target: Target,
  issuers: readonly string[] = [],
  /** Host of a shared hosting: the path of an issuer there is a cluster's name, so others are not read. */
  sharedHost?: string,
): Promise<readonly NameProvider[]> {
  const { name, account, partition } = target;
  const arnOf = (issuer: string): string =>
    providerArn({ issuer, account, partition: partition.id });
  const named = [...bucketNames(target).map((bucket) => publicIssuer(bucket, target)), ...issuers];
  const arns = (await context.aws.iam.listOidcProviderArns()) ?? named.map(arnOf);
  const isOther = (arn: string): boolean => {
    const [, host, path] = /:oidc-provider\/([^/]+)\/([^/]+)$/.exec(arn) ?? [];
    return sharedHost !== undefined && host === sharedHost && path !== name;
  };
  const asked = [...new Set(arns)].filter((arn) => !isOther(arn));
  return nameProvidersAmong(await readProviders(context, asked), target, issuers);
}

/** Those of these providers that are the name's. */
export function nameProvidersAmong(
  providers: readonly OidcProvider[],
  target: Target,
  issuers: readonly string[] = [],
): readonly NameProvider[] {
  return providers.flatMap((provider) => {
    const { arn, url: issuer, tags } = provider;
    const bucket = bucketOfHost(target, new URL(issuer).host);
    const isNames =
      bucket !== undefined ||
      issuers.includes(issuer) ||
      ownership(target.name, tags) !== 'foreign';
    return isNames ? [{ arn, issuer, bucket }] : [];
  });
}

/** The command that takes a provider's trust away. */
export function deleteProviderCommand(arn: string): string {
  return `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${shellWord(arn)}`;
}

/** The command that gives a provider its first audience. */
export function addAudienceCommand(arn: string): string {
  return `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${shellWord(arn)} --client-id sts.amazonaws.com`;
}

/** Reads them, but those that are gone, or another team's that a policy does not let the caller see. */
export async function readProviders(
  context: Context,
  arns: readonly string[],
): Promise<readonly OidcProvider[]> {
  const providers = await inParallel(arns, async (arn) => await read(context, arn));
  return providers.filter((provider) => provider !== undefined);
}

/** Undefined also where a policy does not let the caller see one that is another team's. */
async function read(context: Context, arn: string): Promise<OidcProvider | undefined> {
  try {
    return await context.aws.iam.getOidcProvider(arn);
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return undefined;
  }
}
