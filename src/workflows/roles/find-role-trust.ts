// The provider that roles are to trust, and its audiences: the one named by its ARN, or the one of
// the cluster's own issuer. It must be there; only a dry run plans with what it would be.

import type { OidcProvider } from '../../aws/ports.ts';
import { issuerHostPath, providerArn } from '../../core/issuer/discovery.ts';
import { BootstrapError } from '../../core/errors.ts';
import { placeholder } from '../../core/placeholder.ts';
import type { Context } from '../context.ts';
import {
  defaultAudiences,
  findOidcProvider,
  nameOtherAudiences,
} from '../provider/ensure-oidc-provider.ts';
import { hostingKind } from '../hosting/kinds/index-of-kinds.ts';
import type { HostingFlags } from '../hosting/site.ts';
import type { Target } from '../../core/target.ts';
import { shellWord } from '../../core/shell-word.ts';
import { addAudienceCommand } from '../provider/find-name-providers.ts';

/** What roles are pinned to. */
export type RoleTrust = {
  /** Null in a dry run before there is one. */
  readonly issuer: string | null;
  readonly providerArn: string;
  readonly audiences: readonly string[];
};

/** Audiences that the run asks for: the provider must have them. */
type Asked = { readonly asked: readonly string[] };

/** A provider given by its ARN: IAM alone is asked, and nothing about who made it. */
export type GivenProvider = { readonly arn: string; readonly issuer: string };

/** The provider of a cluster's name, or of its issuer where that is served elsewhere. */
export type NamedProvider = { readonly target: Target; readonly hosting: HostingFlags };

/** Finds the provider; USAGE (exit 2) where it is not there. */
export async function findRoleTrust(
  context: Context,
  wanted: (GivenProvider | NamedProvider) & Asked,
): Promise<RoleTrust> {
  const { asked } = wanted;
  if ('arn' in wanted) {
    const { arn, issuer } = wanted;
    const provider = await context.aws.iam.getOidcProvider(arn);
    return trustIn(context, {
      provider,
      arn,
      issuer,
      asked,
      hint: 'check the ARN, and that the credentials belong to its account',
    });
  }
  const { target, hosting } = wanted;
  const kind = await hostingKind(hosting);
  const issuer = await kind.findIssuer(context, target);
  const { issuerUrl, sharedHosting } = hosting;
  const served =
    (issuerUrl === undefined ? '' : ` --issuer-url ${issuerUrl}`) +
    (sharedHosting === undefined ? '' : ` --shared-hosting ${sharedHosting}`);
  const hint =
    `run \`oidc-bootstrap create-identity-provider --name ${target.name} --region ${target.region}${served}\` first` +
    (served === ''
      ? '; if its documents are served elsewhere, give --issuer-url here too; if it is on a shared hosting, --shared-hosting'
      : '');
  const arn = providerArn({
    issuer: issuer ?? placeholder('issuer-host'),
    account: target.account,
    partition: target.partition.id,
  });
  if (issuer === undefined) {
    refuse(context, {
      message: `"${target.name}" has no issuer in region "${target.region}" yet`,
      hint,
    });
    return { issuer: null, providerArn: arn, audiences: defaultAudiences };
  }
  const provider = await findOidcProvider(context, { name: target.name, arn });
  return trustIn(context, { provider, arn, issuer, asked, hint });
}

function trustIn(
  context: Context,
  found: { provider: OidcProvider | undefined; arn: string; issuer: string; hint: string } & Asked,
): RoleTrust {
  const { provider, arn, issuer, asked, hint } = found;
  if (provider === undefined) {
    refuse(context, { message: `IAM OIDC provider "${arn}" does not exist`, hint });
    return { issuer, providerArn: arn, audiences: defaultAudiences };
  }
  if (provider.clientIds.length === 0) {
    throw new BootstrapError({
      code: 'USAGE',
      message: `IAM OIDC provider "${arn}" has no audience: it accepts no token`,
      hint: `add one: ${addAudienceCommand(arn)}`,
      details: { resource: 'iam-oidc-provider', id: arn, issuer: issuerHostPath(issuer) },
    });
  }
  const missing = asked.filter((audience) => !provider.clientIds.includes(audience));
  if (missing.length > 0) {
    throw new BootstrapError({
      code: 'USAGE',
      message: `IAM OIDC provider "${arn}" has no audience ${missing.map((audience) => `"${audience}"`).join(', ')}`,
      hint: `add it to the provider first: run oidc-bootstrap create-identity-provider --audience ${shellWord(missing.join(','))}`,
      details: { resource: 'iam-oidc-provider', id: arn, audiences: provider.clientIds },
    });
  }
  nameOtherAudiences(context, provider, asked);
  return { issuer, providerArn: arn, audiences: provider.clientIds };
}

/** An error; in a dry run only said, since a plan may come before what it stands on. */
function refuse(context: Context, problem: { message: string; hint: string }): void {
  if (!context.gate.dryRun) throw new BootstrapError({ code: 'USAGE', ...problem });
  context.warn(`${problem.message}: planned with the audiences ${defaultAudiences.join(', ')}`);
}
