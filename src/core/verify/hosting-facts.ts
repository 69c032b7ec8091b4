// What was seen of the hosting of a name: facts, without a judgement.

import type { AccessFlags } from '../hosting/public-access.ts';
import type { FetchedDocument } from '../issuer/fetched-document.ts';
import type { JsonObject } from '../json.ts';
import type { Hosting } from '../result.ts';
import type { Tags } from '../tags.ts';
import type { Target } from '../target.ts';
import type { Seen } from '../seen.ts';

/** An object as it stands in the bucket. */
export type StoredDocument = {
  readonly body: string;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
};

/** A published object by its key. */
export type StoredFacts = {
  readonly key: string;
  readonly stored: Seen<StoredDocument | undefined>;
};

/** The bucket and what is in it. */
export type BucketFacts = {
  readonly bucket: string;
  /** Of the cluster's objects in a shared hosting. */
  readonly prefix: string | undefined;
  readonly presence: Seen<
    | { readonly state: 'absent' }
    | { readonly state: 'present' | 'forbidden'; readonly region: string | undefined }
  >;
  /** Undefined where there is no bucket of ours. */
  readonly settings:
    | {
        readonly tags: Seen<Tags>;
        readonly access: Seen<AccessFlags | undefined>;
        readonly ownership: Seen<string | undefined>;
        readonly encryption: Seen<string | undefined>;
        readonly policy: Seen<JsonObject | undefined>;
        readonly documents: readonly StoredFacts[];
        readonly state: Seen<StoredDocument | undefined>;
      }
    | undefined;
};

/** What an anonymous reader gets at the bucket's own host, or of the state at the issuer. */
export type AnonymousRead = { readonly url: string; readonly answer: FetchedDocument };

/** A distribution of the account. */
export type DistributionFacts = {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  readonly aliases: readonly string[];
  readonly comment: string;
  readonly status: string;
  readonly config: JsonObject;
  readonly usesOriginAccessIdentity: boolean;
  readonly tags: Seen<Tags>;
  /** The one that is attached: undefined where none is, or where it is gone. */
  readonly accessControl: Seen<
    | {
        readonly id: string;
        readonly name: string;
        readonly signingProtocol: string;
        readonly signingBehavior: string;
      }
    | undefined
  >;
};

/** The hosting of a name. */
export type HostingFacts = {
  /** With the region in which the bucket was found; of a shared hosting its name. */
  readonly target: Target;
  /** The region that was given. */
  readonly askedRegion: string;
  readonly kind: Hosting | 'external';
  /** Undefined where nothing says which it is. */
  readonly issuer: string | undefined;
  /** Undefined where somebody else serves the documents. */
  readonly bucket: BucketFacts | undefined;
  /** The distribution behind the issuer, or made for the name. */
  readonly distribution: Seen<DistributionFacts | undefined>;
  readonly anonymous: readonly AnonymousRead[];
};

/** The commands that mend findings, with the flags of this name. */
export type Commands = {
  /** `--name ... --region ...` and the hosting flags. */
  readonly flags: string;
  /** create-identity-provider. */
  readonly publish: string;
  /** The same with the cluster's public key; `<file>` where it is not in the output folder. */
  readonly publishKey: string;
  readonly emergency: string;
  readonly delete: string;
  /** create-iam-roles with a folder of CredentialsRequests. */
  readonly roles: string;
};
