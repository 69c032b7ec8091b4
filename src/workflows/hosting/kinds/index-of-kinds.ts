// The kinds of hosting, and which of them a name has.

import type { HostingFlags, HostingKind } from '../site.ts';
import { bucketKind } from './bucket.ts';
import { externalKind } from './external.ts';
import { sharedKind } from './shared.ts';

/** The kind of hosting that the flags ask for. */
export function hostingKind({ issuerUrl, sharedHosting }: HostingFlags): HostingKind {
  if (issuerUrl !== undefined) return externalKind(issuerUrl);
  return sharedHosting === undefined ? bucketKind : sharedKind(sharedHosting);
}
