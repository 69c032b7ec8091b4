// The files under `cluster/` in the output folder. Those of another platform are replaced as a whole;
// a file that the program did not write is never touched.

import { fileMark, type ClusterFile } from '../core/cluster/file-text.ts';
import type { Platform } from '../core/cluster/platform.ts';
import { BootstrapError } from '../core/errors.ts';
import { placeholdersIn } from '../core/placeholder.ts';
import type { OutputFolder } from './output-folder.ts';

/** FILE_EXISTS (exit 2) where a file of somebody else stands in the place of one of ours. */
export function checkClusterFiles(folder: OutputFolder, paths: readonly string[]): void {
  const strange = paths.filter((path) => {
    const text = folder.read(path);
    return text !== undefined && !text.startsWith(fileMark);
  });
  if (strange.length === 0) return;
  throw new BootstrapError({
    code: 'FILE_EXISTS',
    message: `"${strange.join('", "')}" in "${folder.root}" was not written by this program`,
    hint: 'move it elsewhere, or choose another --output-dir',
    details: { files: strange },
  });
}

/**
 * Writes the files, and removes those of ours at the other paths, which no longer hold. A file in which
 * the cluster's present issuer was filled in stays, and so does one with values that a dry run does not
 * know.
 */
export function writeClusterFiles(
  folder: OutputFolder,
  files: readonly ClusterFile[],
  paths: readonly string[],
): void {
  const wanted = new Map(files.map((file) => [file.path, file]));
  for (const path of paths) {
    const file = wanted.get(path);
    const there = folder.read(path);
    if (file === undefined) {
      if (there !== undefined) folder.remove(path);
    } else if (there !== undefined && isFilledIn(there, file)) folder.keep(path, file.mode);
    else folder.write(path, file.text, file.mode);
  }
}

/** Removes files at these paths that were written for another platform. */
export function removeOtherPlatforms(
  folder: OutputFolder,
  platform: Platform,
  paths: readonly string[],
): void {
  for (const path of paths) {
    const text = folder.read(path);
    if (text === undefined || !text.startsWith(fileMark)) continue;
    if (!text.startsWith(`${fileMark}${platform}\n`)) folder.remove(path);
  }
}

/** The same file with other text where the present issuer or a placeholder stands; quotes do not count. */
function isFilledIn(there: string, { text, presentIssuer }: ClusterFile): boolean {
  const issuer = presentIssuer === undefined ? [] : [presentIssuer];
  const open = new Set([...issuer, ...placeholdersIn(text)]);
  const bare = (quoted: string): string => quoted.replaceAll('"', '');
  const escaped = (part: string): string => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = [...open].reduce(
    (so, part) => so.replaceAll(escaped(part), () => String.raw`[^\s,\]]+`),
    escaped(bare(text)),
  );
  return new RegExp(`^${pattern}$`).test(bare(there));
}
