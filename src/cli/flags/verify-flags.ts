// The flags of `verify`: a name, or an issuer alone, or every name of the account.

import type { AwsOptions } from '../session/session.ts';
import {
  addIssue,
  finishReading,
  readBoolean,
  readEndpointUrl,
  readName,
  readRegion,
  readText,
  startReading,
  type Flags,
  type Reading,
} from './flags.ts';
import { readIssuerUrl } from './issuer-url.ts';

export type VerifyOptions = AwsOptions & {
  /** What is verified; the name is empty but for `name`. */
  readonly scope: 'name' | 'issuer' | 'all';
  readonly issuerUrl: string | undefined;
  readonly strict: boolean;
  readonly deep: boolean;
};

/** Reads the flags; all issues at once. */
export function readVerifyOptions(flags: Flags): VerifyOptions {
  const reading = startReading(flags);
  const all = readBoolean(reading, 'all') ?? false;
  const issuerUrl = readIssuerUrl(reading);
  const scope = scopeOf(reading, { all, issuerUrl });
  const deep = readBoolean(reading, 'deep') ?? false;
  if (scope === 'issuer' && deep) {
    addIssue(reading, {
      flag: 'deep',
      message: 'asks AWS, and without --name nothing of AWS is read',
    });
  }
  const options = {
    scope,
    issuerUrl,
    strict: readBoolean(reading, 'strict') ?? false,
    deep,
    name: scope === 'name' ? readName(reading) : '',
    region: scope === 'issuer' ? (readText(reading, 'region') ?? '') : readRegion(reading),
    profile: readText(reading, 'profile'),
    endpointUrl: readEndpointUrl(reading),
    dryRun: false,
    timeoutMs: 0,
  };
  readBoolean(reading, 'dryRun');
  finishReading(reading);
  return options;
}

function scopeOf(
  reading: Reading,
  { all, issuerUrl }: { readonly all: boolean; readonly issuerUrl: string | undefined },
): VerifyOptions['scope'] {
  const named = reading.flags.name !== undefined;
  if (all && (named || issuerUrl !== undefined)) {
    const flag = named ? 'name' : 'issuerUrl';
    addIssue(reading, { flag, message: 'does not go with --all, which verifies every name' });
  }
  if (all) return 'all';
  return named || reading.flags.issuerUrl === undefined ? 'name' : 'issuer';
}
