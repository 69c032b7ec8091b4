// The IAM OIDC providers of an account, each read once: the calls grow with their number, which IAM limits.

import type { OidcProvider } from '../../aws/ports.ts';
import { seen, valueOf, type Seen } from '../../core/seen.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { look, lookWith } from './look.ts';

/** Every provider by its ARN; one that may not be read says why. */
export type AccountProviders = Seen<ReadonlyMap<string, Seen<OidcProvider | undefined>>>;

/** Reads all providers. */
export async function observeProviders(context: Context): Promise<AccountProviders> {
  const { iam } = context.aws;
  const arns = await lookWith('iam:ListOpenIDConnectProviders', () => iam.listOidcProviderArns());
  if (!arns.seen) return arns;
  const read = await inParallel(
    arns.value,
    async (arn) => [arn, await look(() => iam.getOidcProvider(arn))] as const,
  );
  return seen(new Map(read));
}

/** Those that could be read. */
export function readProviders(providers: AccountProviders): readonly OidcProvider[] {
  const found = valueOf(providers);
  return [...(found?.values() ?? [])].flatMap((provider) => valueOf(provider) ?? []);
}
