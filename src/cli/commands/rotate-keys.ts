// rotate-keys: one step of a signing-key rotation, or, without a word, whatever is due.
// Everything that can be checked without AWS is checked before the first call.

import { clusterPaths } from '../../core/cluster/cluster-files.ts';
import { rotationPaths } from '../../core/cluster/rotation-file.ts';
import { rotationFiles } from '../../core/rotation/cluster-phase.ts';
import type { RotateKeysResult } from '../../core/rotation/status.ts';
import type { KeyFolder } from '../../core/rotation/key-folder.ts';
import { shortenedWaits } from '../../core/rotation/durations.ts';
import { defaultDurations } from '../../core/rotation/state.ts';
import type { RotationRequest } from '../../core/rotation/view.ts';
import { BootstrapError, UsageError } from '../../core/errors.ts';
import type { DocumentsFolder } from '../../core/issuer/documents-folder.ts';
import {
  checkFolder,
  checkFolderHosting,
  checkFolderOwner,
  claimFolder,
  readFolderOwner,
  type FolderOwner,
} from '../../local/folder-owner.ts';
import {
  checkClusterFiles,
  removeOtherPlatforms,
  writeClusterFiles,
} from '../../local/cluster-files.ts';
import { lockName, lockHolders, tryLock, type FolderLock } from '../../local/folder-lock.ts';
import { openKeyFolder, securePrivateFiles } from '../../local/rotation-files.ts';
import type { Context } from '../../workflows/context.ts';
import { hostingKind } from '../../workflows/hosting/kinds/index-of-kinds.ts';
import { refuseForgottenHosting } from '../../workflows/hosting/forgotten-hosting.ts';
import type { Site } from '../../workflows/hosting/site.ts';
import { rotateKeys, type RotationInput } from '../../workflows/rotation/key-rotation.ts';
import type { RotationPlace } from '../../workflows/rotation/observe-rotation.ts';
import { poll } from '../../workflows/poll.ts';
import { confirmName } from '../session/confirm.ts';
import { heading, labelled, stepList, table, timeWithDistance, type Page } from '../output/page.ts';
import {
  openGivenDocuments,
  remindOfClosedFolders,
  removeDocumentLeftovers,
} from '../flags/documents-given.ts';
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
    return await withConfirmation(context, input, { options, session });
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
            `--force skips the gate of "${options.step}" on "${options.name}": AWS may refuse tokens of running pods`,
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
    `emergency creates a new signing key for "${name}" and revokes every other key for good`,
    'AWS refuses every token of the old keys from then on; a staged key is lost',
    `the old private keys are destroyed in the output folder${proven ? ' once STS refuses them' : ''}`,
    ...(proven ? [`every earlier AWS session of the roles of "${name}" is denied`] : []),
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
    handOver: (state) => {
      writeClusterFiles(session.folder, rotationFiles(state), rotationPaths);
      if (options.platform === undefined) return;
      removeOtherPlatforms(session.folder, options.platform, clusterPaths);
    },
  };
}

/** The hosting of the name, checked to be ours; undefined in a plan without credentials. */
async function findPlace(
  context: Context,
  input: {
    readonly options: Options;
    readonly session: Session;
    readonly documents: DocumentsFolder | undefined;
  },
): Promise<RotationPlace | undefined> {
  const { options, session, documents } = input;
  const target = targetOf(context, options);
  checkFolderOwner(session.folder, ownerOf({ target }, null));
  const kind = await hostingKind({ ...options, documents });
  const site = await kind.open(context, target, {
    forStatus: options.step === 'status',
  });
  if (site === undefined) {
    if (documents !== undefined) throw noDocuments(documents);
    if (context.caller === undefined) return undefined;
    await refuseForgottenHosting(context, target, options.sharedHosting);
    throw new BootstrapError({
      code: 'KEY_NOT_PUBLISHED',
      message: `no issuer is published for "${options.name}"`,
      hint:
        'check --name and --region; to create a new issuer, run `oidc-bootstrap create-identity-provider`; ' +
        'for documents of a web server of your own, give --issuer-url and --documents-dir',
      details: { name: options.name },
    });
  }
  checkFolderOwner(session.folder, ownerOf({ target }, site.issuer));
  return {
    site,
    keys: openKeyFolder(session.folder, {
      keySize: options.keySize,
      newKey: session.host.newRsaKey,
    }),
    replaces: options.step === 'emergency',
  };
}

/** The folder of a web server, checked before anything else; undefined where the documents are in a bucket. */
function openDocuments(options: Options, session: Session): DocumentsFolder | undefined {
  if (options.documentsDir === undefined) return undefined;
  const documents = openGivenDocuments(options.documentsDir, session);
  if (documents.contains(session.folder.root)) {
    throw new UsageError([
      {
        field: '--output-dir',
        message: `"${session.folder.root}" is in the documents folder: the web server would serve the private keys`,
      },
    ]);
  }
  remindOfClosedFolders(documents, session);
  if (isReadOnly(options)) return documents;
  documents.checkWritable();
  removeDocumentLeftovers(documents, session);
  return documents;
}

function noDocuments({ root }: DocumentsFolder): BootstrapError {
  return new BootstrapError({
    code: 'KEY_NOT_PUBLISHED',
    message: `"${root}" holds no discovery document`,
    hint: 'check --documents-dir; the first documents are written by `oidc-bootstrap render-documents`',
    details: { folder: root },
  });
}

/** One run at a time moves key files: waits for another to end. Undefined where none are moved. */
async function lockFolder(
  context: Context,
  options: Options,
  session: Session,
): Promise<FolderLock | undefined> {
  if (isReadOnly(options)) return undefined;
  const holders = (): string =>
    lockHolders(session.folder.root)
      .map(({ pid, host }) => `process ${pid} on "${host}"`)
      .join(', ');
  return await poll(
    context,
    {
      text: `another run in "${session.folder.root}" to end (${lockName})`,
      pauseMs: 200,
      maxPauseMs: 2000,
      onTimeout: () =>
        new BootstrapError({
          code: 'WAIT_TIMED_OUT',
          message: `another run holds "${lockName}" in "${session.folder.root}": ${holders()}`,
          hint: 'run the same command again once it has ended',
          details: { file: lockName },
        }),
    },
    async () => tryLock(session.folder.root),
  );
}

/** The key files, which no run changes once another has taken its lock. */
function whileHeld(keys: KeyFolder, lock: FolderLock | undefined): KeyFolder {
  if (lock === undefined) return keys;
  return {
    ...keys,
    apply: (effect, at) => {
      if (!lock.isHeld()) {
        throw new BootstrapError({
          code: 'INTERRUPTED',
          message: `another run took "${lockName}", because this run was suspended for over a minute`,
          hint: 'run the same command again: it continues from the current state',
        });
      }
      return keys.apply(effect, at);
    },
  };
}

function isReadOnly(options: Options): boolean {
  return options.dryRun || options.step === 'status';
}

function ownerOf(site: Pick<Site, 'target'>, issuer: string | null): FolderOwner {
  const { name, account, region } = site.target;
  return { name, account, region, issuer };
}

/** Where the rotation stands, and what comes next. */
export function describe(result: RotateKeysResult, page: Page): string {
  const keys = result.keys.map((key) => [
    key.role,
    key.keyId,
    key.published ? 'published' : 'not published',
    key.since ?? '',
    key.privateKeyFile === null ? '' : page.fileName(key.privateKeyFile),
  ]);
  return [
    labelled(page, 'issuer', result.issuer ?? 'known after the real run'),
    labelled(page, 'phase', page.style.strong(result.phase)),
    labelled(page, 'next', nextGate(page, result.next)),
    '',
    heading(page, 'Keys'),
    ...table(page, ['role', 'key ID', 'state', 'since', 'private key'], keys),
    ...(result.clusterSteps.length === 0
      ? []
      : ['', heading(page, 'Next, on the cluster'), ...stepList(page, result.clusterSteps)]),
  ].join('\n');
}

function nextGate(page: Page, { step, open, opensAt, reason }: RotateKeysResult['next']): string {
  if (open) return `${step}: ${reason}`;
  const when = opensAt === null ? 'not ready' : `opens at ${timeWithDistance(page, opensAt)}`;
  return `${step}: ${when}; ${reason}`;
}
