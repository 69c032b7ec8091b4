// `--key-size`, of every command that may make a key.

import { readChoice, type Reading } from './flags.ts';

/** Sizes of RSA keys that are made, in bits. */
export type KeySize = 2048 | 3072 | 4096;

/** `--key-size`: undefined without the flag. */
export function readKeySize(reading: Reading): KeySize | undefined {
  const text = readChoice(reading, { flag: 'keySize', of: ['4096', '3072', '2048'] });
  const sizes = { '4096': 4096, '3072': 3072, '2048': 2048 } as const;
  return text === undefined ? undefined : sizes[text];
}
