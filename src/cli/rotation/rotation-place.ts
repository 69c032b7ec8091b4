// Where a rotation takes place: the hosting of the name or a folder of documents, checked to be ours, and
// the key files of the output folder.

import { BootstrapError, UsageError } from '../../core/errors.ts';
import type { DocumentsFolder } from '../../core/issuer/documents-folder.ts';
import { checkFolderOwner, type FolderOwner } from '../../local/folder-owner.ts';
import { openKeyFolder } from '../../local/rotation-files.ts';
import type { Context } from '../../workflows/context.ts';
import { hostingKind } from '../../workflows/hosting/kinds/index-of-kinds.ts';
import type { Site } from '../../workflows/hosting/site.ts';
import type { RotationPlace } from '../../workflows/rotation/observe-rotation.ts';
import {
  openGivenDocuments,
  remindOfClosedFolders,
  removeDocumentLeftovers,
} from '../flags/documents-given.ts';
import type { RotationOptions } from '../flags/rotation-flags.ts';
import { targetOf } from '../flags/target.ts';
import type { Session } from '../session/session.ts';

/** The hosting of the name, checked to be ours; undefined in a plan without credentials. */
export async function findPlace(
  context: Context,
  input: {
    readonly options: RotationOptions;
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
export function openDocuments(
  options: RotationOptions,
  session: Session,
): DocumentsFolder | undefined {
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

/** True where nothing is written, on this machine or elsewhere. */
export function isReadOnly(options: RotationOptions): boolean {
  return options.dryRun || options.step === 'status';
}

/** Whose the output folder is then. */
export function ownerOf(site: Pick<Site, 'target'>, issuer: string | null): FolderOwner {
  const { name, account, region } = site.target;
  return { name, account, region, issuer };
}
