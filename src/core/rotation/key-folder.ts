// The output folder as a rotation needs it: which key each file holds, and the moves between files.
// `src/local` provides it to the workflow; private keys leave it only to sign a probe token.

import type { Effect, KeyFiles } from './view.ts';

/** A pair made in this run, not on disk yet. */
export type MadePair = {
  readonly keyId: string;
  readonly privatePem: string;
  /** SPKI PEM. */
  readonly publicKey: string;
};

export type KeyFolder = {
  /** What the folder holds now. INPUT_INVALID where a key file cannot be read as one. */
  readonly read: () => {
    readonly files: KeyFiles;
    /** SPKI PEM by kid of every key found. */
    readonly publicKeys: { readonly [keyId: string]: string };
  };
  /** Makes a pair in memory. */
  readonly make: () => MadePair;
  /**
   * Carries out an effect on files; others are ignored. `publicKeys` are SPKI PEM by kid. False
   * where an exclusive write found a file there.
   */
  readonly apply: (
    effect: Effect,
    keys: {
      readonly made: MadePair | undefined;
      readonly publicKeys: { readonly [keyId: string]: string };
    },
  ) => boolean;
  /** The PEM of that private key, from whichever file holds it. */
  readonly privateKey: (keyId: string) => string | undefined;
};
