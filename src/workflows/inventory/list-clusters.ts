// Every cluster of an account: one call for each provider, two for each name that has a bucket, and one list
// of roles however many there are. Reads only.

import type { OidcProvider } from '../../aws/ports.ts';
import { bucketNames } from '../../core/bucket-names.ts';
import { BootstrapError } from '../../core/errors.ts';
import {
  daysSince,
  hostingOf,
  namesOf,
  type Account,
  type ListedCluster,
  type OwnedProvider,
} from '../../core/inventory/clusters.ts';
import { bucketHost } from '../../core/partition.ts';
import { rotationStateKey } from '../../core/keys/removed-keys.ts';
import { objectKey, sharedHostingOf } from '../../core/hosting/shared-hosting.ts';
import { parseRotationState, type ParsedState } from '../../core/rotation/parse-state.ts';
import { currentKey, type RotationState } from '../../core/rotation/state.ts';
import { trustsProvider } from '../../core/roles/trust-policy.ts';
import { servedKeys } from '../../core/verify/documents-checks.ts';
import { seen, valueOf } from '../../core/seen.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../parallel.ts';
import { look } from '../verify/look.ts';
import {
  observeProviders,
  readProviders,
  type AccountProviders,
} from '../verify/observe-providers.ts';
import { listRoles, type ListedRoles } from '../verify/observe-roles.ts';
import { observeServed } from '../verify/observe-served.ts';

/** The clusters, by name, and what was listed for them. */
export type Inventory = {
  readonly clusters: readonly ListedCluster[];
  readonly providers: AccountProviders;
  readonly roles: ListedRoles;
};

/** AWS_ACCESS_DENIED where the providers may not be listed; what else is denied is a warning. */
export async function listClusters(context: Context, account: Account): Promise<Inventory> {
  context.progress({ kind: 'step', text: 'listing the OIDC providers of the account' });
  const providers = await observeProviders(context);
  if (!providers.seen) throw listDenied(providers.why);
  const unread = [...providers.value.values()].flatMap((one) => (one.seen ? [] : [one.why]));
  if (unread.length > 0) {
    context.warn(
      `${unread.length} of ${providers.value.size} OIDC providers cannot be read, so their names are not known: ${unread[0] ?? ''}`,
    );
  }
  const owned = readProviders(providers).flatMap((provider) =>
    namesOf(provider.tags).map((named) => ({ provider, named })),
  );
  if (owned.length === 0) return { clusters: [], providers, roles: seen([]) };

  context.progress({
    kind: 'step',
    text: owned.length === 1 ? 'looking at 1 cluster' : `looking at ${owned.length} clusters`,
  });
  const [roles, distributions] = await Promise.all([
    listRoles(context),
    account.partition.cloudfrontRegion === undefined
      ? seen([])
      : look(() => context.aws.cloudfront.listDistributions()),
  ]);
  if (!roles.seen) context.warn(`roles are not counted: ${roles.why}`);
  if (!distributions.seen) context.warn(`the hosting is not known for sure: ${distributions.why}`);
  const hosts = valueOf(distributions)?.flatMap(({ domainName, aliases }) => [
    domainName,
    ...aliases,
  ]);
  const fetched = await inParallel(owned, ({ provider }) => observeServed(context, provider.url));
  const clusters: ListedCluster[] = [];
  // One after the other: the client is rebuilt for the region of each bucket.
  for (const [index, { provider, named }] of owned.entries()) {
    const served = fetched[index];
    const issuer = provider.url;
    const sharedHosting = sharedHostingOf(issuer, named.name, valueOf(distributions) ?? []);
    const place = await observePlace(context, account, { name: named.name, sharedHosting });
    clusters.push({
      ...row(provider, named),
      hosting: hostingOf({
        issuer,
        bucketHosts: place.hosts,
        distributionHosts: hosts,
        owner: named.owner,
      }),
      sharedHosting: sharedHosting ?? null,
      region: place.region ?? null,
      keyIds: served === undefined ? [] : servedKeys(served).map(({ kid }) => kid),
      keyAgeDays: daysSince(
        sinceOf(place.state) ?? lastModified(served?.keySet?.answer),
        context.clock.now(),
      ),
      roles: roles.seen
        ? roles.value.filter(({ trustPolicy }) => trustsProvider(trustPolicy, provider.arn)).length
        : null,
      phase: place.state?.phase ?? (place.readable ? 'steady' : null),
    });
  }
  const byName = (a: ListedCluster, b: ListedCluster): number =>
    `${a.name} ${a.issuer}` < `${b.name} ${b.issuer}` ? -1 : 1;
  return { clusters: clusters.toSorted(byName), providers, roles };
}

function row(
  provider: OidcProvider,
  { name, owner }: OwnedProvider,
): Pick<ListedCluster, 'name' | 'issuer' | 'providerArn' | 'audiences' | 'owner'> {
  const { arn, url, clientIds } = provider;
  return { name, issuer: url, providerArn: arn, audiences: clientIds, owner };
}

type Place = {
  /** Of the bucket, where it is there. */
  readonly region: string | undefined;
  /** Hosts under which the bucket itself is read. */
  readonly hosts: readonly string[];
  /** False where the rotation state could not be read. */
  readonly readable: boolean;
  readonly state: RotationState | undefined;
};

async function observePlace(
  context: Context,
  account: Account,
  cluster: { readonly name: string; readonly sharedHosting: string | undefined },
): Promise<Place> {
  const { name, sharedHosting } = cluster;
  const { id, region: asked, partition } = account;
  const target = { name: sharedHosting ?? name, account: id, region: asked, partition };
  const candidates = bucketNames(target);
  const hostsIn = (region: string): readonly string[] =>
    candidates.map((bucket) => bucketHost(bucket, region, partition));
  const looks = await inParallel(candidates, async (bucket) => {
    const ref = { bucket, account: id };
    const presence = valueOf(await look(() => context.aws.s3.headBucket(ref)));
    return presence?.state === 'present' ? { ref, region: presence.region } : undefined;
  });
  const present = looks.find((one) => one !== undefined);
  if (present === undefined) {
    return { region: undefined, hosts: hostsIn(asked), readable: false, state: undefined };
  }
  const { ref, region } = present;
  context.aws.useBucketRegion(region);
  const key = objectKey(sharedHosting === undefined ? undefined : name, rotationStateKey);
  const stored = await look(() => context.aws.s3.getObject(ref, key));
  const body = valueOf(stored)?.body;
  const parsed = body === undefined ? undefined : readState(body);
  const readable = stored.seen && (body === undefined || parsed !== undefined);
  return { region, hosts: hostsIn(region), readable, state: parsed?.state };
}

/** A state that cannot be read is for `verify` to name. */
function readState(body: string): ParsedState | undefined {
  try {
    return parseRotationState(body, rotationStateKey);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    return undefined;
  }
}

function sinceOf(state: RotationState | undefined): string | undefined {
  return state === undefined ? undefined : (currentKey(state).since ?? undefined);
}

/** Before the first rotation the key set is as old as its key. */
function lastModified(
  answer: Awaited<ReturnType<Context['fetchDocument']>> | undefined,
): string | undefined {
  return answer?.ok === true ? answer.headers['last-modified'] : undefined;
}

function listDenied(why: string): BootstrapError {
  return new BootstrapError({
    code: 'AWS_ACCESS_DENIED',
    message: `cannot list the clusters of the account: ${why}`,
    hint: 'allow iam:ListOpenIDConnectProviders and iam:GetOpenIDConnectProvider: names are found by the tags of the providers',
    details: { permission: 'iam:ListOpenIDConnectProviders' },
  });
}
