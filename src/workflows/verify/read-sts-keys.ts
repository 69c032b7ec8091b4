// Reads the keys of an issuer as STS does: the discovery document, then the key set that it names. The
// URLs may be written by somebody else, so that nothing is sent to a private address.

import type { Jwk } from '../../core/keys/jwks.ts';
import {
  discoveryUrl,
  jwksUriOf,
  stsKeysOf,
  type DocumentsFault,
} from '../../core/verify/sts/issuer-keys.ts';
import type { Context } from '../context.ts';

/** The keys that STS finds there, or why it finds none. */
export async function readStsKeys(
  context: Pick<Context, 'fetchPublic' | 'progress'>,
  issuer: string,
): Promise<readonly Jwk[] | DocumentsFault> {
  context.progress({ kind: 'step', text: `reading the documents of ${issuer}` });
  const url = discoveryUrl(issuer);
  const jwksUri = jwksUriOf(issuer, { url, answer: await context.fetchPublic(url) });
  if (typeof jwksUri !== 'string') return jwksUri;
  return stsKeysOf({ url: jwksUri, answer: await context.fetchPublic(jwksUri) });
}
