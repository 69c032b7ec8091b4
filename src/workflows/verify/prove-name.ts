// The roles that `--assume` proves: all of the account that trust the issuer's provider, whoever made them.

import { providerArn } from '../../core/issuer/discovery.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import type { Target } from '../../core/target.ts';
import { skipped, type Check } from '../../core/verify/check.ts';
import type { Commands } from '../../core/verify/hosting-facts.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { look, lookWith } from './look.ts';
import { proveRoles, type ProvenRole } from './prove-roles.ts';

/** What is proven, and the key that signs. */
export type NameProof = {
  readonly target: Target;
  readonly issuer: string;
  readonly privatePem: string;
  readonly keyFile: string;
  /** Those that hints name. */
  readonly commands: Commands;
};

/** The checks of every such role; skipped with the reason where provider or roles cannot be seen. */
export async function proveName(context: Context, proof: NameProof): Promise<readonly Check[]> {
  const { target, issuer } = proof;
  const arn = providerArn({ issuer, account: target.account, partition: target.partition.id });
  const provider = await look(() => context.aws.iam.getOidcProvider(arn));
  if (!provider.seen) return [skipped('roles-assume', arn, provider.why)];
  if (provider.value === undefined) {
    return [skipped('roles-assume', arn, `IAM OIDC provider "${arn}" does not exist`)];
  }
  const listed = await lookWith('iam:ListRoles', context.aws.iam.listRoleTrust);
  if (!listed.seen) return [skipped('roles-assume', arn, listed.why)];
  const trusting = listed.value.filter(({ trustPolicy }) => trustsProvider(trustPolicy, arn));
  if (trusting.length === 0) {
    return [skipped('roles-assume', arn, `no role trusts IAM OIDC provider "${arn}"`)];
  }
  // A list tells no path, and the ARN holds it.
  const roles = await inParallel(trusting, ({ name }) => look(() => context.aws.iam.getRole(name)));
  const unseen = roles.flatMap((role, index) =>
    role.seen ? [] : [skipped('roles-assume', trusting[index]?.name ?? '', role.why)],
  );
  const found = roles.flatMap((role): readonly ProvenRole[] =>
    role.seen && role.value !== undefined ? [role.value] : [],
  );
  const { region } = target;
  return [
    ...unseen,
    ...(await proveRoles(context, { ...proof, region, provider: provider.value, roles: found })),
  ];
}
