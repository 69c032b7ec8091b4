// The kinds of hosting, and which of them a name has. Only that one is loaded.

import type { DocumentsFolder } from '../../../core/issuer/documents-folder.ts';
import type { HostingFlags, HostingKind } from '../site.ts';

/**
 * The kind of hosting that the flags ask for; `documents`: the folder from which the documents at the
 * issuer URL are served, where it is at hand.
 */
export async function hostingKind(
  wish: HostingFlags & { readonly documents?: DocumentsFolder | undefined },
): Promise<HostingKind> {
  const { issuerUrl, sharedHosting, documents } = wish;
  if (issuerUrl !== undefined) {
    return (await import('./external.ts')).externalKind(issuerUrl, documents);
  }
  if (sharedHosting !== undefined) return (await import('./shared.ts')).sharedKind(sharedHosting);
  return (await import('./bucket.ts')).bucketKind;
}
