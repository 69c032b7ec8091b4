// Finds all resources of a name, and those that only look like them: roles, IAM providers, hosting. Reads only;
// the plan that a user approves is made of this.

import { BootstrapError } from '../../core/errors.ts';
import { providerArn } from '../../core/issuer/discovery.ts';
import { bucketOfHost } from '../../core/bucket-names.ts';
import type { Target } from '../../core/target.ts';
import type { Spared } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import { refuseForgottenHosting } from '../hosting/forgotten-hosting.ts';
import { hostingKind } from '../hosting/kinds/index-of-kinds.ts';
import type { HostingRemains, TeardownWish } from '../hosting/remains.ts';
import { inTurn } from '../parallel.ts';
import { nameProvidersAmong, readProviders } from '../provider/find-name-providers.ts';
import type { ListedRoles } from '../roles/observe-roles.ts';
import {
  cannotListRoles,
  findNameRoles,
  readRolesNamedAfter,
  type EarlyRoles,
  type NameRole,
} from '../roles/find-name-roles.ts';
import {
  findProviders,
  type AccountProviders,
  type NameProviderRemains,
} from './find-providers.ts';
import { keptByAdditions, roleThing } from '../roles/delete-roles.ts';

/** What is asked of a teardown. */
export type TeardownInput = TeardownWish & {
  readonly target: Target;
  readonly issuerUrl: string | undefined;
  readonly sharedHosting: string | undefined;
  readonly keepRoles: boolean;
  /** Documents and hosting stay. */
  readonly keepIssuer: boolean;
  /** Regions without the bucket. */
  readonly lookedIn?: readonly string[];
};

/** Everything that was found, sorted by what becomes of it. */
export type Remains = {
  readonly roles: readonly NameRole[];
  readonly providers: readonly NameProviderRemains[];
  /** Undefined where it is kept, or served by somebody else. */
  readonly hosting: HostingRemains | undefined;
  /** Providers of others that trust the issuer: the hosting stays while they do. */
  readonly trusting: readonly string[];
  readonly kept: readonly Spared[];
  /** Ours, and not deleted as things stand. */
  readonly blocked: readonly Spared[];
  /** Issuers of the name, as far as they are known. */
  readonly issuers: readonly string[];
};

/** All roles of the account, and those named after the cluster in full. */
type ReadRoles = { readonly listed: ListedRoles; readonly early: EarlyRoles };

/** Looks at the account. Errors as the reads have them; ISSUER_WOULD_CHANGE for a wrong `--issuer-url`. */
export async function findWhatIsOurs(context: Context, input: TeardownInput): Promise<Remains> {
  const { target, issuerUrl, sharedHosting, recordedIssuer } = input;
  const { name } = target;
  context.progress({ kind: 'step', text: `looking for what belongs to ${name}` });
  const readRoles = async (): Promise<ReadRoles | undefined> => {
    const listed = await context.aws.iam.listRoleTrust();
    return listed && { listed, early: await readRolesNamedAfter(context, name, listed) };
  };
  const kind = await hostingKind({ issuerUrl, sharedHosting });
  const [inAccount, [hosting, rolesOfAccount]] = await inTurn(
    readAccountProviders(context, input),
    inTurn(kind.findRemains(context, target, input), readRoles()),
  );
  const existing = inAccount?.arns;
  const known = [issuerUrl, recordedIssuer].filter((issuer) => issuer !== undefined);
  const issuers = [...new Set([...hosting.issuers, ...known])];
  if (existing === undefined) {
    context.warn(
      'iam:ListOpenIDConnectProviders is denied: an IAM provider of this name whose issuer is not known is not found',
    );
  }
  const providers = await findProviders(context, {
    target,
    issuers,
    inAccount,
    hosting: input.keepIssuer ? undefined : hosting,
  });
  refuseOtherIssuer(input, providers.owned);
  const lookedIn = [...(input.lookedIn ?? []), target.region];
  const elsewhere = regionElsewhere({ target, lookedIn }, hosting, providers.owned);
  if (elsewhere !== undefined) {
    context.aws.useBucketRegion(elsewhere);
    const there = { ...target, region: elsewhere };
    return await findWhatIsOurs(context, { ...input, lookedIn, target: there });
  }
  const arnOf = (issuer: string): string =>
    providerArn({ issuer, account: target.account, partition: target.partition.id });
  const roles = await findRoles(context, input, {
    providerArns: [...new Set([...providers.owned.map(({ arn }) => arn), ...issuers.map(arnOf)])],
    existing,
    read: rolesOfAccount,
  });
  const keptHosting = input.keepIssuer
    ? [...hosting.owned, ...hosting.blocked].map(({ resource, id }) => ({
        resource,
        id,
        reason: 'kept by --keep-issuer',
      }))
    : [];
  return {
    roles: roles.owned,
    providers: providers.owned,
    hosting: input.keepIssuer ? undefined : hosting,
    trusting: providers.trusting,
    kept: [...roles.kept, ...providers.kept, ...keptHosting, ...hosting.kept],
    blocked: [...roles.blocked, ...(input.keepIssuer ? [] : hosting.blocked)],
    issuers: [...new Set([...issuers, ...providers.owned.map(({ issuer }) => issuer)])],
  };
}

/** A regional bucket name has its region in it: a provider of ours may trust one that is not here. */
function regionElsewhere(
  { target, lookedIn }: { readonly target: Target; readonly lookedIn: readonly string[] },
  hosting: HostingRemains,
  providers: readonly NameProviderRemains[],
): string | undefined {
  const things = [...hosting.owned, ...hosting.blocked, ...hosting.kept];
  if (things.some(({ resource }) => resource === 's3-bucket')) return undefined;
  return providers
    .map(({ issuer }) => bucketOfHost(target, new URL(issuer).host)?.region)
    .find((region) => region !== undefined && !lookedIn.includes(region));
}

async function findRoles(
  context: Context,
  input: TeardownInput,
  look: {
    readonly providerArns: readonly string[];
    readonly existing: readonly string[] | undefined;
    readonly read: ReadRoles | undefined;
  },
): Promise<{
  readonly owned: readonly NameRole[];
  readonly kept: readonly Spared[];
  readonly blocked: readonly Spared[];
}> {
  const { keepRoles, detachForeign } = input;
  const { name } = input.target;
  if (look.read === undefined) {
    if (keepRoles) return { owned: [], kept: [], blocked: [] };
    throw cannotListRoles({
      name,
      hint: 'add "iam:ListRoles" to the policy of the caller; --keep-roles deletes everything but the roles',
    });
  }
  const all = await findNameRoles(context, { name, ...look, ...look.read });
  if (keepRoles) {
    const reason = 'kept by --keep-roles';
    const kept = all.owned.map((role) => ({ ...roleThing(role), reason }));
    return { owned: [], kept: [...kept, ...all.kept], blocked: [] };
  }
  const isUsed = ({ additions }: NameRole): boolean => additions.length > 0 && !detachForeign;
  const used = all.owned.filter(isUsed);
  return {
    owned: all.owned.filter((role) => !isUsed(role)),
    kept: all.kept,
    blocked: [
      ...used.map((role) => ({ ...roleThing(role), reason: keptByAdditions(role) })),
      ...all.unread,
    ],
  };
}

/**
 * All providers of the account; undefined where they cannot be listed. ISSUER_WOULD_CHANGE where they tell
 * that the name is on a shared hosting which was not given.
 */
async function readAccountProviders(
  context: Context,
  { target, issuerUrl, sharedHosting }: TeardownInput,
): Promise<AccountProviders | undefined> {
  const arns = await context.aws.iam.listOidcProviderArns();
  const read = arns && (await readProviders(context, arns));
  if (issuerUrl === undefined) {
    const known = read && nameProvidersAmong(read, target);
    await refuseForgottenHosting(context, target, sharedHosting, known);
  }
  return arns && read && { arns, read };
}

/** The URL that was given is not that of the provider which was made for the name. */
function refuseOtherIssuer(
  { issuerUrl, target }: TeardownInput,
  providers: readonly NameProviderRemains[],
): void {
  const other = providers.find(({ issuer }) => issuerUrl !== undefined && issuer !== issuerUrl);
  if (other === undefined) return;
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `IAM provider "${other.arn}" was made for "${target.name}" and trusts issuer "${other.issuer}", not "${issuerUrl}"`,
    hint: 'leave --issuer-url out: the providers of the name are found by their tags',
    details: {
      issuer: other.issuer,
      wantedIssuer: issuerUrl ?? null,
      identityProviderArn: other.arn,
    },
  });
}
