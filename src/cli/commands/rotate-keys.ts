// rotate-keys: one step of a signing-key rotation, or, without a word, whatever is due.
// Everything that can be checked without AWS is checked before the first call.

import type { RotateKeysResult } from '../../core/rotation/status.ts';
import { shortenedWaits } from '../../core/rotation/durations.ts';
import { defaultDurations } from '../../core/rotation/state.ts';
import type { RotationRequest } from '../../core/rotation/view.ts';
import { BootstrapError } from '../../core/errors.ts';
import {
  checkFolder,
  checkFolderOwner,
  claimFolder,
  type FolderOwner,
} from '../../local/folder-owner.ts';
import { tryLock, lockFile } from '../../local/folder-lock.ts';
import { openKeyFolder, securePrivateFiles } from '../../local/rotation-files.ts';
import type { Context } from '../../workflows/context.ts';
import { findHosting } from '../../workflows/hosting/find-hosting.ts';
import { rotateKeys, type RotationInput } from '../../workflows/rotation/key-rotation.ts';
import type { RotationPlace } from '../../workflows/rotation/observe-rotation.ts';
import { poll } from '../../workflows/poll.ts';
import { confirmName } from '../session/confirm.ts';
import { stepLines } from '../output/step-lines.ts';
import { readRotationFiles, type RotationFiles } from '../flags/rotation-files-given.ts';
import { readRotationOptions, type RotationOptions } from '../flags/rotation-flags.ts';
import type { Flags } from '../flags/flags.ts';
import type { Session } from '../session/session.ts';
import { targetOf } from '../flags/target.ts';

export type Options = RotationOptions;

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  return readRotationOptions(flags);
}

/** Takes the step. */
export async function run(options: Options, session: Session): Promise<RotateKeysResult> {
  checkFolder(session.folder, { ...options, readOnly: options.step === 'status' });
  const files = readRotationFiles(options, { cwd: session.host.cwd, note: session.warn });
  const confirmed = await confirmedBefore(options, session);
  const context = await session.connect(options);
  const place = await findPlace(context, options, session);
  if (place === undefined) return nothingThere;

  const unlock = await lockFolder(context, options, session);
  try {
    if (!isReadOnly(options)) securePrivateFiles(session.folder);
    const input = rotationInput({ options, session, files, place, confirmed });
    return await withConfirmation(context, input, { options, session });
  } finally {
    unlock();
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

/** Steps that need the typed name whatever AWS says; a wrong `--confirm` ends any step. */
async function confirmedBefore(options: Options, session: Session): Promise<boolean> {
  if (
    options.confirm === undefined &&
    (options.dryRun || !(options.force || options.step === 'emergency'))
  ) {
    return options.dryRun;
  }
  const waits = shortenedWaits(options, defaultDurations);
  await confirmName(session.host, {
    consequence:
      options.step === 'emergency'
        ? emergencyConsequence(options)
        : [
            `--force opens the gate of "${options.step}" on "${options.name}": pods may lose AWS`,
            ...waits,
          ].join('; '),
    name: options.name,
    confirm: options.confirm,
  });
  return true;
}

/** What an emergency destroys, and what has to be restarted after it. */
function emergencyConsequence(options: Options): string {
  const { name, probeRoleArn } = options;
  const proven = probeRoleArn !== undefined;
  return [
    `emergency makes a new signing key for "${name}" and revokes every other one for good`,
    'AWS refuses every token of the old keys from then on, a staged key is lost',
    `the old private keys are destroyed in the output folder${proven ? ' once STS was seen to refuse them' : ''}`,
    ...(proven ? [`every AWS session that a role of "${name}" gave before that is denied`] : []),
    'every API server and kube-controller-manager must be restarted with the new key, then every pod',
  ].join('; ');
}

/** A shortened wait is only known once the state is read: it is asked for then, on a terminal. */
async function withConfirmation(
  context: Context,
  input: RotationInput,
  { options, session }: { readonly options: Options; readonly session: Session },
): Promise<RotateKeysResult> {
  try {
    return await rotateKeys(context, input);
  } catch (error) {
    const asked = error instanceof BootstrapError && error.code === 'CONFIRMATION_REQUIRED';
    if (!asked || input.request.confirmed || !session.host.canAsk()) throw error;
    await confirmName(session.host, {
      consequence: error.message,
      name: options.name,
      confirm: undefined,
    });
    return await rotateKeys(context, { ...input, request: { ...input.request, confirmed: true } });
  }
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
    minPublishAge: options.minPublishAge,
    maxTokenLifetime: options.maxTokenLifetime,
    rotateEvery: options.rotateEvery,
    verifier: options.verifier,
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
      if (!options.dryRun) claimFolder(session.folder, ownerOf(place, place.issuer));
    },
    known: (result) => session.keepResult(result),
  };
}

/** The hosting of the name, checked to be ours; undefined in a plan without credentials. */
async function findPlace(
  context: Context,
  options: Options,
  session: Session,
): Promise<RotationPlace | undefined> {
  const target = targetOf(context, options);
  checkFolderOwner(session.folder, ownerOf({ target }, null));
  const found = await findHosting(context, target);
  if (found.bucket === undefined || found.issuer === undefined || !found.live) {
    if (context.caller === undefined) return undefined;
    throw new BootstrapError({
      code: 'KEY_NOT_PUBLISHED',
      message: `no issuer is published for "${options.name}"`,
      hint: 'check --name and --region; a new issuer is made with `oidc-bootstrap create-identity-provider`',
      details: { name: options.name },
    });
  }
  checkFolderOwner(session.folder, ownerOf({ target }, found.issuer));
  return {
    target,
    found,
    ref: found.ref,
    issuer: found.issuer,
    keys: openKeyFolder(session.folder, options.keySize),
  };
}

/** One run at a time moves key files: waits for another to end. */
async function lockFolder(
  context: Context,
  options: Options,
  session: Session,
): Promise<() => void> {
  if (isReadOnly(options)) return () => {};
  return await poll(
    context,
    {
      text: `another run in "${session.folder.root}" to end (${lockFile})`,
      pauseMs: 200,
      maxPauseMs: 2000,
      onTimeout: () =>
        new BootstrapError({
          code: 'WAIT_TIMED_OUT',
          message: `another run holds "${lockFile}" in "${session.folder.root}"`,
          hint: 'run again once it has ended; where it was killed on another machine or in another container, remove that file',
          details: { file: lockFile },
        }),
    },
    async () => tryLock(session.folder.root),
  );
}

function isReadOnly(options: Options): boolean {
  return options.dryRun || options.step === 'status';
}

function ownerOf(place: Pick<RotationPlace, 'target'>, issuer: string | null): FolderOwner {
  const { name, account, region } = place.target;
  return { name, account, region, issuer };
}

/** Where the rotation stands, and what comes next, for people. */
export function describe(result: RotateKeysResult): string {
  const keys = result.keys.map(
    (key) =>
      `  ${key.role.padEnd(9)}${key.keyId}  ` +
      (key.since === null ? '' : `since ${key.since}, `) +
      (key.published ? 'published' : 'not published') +
      (key.privateKeyFile === null ? '' : `, ${key.privateKeyFile}`),
  );
  const { next } = result;
  const gate = next.open ? 'open' : next.opensAt === null ? 'closed' : `opens at ${next.opensAt}`;
  return [
    `issuer   ${result.issuer ?? 'known after the real run'}`,
    `phase    ${result.phase}`,
    'keys',
    ...keys,
    `next     ${next.step}: ${gate}; ${next.reason}`,
    ...(result.clusterSteps.length === 0 ? [] : ['', 'on the cluster:']),
    ...stepLines(result.clusterSteps),
  ].join('\n');
}
