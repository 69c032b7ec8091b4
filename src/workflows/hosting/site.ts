// Where an issuer lives: its URL and the place of its documents. Whatever publishes, trusts or rotates
// takes a site and does not ask how it is hosted; how it is, is one kind of hosting in kinds/.

import type { OidcProvider, StoredObject } from '../../aws/ports.ts';
import type { BucketNamespace } from '../../core/bucket-names.ts';
import type { FetchedDocument } from '../../core/issuer/fetched-document.ts';
import type { DomainWish } from '../../core/hosting/domain.ts';
import type { Discovery } from '../../core/issuer/discovery.ts';
import type { Jwk } from '../../core/keys/jwks.ts';
import type { RemovedKey } from '../../core/keys/removed-keys.ts';
import type { IdentityProviderResult } from '../../core/result.ts';
import type { Tags } from '../../core/tags.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import type { Layout } from './check-hosting.ts';
import type { DocumentStore } from './document-store.ts';
import type { FolderFacts } from './find-bucket.ts';
import type { HostingRemains, TeardownWish } from './remains.ts';

/** What was read of the documents. */
export type FoundDocuments = {
  readonly discovery: (StoredObject & { readonly parsed: Discovery }) | undefined;
  readonly jwks: StoredObject | undefined;
  readonly jwksMirror: StoredObject | undefined;
  readonly publishedKeys: readonly Jwk[];
  /** Kids that the rotation state records as retired or revoked. */
  readonly removedKeys: readonly RemovedKey[];
  /** Kids that the rotation state names as keys or verifiers. */
  readonly managedKeyIds: readonly string[];
};

/** What a result says of the hosting. */
export type HostingFacts = Pick<
  IdentityProviderResult,
  | 'hosting'
  | 'bucket'
  | 'distribution'
  | 'originAccessControlId'
  | 'domain'
  | 'certificateArn'
  | 'prefix'
>;

/** The rotation state, beside the documents and never among them. */
export type StateStore = DocumentStore & {
  /**
   * Before the state is written: nobody else may read it. RESOURCE_NOT_OWNED where somebody could and
   * this is the first write, a warning later. True where access was changed, or `first`.
   */
  readonly protect: (options: { readonly first: boolean }) => Promise<boolean>;
  /** Somebody else can read it, whatever `protect` does. */
  readonly isExposed: boolean;
  /** How messages name the state. */
  readonly shown: string;
  /** Where an anonymous reader would find the state, and the answers that say that he cannot. */
  readonly anonymous: {
    readonly url: string;
    readonly isRefused: (answer: FetchedDocument) => boolean;
  };
};

/** An issuer that is there, or planned in a dry run (with placeholders). */
export type Site = {
  readonly target: Target;
  readonly issuer: string;
  readonly jwksUri: string;
  /** Undefined where somebody else publishes the documents. */
  readonly store: DocumentStore | undefined;
  readonly state: StateStore | undefined;
  readonly found: FoundDocuments;
  /** Waits until the issuer URL serves these texts, by key; invalidates where edges cache. */
  readonly serve: (documents: {
    readonly changed: boolean;
    readonly texts: { readonly [key: string]: string };
  }) => Promise<void>;
  readonly described: HostingFacts;
};

/** A site whose documents this program publishes. */
export type PublishedSite = Site & { readonly store: DocumentStore; readonly state: StateStore };

/** The flags that say which kind of hosting a name has; given in every command for it. */
export type HostingFlags = {
  /** The documents are served there by somebody else. */
  readonly issuerUrl: string | undefined;
  /** Name of the hosting that the cluster shares with others. */
  readonly sharedHosting: string | undefined;
};

/** What the user asks of the hosting. */
export type HostingWish = {
  readonly layout: Layout;
  /** Undefined: the bucket that is there, the account's regional namespace for a new one where that can be. */
  readonly bucketNamespace: BucketNamespace | undefined;
  /** Undefined: the domain that is found is kept, CloudFront's own for a new name. */
  readonly domain: DomainWish | undefined;
  /** Replace ccoctl's origin access identity. */
  readonly migrateToOac: boolean;
  readonly folder: FolderFacts;
};

/** Hosting that was looked at and may be made. */
export type SitePlan = {
  readonly target: Target;
  /** Undefined while it takes a new distribution to know it. */
  readonly issuer: string | undefined;
  /** The issuer's provider, if there is one already. */
  readonly provider: OidcProvider | undefined;
  /** What is going to be opened that somebody closed, in words: needs approval. */
  readonly opens: string | undefined;
  /** False where somebody else publishes the documents: no key is added to them. */
  readonly publishes: boolean;
  readonly found: FoundDocuments;
  /** Makes or repairs all of the hosting; `claim` is called before the first write, and again once the issuer is known. */
  readonly ensure: (
    context: Context,
    input: {
      /** The user's own tags. */
      readonly tags: Tags;
      /** Nothing but the hosting is asked for. */
      readonly hostingOnly: boolean;
      readonly claim: (issuer: string | null) => void;
    },
  ) => Promise<Site>;
};

/** A way to host an issuer. */
export type HostingKind = {
  /** The issuer of the name, if it has one; ISSUER_WOULD_CHANGE where it has one in another place. Reads only. */
  readonly findIssuer: (context: Context, target: Target) => Promise<string | undefined>;
  /** Everything that forbids the work, before any write. */
  readonly check: (context: Context, target: Target, wish: HostingWish) => Promise<SitePlan>;
  /** All that is there of it, for a teardown. Reads only. */
  readonly findRemains: (
    context: Context,
    target: Target,
    wish: TeardownWish,
  ) => Promise<HostingRemains>;
  /** The site of an issuer that is published, without making anything; else as `findIssuer`. */
  readonly open: (
    context: Context,
    target: Target,
    options: { readonly forStatus: boolean },
  ) => Promise<PublishedSite | undefined>;
};
