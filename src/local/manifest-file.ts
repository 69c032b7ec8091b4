// Manifests in the output folder. A dry run may not know an issuer or a role yet; a file that
// an earlier real run wrote is kept, because it has no placeholders.

import { hasPlaceholder } from '../core/placeholder.ts';
import type { OutputFolder } from './output-folder.ts';

/**
 * Writes a manifest, unless it holds placeholders and the file that is there holds none.
 * `kept` then: the file was left alone.
 */
export async function writeManifest(
  folder: OutputFolder,
  manifest: { readonly path: string; readonly text: string; readonly mode: number },
): Promise<'written' | 'kept'> {
  if (hasPlaceholder(manifest.text)) {
    const there = folder.read(manifest.path);
    if (there !== undefined && !hasPlaceholder(there)) {
      folder.keep(manifest.path, manifest.mode);
      return 'kept';
    }
  }
  await folder.writeDerived(manifest.path, manifest.text, manifest.mode);
  return 'written';
}
