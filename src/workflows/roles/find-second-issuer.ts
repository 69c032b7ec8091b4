// The second issuer of a cluster that moves from one issuer to another: the provider that roles shall
// trust beside their own. It must be there, and must not be another cluster's.

import type { OidcProvider } from '../../aws/ports.ts';
import { BootstrapError } from '../../core/errors.ts';
import { sameKey, type Jwk } from '../../core/keys/jwks.ts';
import { issuerHostOf, parseIdentityProviderArn } from '../../core/roles/iam-names.ts';
import { otherOwners, ownership } from '../../core/tags.ts';
import type { Context } from '../context.ts';
import { readServedDocuments } from '../hosting/read-served-documents.ts';
import { defaultAudiences } from '../provider/ensure-oidc-provider.ts';
import { addAudienceCommand } from '../provider/find-name-providers.ts';

/** Beside their own issuer, what roles shall trust, and what no more. */
export type SecondIssuer = {
  readonly also:
    | { readonly providerArn: string; readonly audiences: readonly string[] }
    | undefined;
  /** ARN of a provider. */
  readonly stop: string | undefined;
};

/** ARNs as the flags give them. */
export type SecondIssuerFlags = {
  readonly also: string | undefined;
  readonly stop: string | undefined;
};

/**
 * Reads the provider that is to be trusted too. USAGE (exit 2) where it is not there, is in another
 * account or is the roles' own; RESOURCE_NOT_OWNED (exit 5) where it is another cluster's.
 */
export async function findSecondIssuer(
  context: Context,
  wanted: {
    readonly name: string;
    readonly account: string;
    /** The provider that the roles trust. */
    readonly providerArn: string;
    readonly flags: SecondIssuerFlags;
  },
): Promise<SecondIssuer> {
  const { flags, providerArn } = wanted;
  const { also, stop } = flags;
  if (stop === providerArn) {
    throw usage({
      message: `--stop-trusting-provider-arn "${stop}" is the provider of these roles: nobody could assume them`,
      hint: 'name the new provider with --identity-provider-arn, and the old one with --stop-trusting-provider-arn',
    });
  }
  if (also === undefined) return { also: undefined, stop };
  if (also === providerArn) {
    throw usage({
      message: `--also-trust-provider-arn "${also}" is the provider that these roles trust already`,
      hint: 'name the other issuer’s provider, or leave the flag out',
    });
  }
  const account = parseIdentityProviderArn(also)?.account;
  if (account !== wanted.account) {
    throw usage({
      message: `--also-trust-provider-arn "${also}" is of account "${account ?? ''}", the roles are of "${wanted.account}"`,
      hint: 'STS looks for the provider in the account of the role: make one for that issuer there',
    });
  }
  const provider = await context.aws.iam.getOidcProvider(also);
  const audiences = audiencesOf(context, also, provider);
  if (provider !== undefined) await refuseOtherCluster(context, { ...wanted, provider });
  return { also: { providerArn: also, audiences }, stop };
}

function audiencesOf(
  context: Context,
  arn: string,
  provider: OidcProvider | undefined,
): readonly string[] {
  if (provider === undefined) {
    const message = `IAM OIDC provider "${arn}" of --also-trust-provider-arn does not exist`;
    if (!context.gate.dryRun) {
      throw usage({ message, hint: 'make it first, with create-identity-provider or by hand' });
    }
    context.warn(`${message}: planned with the audiences ${defaultAudiences.join(', ')}`);
    return defaultAudiences;
  }
  if (provider.clientIds.length === 0) {
    throw usage({
      message: `IAM OIDC provider "${arn}" has no audience: it accepts no token`,
      hint: `add one: ${addAudienceCommand(arn)}`,
    });
  }
  return provider.clientIds;
}

/**
 * Refuses the provider of another cluster. An untagged provider is taken: the flag says whose it is. So
 * is one of another name whose issuer publishes a key of our issuer: one cluster signs for both.
 */
async function refuseOtherCluster(
  context: Context,
  facts: {
    readonly name: string;
    readonly providerArn: string;
    readonly provider: OidcProvider;
  },
): Promise<void> {
  const { name, providerArn, provider } = facts;
  const others = otherOwners(name, provider.tags);
  if (others.length === 0 || ownership(name, provider.tags) !== 'foreign') return;
  const own = `https://${issuerHostOf(providerArn)}`;
  const [ours, theirs] = await Promise.all([
    publishedKeys(context, own),
    publishedKeys(context, provider.url),
  ]);
  if (ours.some((key) => theirs.some((other) => sameKey(key, other)))) return;
  const owners = others.map((other) => `"${other}"`).join(', ');
  throw new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message:
      `IAM OIDC provider "${provider.arn}" is tagged as made for ${owners}, not for "${name}", ` +
      `and "${provider.url}" publishes no key of "${own}"`,
    hint:
      'tokens of another cluster would be accepted by these roles; if both issuers are of one cluster, ' +
      'publish its signing key at both (create-identity-provider --public-key-file), then run again',
    details: { resource: 'iam-oidc-provider', id: provider.arn, owners: others },
  });
}

/** No keys where the issuer's documents cannot be used. */
async function publishedKeys(context: Context, issuer: string): Promise<readonly Jwk[]> {
  try {
    return (await readServedDocuments(context, issuer)).keys;
  } catch (error) {
    if (error instanceof BootstrapError && error.code === 'ISSUER_UNREACHABLE') return [];
    throw error;
  }
}

function usage(problem: { readonly message: string; readonly hint: string }): BootstrapError {
  return new BootstrapError({ code: 'USAGE', ...problem });
}
