// The input and the output of rotation decisions, as plain data. The input comes from AWS and a
// folder, or from the explorer's model of them.

import type { Platform } from '../cluster/platform.ts';
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import type { DatedRemoval, HistoryStep, ProbeTarget, RotationState, Step } from './state.ts';

/** Files that hold a private key. */
export type PrivateSlot = 'signer' | 'tls' | 'next' | 'previous' | 'emergency';
/** Files that hold a public key beside its private one. */
export type PublicSlot = 'signer' | 'next' | 'previous';

/** Relative paths of the private keys; all 0600. `emergency` exists only while that step runs. */
export const privateFiles: { readonly [slot in PrivateSlot]: string } = {
  signer: 'serviceaccount-signer.private',
  tls: 'tls/bound-service-account-signing-key.key',
  next: 'serviceaccount-signer.next.private',
  previous: 'serviceaccount-signer.previous.private',
  emergency: 'serviceaccount-signer.emergency.private',
};

/** Relative paths of the public keys; 0644. */
export const publicFiles: { readonly [slot in PublicSlot]: string } = {
  signer: 'serviceaccount-signer.public',
  next: 'serviceaccount-signer.next.public',
  previous: 'serviceaccount-signer.previous.public',
};

export const verifiersFile = 'serviceaccount-verifiers.pem';
export const openshiftSecretFile = 'openshift/next-bound-service-account-signing-key.yaml';

/** Key IDs of what the output folder holds; undefined where there is no such file. */
export type KeyFiles = {
  readonly privates: { readonly [slot in PrivateSlot]?: string | undefined };
  readonly publics: { readonly [slot in PublicSlot]?: string | undefined };
  /** Kids of further keys in the files that hold the current one: they sign nothing any more. */
  readonly behind?: readonly string[] | undefined;
  /** Kids of the verifiers file, in order. */
  readonly verifiers: readonly string[] | undefined;
  /** Kid of the key in OpenShift's Secret. */
  readonly secret: string | undefined;
};

/** Everything the decisions look at. */
export type View = {
  /** By AWS's clock. */
  readonly now: Date;
  readonly name: string;
  readonly issuer: string;
  readonly callerArn: string;
  readonly state: RotationState | undefined;
  /** Keys that were removed for good before there was a rotation; only where there is no state. */
  readonly removedBefore?: readonly DatedRemoval[] | undefined;
  /** Kids in the bucket's JWKS. */
  readonly published: readonly string[];
  /**
   * False where the second copy of the JWKS differs from the first (a publishing was cut short), or
   * where an emergency has to replace what either of them holds.
   */
  readonly mirrored?: boolean | undefined;
  /** Kids that the issuer URL serves, undefined where it does not answer. */
  readonly served: readonly string[] | undefined;
  readonly files: KeyFiles;
  /** Kids that stand for different keys in different places. */
  readonly mismatches?: readonly KeyMismatch[] | undefined;
  /** Keys of the state that neither the key files nor the key set have. */
  readonly unvouched?: readonly PublicKeyRef[] | undefined;
  /** SPKI PEM of every key seen: published, in files, in the state, given. */
  readonly publicKeys: { readonly [keyId: string]: string };
};

/** A kid, and the two places that disagree on its key. */
export type KeyMismatch = {
  readonly keyId: string;
  readonly where: string;
  readonly against: string;
};

/** A public key with its id. */
export type PublicKeyRef = { readonly keyId: string; readonly publicKey: string };

/** A public key that was given; `ownKeyId` is its Kubernetes id, where a key set gives it another. */
export type GivenKey = PublicKeyRef & { readonly ownKeyId?: string | undefined };

/** A token that was read and whose signature was checked against a key we know. */
export type TokenEvidence = {
  readonly file: string;
  readonly keyId: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly digest: string;
};

/** The keys one API server accepts. */
export type ApiServerKeys = { readonly file: string; readonly keys: readonly PublicKeyRef[] };

/** What is asked for: a step, its options, and the evidence shown. Durations in seconds. */
export type RotationRequest = {
  /** `advance` is the command without a word. */
  readonly step: Step | 'status' | 'advance';
  readonly platform?: Platform | undefined;
  /** The platform that the output folder keeps: the default where one is chosen. */
  readonly folderPlatform?: Platform | undefined;
  readonly minPublishAge?: number | undefined;
  readonly maxTokenLifetime?: number | undefined;
  readonly rotateEvery?: number | undefined;
  /** `retire --verifier`. */
  readonly verifier?: string | undefined;
  /** `retire --key`. */
  readonly key?: string | undefined;
  readonly force: boolean;
  /** The cluster's name was typed, or given with `--confirm`. */
  readonly confirmed: boolean;
  /** The key of `--next-public-key-file`. */
  readonly given?: GivenKey | undefined;
  /** A pair made for this run. */
  readonly fresh?: PublicKeyRef | undefined;
  readonly apiServers: readonly ApiServerKeys[];
  readonly tokens: readonly TokenEvidence[];
  readonly probeTarget?: ProbeTarget | undefined;
  /** What the probe with the next key found. */
  readonly probe?: { readonly accepted: boolean; readonly note: string } | undefined;
  /** The only kids that the issuer URL served in this run. */
  readonly awaited?: readonly string[] | undefined;
  /** SPKI PEM of the keys that this run has seen in files or published. */
  readonly vouchedAtStart?: readonly string[] | undefined;
  /** The current key at this run's first look, null where there was no state. */
  readonly currentAtStart?: string | null | undefined;
  /** In this run STS refused the old key. */
  readonly oldKeyRefused?: boolean | undefined;
  /** Where this run could not deny sessions of the old key; undefined where it did not try. */
  readonly notDenied?: readonly string[] | undefined;
};

/** One thing to do; carried out in order, and a crash may fall between any two. */
export type Effect =
  | {
      readonly kind: 'write-state';
      readonly step: HistoryStep;
      readonly state: RotationState;
      readonly detail: string;
    }
  /** The whole JWKS by kid, until the issuer URL serves it; keys that are published keep their bytes. */
  | { readonly kind: 'publish'; readonly keyIds: readonly string[] }
  /** Waits until the issuer URL serves exactly these published kids. */
  | { readonly kind: 'await-served'; readonly keyIds: readonly string[] }
  /** `exclusive`: only where there is no such file yet. */
  | {
      readonly kind: 'write-private';
      readonly slot: PrivateSlot;
      readonly keyId: string;
      readonly exclusive: boolean;
    }
  | { readonly kind: 'write-public'; readonly slot: PublicSlot; readonly keyId: string }
  | { readonly kind: 'remove-private'; readonly slot: PrivateSlot; readonly keyId: string }
  | { readonly kind: 'remove-public'; readonly slot: PublicSlot }
  | { readonly kind: 'write-verifiers'; readonly keys: readonly PublicKeyRef[] }
  | { readonly kind: 'write-secret'; readonly keyId: string }
  | { readonly kind: 'remove-secret' }
  /** Probes with the old key until STS refuses it while it accepts the fresh one. */
  | ({ readonly kind: 'prove-cut' } & ProofOfCut)
  /** Denies sessions issued up to then on every role of ours that trusts the issuer. */
  | { readonly kind: 'deny-sessions'; readonly refusedAt: string };

/** What a proof of the cut takes: the role, the old key and the fresh one, both at hand. */
export type ProofOfCut = {
  readonly keyId: string;
  readonly freshKeyId: string;
  readonly probe: ProbeTarget;
};

/** Why a step is not taken. */
export type Refusal = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
};

/** A gate as users see it; `opensAt` is null where it depends on more than time. */
export type Gate = {
  readonly open: boolean;
  readonly opensAt: string | null;
  readonly reason: string;
};

/** What to do about a request: effects in order, then the refusal, if there is one. */
export type Decision = {
  readonly effects: readonly Effect[];
  /**
   * The effects hold this step's change of state: what follows is `settle`, and the step must
   * not be decided a second time in the same run.
   */
  readonly commits: boolean;
  readonly refusal?: Refusal | undefined;
  /** What the user should know about it. */
  readonly note?: string | undefined;
};
