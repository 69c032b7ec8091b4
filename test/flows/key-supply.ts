// The RSA keys of a scene's runs. Each key takes long to make, so that all scenes of a test file get
// the same ones in the same order. No scene gets a key twice, except after a rewind.

import type { KeyObject } from 'node:crypto';
import { newRsaKey, type NewRsaKey } from '../../src/local/key-pair.ts';

export type KeySupply = {
  readonly next: NewRsaKey;
  /** Notes how many keys were taken; the returned function goes back to that number. */
  readonly mark: () => () => void;
};

const made = new Map<string, KeyObject>();

/** A supply that starts with the first key. */
export function openKeySupply(): KeySupply {
  let taken = 0;
  return {
    next: (bits) => {
      const id = `${bits} bits, ${taken}`;
      taken += 1;
      const key = made.get(id) ?? newRsaKey(bits);
      made.set(id, key);
      return key;
    },
    mark: () => {
      const before = taken;
      return () => {
        taken = before;
      };
    },
  };
}
