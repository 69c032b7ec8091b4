// Whose resources a command works on: the account and partition of the caller, or, in a dry run
// without credentials, what the region's name tells.

import { BootstrapError } from '../core/errors.ts';
import { partitionById, partitionOfRegion, type Partition } from '../core/partition.ts';
import { placeholder } from '../core/placeholder.ts';
import type { Context } from '../workflows/context.ts';
import type { Target } from '../workflows/find-hosting.ts';
import type { AwsOptions } from './session.ts';

/** The target of a connected command. */
export function targetOf(context: Context, options: AwsOptions): Target {
  const { caller } = context;
  return {
    name: options.name,
    region: options.region,
    account: caller?.account ?? placeholder('account-id'),
    partition: knownPartition(
      caller === undefined ? partitionOfRegion(options.region) : partitionById(caller.partition),
      options.region,
    ),
  };
}

function knownPartition(partition: Partition | undefined, region: string): Partition {
  if (partition !== undefined) return partition;
  throw new BootstrapError({
    code: 'USAGE',
    message: `region "${region}" is in a partition that is not supported`,
    hint: 'supported are the partitions aws, aws-cn, aws-us-gov and aws-eusc',
    details: { region },
  });
}
