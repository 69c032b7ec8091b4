// What a teardown finds of a hosting. Each kind tells what is ours in the order in which it goes, and
// how to delete it; what stands before it (roles, provider) is none of its business.

import type { Spared, Thing } from '../../core/thing.ts';
import type { Context } from '../context.ts';
import type { Steps } from '../delete-steps.ts';

/** How far a teardown goes. */
export type TeardownWish = {
  /** Delete also what others added to resources of ours. */
  readonly detachForeign: boolean;
  /** Wait until CloudFront lets a disabled distribution be deleted. */
  readonly wait: boolean;
  /** The issuer that the output folder names. */
  readonly recordedIssuer: string | undefined;
};

/** A hosting, or what is left of one. */
export type HostingRemains = {
  /** Issuers that it serves, or was made for: no provider may trust them when it goes. */
  readonly issuers: readonly string[];
  /** Ours, in the order in which it is deleted. */
  readonly owned: readonly Thing[];
  /** Ours, but used by others: it stays, and with it what it needs. */
  readonly blocked: readonly Spared[];
  /** Found by name, and not ours. */
  readonly kept: readonly Spared[];
  /** Clusters may have issuers below these. */
  readonly isShared: boolean;
  /** What a rotation that is under way stands at, in words. */
  readonly rotation: string | undefined;
  /** Deletes what is owned. What fails is recorded, and what depends on it is left. */
  readonly remove: (context: Context, steps: Steps) => Promise<void>;
};
