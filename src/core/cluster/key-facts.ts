// What the sentences about keys depend on, and what each platform must be able to say.

/** A key, and the file of its private part; undefined where that is made and kept elsewhere. */
export type HandedKey = { readonly keyId: string; readonly file: string | undefined };

export type KeyFacts = {
  /** The file of the phase under `cluster/`, where the platform has one. */
  readonly phaseFile: string | undefined;
  /** The file with every public key that API servers must accept. */
  readonly verifiersFile: string;
  /** The key that signs in this phase, or is to. */
  readonly signer: HandedKey;
  /** The key that the rotation brings: accepted first, then signing. */
  readonly incoming: HandedKey;
};

export type KeyWays = {
  /** Every API server accepts all keys of the verifiers file. */
  readonly verifiers: string;
  /** What comes before it. */
  readonly before: readonly string[];
  /** The signer signs everywhere. */
  readonly signer: readonly string[];
  /** The signer signs again, after a rollback. */
  readonly back: readonly string[];
  /** API servers drop the incoming key, which never signed. */
  readonly withdraw: string;
  /** The signer alone signs and is accepted, everywhere at once. */
  readonly replace: readonly string[];
  /** API servers drop the keys that have left the verifiers file. */
  readonly drop: readonly string[];
};

/** The private key as a command names it. */
export function sourceOf({ file }: HandedKey): string {
  return file ?? '<private-key>';
}

/** What the placeholder stands for. */
export function elsewhere({ keyId, file }: HandedKey): string {
  return file === undefined
    ? `, where <private-key> is the private key of "${keyId}", from where it was made`
    : '';
}
