// Results of the commands as `-o json` shows them. Fields are fixed by the contract; null means not known (yet).

import type { Spared, Thing } from './thing.ts';

export type KeyPairResult = {
  /** Null in a dry run that would make the key. */
  readonly keyId: string | null;
  readonly keySize: number;
  readonly created: boolean;
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
};

/** How documents are hosted in a bucket. */
export type Hosting = 'cloudfront' | 'cloudfront-oai' | 's3-public';

export type IdentityProviderResult = {
  readonly issuer: string | null;
  readonly jwksUri: string | null;
  readonly keyIds: readonly string[];
  readonly audiences: readonly string[];
  readonly identityProviderArn: string | null;
  readonly hosting: Hosting | 'external';
  readonly bucket: string | null;
  readonly distribution: {
    readonly id: string | null;
    readonly arn: string | null;
    readonly domainName: string | null;
  } | null;
  readonly originAccessControlId: string | null;
  readonly domain: string | null;
  readonly certificateArn: string | null;
  /** Of the documents in a bucket that many clusters share. */
  readonly prefix: string | null;
  readonly clusterSteps: readonly string[];
};

export type RoleResult = {
  /** Null, as Secret and manifest, where flags asked for the role. */
  readonly credentialsRequest: string | null;
  readonly name: string;
  readonly arn: string | null;
  /** Of the first service account: those of flags may be of several. */
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
  /** `system:serviceaccount:<namespace>:<name>` of each service account. */
  readonly subjects: readonly string[];
  readonly secret: { readonly namespace: string; readonly name: string } | null;
  /** Relative to the output folder. */
  readonly manifest: string | null;
};

export type SkippedRequest = {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
  /** By which summaries count: `GCP`, `feature set CustomNoUpgrade`. */
  readonly group: string;
};

export type IamRolesResult = {
  readonly roles: readonly RoleResult[];
  readonly skipped: readonly SkippedRequest[];
};

export type RenderDocumentsResult = {
  readonly issuer: string;
  readonly jwksUri: string;
  /** Kids that are served. */
  readonly keyIds: readonly string[];
  /** Kids that are never served again, those of this run among them. */
  readonly removedKeyIds: readonly string[];
  /** Absolute, links followed. */
  readonly documentsDir: string;
};

export type DeleteResult = {
  /** What this run deleted, or would delete. */
  readonly deleted: readonly Thing[];
  /** Not ours, or asked to be kept. */
  readonly kept: readonly Spared[];
  /** Ours, and still there. */
  readonly left: readonly Spared[];
};

export type CreateAllResult = {
  readonly keyPair: KeyPairResult | null;
  readonly identityProvider: IdentityProviderResult;
  readonly iamRoles: IamRolesResult;
};
