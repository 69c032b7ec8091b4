// Refuses a run that leaves out the flag of a shared hosting, or names another one. The provider of the name has
// its issuer, and the distribution behind the issuer is that of the hosting.

import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { sharedHostingOf } from '../../core/hosting/shared-hosting.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { findNameProviders, type NameProvider } from '../provider/find-name-providers.ts';
import { shellWord } from '../../core/shell-word.ts';

/** The flag as hints show it. */
export function repeatFlag(hosting: string): string {
  return `--shared-hosting ${shellWord(hosting)} (or OIDC_BOOTSTRAP_SHARED_HOSTING)`;
}

/** The hosting whose distribution serves the issuer of this name; undefined also where distributions may not be listed. */
export async function findSharedHosting(
  context: Context,
  { name, partition }: Target,
  issuer: string,
): Promise<string | undefined> {
  const mayBeShared = new URL(issuer).pathname === `/${name}`;
  if (!mayBeShared || partition.cloudfrontRegion === undefined) return undefined;
  try {
    return sharedHostingOf(issuer, name, await context.aws.cloudfront.listDistributions());
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return undefined;
  }
}

/**
 * ISSUER_WOULD_CHANGE where a provider of a name that was found without an issuer trusts one on another
 * shared hosting than `given`.
 */
export async function refuseForgottenHosting(
  context: Context,
  target: Target,
  given: string | undefined,
  /** The providers of the name, where they were read. */
  known?: readonly NameProvider[],
): Promise<void> {
  for (const { arn, issuer } of known ?? (await findNameProviders(context, target))) {
    const shared = await findSharedHosting(context, target, issuer);
    if (shared === undefined || shared === given) continue;
    throw new BootstrapError({
      code: 'ISSUER_WOULD_CHANGE',
      message: `IAM provider "${arn}" of "${target.name}" trusts issuer "${issuer}", which is on the shared hosting "${shared}"`,
      hint: `give ${repeatFlag(shared)} in every command for this cluster`,
      details: { issuer, wantedIssuer: null, identityProviderArn: arn, sharedHosting: shared },
    });
  }
}
