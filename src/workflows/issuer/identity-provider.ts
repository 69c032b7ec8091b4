// From a checked plan to a trusted issuer. The order is the safety:
// hosting, documents, wait until served, IAM provider. How it is hosted, the plan knows.

import type { Platform } from '../../core/cluster/platform.ts';
import { platformSteps } from '../../core/cluster/platform-steps.ts';
import { documentKeys, providerArn } from '../../core/issuer/discovery.ts';
import { jwkOf, mergeKeys, type Jwk } from '../../core/keys/jwks.ts';
import { hasPlaceholder, knownOrNull } from '../../core/placeholder.ts';
import { signerNotes, type KeysAtHand } from '../../core/keys/key-choice.ts';
import type { PublicKey } from '../../core/keys/public-key.ts';
import { publishedKeyWarnings } from '../../core/keys/published-keys.ts';
import {
  parseRemovedKeys,
  rotationStateKey,
  type RemovedKey,
} from '../../core/keys/removed-keys.ts';
import type { IdentityProviderResult } from '../../core/result.ts';
import type { Tags } from '../../core/tags.ts';
import type { Context } from '../context.ts';
import { BootstrapError } from '../../core/errors.ts';
import { poll } from '../poll.ts';
import type { Site, SitePlan } from '../hosting/site.ts';
import { ensureOidcProvider } from '../provider/ensure-oidc-provider.ts';
import { publishDocuments, type MergeKeys, type PublishedDocuments } from './publish-documents.ts';

/** Chooses keys by those published and those that a rotation removed; throws what forbids them. */
export type ChooseKeys = (facts: {
  readonly published: readonly Jwk[];
  readonly removed: readonly RemovedKey[];
}) => readonly PublicKey[];

export type HostingInput = {
  readonly plan: SitePlan;
  readonly tags: Tags;
  /** Called before the first write, and again once the issuer is known: marks the output folder. */
  readonly claim: (issuer: string | null) => void;
  /** Called with the result so far, so that a failure can show it. */
  readonly known: (result: IdentityProviderResult) => void;
};

export type IdentityProviderInput = HostingInput & {
  /**
   * The keys to publish beside those that are. Asked again, with what is there then, where another
   * run publishes or removes keys meanwhile: a key gets trust only on purpose.
   */
  readonly chooseKeys: ChooseKeys;
  /** The keys that `chooseKeys` chooses from: what else is published is named. */
  readonly atHand: KeysAtHand;
  /** Undefined: the default for a new provider. */
  readonly audiences: readonly string[] | undefined;
  /** Whose steps the result has; undefined where nobody has named one. */
  readonly platform: Platform | undefined;
};

/** An issuer with real values, or placeholders in a dry run. */
export type IdentityProvider = {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly providerArn: string;
  readonly audiences: readonly string[];
  readonly result: IdentityProviderResult;
};

/**
 * Makes or repairs the hosting alone, so that the issuer is known before there is a key: no document
 * is written, and no provider made. Documents and provider that are there stay as they are.
 */
export async function ensureHostingOnly(
  context: Context,
  { plan, tags, claim, known }: HostingInput,
): Promise<IdentityProviderResult> {
  const site = await plan.ensure(context, { tags, hostingOnly: true, claim });
  const result = {
    issuer: knownOrNull(site.issuer),
    jwksUri: knownOrNull(site.jwksUri),
    keyIds: site.found.publishedKeys.map(({ kid }) => kid),
    audiences: plan.provider?.clientIds ?? [],
    identityProviderArn: plan.provider?.arn ?? null,
    ...site.described,
    clusterSteps: [],
  };
  known(result);
  return result;
}

/** Makes or repairs everything up to the IAM provider. */
export async function ensureIdentityProvider(
  context: Context,
  input: IdentityProviderInput,
): Promise<IdentityProvider> {
  const { plan, tags } = input;
  const { target } = plan;
  const step = (text: string): void => context.progress({ kind: 'step', text });
  const site = await plan.ensure(context, { tags, hostingOnly: false, claim: input.claim });
  const { issuer, jwksUri, found } = site;

  step(`documents of ${issuer}`);
  const documents = await publish(context, {
    site,
    merge: async (published, anew) => {
      const removed = anew ? await readRemovedKeys(site) : found.removedKeys;
      return mergeKeys(published, input.chooseKeys({ published, removed }).map(jwkOf));
    },
  });
  for (const warning of keyWarnings(input, { site, published: documents.keys }))
    context.warn(warning);
  const arn = providerArn({ issuer, account: target.account, partition: target.partition.id });
  const result = (audiences: readonly string[]): IdentityProviderResult => ({
    issuer: knownOrNull(issuer),
    jwksUri: knownOrNull(jwksUri),
    keyIds: documents.keys.map((key) => key.kid).filter((keyId) => !hasPlaceholder(keyId)),
    audiences,
    identityProviderArn: knownOrNull(arn),
    ...site.described,
    clusterSteps: platformSteps(input.platform, {
      issuer,
      jwksUri,
      signerAtHand: input.atHand.from !== 'nowhere' && input.atHand.signer !== undefined,
    }),
  });
  // Without the provider there is nothing to do on the cluster yet.
  input.known({
    ...result(plan.provider?.clientIds ?? []),
    identityProviderArn: null,
    clusterSteps: [],
  });

  await site.serve({
    changed: documents.changed,
    texts: {
      [documentKeys.discovery]: documents.discovery,
      [documentKeys.jwks]: documents.jwks,
      [documentKeys.jwksMirror]: documents.jwks,
    },
  });
  step(`IAM OIDC provider ${arn}`);
  const audiences = await ensureOidcProvider(context, {
    name: target.name,
    issuer,
    arn,
    audiences: input.audiences,
    tags,
    found: plan.provider,
    checkServed: () => checkStillServed(context, issuer),
  });
  input.known(result(audiences));
  return { issuer, jwksUri, providerArn: arn, audiences, result: result(audiences) };
}

/** The issuer served before the provider was made: ISSUER_UNREACHABLE where it does not now. */
async function checkStillServed(context: Context, issuer: string): Promise<void> {
  const url = `${issuer}/${documentKeys.discovery}`;
  await poll(
    context,
    {
      text: `${issuer} to serve the documents`,
      limitMs: 30_000,
      onTimeout: () =>
        new BootstrapError({
          code: 'ISSUER_UNREACHABLE',
          message: `the issuer "${issuer}" served its documents before the IAM provider was made, and does not serve them now`,
          hint: 'this run deletes the IAM provider that it made; if another run deletes this name, wait until it has ended; then run the same command again',
          details: { issuer },
        }),
    },
    async () => {
      const answer = await context.fetchDocument(url);
      return answer.ok && answer.status === 200 ? true : undefined;
    },
  );
}

/** Publishes the documents where this program does; else what is served stays as it is. */
async function publish(
  context: Context,
  { site, merge }: { readonly site: Site; readonly merge: MergeKeys },
): Promise<PublishedDocuments> {
  const { store, issuer, found } = site;
  if (store === undefined) {
    return { discovery: '', jwks: '', keys: found.publishedKeys, changed: false };
  }
  const read = {
    [documentKeys.discovery]: found.discovery,
    [documentKeys.jwks]: found.jwks,
    [documentKeys.jwksMirror]: found.jwksMirror,
  };
  return await publishDocuments(context, { place: { store, found: read }, issuer, merge });
}

function keyWarnings(
  { atHand }: IdentityProviderInput,
  { site, published }: { readonly site: Site; readonly published: readonly Jwk[] },
): readonly string[] {
  const shown = site.store === undefined ? site.jwksUri : `${site.store.label}${documentKeys.jwks}`;
  // Without keys at hand, nothing tells which of the keys published elsewhere belong to the cluster.
  const managed =
    site.store === undefined && atHand.from === 'nowhere'
      ? published.map(({ kid }) => kid)
      : site.found.managedKeyIds;
  return [
    ...signerNotes(atHand, published),
    ...publishedKeyWarnings({ published, atHand, managed, shown }),
  ];
}

/** The kids that the rotation state, if there is one, records as removed. */
async function readRemovedKeys({ state }: Site): Promise<readonly RemovedKey[]> {
  const stored = await state?.read(rotationStateKey);
  return stored === undefined ? [] : parseRemovedKeys(stored.body);
}
