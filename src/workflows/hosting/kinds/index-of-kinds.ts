// The kinds of hosting, and which of them a name has.

import type { DocumentsFolder } from '../../../core/issuer/documents-folder.ts';
import type { HostingKind } from '../site.ts';
import { bucketKind } from './bucket.ts';
import { externalKind } from './external.ts';

/**
 * The kind of hosting that the flags ask for; `issuerUrl`: the documents are served there by somebody
 * else, from `documents` where that folder is at hand.
 */
export function hostingKind(wish: {
  readonly issuerUrl: string | undefined;
  readonly documents?: DocumentsFolder | undefined;
}): HostingKind {
  const { issuerUrl, documents } = wish;
  return issuerUrl === undefined ? bucketKind : externalKind(issuerUrl, documents);
}
