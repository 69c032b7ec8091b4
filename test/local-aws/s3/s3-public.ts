// When S3 takes a bucket policy for public, which Block Public Access then refuses.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
// ("The meaning of public")

import type { World } from '../wire/protocol.ts';
import { listOf, statementsOf, type OneOrMany, type Statement } from './s3-policy.ts';
import type { Bucket, PublicAccessBlock } from './s3-state.ts';

/** Condition keys whose fixed values keep a statement from being public. */
const narrowingKeys = new Set([
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceip',
  'aws:principalorgid',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
]);

const narrowingOperators = new Set([
  'StringEquals',
  'StringEqualsIgnoreCase',
  'StringLike',
  'ArnEquals',
  'ArnLike',
]);

/** No wildcard and no policy variable: the statement names exactly whom it admits. */
function isFixed(value: string): boolean {
  return !/[*?]|\$\{/.test(value);
}

function isNarrowed(statement: Statement): boolean {
  return Object.entries(statement.Condition ?? {}).some(
    ([operator, keys]) =>
      narrowingOperators.has(operator) &&
      Object.entries(keys).some(
        ([key, values]) =>
          narrowingKeys.has(key.toLowerCase()) &&
          listOf(values).every((value) => isFixed(String(value))),
      ),
  );
}

/**
 * True where the principal by itself names nobody in particular. A service counts too: CloudFront
 * without a fixed distribution speaks for everybody's distributions (stricter than the guide).
 */
function isOpenPrincipal(
  principal: string | { readonly [type: string]: OneOrMany<string> } | undefined,
): boolean {
  if (principal === undefined || typeof principal === 'string') return true;
  return Object.entries(principal).some(
    ([type, values]) => type === 'Service' || listOf(values).some((value) => value.includes('*')),
  );
}

/** True where any Allow statement lets in more than fixed principals. Deny never makes it public. */
export function isPublicPolicy(policy: string): boolean {
  return statementsOf(policy).some(
    (statement) =>
      statement.Effect === 'Allow' &&
      isOpenPrincipal(statement.Principal) &&
      !isNarrowed(statement),
  );
}

/**
 * Whether a flag of Block Public Access is in force for a bucket: the most restrictive of its own
 * and its account's; a change of its own takes `s3SettingsMs` to be seen everywhere.
 */
export function isBlocked(flag: keyof PublicAccessBlock, bucket: Bucket, world: World): boolean {
  const { formerBlock } = bucket;
  const isFormer = formerBlock !== undefined && world.now().getTime() < formerBlock.until;
  const own = isFormer ? formerBlock.flags : bucket.publicAccessBlock;
  return own?.[flag] === true || world.s3.accountBlocks.get(bucket.account)?.[flag] === true;
}
