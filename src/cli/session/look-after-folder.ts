// What every command does with its output folder before anything else: what a killed run left is
// removed, and folders that other users can write in, or that lead elsewhere, are named.

import type { OutputFolder } from '../../local/output-folder.ts';
import { shellWord } from '../../core/shell-word.ts';

/**
 * Removes leftovers and warns. A folder that is open to others is not closed: it was made by
 * the user, maybe to be shared, and a folder that the program makes is closed from the start.
 */
export function lookAfterFolder(folder: OutputFolder, warn: (text: string) => void): void {
  for (const file of folder.removeLeftovers()) {
    warn(
      `cannot remove "${file}", left by a killed run: remove it by hand, it may hold a private key`,
    );
  }
  for (const { folder: link, target } of folder.linkedFolders()) {
    warn(`"${link}" is a link: private keys are written to "${target}"`);
  }
  for (const { folder: shared, mode } of folder.sharedFolders()) {
    warn(
      `other users can write to "${shared}" (mode ${mode}) and replace the private keys in it: ` +
        `close it with \`chmod go-w ${shellWord(shared)}\``,
    );
  }
}
