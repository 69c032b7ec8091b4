// The flags of rotate-keys, read and checked against each other. Durations come out in seconds.

import { platforms, type Platform } from '../../core/cluster/platform.ts';
import { commandSteps } from '../../core/rotation/state.ts';
import type { ClusterWish } from '../../core/evidence/kubectl.ts';
import type { RotationRequest } from '../../core/rotation/view.ts';
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
import { readClusterFlags } from './cluster-flags.ts';
import { readHostingFlags } from './hosting-flags.ts';
import { readArn } from './iam-flags.ts';
import { readKeySize } from './key-size.ts';
import type { HostingFlags } from '../../workflows/hosting/site.ts';
import type { AwsOptions } from '../session/session.ts';

export type RotationOptions = AwsOptions &
  HostingFlags & {
    readonly step: RotationRequest['step'];
    /** The folder from which the documents at `issuerUrl` are served. */
    readonly documentsDir: string | undefined;
    readonly platform: Platform | undefined;
    readonly minPublishAge: number | undefined;
    readonly maxTokenLifetime: number | undefined;
    readonly rotateEvery: number | undefined;
    readonly nextPublicKeyFile: string | undefined;
    readonly apiServerJwks: readonly string[];
    readonly tokenFiles: readonly string[];
    /** The cluster that is asked for evidence, in place of these files. */
    readonly cluster: ClusterWish | undefined;
    readonly probeRoleArn: string | undefined;
    readonly probeRegions: readonly string[];
    readonly verifier: string | undefined;
    readonly key: string | undefined;
    readonly keySize: number | undefined;
    readonly force: boolean;
    readonly confirm: string | undefined;
    readonly yes: boolean;
  };

const steps = ['status', ...commandSteps] as const;

/** Reads the flags; throws one UsageError with every issue. */
export function readRotationOptions(flags: Flags): RotationOptions {
  const reading = startReading(flags);
  const aws = readAwsOptions(reading);
  const step = steps.find((one) => one === flags['step']) ?? 'advance';
  const probeRoleArn = readArn(reading, { flag: 'probeRoleArn', kind: 'role' });
  const probeRegions = readList(reading, 'probeRegion');
  const options: RotationOptions = {
    ...aws,
    ...readHostingFlags(reading),
    step,
    documentsDir: readText(reading, 'documentsDir'),
    platform: readChoice(reading, { flag: 'platform', of: platforms }),
    minPublishAge: readSeconds(reading, 'minPublishAge'),
    maxTokenLifetime: readSeconds(reading, 'maxTokenLifetime'),
    rotateEvery: readSeconds(reading, 'rotateEvery'),
    nextPublicKeyFile: readText(reading, 'nextPublicKeyFile'),
    apiServerJwks: readTexts(reading, 'apiServerJwks') ?? [],
    tokenFiles: readTexts(reading, 'tokenFile') ?? [],
    cluster: readClusterFlags(reading, step),
    probeRoleArn,
    probeRegions: probeRegions ?? [aws.region],
    verifier: readText(reading, 'verifier'),
    key: readText(reading, 'key'),
    keySize: readKeySize(reading),
    force: readBoolean(reading, 'force') ?? false,
    confirm: readText(reading, 'confirm'),
    yes: readBoolean(reading, 'yes') ?? false,
  };
  checkTogether(reading, options, probeRegions !== undefined);
  finishReading(reading);
  return options;
}

function checkTogether(reading: Reading, options: RotationOptions, regionsGiven: boolean): void {
  if (options.issuerUrl !== undefined && options.documentsDir === undefined) {
    addIssue(reading, {
      flag: 'issuerUrl',
      message: 'needs --documents-dir, the folder that the web server serves at that URL',
    });
  }
  if (options.documentsDir !== undefined && reading.flags['issuerUrl'] === undefined) {
    addIssue(reading, {
      flag: 'documentsDir',
      message: 'needs --issuer-url, where the web server serves that folder',
    });
  }
  if (options.verifier !== undefined && options.step !== 'retire') {
    addIssue(reading, { flag: 'verifier', message: 'goes with the step retire' });
  }
  if (options.key !== undefined && options.step !== 'retire') {
    addIssue(reading, { flag: 'key', message: 'goes with the step retire' });
  }
  if (options.key !== undefined && options.verifier !== undefined) {
    addIssue(reading, { flag: 'key', message: 'does not go with --verifier' });
  }
  const named = options.step !== 'advance' && options.step !== 'status' && options.step !== 'stage';
  const showsTokens = ['retire', 'rollback', 'status', 'advance'].includes(options.step);
  if (options.tokenFiles.length > 0 && !showsTokens) {
    addIssue(reading, {
      flag: 'tokenFile',
      message: `goes with retire or rollback, or without a step: ${options.step} asks for no token`,
    });
  }
  if (options.force && !named) {
    addIssue(reading, {
      flag: 'force',
      message: 'goes with promote, retire, rollback or emergency',
    });
  }
  if (options.yes && options.cluster === undefined) {
    addIssue(reading, {
      flag: 'yes',
      message: 'goes with --from-cluster; other steps are confirmed with --confirm <name>',
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
