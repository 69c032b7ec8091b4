// Manifests in the output folder. A dry run may not know an issuer or a role yet; a file that
// an earlier real run wrote is kept, because it has no placeholders.

import type { Manifest } from '../core/manifests/manifests.ts';
import { hasPlaceholder } from '../core/placeholder.ts';
import type { OutputFolder } from './output-folder.ts';

/** Writes manifests, but none that holds placeholders over a file that holds none. */
export function writeManifests(folder: OutputFolder, manifests: readonly Manifest[]): void {
  const isKept = ({ path, text }: Manifest): boolean => {
    if (!hasPlaceholder(text)) return false;
    const there = folder.read(path);
    return there !== undefined && !hasPlaceholder(there);
  };
  const kept = new Set(manifests.filter(isKept));
  for (const { path, mode } of kept) folder.keep(path, mode);
  folder.writeDerived(manifests.filter((manifest) => !kept.has(manifest)));
}
