// create-key-pair: the RSA key pair that signs service-account tokens, made offline.

import type { KeyPairResult } from '../../core/result.ts';
import { ensureKeyPair } from '../../local/key-pair.ts';
import { finishReading, readBoolean, startReading, type Flags } from '../flags/flags.ts';
import { readKeySize, type KeySize } from '../flags/key-size.ts';
import { labelled, type Page } from '../output/page.ts';
import type { Session } from '../session/session.ts';

export type KeyPairCommandOptions = {
  /** Undefined without the flag: 4096 for a new key, whatever an existing one has. */
  readonly keySize: KeySize | undefined;
  readonly dryRun: boolean;
};

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
  session: Session,
): Promise<KeyPairResult> {
  const { folder, host, warn } = session;
  const result = ensureKeyPair(folder, {
    keySize: keySize ?? 4096,
    newKey: host.newRsaKey,
    dryRun,
    note: warn,
  });
  recordKeyPair(session, result);
  if (keySize !== undefined && result.keySize !== keySize) {
    warn(`the existing key of ${result.keySize} bits is kept; --key-size has no effect`);
  }
  return result;
}

/** Shows a key that was made, or would be, as a change. */
export function recordKeyPair(session: Pick<Session, 'record'>, result: KeyPairResult): void {
  if (!result.created) return;
  session.record({
    resource: 'signing-key',
    id: result.privateKeyFile,
    action: 'create',
    detail: `RSA, ${result.keySize} bits`,
  });
}

/** The pair, its files, and what to do next. */
export function describe(result: KeyPairResult, page: Page): string {
  return [
    ...describeKeyPair(result, page),
    '',
    'Next: "oidc-bootstrap create-identity-provider" with the same --output-dir publishes the public key.',
  ].join('\n');
}

/** The pair in a few lines; shared with create-all. */
export function describeKeyPair(result: KeyPairResult, page: Page): readonly string[] {
  const state = result.keyId === null ? 'to be made' : result.created ? 'new' : 'kept';
  return [
    labelled(
      page,
      'signing key',
      `${result.keyId ?? ''} (${result.keySize} bits, ${state})`.trim(),
    ),
    labelled(page, '  private', `${page.fileName(result.privateKeyFile)} (keep it secret)`),
    labelled(page, '  public', page.fileName(result.publicKeyFile)),
  ];
}
