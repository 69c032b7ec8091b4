// A five-minute token for one question to STS, signed with a key at hand. It is sent and forgotten.

import { randomUUID } from 'node:crypto';
import { signJwt, type SigningKey } from '../core/keys/jwt.ts';
import { awsTime } from './aws-time.ts';
import type { Context } from './context.ts';

const tokenSeconds = 300;

/** Whom a token speaks for, and to whom. */
export type ProbeClaims = { readonly subject: string; readonly audience: string };

/** The token, by the clock of AWS where that is known. */
export function mintProbeToken(
  context: Pick<Context, 'aws' | 'clock'>,
  probe: { readonly issuer: string; readonly key: SigningKey; readonly claims: ProbeClaims },
): string {
  const now = Math.floor(awsTime(context).getTime() / 1000);
  return signJwt(probe.key, {
    iss: probe.issuer,
    sub: probe.claims.subject,
    aud: [probe.claims.audience],
    iat: now,
    nbf: now,
    exp: now + tokenSeconds,
    jti: randomUUID(),
  });
}
