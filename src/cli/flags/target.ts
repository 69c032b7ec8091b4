// Whose resources a command works on: the account and partition of the caller, or, in a dry run
// without credentials, what the region's name tells.

import { BootstrapError } from '../../core/errors.ts';
import { partitionById, partitionOfRegion, type Partition } from '../../core/partition.ts';
import { placeholder } from '../../core/placeholder.ts';
import type { Context } from '../../workflows/context.ts';
import type { Target } from '../../core/target.ts';
import type { AwsOptions } from '../session/session.ts';

/** The target of a connected command; USAGE where its region is in no or another partition. */
export function targetOf(context: Context, options: AwsOptions): Target {
  const { caller } = context;
  const ofRegion = partitionOfRegion(options.region);
  if (caller !== undefined && ofRegion !== undefined && ofRegion.id !== caller.partition) {
    throw new BootstrapError({
      code: 'USAGE',
      message: `region "${options.region}" is in partition "${ofRegion.id}", but the credentials belong to "${caller.partition}"`,
      hint: 'give the --region of the account, or credentials of the region’s partition with --profile',
      details: { region: options.region, partition: caller.partition },
    });
  }
  return {
    name: options.name,
    region: options.region,
    account: caller?.account ?? placeholder('account-id'),
    partition: knownPartition(
      caller === undefined ? ofRegion : partitionById(caller.partition),
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
