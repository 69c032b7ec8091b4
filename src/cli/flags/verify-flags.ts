// The flags of `verify`: a name, or an issuer alone, or a token alone, or every name of the account.

import type { AwsOptions } from '../session/session.ts';
import {
  addIssue,
  finishReading,
  isAmbient,
  readBoolean,
  readLookOptions,
  readName,
  readRegion,
  readText,
  startReading,
  type Flags,
  type Reading,
} from './flags.ts';
import { readArn } from './iam-flags.ts';
import { readHostingFlags } from './hosting-flags.ts';

export type VerifyOptions = AwsOptions & {
  /** What is verified; the name is empty but for `name`. */
  readonly scope: 'name' | 'issuer' | 'token' | 'all';
  readonly issuerUrl: string | undefined;
  /** Name of the hosting that the cluster shares with others. */
  readonly sharedHosting: string | undefined;
  /** A path, or `-`. */
  readonly tokenFile: string | undefined;
  readonly roleArn: string | undefined;
  readonly assume: boolean;
  readonly strict: boolean;
  readonly deep: boolean;
  readonly outputDir: string | undefined;
};

/** Reads the flags; all issues at once. */
export function readVerifyOptions(flags: Flags): VerifyOptions {
  const reading = startReading(flags);
  const all = readBoolean(reading, 'all') ?? false;
  const { issuerUrl, sharedHosting } = readHostingFlags(reading);
  const scope = scopeOf(reading, { all, issuerUrl });
  if (sharedHosting !== undefined && scope !== 'name') {
    addIssue(reading, {
      flag: 'sharedHosting',
      message: 'needs --name: the cluster on that hosting',
    });
  }
  const deep = readBoolean(reading, 'deep') ?? false;
  if ((scope === 'issuer' || scope === 'token') && deep) {
    addIssue(reading, {
      flag: 'deep',
      message: 'asks AWS, and without --name nothing of AWS is read',
    });
  }
  const options = {
    scope,
    issuerUrl,
    sharedHosting,
    ...readQuestions(reading, scope),
    strict: readBoolean(reading, 'strict') ?? false,
    deep,
    outputDir: readText(reading, 'outputDir'),
    name: scope === 'name' ? readGivenName(reading) : '',
    region: needsRegion(scope) ? readRegion(reading) : (readText(reading, 'region') ?? anyRegion),
    ...readLookOptions(reading),
  };
  finishReading(reading);
  return options;
}

/** The name; where nothing says what to verify, all ways to say it. */
function readGivenName(reading: Reading): string {
  if (reading.flags.name !== undefined) return readName(reading);
  const message = 'is required, unless --issuer-url, --token-file or --all says what to verify';
  addIssue(reading, { flag: 'name', message });
  return '';
}

/** IAM and STS answer for the whole account: a token alone needs no region. */
const anyRegion = 'us-east-1';

function needsRegion(scope: VerifyOptions['scope']): boolean {
  return scope === 'name' || scope === 'all';
}

/** What is asked beside the checks of the name: a token, or a proof of the roles. */
function readQuestions(
  reading: Reading,
  scope: VerifyOptions['scope'],
): Pick<VerifyOptions, 'tokenFile' | 'roleArn' | 'assume'> {
  const tokenFile = readText(reading, 'tokenFile');
  const roleArn = readArn(reading, { flag: 'roleArn', kind: 'role' });
  const assume = readBoolean(reading, 'assume') ?? false;
  if (tokenFile !== undefined && scope === 'all') {
    addIssue(reading, {
      flag: 'tokenFile',
      message: 'does not go with --all: a token belongs to one issuer',
    });
  }
  if (roleArn !== undefined && tokenFile === undefined) {
    addIssue(reading, { flag: 'roleArn', message: 'needs --token-file: the token for that role' });
  }
  if (assume && scope !== 'name') {
    addIssue(reading, { flag: 'assume', message: 'needs --name: the roles of that cluster' });
  }
  return { tokenFile, roleArn, assume };
}

function scopeOf(
  reading: Reading,
  { all, issuerUrl }: { readonly all: boolean; readonly issuerUrl: string | undefined },
): VerifyOptions['scope'] {
  const named = reading.flags.name !== undefined;
  // A flag beats the environment: a name that is exported for other commands does not forbid --all.
  const outranked = (flag: string): boolean =>
    isAmbient(reading.flags, flag) && !isAmbient(reading.flags, 'all');
  const given = [...(named ? ['name'] : []), ...(issuerUrl === undefined ? [] : ['issuerUrl'])];
  const flag = given.find((one) => !outranked(one));
  if (all && flag !== undefined) {
    addIssue(reading, { flag, message: 'does not go with --all, which verifies every name' });
  }
  if (all) return 'all';
  if (named) return 'name';
  if (reading.flags.issuerUrl !== undefined) return 'issuer';
  return reading.flags.tokenFile === undefined ? 'name' : 'token';
}
