// create-key-pair: the RSA key pair that signs service-account tokens, made offline.

import type { KeyPairResult } from '../../core/result.ts';
import { ensureKeyPair } from '../../local/key-pair.ts';
import {
  finishReading,
  readBoolean,
  readChoice,
  startReading,
  type Flags,
  type Reading,
} from '../flags/flags.ts';
import type { Session } from '../session/session.ts';

export type KeyPairCommandOptions = {
  /** Undefined without the flag: 4096 for a new key, whatever an existing one has. */
  readonly keySize: KeySize | undefined;
  readonly dryRun: boolean;
};

/** Sizes of RSA keys that are made, in bits. */
export type KeySize = 2048 | 3072 | 4096;

/** `--key-size`: undefined without the flag. */
export function readKeySize(reading: Reading): KeySize | undefined {
  const text = readChoice(reading, { flag: 'keySize', of: ['4096', '3072', '2048'] });
  const sizes = { '4096': 4096, '3072': 3072, '2048': 2048 } as const;
  return text === undefined ? undefined : sizes[text];
}

export function parse(flags: Flags): KeyPairCommandOptions {
  const reading = startReading(flags);
  const options = {
    keySize: readKeySize(reading),
    dryRun: readBoolean(reading, 'dryRun') ?? false,
  };
  finishReading(reading);
  return options;
}

export async function run(
  { keySize, dryRun }: KeyPairCommandOptions,
  { folder, warn }: Session,
): Promise<KeyPairResult> {
  const result = ensureKeyPair(folder, { keySize: keySize ?? 4096, dryRun, note: warn });
  if (keySize !== undefined && result.keySize !== keySize) {
    warn(`the key that is there has ${result.keySize} bits and is kept; --key-size has no effect`);
  }
  return result;
}

export function describe(result: KeyPairResult): string {
  const made = result.created ? 'New key pair' : 'Key pair, kept as it is';
  return [
    result.keyId === null ? 'A key pair would be made' : made,
    `  key id       ${result.keyId ?? 'known once it is made'}`,
    `  size         ${result.keySize} bits`,
    `  private key  ${result.privateKeyFile}`,
    `  public key   ${result.publicKeyFile}`,
    '',
    'Next: "oidc-bootstrap create-identity-provider" with the same --output-dir publishes the public key.',
  ].join('\n');
}
