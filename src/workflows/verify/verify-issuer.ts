// The public side of any issuer: no name, no credentials.

import { servedChecks, servedKeys } from '../../core/verify/documents-checks.ts';
import { inCauseOrder, type Check } from '../../core/verify/check.ts';
import type { Jwk } from '../../core/keys/jwks.ts';
import type { Context } from '../context.ts';
import { observeServed } from './observe-served.ts';

/** What was found of an issuer. */
export type VerifiedIssuer = {
  readonly issuer: string;
  readonly keys: readonly Jwk[];
  readonly checks: readonly Check[];
};

/** Checks what the issuer serves. */
export async function verifyIssuer(context: Context, issuer: string): Promise<VerifiedIssuer> {
  context.progress({ kind: 'step', text: `reading the documents of ${issuer}` });
  const served = await observeServed(context, issuer);
  const checks = servedChecks(served, {
    publish: undefined,
    publishKey: undefined,
    emergency: undefined,
    cause: undefined,
    refused: undefined,
  });
  return { issuer, keys: servedKeys(served), checks: inCauseOrder(checks) };
}
