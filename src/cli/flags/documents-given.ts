// `--documents-dir`: the folder that a web server serves, and what every command tells of it.

import { openDocumentsFolder, type OpenDocumentsFolder } from '../../local/documents-folder.ts';
import type { Session } from '../session/session.ts';
import { shellWord } from '../../core/shell-word.ts';

/** Opens it; a link is named, since the state lies beside the folder that it leads to. */
export function openGivenDocuments(documentsDir: string, session: Session): OpenDocumentsFolder {
  const folder = openDocumentsFolder(documentsDir, session.host.cwd);
  if (folder.linkedFrom !== undefined) {
    session.note(
      `"${folder.linkedFrom}" is a symbolic link: the documents lie in "${folder.root}"`,
    );
  }
  return folder;
}

/** Removes what killed runs left. */
export function removeDocumentLeftovers(folder: OpenDocumentsFolder, session: Session): void {
  for (const file of folder.removeLeftovers()) {
    session.warn(`cannot remove "${file}", which a run that was killed left`);
  }
}

/** Names folders that a web server of another user cannot read. */
export function remindOfClosedFolders(folder: OpenDocumentsFolder, session: Session): void {
  for (const closed of folder.closedFolders()) {
    session.remind(
      `only its owner can enter "${closed}": a web server of another user cannot serve it; open it with \`chmod go+rx ${shellWord(closed)}\``,
    );
  }
}
