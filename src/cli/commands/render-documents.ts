// render-documents: the issuer's documents in a folder that a web server serves, made offline. Fit for a
// timer: whatever is wrong with the input, what is served stays as it is.

import type { Change } from '../../core/change.ts';
import { BootstrapError, InputError } from '../../core/errors.ts';
import { documentKeys, publishedKeys } from '../../core/issuer/discovery.ts';
import type { PublicKey } from '../../core/keys/public-key.ts';
import type { RenderDocumentsResult } from '../../core/result.ts';
import { timestamp } from '../../core/rotation/state.ts';
import { openDocumentsFolder, type OpenDocumentsFolder } from '../../local/documents-folder.ts';
import { lockHolders, lockName, tryLock, type FolderLock } from '../../local/folder-lock.ts';
import { planDocuments, type RenderPlan } from '../../workflows/issuer/render-documents.ts';
import { poll } from '../../workflows/poll.ts';
import {
  finishReading,
  readBoolean,
  readRequired,
  readTexts,
  startReading,
  addIssue,
  type Flags,
  type Reading,
} from '../flags/flags.ts';
import { readRequiredIssuerUrl } from '../flags/issuer-url.ts';
import { readGivenFiles } from '../flags/keys-at-hand.ts';
import { changeLine } from '../output/change-line.ts';
import { plannedCount } from '../output/change-count.ts';
import { heading, labelled, stepList, type Page } from '../output/page.ts';
import type { Session } from '../session/session.ts';

export type Options = {
  readonly issuer: string;
  readonly publicKeyFiles: readonly string[];
  readonly documentsDir: string;
  readonly removeKeys: readonly string[];
  readonly dryRun: boolean;
};

/** Another run is done within a second; one that stands still is told after this long. */
const lockWaitMs = 60_000;

/** Reads the flags; all issues at once. */
export function parse(flags: Flags): Options {
  const reading = startReading(flags);
  const options = {
    issuer: readRequiredIssuerUrl(reading),
    publicKeyFiles: readKeyFiles(reading),
    documentsDir: readRequired(reading, 'documentsDir'),
    removeKeys: [...new Set(readTexts(reading, 'removeKey'))],
    dryRun: readBoolean(reading, 'dryRun') ?? false,
  };
  finishReading(reading);
  return options;
}

function readKeyFiles(reading: Reading): readonly string[] {
  const files = readTexts(reading, 'publicKeyFile');
  if (files === undefined) addIssue(reading, { flag: 'publicKeyFile', message: 'is required' });
  return files ?? [];
}

/** Renders what differs. */
export async function run(options: Options, session: Session): Promise<RenderDocumentsResult> {
  const given = readInput(options, session.host.cwd);
  const folder = openDocumentsFolder(options.documentsDir, session.host.cwd);
  if (folder.linkedFrom !== undefined) {
    session.note(
      `"${folder.linkedFrom}" is a symbolic link: the documents lie in "${folder.root}"`,
    );
  }
  session.reportFiles(() => folder.report([...publishedKeys, folder.stateFile]));
  const plan = (): RenderPlan =>
    planDocuments(folder, {
      issuer: options.issuer,
      given,
      remove: options.removeKeys,
      at: timestamp(session.host.now()),
    });

  if (!options.dryRun) removeLeftovers(folder, session);
  let planned = plan();
  if (options.dryRun) {
    for (const { change } of planned.writes) session.record(change);
  } else if (planned.writes.length > 0 || lockHolders(folder.root).length > 0) {
    // The lock that a killed run left goes when it is taken.
    folder.make();
    const lock = await lockFolder(folder.root, session);
    try {
      // Another run may have written meanwhile.
      planned = plan();
      for (const { change, write } of planned.writes) {
        refuseLostLock(lock, folder.root);
        write();
        session.record(change);
      }
    } finally {
      lock.release();
    }
  }
  for (const warning of planned.warnings) session.warn(warning);
  for (const closed of folder.closedFolders()) {
    session.remind(
      `only its owner can enter "${closed}": a web server of another user cannot serve it; open it with \`chmod go+rx "${closed}"\``,
    );
  }
  return planned.result;
}

/** The keys given. Of an input that is wrong, the hint says that nothing happened. */
function readInput({ publicKeyFiles }: Options, cwd: string): readonly PublicKey[] {
  try {
    return readGivenFiles(publicKeyFiles, cwd);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    const kept = 'what is served stays as it is';
    const hint = error.hint === undefined ? kept : `${error.hint}; ${kept}`;
    if (error instanceof InputError) throw new InputError(error.issues, hint);
    const { code, message, details } = error;
    throw new BootstrapError({ code, message, hint, details, cause: error.cause });
  }
}

function removeLeftovers(folder: OpenDocumentsFolder, session: Session): void {
  for (const file of folder.removeLeftovers()) {
    session.warn(`cannot remove "${file}", which a run that was killed left`);
  }
}

/** One run at a time writes: a timer and a hand never leave a mix of two key sets. */
async function lockFolder(root: string, session: Session): Promise<FolderLock> {
  const never = new AbortController().signal;
  return await poll(
    {
      clock: { now: session.host.now, sleep: (ms) => session.host.sleep(ms, never) },
      progress: () => {},
      timeoutMs: lockWaitMs,
    },
    {
      text: `another run in "${root}" to end`,
      pauseMs: 50,
      maxPauseMs: 500,
      onTimeout: () => {
        const holders = lockHolders(root).map(({ pid, host }) => `process ${pid} on "${host}"`);
        return new BootstrapError({
          code: 'WAIT_TIMED_OUT',
          message: `another run holds "${lockName}" in "${root}": ${holders.join(', ')}`,
          hint: 'run the same command again once it has ended; what is served stays as it is',
          details: { file: lockName },
        });
      },
    },
    async () => tryLock(root),
  );
}

function refuseLostLock(lock: FolderLock, root: string): void {
  if (lock.isHeld()) return;
  throw new BootstrapError({
    code: 'INTERRUPTED',
    message: `another run took "${lockName}" in "${root}", because this one stood still for over a minute`,
    hint: 'run the same command again: it goes on from what is there',
  });
}

/** What is served, and what to see to next. */
export function describe(result: RenderDocumentsResult, page: Page): string {
  const facts = [
    labelled(page, 'issuer', result.issuer),
    labelled(page, 'JWKS', result.jwksUri),
    labelled(page, 'key IDs', result.keyIds.join(', ')),
    ...(result.removedKeyIds.length === 0
      ? []
      : [labelled(page, 'removed for good', result.removedKeyIds.join(', '))]),
    labelled(page, 'documents', result.documentsDir),
  ];
  if (page.planned !== undefined) return [...facts, ...planLines(page.planned, page)].join('\n');
  if (!page.changed && !page.verbose) {
    const line = page.style.good('Nothing changed: the documents are as they should be.');
    return [...facts, '', line].join('\n');
  }
  return [...facts, '', heading(page, 'Next'), ...stepList(page, nextSteps(result))].join('\n');
}

function planLines(changes: readonly Change[], page: Page): readonly string[] {
  if (changes.length === 0) return ['', 'Plan: nothing to change.'];
  const total = `Plan: ${plannedCount(changes)}. This was a dry run: nothing was written.`;
  return [
    '',
    heading(page, 'Changes'),
    ...changes.map((change) => changeLine(change, page.style)),
    '',
    page.style.strong(total),
  ];
}

function nextSteps({ issuer, documentsDir }: RenderDocumentsResult): readonly string[] {
  const { discovery, jwks, jwksMirror } = documentKeys;
  return [
    `serve ${documentsDir} at ${issuer} on port 443, with a certificate of a public CA: ${discovery}, ${jwks} and ${jwksMirror} as application/json, without a redirect or a login`,
    `check from outside: curl -si ${issuer}/${discovery} and curl -si ${issuer}/${jwks} answer 200 with content-type: application/json`,
    `then let AWS trust it: oidc-bootstrap create-identity-provider --name <name> --region <region> --issuer-url ${issuer}`,
  ];
}
