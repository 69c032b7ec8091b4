// STS may trust an issuer for some seconds after IAM shows its provider no more. That matters only where
// somebody else can claim what served it: a bucket of the global namespace whose URL is the issuer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency

import { namespaceOf } from '../../core/bucket-names.ts';
import type { Context } from '../context.ts';
import { poll } from '../poll.ts';

/** Changes of IAM are everywhere within seconds, rarely a minute. */
const forgetMs = 60_000;

/**
 * Waits where one of these issuers is the URL of such a bucket. Also where no provider was found: the run before
 * this one may have deleted it and been cut off a second ago.
 */
export async function waitUntilForgotten(
  context: Context,
  issuers: readonly string[],
): Promise<void> {
  const issuer = issuers.find(isClaimable);
  if (issuer === undefined || context.gate.dryRun) return;
  const startedAt = context.clock.now().getTime();
  await poll(
    context,
    { text: `STS to forget ${issuer}, whose bucket name others can claim`, limitMs: forgetMs },
    async () => (context.clock.now().getTime() - startedAt >= forgetMs ? true : undefined),
  );
}

function isClaimable(issuer: string): boolean {
  const [, bucket] = /^([^.]+)\.s3\./.exec(new URL(issuer).host) ?? [];
  return bucket !== undefined && namespaceOf(bucket) === 'global';
}
