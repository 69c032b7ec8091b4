// The kinds of hosting, and which of them a name has.

import type { DocumentsFolder } from '../../../core/issuer/documents-folder.ts';
import type { HostingFlags, HostingKind } from '../site.ts';
import { bucketKind } from './bucket.ts';
import { externalKind } from './external.ts';
import { sharedKind } from './shared.ts';

/**
 * The kind of hosting that the flags ask for; `documents`: the folder from which the documents at the
 * issuer URL are served, where it is at hand.
 */
export function hostingKind(
  wish: HostingFlags & { readonly documents?: DocumentsFolder | undefined },
): HostingKind {
  const { issuerUrl, sharedHosting, documents } = wish;
  if (issuerUrl !== undefined) return externalKind(issuerUrl, documents);
  return sharedHosting === undefined ? bucketKind : sharedKind(sharedHosting);
}
