// Which shared hosting serves an issuer: for the hint of a run that left the flag out.

import { isAwsError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { Context } from '../context.ts';

/** The flag as hints show it. */
export function repeatFlag(hosting: string): string {
  return `--shared-hosting ${hosting} (or OIDC_BOOTSTRAP_SHARED_HOSTING)`;
}

/** The hosting whose distribution serves the issuer of this name; undefined also where nobody may look. */
export async function sharedHostingOf(
  context: Context,
  target: Target,
  issuer: string,
): Promise<string | undefined> {
  const { host, pathname } = new URL(issuer);
  if (pathname !== `/${target.name}` || target.partition.cloudfrontRegion === undefined) {
    return undefined;
  }
  try {
    const summaries = await context.aws.cloudfront.listDistributions();
    const serving = summaries.find(
      ({ domainName, aliases }) => domainName === host || aliases.includes(host),
    );
    return /^oidc-bootstrap\/([a-z0-9-]+)$/.exec(serving?.comment ?? '')?.[1];
  } catch (error) {
    if (!isAwsError(error, 'AccessDenied')) throw error;
    return undefined;
  }
}
