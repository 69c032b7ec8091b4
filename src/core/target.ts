// Which cluster a command works on, and where.

import type { Partition } from './partition.ts';

/** A cluster's name, and the account, partition and region that hold its resources. */
export type Target = {
  readonly name: string;
  readonly region: string;
  readonly partition: Partition;
  readonly account: string;
};
