// The kinds of hosting, and which of them a name has.

import type { HostingKind } from '../site.ts';
import { bucketKind } from './bucket.ts';
import { externalKind } from './external.ts';

/** The kind of hosting that the flags ask for; `issuerUrl`: the documents are served there by somebody else. */
export function hostingKind(wish: { readonly issuerUrl: string | undefined }): HostingKind {
  return wish.issuerUrl === undefined ? bucketKind : externalKind(wish.issuerUrl);
}
