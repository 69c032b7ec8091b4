// The flags of rotate-keys, read and checked against each other. Durations come out in seconds.

import type { Platform } from '../core/rotation/state.ts';
import type { RotationRequest } from '../core/rotation/view.ts';
import {
  addIssue,
  finishReading,
  readAwsOptions,
  readBoolean,
  readChoice,
  readDuration,
  readList,
  readText,
  readTexts,
  startReading,
  type Flags,
  type Reading,
} from './flags.ts';
import type { AwsOptions } from './session.ts';

export type RotationOptions = AwsOptions & {
  readonly step: RotationRequest['step'];
  readonly platform: Platform | undefined;
  readonly minPublishAge: number | undefined;
  readonly maxTokenLifetime: number | undefined;
  readonly rotateEvery: number | undefined;
  readonly nextPublicKeyFile: string | undefined;
  readonly apiServerJwks: readonly string[];
  readonly tokenFiles: readonly string[];
  readonly probeRoleArn: string | undefined;
  readonly probeRegions: readonly string[];
  readonly verifier: string | undefined;
  readonly keySize: number | undefined;
  readonly force: boolean;
  readonly confirm: string | undefined;
};

const steps = ['status', 'stage', 'promote', 'retire', 'rollback', 'emergency'] as const;
const roleArnPattern = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,577}$/;

/** Reads the flags; throws one UsageError with every issue. */
export function readRotationOptions(flags: Flags): RotationOptions {
  const reading = startReading(flags);
  const aws = readAwsOptions(reading);
  const step = steps.find((one) => one === flags['step']) ?? 'advance';
  const probeRoleArn = readRoleArn(reading);
  const probeRegions = readList(reading, 'probeRegion');
  const keySize = readChoice(reading, { flag: 'keySize', of: ['4096', '3072', '2048'] });
  const options: RotationOptions = {
    ...aws,
    step,
    platform: readChoice(reading, { flag: 'platform', of: ['kubernetes', 'openshift'] }),
    minPublishAge: readSeconds(reading, 'minPublishAge'),
    maxTokenLifetime: readSeconds(reading, 'maxTokenLifetime'),
    rotateEvery: readSeconds(reading, 'rotateEvery'),
    nextPublicKeyFile: readText(reading, 'nextPublicKeyFile'),
    apiServerJwks: readTexts(reading, 'apiServerJwks') ?? [],
    tokenFiles: readTexts(reading, 'tokenFile') ?? [],
    probeRoleArn,
    probeRegions: probeRegions ?? [aws.region],
    verifier: readText(reading, 'verifier'),
    keySize: keySize === undefined ? undefined : Number(keySize),
    force: readBoolean(reading, 'force') ?? false,
    confirm: readText(reading, 'confirm'),
  };
  checkTogether(reading, options, probeRegions !== undefined);
  finishReading(reading);
  return options;
}

function checkTogether(reading: Reading, options: RotationOptions, regionsGiven: boolean): void {
  if (options.verifier !== undefined && options.step !== 'retire') {
    addIssue(reading, { flag: 'verifier', message: 'goes with the step retire' });
  }
  const named = options.step !== 'advance' && options.step !== 'status' && options.step !== 'stage';
  if (options.force && !named) {
    addIssue(reading, {
      flag: 'force',
      message: 'goes with promote, retire, rollback or emergency',
    });
  }
  if (regionsGiven && options.probeRoleArn === undefined) {
    addIssue(reading, { flag: 'probeRegion', message: 'needs --probe-role-arn' });
  }
}

function readSeconds(reading: Reading, flag: string): number | undefined {
  const milliseconds = readDuration(reading, flag);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function readRoleArn(reading: Reading): string | undefined {
  const arn = readText(reading, 'probeRoleArn');
  if (arn !== undefined && !roleArnPattern.test(arn)) {
    addIssue(reading, { flag: 'probeRoleArn', message: `"${arn}" is not the ARN of a role` });
  }
  return arn;
}
