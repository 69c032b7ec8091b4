// render-documents: the issuer's documents in a folder that a web server serves, made offline. Fit for a
// timer: whatever is wrong with the input, what is served stays as it is.

import type { Change } from '../../core/change.ts';
import { BootstrapError, InputError } from '../../core/errors.ts';
import { documentKeys, publishedKeys } from '../../core/issuer/discovery.ts';
import type { PublicKey } from '../../core/keys/public-key.ts';
import type { RenderDocumentsResult } from '../../core/result.ts';
import { timestamp } from '../../core/rotation/state.ts';
import { planDocuments, type RenderPlan } from '../../workflows/issuer/render-documents.ts';
import { holdDocuments, refuseLostHold } from '../../workflows/hosting/hold-documents.ts';
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
import {
  openGivenDocuments,
  remindOfClosedFolders,
  removeDocumentLeftovers,
} from '../flags/documents-given.ts';
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
  const folder = openGivenDocuments(options.documentsDir, session);
  session.reportFiles(() => folder.report([...publishedKeys, folder.stateFile]));
  const plan = (): RenderPlan =>
    planDocuments(folder, {
      issuer: options.issuer,
      given,
      remove: options.removeKeys,
      at: timestamp(session.host.now()),
    });

  if (!options.dryRun) removeDocumentLeftovers(folder, session);
  let planned = plan();
  if (options.dryRun) {
    for (const { change } of planned.writes) session.record(change);
  } else if (planned.writes.length > 0 || folder.holders() !== '') {
    // The lock that a killed run left goes when it is taken.
    folder.make();
    const hold = await holdDocuments(waiting(session), folder);
    try {
      // Another run may have written meanwhile.
      planned = plan();
      for (const { change, write } of planned.writes) {
        refuseLostHold(hold, folder);
        write();
        session.record(change);
      }
    } finally {
      hold.release();
    }
  }
  for (const warning of planned.warnings) session.warn(warning);
  remindOfClosedFolders(folder, session);
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

/** Clock and time limit of a wait; nothing else of a context is needed offline. */
function waiting(session: Session): Parameters<typeof holdDocuments>[0] {
  const never = new AbortController().signal;
  return {
    clock: { now: session.host.now, sleep: (ms) => session.host.sleep(ms, never) },
    progress: () => {},
    timeoutMs: 0,
  };
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
