// Checks everything of a name: reads what AWS and the issuer show, side by side, then applies the rules.

import { bucketOfHost } from '../../core/bucket-names.ts';
import { documentKeys, providerArn } from '../../core/issuer/discovery.ts';
import { readableKeys, type Jwk } from '../../core/keys/jwks.ts';
import { conditionValues, letsIn } from '../../core/roles/trust-policy.ts';
import { statementsOf } from '../../core/policy.ts';
import { ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import { accountAccessCheck } from '../../core/verify/account-access-check.ts';
import { failed, findingsOf, inCauseOrder, type Check } from '../../core/verify/check.ts';
import { domainChecks } from '../../core/verify/domain-checks.ts';
import { isRead, servedChecks, servedKeys } from '../../core/verify/documents-checks.ts';
import { filesChecks, manifestFacts, type FilesFacts } from '../../core/verify/files-checks.ts';
import { hostingChecks } from '../../core/verify/hosting-checks.ts';
import type { Commands, HostingFacts } from '../../core/verify/hosting-facts.ts';
import { providerChecks, type ProviderFacts } from '../../core/verify/provider-checks.ts';
import { rolesChecks, trustSizeChecks, type RoleFacts } from '../../core/verify/roles-checks.ts';
import { rotationCheck } from '../../core/verify/rotation-checks.ts';
import { seen, valueOf, type Seen } from '../../core/seen.ts';
import { refusedHint } from '../../core/verify/refused-read.ts';
import { currentChecks, storedChecks } from '../../core/verify/stored-checks.ts';
import { awsTime } from '../aws-time.ts';
import type { Context } from '../context.ts';
import { refuseForgottenHosting } from '../hosting/forgotten-hosting.ts';
import { accountChecks, observeAccount, type AccountSettings } from './account-settings.ts';
import { nameProvidersAmong } from '../provider/find-name-providers.ts';
import { look } from './look.ts';
import { observeDomain } from './observe-domain.ts';
import { externalHosting, observeHosting } from './observe-hosting.ts';
import { observeProviders, readProviders, type AccountProviders } from './observe-providers.ts';
import { listRoles, observeRoles, type ListedRoles } from './observe-roles.ts';
import { observeServed } from './observe-served.ts';

/** What is asked for. */
export type VerifyInput = {
  readonly target: Target;
  /** The documents are served there by somebody else. */
  readonly issuerUrl: string | undefined;
  /** Name of the hosting that the cluster shares with others. */
  readonly sharedHosting: string | undefined;
  readonly deep: boolean;
  /** Settings of the account that were read already, and checked for another name; read with `deep` where not given. */
  readonly accountSettings?: AccountSettings | undefined;
  readonly commands: Commands;
  /** Undefined where the output folder is of no one name. */
  readonly files: FilesFacts | undefined;
  /** What was listed already; the account is listed where not given. */
  readonly listed?: { readonly providers: AccountProviders; readonly roles: ListedRoles };
};

/** What was found of a name. */
export type VerifiedName = {
  /** Undefined where nothing says which it is. */
  readonly issuer: string | undefined;
  /** Keys that are served. */
  readonly keys: readonly Jwk[];
  readonly provider: Seen<ProviderFacts | undefined>;
  readonly roles: Seen<readonly RoleFacts[]>;
  readonly checks: readonly Check[];
};

/** Looks, and judges. ISSUER_WOULD_CHANGE where the name is on a shared hosting, and the flag was not given. */
export async function verifyName(context: Context, input: VerifyInput): Promise<VerifiedName> {
  const { target, issuerUrl, sharedHosting, deep, commands, files } = input;
  context.progress({ kind: 'step', text: `looking at everything of "${target.name}"` });
  const allProviders =
    input.listed === undefined
      ? observeProviders(context)
      : Promise.resolve(input.listed.providers);
  const allRoles =
    input.listed === undefined ? listRoles(context) : Promise.resolve(input.listed.roles);
  const trusted = async (): Promise<readonly string[]> =>
    readProviders(await allProviders)
      .filter((one) => belongsTo(target, one))
      .map(({ url }) => url);
  const [hosting, providers, listed, settings] = await Promise.all([
    issuerUrl === undefined
      ? observeHosting(
          context,
          { ...target, name: sharedHosting ?? target.name },
          { prefix: sharedHosting === undefined ? undefined : target.name, trusted },
        )
      : externalHosting(target, issuerUrl),
    allProviders,
    allRoles,
    deep && input.accountSettings === undefined
      ? observeAccount(context, target.account, { hosted: issuerUrl === undefined })
      : input.accountSettings,
  ]);
  // Without its flag, everything of a cluster on a shared hosting would seem to be missing.
  if (issuerUrl === undefined && sharedHosting === undefined && !bucketThere(hosting)) {
    const known = providers.seen ? nameProvidersAmong(readProviders(providers), target) : undefined;
    await refuseForgottenHosting(context, target, sharedHosting, known);
  }
  const { issuer } = hosting;
  if (issuer === undefined) return nothingFound(hosting, { name: target.name, commands });

  const arn = providerArn({ issuer, account: target.account, partition: target.partition.id });
  const [domain, served, roles, provider] = await Promise.all([
    observeDomain(context, valueOf(hosting.distribution), issuer),
    observeServed(context, issuer),
    observeRoles(context, { name: target.name, providerArn: arn, listed, deep }),
    providerAt(context, providers, arn),
  ]);
  const now = awsTime(context);
  const hosted = [
    ...hostingChecks(hosting, commands),
    ...(settings?.access === undefined || hosting.kind === 'external'
      ? []
      : [accountAccessCheck(hosting, settings.access)]),
    ...(domain === undefined ? [] : domainChecks(domain, now, commands)),
  ];
  const stored = hosting.bucket === undefined ? [] : storedChecks(hosting.bucket, issuer, commands);
  // While a distribution is being deployed, its edges may not answer.
  const [cause] = findingsOf([...hosted, ...stored]).filter(
    ({ id, status }) => status === 'fail' || id === 'hosting-deployed',
  );
  const own = hosting.kind === 'external' ? undefined : commands;
  const keys = servedKeys(served);
  const roleFacts = valueOf(roles) ?? [];
  const manifests = manifestFacts(files, target.name);
  const checks = [
    ...hosted,
    ...stored,
    ...servedChecks(served, {
      publish: own?.publish,
      publishKey: own?.publishKey,
      emergency: own?.emergency,
      cause: cause?.id,
      refused: refusedHint(hosting),
    }),
    ...(hosting.bucket === undefined ? [] : currentChecks(hosting.bucket, served, commands)),
    ...rotationChecks(hosting, { name: target.name, issuer, commands }),
    ...providerChecks(
      {
        name: target.name,
        issuer,
        arn,
        provider,
        others: othersOf(target, providers),
        bucketThere: bucketThere(hosting),
        trusted: [...new Set([...audiencesOf(roleFacts, arn), ...manifests.audiences])],
      },
      commands,
    ),
    ...rolesChecks(
      {
        name: target.name,
        provider: { arn, clientIds: valueOf(provider)?.clientIds ?? [] },
        roles,
        missing: missingRoles(target, manifests.roleArns, listed),
        now,
      },
      commands,
    ),
    ...(settings === undefined ? [] : trustSizeChecks(settings.quotas, roleFacts)),
    ...(input.accountSettings === undefined ? accountChecks(settings, target.account) : []),
    ...(files === undefined
      ? []
      : filesChecks(files, {
          name: target.name,
          account: target.account,
          issuer,
          served: isRead(served) ? keys : undefined,
          commands,
        })),
  ];
  return { issuer, keys, provider, roles, checks: inCauseOrder(checks) };
}

/** Of a name that has no issuer: what there is of its hosting. */
function nothingFound(
  hosting: HostingFacts,
  { name, commands }: { readonly name: string; readonly commands: Commands },
): VerifiedName {
  const { region } = hosting.target;
  const checks = hostingChecks(hosting, commands);
  const missing = failed('documents-issuer', name, {
    detail: `"${name}" has no issuer in region "${region}": no discovery document, distribution or IAM provider names one`,
    hint: bucketThere(hosting)
      ? `run \`${commands.publish}\``
      : 'check --name, --region and --profile; if its documents are served elsewhere, give --issuer-url',
  });
  const why = `"${name}" has no issuer`;
  return {
    issuer: undefined,
    keys: [],
    provider: { seen: false, why },
    roles: { seen: false, why },
    checks: inCauseOrder([...checks, missing]),
  };
}

function rotationChecks(
  { bucket }: HostingFacts,
  facts: { readonly name: string; readonly issuer: string; readonly commands: Commands },
): readonly Check[] {
  const settings = bucket?.settings;
  if (settings === undefined) return [];
  const jwks = settings.documents.find(({ key }) => key === documentKeys.jwks);
  const body = jwks === undefined ? undefined : valueOf(jwks.stored)?.body;
  const published = body === undefined ? undefined : readableKeys(body).keys.map(({ kid }) => kid);
  return [rotationCheck(settings.state, { ...facts, published })];
}

/** From the list; where that is denied, asked for by its ARN. */
async function providerAt(
  context: Context,
  providers: AccountProviders,
  arn: string,
): Promise<Seen<ProviderFacts | undefined>> {
  if (!providers.seen) return await look(() => context.aws.iam.getOidcProvider(arn));
  return providers.value.get(arn) ?? seen(undefined);
}

function othersOf(
  target: Target,
  providers: AccountProviders,
): Seen<readonly (ProviderFacts & { readonly ofBucket: boolean })[]> {
  if (!providers.seen) return providers;
  return seen(
    readProviders(providers)
      .filter((one) => belongsTo(target, one))
      .map((one) => Object.assign({ ofBucket: isOfBucket(target, one.url) }, one)),
  );
}

function belongsTo(target: Target, { tags, url }: ProviderFacts): boolean {
  return ownership(target.name, tags) !== 'foreign' || isOfBucket(target, url);
}

/** The URL of the name's bucket, in whatever region. */
function isOfBucket(target: Target, url: string): boolean {
  return bucketOfHost(target, new URL(url).host) !== undefined;
}

function bucketThere({ bucket }: HostingFacts): boolean {
  if (bucket === undefined) return false;
  // Where it may not be looked at, nothing says that it is gone.
  return !bucket.presence.seen || bucket.presence.value.state === 'present';
}

function audiencesOf(roles: readonly RoleFacts[], arn: string): readonly string[] {
  const statements = roles.flatMap(({ trustPolicy }) => statementsOf(trustPolicy));
  const own = statements.filter((statement) => letsIn(arn, statement));
  return [...new Set(own.flatMap((statement) => conditionValues(statement, 'aud')))];
}

/** Roles of the account that manifests name and the account has not; none where roles may not be listed. */
function missingRoles(
  { account, partition }: Target,
  roleArns: readonly string[],
  listed: ListedRoles,
): readonly string[] {
  if (!listed.seen) return [];
  const names = new Set(listed.value.map(({ name }) => name));
  const own = `arn:${partition.id}:iam::${account}:role/`;
  return roleArns.filter((arn) => arn.startsWith(own) && !names.has(arn.split('/').at(-1) ?? ''));
}
