// rotate-keys: one step of a signing-key rotation, or, without a word, whatever is due.
// Everything that can be checked without AWS is checked before the first call.

import { clusterPaths } from '../../core/cluster/cluster-files.ts';
import { rotationPaths } from '../../core/cluster/rotation-file.ts';
import { rotationFiles } from '../../core/rotation/cluster-phase.ts';
import type { RotateKeysResult } from '../../core/rotation/status.ts';
import type { RotationRequest } from '../../core/rotation/view.ts';
import {
  checkFolder,
  checkFolderHosting,
  claimFolder,
  readFolderOwner,
} from '../../local/folder-owner.ts';
import {
  checkClusterFiles,
  removeOtherPlatforms,
  writeClusterFiles,
} from '../../local/cluster-files.ts';
import { securePrivateFiles } from '../../local/rotation-files.ts';
import type { Context } from '../../workflows/context.ts';
import { rotateKeys, type RotationInput } from '../../workflows/rotation/key-rotation.ts';
import type { RotationPlace } from '../../workflows/rotation/observe-rotation.ts';
import { readRotationFiles, type RotationFiles } from '../flags/rotation-files-given.ts';
import { readRotationOptions, type RotationOptions } from '../flags/rotation-flags.ts';
import type { Flags } from '../flags/flags.ts';
import { confirmedBefore, withConfirmation } from '../rotation/confirm-rotation.ts';
import { lockFolder, whileHeld } from '../rotation/key-files-lock.ts';
import { findPlace, isReadOnly, openDocuments, ownerOf } from '../rotation/rotation-place.ts';
import type { Session } from '../session/session.ts';

export { describeRotation as describe } from '../rotation/describe-rotation.ts';

export type Options = RotationOptions;

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  return readRotationOptions(flags);
}

/** Takes the step. */
export async function run(options: Options, session: Session): Promise<RotateKeysResult> {
  checkFolder(session.folder, { ...options, readOnly: options.step === 'status' });
  checkFolderHosting(session.folder, options);
  if (!isReadOnly(options)) checkClusterFiles(session.folder, rotationPaths);
  const documents = openDocuments(options, session);
  const files = readRotationFiles(options, { cwd: session.host.cwd, note: session.warn });
  const confirmed = await confirmedBefore(options, session);
  const context = await session.connect(options);
  const place = await findPlace(context, { options, session, documents });
  if (place === undefined) return nothingThere;

  const lock = await lockFolder(context, options, session);
  try {
    if (!isReadOnly(options)) securePrivateFiles(session.folder);
    const held = { ...place, keys: whileHeld(place.keys, lock) };
    const input = rotationInput({ options, session, files, place: held, confirmed });
    const rotate = await rotation(context, options, session);
    return await withConfirmation(input.request, { options, session }, (request) =>
      rotate({ ...input, request }),
    );
  } finally {
    lock?.release();
  }
}

/** The result for an account in which nothing is known: a plan without credentials. */
const nothingThere: RotateKeysResult = {
  issuer: null,
  phase: 'steady',
  keys: [],
  next: { step: 'stage', open: false, opensAt: null, reason: 'no issuer is published yet' },
  clusterSteps: [],
  history: [],
};

/** How the step is taken: with the evidence of files, or, with --from-cluster, that of the cluster. */
async function rotation(
  context: Context,
  options: Options,
  session: Session,
): Promise<(input: RotationInput) => Promise<RotateKeysResult>> {
  if (options.cluster === undefined) return (input) => rotateKeys(context, input);
  const { fromCluster } = await import('../rotation/from-cluster.ts');
  return fromCluster(context, options.cluster, { session, yes: options.yes });
}

function rotationInput(parts: {
  readonly options: Options;
  readonly session: Session;
  readonly files: RotationFiles;
  readonly place: RotationPlace;
  readonly confirmed: boolean;
}): RotationInput {
  const { options, session, files, place, confirmed } = parts;
  const request: RotationRequest = {
    step: options.step,
    platform: options.platform,
    folderPlatform: readFolderOwner(session.folder)?.platform,
    minPublishAge: options.minPublishAge,
    maxTokenLifetime: options.maxTokenLifetime,
    rotateEvery: options.rotateEvery,
    verifier: options.verifier,
    key: options.key,
    force: options.force,
    confirmed,
    given: files.nextKey,
    apiServers: files.apiServers,
    tokens: [],
    probeTarget:
      options.probeRoleArn === undefined
        ? undefined
        : { roleArn: options.probeRoleArn, regions: options.probeRegions },
  };
  return {
    place,
    request,
    tokenFiles: files.tokens,
    claim: () => {
      if (options.dryRun) return;
      const { sharedHosting, platform } = options;
      const owner = ownerOf(place.site, place.site.issuer);
      claimFolder(session.folder, { ...owner, sharedHosting, platform });
    },
    known: (result) => session.keepResult(result),
    writeClusterFiles: (state) => {
      writeClusterFiles(session.folder, rotationFiles(state), rotationPaths);
      if (options.platform === undefined) return;
      removeOtherPlatforms(session.folder, options.platform, clusterPaths);
    },
  };
}
