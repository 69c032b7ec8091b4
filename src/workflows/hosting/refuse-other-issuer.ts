// What an account still trusts for a name, held against the issuer that is found or is to be made:
// a provider, a distribution or a role of another issuer ends the command before any write.

import type { Role } from '../../aws/ports.ts';
import { bucketNames, namespaceOf, type PlacedBucket } from '../../core/bucket-names.ts';
import { BootstrapError, isAwsError } from '../../core/errors.ts';
import { otherIssuers, trustsProvider } from '../../core/roles/trust-policy.ts';
import { ownership } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import {
  deleteProviderCommand,
  findNameProviders,
  type NameProvider,
} from '../provider/find-name-providers.ts';
import { otherRegion } from './wrong-bucket.ts';
import { distributionsFor } from './find-distribution.ts';
import { findSharedHosting, refuseForgottenHosting, repeatFlag } from './forgotten-hosting.ts';
import type { FoundHosting } from './find-hosting.ts';
import { shellWord } from '../../core/shell-word.ts';

/** ISSUER_WOULD_CHANGE where IAM trusts an issuer of this name that is not the one to be made. */
export async function refuseOtherProviders(
  context: Context,
  target: Target,
  wanted: {
    readonly issuer: string | undefined;
    /** The bucket is gone, and with it what served the issuer at its URL. */
    readonly bucketGone: boolean;
    /** The providers of this name. */
    readonly providers: readonly NameProvider[];
  },
): Promise<void> {
  const others = wanted.providers.filter(({ issuer }) => issuer !== wanted.issuer);
  const lost = others.find(({ bucket }) => bucket !== undefined);
  if (lost?.bucket !== undefined && wanted.bucketGone) {
    await refuseOtherBucket(context, target, { provider: lost, placed: lost.bucket });
    throw bucketGone(lost, wanted.issuer);
  }
  const [other] = others;
  if (other === undefined) return;
  const shared = await findSharedHosting(context, target, other.issuer);
  throw new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message:
      `IAM provider "${other.arn}" was made for "${target.name}" and trusts issuer "${other.issuer}", ` +
      `not ${wanted.issuer === undefined ? 'the one that would be made' : `"${wanted.issuer}"`}`,
    hint:
      (other.bucket !== undefined
        ? ''
        : shared !== undefined
          ? `if this is its cluster, give ${repeatFlag(shared)} in every command; `
          : `if its documents are served elsewhere and this is its cluster, give --issuer-url ${shellWord(other.issuer)} in every command; `) +
      'if another cluster uses that issuer, give this one another --name and its own --output-dir; ' +
      `if none does, delete its provider, then run again with another --output-dir: ${deleteProviderCommand(other.arn)}`,
    details: {
      issuer: other.issuer,
      wantedIssuer: wanted.issuer ?? null,
      identityProviderArn: other.arn,
    },
  });
}

/**
 * Of a name that was found without an issuer, ISSUER_WOULD_CHANGE where a provider trusts its bucket in another
 * region, or an issuer on a shared hosting other than `sharedHosting`.
 */
export async function refuseOtherPlace(
  context: Context,
  target: Target,
  hosting: {
    readonly found: Pick<FoundHosting, 'bucket' | 'distribution'>;
    readonly sharedHosting: string | undefined;
  },
): Promise<void> {
  const { found, sharedHosting } = hosting;
  const providers = await findNameProviders(context, target);
  const isNothing = found.bucket === undefined && found.distribution === undefined;
  for (const provider of isNothing && sharedHosting === undefined ? providers : []) {
    const { bucket: placed } = provider;
    if (placed !== undefined) await refuseOtherBucket(context, target, { provider, placed });
  }
  await refuseForgottenHosting(context, target, sharedHosting, providers);
}

/** ISSUER_WOULD_CHANGE where the bucket of that issuer is there after all: in another region. */
async function refuseOtherBucket(
  context: Context,
  target: Target,
  other: { readonly provider: NameProvider; readonly placed: PlacedBucket },
): Promise<void> {
  const { provider, placed } = other;
  const { bucket, region } = placed;
  if (bucketNames(target).includes(bucket)) return;
  const presence = await context.aws.s3.headBucket({ bucket, account: target.account });
  if (presence.state === 'absent') return;
  const what = `IAM provider "${provider.arn}" of this name trusts bucket "${bucket}"`;
  throw otherRegion({ target, what, bucket, region, issuer: provider.issuer });
}

/** ISSUER_WOULD_CHANGE where the bucket that served a trusted issuer is gone. */
function bucketGone(provider: NameProvider, wantedIssuer: string | undefined): BootstrapError {
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: takeoverRisk(provider),
    hint: `delete the provider now: ${deleteProviderCommand(provider.arn)}; a new issuer then needs an --output-dir of its own`,
    details: {
      issuer: provider.issuer,
      wantedIssuer: wantedIssuer ?? null,
      identityProviderArn: provider.arn,
    },
  });
}

/** What follows from a trusted issuer whose bucket is gone. */
export function takeoverRisk({ arn, issuer, bucket }: NameProvider): string {
  const isOpen = bucket === undefined || namespaceOf(bucket.bucket) === 'global';
  return (
    `the bucket behind the issuer "${issuer}" is gone, and IAM provider "${arn}" still trusts it: ` +
    (isOpen
      ? 'whoever makes a bucket of that name can sign tokens for every role that trusts the provider'
      : 'nobody outside this account can make a bucket of that name')
  );
}

/**
 * ISSUER_WOULD_CHANGE where the discovery document names the bucket's URL, and a distribution,
 * provider or role of this name says that another issuer is in use. Gives the domains of
 * distributions of others that read the bucket.
 */
export async function refuseContradiction(
  context: Context,
  target: Target,
  published: { readonly issuer: string; readonly providerArn: string },
): Promise<readonly string[]> {
  const { owned, strangers } =
    target.partition.cloudfrontRegion === undefined
      ? { owned: undefined, strangers: [] }
      : await distributionsFor(context, target);
  const refuse = (what: string, issuer: string): never => {
    throw contradiction({ target, published: published.issuer, what, issuer });
  };
  if (owned !== undefined) {
    refuse(`distribution "${owned.id}" of this name serves`, `https://${owned.domainName}`);
  }
  const readers = strangers.flatMap(({ domainName, aliases }) => [domainName, ...aliases]);
  const providers = await findNameProviders(
    context,
    target,
    readers.map((host) => `https://${host}`),
  );
  const other = providers.find(({ issuer }) => issuer !== published.issuer);
  if (other !== undefined) refuse(`IAM provider "${other.arn}" trusts`, other.issuer);
  const role = await findRoleOfOtherIssuer(context, target, published.providerArn);
  if (role !== undefined) refuse(`role "${role.name}" of this name trusts`, role.issuer);
  return readers;
}

async function findRoleOfOtherIssuer(
  context: Context,
  target: Target,
  arn: string,
): Promise<{ readonly name: string; readonly issuer: string } | undefined> {
  const roles = (await context.aws.iam.listRoleTrust()) ?? [];
  const others = roles.flatMap(({ name, trustPolicy }) => {
    const [issuer] = trustsProvider(trustPolicy, arn) ? [] : otherIssuers(trustPolicy, arn);
    return issuer !== undefined && name.startsWith(`${target.name}-`) ? [{ name, issuer }] : [];
  });
  // A longer cluster name may begin with this one: the tags tell.
  const tagged = await inParallel(others, async (role) => {
    const found = await readRole(context, role.name);
    const isOurs = found !== undefined && ownership(target.name, found.tags) !== 'foreign';
    return isOurs ? role : undefined;
  });
  return tagged.find((role) => role !== undefined);
}

/** Undefined also where a caller that only makes the identity provider may not look at roles. */
async function readRole(context: Context, name: string): Promise<Role | undefined> {
  try {
    return await context.aws.iam.getRole(name);
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return undefined;
  }
}

function contradiction(facts: {
  readonly target: Target;
  readonly published: string;
  readonly what: string;
  readonly issuer: string;
}): BootstrapError {
  const { target, published, what, issuer } = facts;
  return new BootstrapError({
    code: 'ISSUER_WOULD_CHANGE',
    message: `the discovery document of "${target.name}" names issuer "${published}", but ${what} "${issuer}"`,
    hint:
      'look at the "iss" of a token of the cluster. If it is the second, put that URL into "issuer" and "jwks_uri" of ' +
      '.well-known/openid-configuration in the bucket by hand, then run again. If it is the first, ' +
      'take that resource out of this name: remove its tag, and the roles’ trust in the second once nothing uses it',
    details: { issuer: published, wantedIssuer: issuer },
  });
}
