// A bucket policy that lets somebody outside the account write the documents or the state, or change
// who may: whoever can put a key into the key set signs tokens for every role.

import type { BucketRef } from '../../aws/ports.ts';
import { bucketArn, planBucketPolicy, readerOf } from '../../core/hosting/bucket-policy.ts';
import { foreignWriters } from '../../core/hosting/foreign-writers.ts';
import { BootstrapError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { FoundHosting } from './find-hosting.ts';

/** RESOURCE_NOT_OWNED where such a statement would stand after the program has put its own. */
export function refuseForeignWriters(target: Target, found: FoundHosting): void {
  const statements = findForeignWriters(target, found);
  if (statements.length === 0) return;
  throw new BootstrapError({
    code: 'RESOURCE_NOT_OWNED',
    message: describeForeignWriters(found.ref, statements),
    hint: 'take those statements out of the policy by hand, or narrow them to this account and to other paths, then run again',
    details: { bucket: found.ref.bucket, statements },
  });
}

/** Sids (or numbers) of the statements. */
export function findForeignWriters(target: Target, found: FoundHosting): readonly string[] {
  const policy = found.bucket?.policy;
  if (policy === undefined) return [];
  const { bucket, account } = found.ref;
  const plan = planBucketPolicy({
    bucket,
    partition: target.partition.id,
    reader: readerOf({
      hosting: found.kind,
      distributionArn: found.distribution?.arn,
      prefix: found.prefix,
    }),
    found: policy,
  });
  const arn = bucketArn(bucket, target.partition.id);
  return foreignWriters(plan.policy ?? policy, { arn, account, prefix: found.prefix });
}

/** What they make possible, in one line. */
export function describeForeignWriters(ref: BucketRef, statements: readonly string[]): string {
  const named = statements.map((sid) => `"${sid}"`).join(', ');
  return `bucket policy of "${ref.bucket}" lets others write the documents or the rotation state, and so sign tokens for every role: statement ${named}`;
}
